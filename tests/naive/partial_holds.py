"""Every line of a cart is taken in a commit of its own, and what was taken stays taken when a later line is sold out.

Seen in medusajs/medusa#16825, where two orders were left behind for one unit.
"""

from __future__ import annotations

import attrs

from omscore.ports.storage import Commit
from tests.naive.through import Through


class PartialHolds(Through):
    """Line by line instead of all or nothing."""

    def commit(self, commit: Commit) -> str:
        for move in commit.moves:
            super().commit(Commit(at=commit.at, moves=(move,)))
        return super().commit(attrs.evolve(commit, moves=()))
