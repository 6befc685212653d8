"""The order is written first and its stock after, in two transactions: a program that ends between them loses units.

Seen in vendurehq/vendure#4930, where check and allocation were two transactions.
"""

from __future__ import annotations

import attrs

from omscore.ports.storage import Commit
from tests.naive.through import Through


class HalfACommit(Through):
    """Two transactions where one is due."""

    def commit(self, commit: Commit) -> str:
        answer = super().commit(attrs.evolve(commit, moves=()))
        if commit.moves:
            super().commit(Commit(at=commit.at, moves=commit.moves))
        return answer
