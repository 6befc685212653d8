"""A commit whose answer was lost is taken for one that failed, and made again as something new.

The twin of vendurehq/vendure#3680, where what was rolled back here had happened there.
"""

from __future__ import annotations

import attrs

from omscore.errors import PortUnknownError
from omscore.ports.storage import Commit
from tests.naive.through import Through


class LostCommit(Through):
    """Unknown is not the same as failed."""

    def commit(self, commit: Commit) -> str:
        try:
            return super().commit(commit)
        except PortUnknownError:
            return super().commit(attrs.evolve(self.rebased(commit), command_key=None, settlements=()))
