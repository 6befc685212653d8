"""The command key is looked up before the work and written after it, in a commit of its own.

Seen in woocommerce/woocommerce#62659, where one checkout sent twice made two orders.
"""

from __future__ import annotations

import attrs

from omscore.ports.storage import Commit
from tests.naive.through import Through


class KeyAfterEffect(Through):
    """The key is no part of what it guards."""

    def commit(self, commit: Commit) -> str:
        if commit.command_key is None:
            return super().commit(commit)
        known = self._store.answer(commit.command_key)
        if known is not None:
            answer: str = known.answer
            return answer
        super().commit(attrs.evolve(self.rebased(commit), command_key=None))
        kept = Commit(
            at=commit.at, command_key=commit.command_key, fingerprint=commit.fingerprint, answer=commit.answer
        )
        return super().commit(kept)
