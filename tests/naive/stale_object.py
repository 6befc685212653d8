"""A record is written from an object read earlier, whatever has been written since: the last one wins.

Seen in Sylius/Sylius#2776, where a confirmed order went back to pending.
"""

from __future__ import annotations

from omscore.ports.storage import Commit
from tests.naive.through import Through


class StaleObject(Through):
    """Nobody asks which version a change was made from."""

    def commit(self, commit: Commit) -> str:
        return super().commit(self.rebased(commit))
