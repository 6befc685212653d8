"""A commit is held against what it writes to, not against what it was decided by.

Write skew, as snapshot isolation allows it (Berenson et al., A Critique of ANSI SQL Isolation Levels, 1995).
"""

from __future__ import annotations

import attrs

from omscore.ports.storage import Commit
from tests.naive.through import Through


class BlindCommit(Through):
    """What was only looked at may have changed."""

    def commit(self, commit: Commit) -> str:
        return super().commit(attrs.evolve(commit, unchanged=()))
