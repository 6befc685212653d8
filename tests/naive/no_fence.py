"""Whoever worked on a task may settle it, even after its lease ran out and somebody else took it.

The other half of dbos-inc/dbos-transact-py#716, where work of a lost owner was never taken up again.
"""

from __future__ import annotations

import attrs

from omscore.ports.storage import Commit
from tests.naive.through import Through


class NoFence(Through):
    """The attempt that settles is always taken for the present one."""

    def commit(self, commit: Commit) -> str:
        present = {task.task_id: task.attempt for task in self._store.tasks("leased", limit=1_000_000)}
        settlements = tuple(
            attrs.evolve(each, attempt=present.get(each.task_id, each.attempt)) for each in commit.settlements
        )
        return super().commit(attrs.evolve(commit, settlements=settlements))
