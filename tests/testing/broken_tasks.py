"""Stores that are wrong about tasks, in one way each."""

from __future__ import annotations

import time
from datetime import datetime

import attrs

from omscore.ports.storage import Commit, Task, TaskOutcome
from omscore_adapters.storage_memory import MemoryStorage
from omscore_adapters.storage_memory.tasks import TaskTable


class LeasesTwice(MemoryStorage):
    """Gives a task to two callers."""

    def lease(self, *, now: datetime, until: datetime, limit: int) -> tuple[Task, ...]:
        return super().lease(now=now, until=now, limit=limit)


class HearsStaleOwners(MemoryStorage):
    """Takes the end of any attempt for the end of the latest."""

    def commit(self, commit: Commit) -> str:
        latest = {task.task_id: task.attempt for task in self.all_tasks()}
        settlements = tuple(
            attrs.evolve(each, attempt=latest.get(each.task_id, each.attempt)) for each in commit.settlements
        )
        return super().commit(attrs.evolve(commit, settlements=settlements))


class ProlongsForAnybody(MemoryStorage):
    """Prolongs a lease without a look at whose it is."""

    def extend(self, task_id: str, attempt: int, *, until: datetime) -> bool:
        latest = {task.task_id: task.attempt for task in self.all_tasks()}
        return super().extend(task_id, latest.get(task_id, attempt), until=until)


def replaced(tasks: TaskTable, task_id: str, **parts: object) -> None:
    row = tasks._rows[task_id]
    tasks._put(row.task._replace(**parts), row.leased_until)  # type: ignore[arg-type]


class BeginsTheFenceAnew(MemoryStorage):
    """Counts the attempts of a revived task from nought, so that a stale owner may be taken for the new one."""

    def revive(self, task_id: str, *, due_at: datetime) -> bool:
        revived = super().revive(task_id, due_at=due_at)
        if revived:
            replaced(self._tables.tasks, task_id, attempt=0, revived=0)
        return revived


class DropsWorkInProgress(MemoryStorage):
    """Drops a task that somebody is working on."""

    def drop(self, task_id: str, *, note: str) -> bool:
        if any(task.task_id == task_id for task in self.tasks("leased")):
            replaced(self._tables.tasks, task_id, state="dropped", note=note)
            return True
        return super().drop(task_id, note=note)


class ForgetsTriesOnRetry(MemoryStorage):
    """Loses sight of when a task was revived once an attempt ends with a retry."""

    def commit(self, commit: Commit) -> str:
        answer = super().commit(commit)
        for each in commit.settlements:
            if each.outcome is TaskOutcome.RETRY:
                replaced(self._tables.tasks, each.task_id, revived=0)
        return answer


class LetsThreadsThrough(MemoryStorage):
    """Leases what it saw a moment ago."""

    def lease(self, *, now: datetime, until: datetime, limit: int) -> tuple[Task, ...]:
        seen = self.tasks("waiting", limit=limit)
        time.sleep(0.001)
        super().lease(now=now, until=until, limit=limit)
        return tuple(task._replace(state="leased", attempt=task.attempt + 1) for task in seen if task.due_at <= now)
