"""The tasks of a store in memory, with two queues by moment: those that wait and those whose lease will run out.

A queue entry is only a hint: it counts while the task still is as the entry says, and is dropped when met otherwise.
"""

from __future__ import annotations

from datetime import datetime
from heapq import heappop, heappush
from typing import NamedTuple

from omscore.ports.storage import Settlement, Task, TaskOutcome, TaskRequest
from omscore_adapters.storage_common import checked_text, stale_settlement, utc
from omscore_adapters.storage_memory.undo import UndoLog

_STATE_AFTER = {TaskOutcome.DONE: "done", TaskOutcome.RETRY: "waiting", TaskOutcome.DEAD: "dead"}


class _Row(NamedTuple):
    task: Task
    leased_until: datetime | None


class TaskTable:
    """All tasks by id."""

    def __init__(self, undo: UndoLog) -> None:
        self._undo = undo
        self._rows: dict[str, _Row] = {}
        self._waiting: list[tuple[datetime, str]] = []
        self._leased: list[tuple[datetime, str]] = []

    def copy(self, undo: UndoLog) -> TaskTable:
        """The same tasks and queues in a table of their own."""
        made = TaskTable(undo)
        made._rows, made._waiting, made._leased = dict(self._rows), list(self._waiting), list(self._leased)
        return made

    def add(self, request: TaskRequest) -> None:
        """A task id that exists already is left as it is."""
        due_at = utc(request.due_at)
        if request.task_id not in self._rows:
            self._put(Task(request.task_id, request.kind, due_at, request.payload, 0, "waiting", ""), None)

    def settle(self, settlement: Settlement) -> None:
        """Ends the attempt in progress.

        Raises: ConflictError when the attempt is not the latest one or is settled already.
        """
        row = self._rows.get(settlement.task_id)
        if row is None or row.task.state != "leased" or row.task.attempt != settlement.attempt:
            raise stale_settlement(settlement)
        due_at = row.task.due_at if settlement.due_at is None else utc(settlement.due_at)
        state = _STATE_AFTER[settlement.outcome]
        self._put(row.task._replace(state=state, due_at=due_at, note=settlement.note), None)

    def lease(self, *, now: datetime, until: datetime, limit: int) -> tuple[Task, ...]:
        now, until = utc(now), utc(until)
        due: dict[str, Task] = {}
        while self._leased and self._leased[0][0] <= now:
            moment, task_id = heappop(self._leased)
            row = self._rows.get(task_id)
            if row is not None and row.leased_until == moment:
                due[task_id] = row.task
        taken = 0
        while self._waiting and self._waiting[0][0] <= now and taken < limit:
            moment, task_id = heappop(self._waiting)
            if self._waits(moment, task_id) and task_id not in due:
                due[task_id] = self._rows[task_id].task
                taken += 1
        ordered = sorted(due.values(), key=lambda task: (task.due_at, task.task_id))
        leased = tuple(task._replace(state="leased", attempt=task.attempt + 1) for task in ordered[:limit])
        for task in leased:
            self._put(task, until)
        for task in ordered[limit:]:
            self._queue(task.task_id)
        return leased

    def extend(self, task_id: str, attempt: int, *, until: datetime) -> bool:
        row = self._rows.get(task_id)
        if row is None or row.task.state != "leased" or row.task.attempt != attempt:
            return False
        self._put(row.task, utc(until))
        return True

    def revive(self, task_id: str, *, due_at: datetime) -> bool:
        row = self._rows.get(task_id)
        if row is None or row.task.state not in ("dead", "dropped"):
            return False
        self._put(row.task._replace(state="waiting", due_at=utc(due_at), revived=row.task.attempt), None)
        return True

    def drop(self, task_id: str, *, note: str) -> bool:
        row = self._rows.get(task_id)
        if row is None or row.task.state not in ("waiting", "dead"):
            return False
        self._put(row.task._replace(state="dropped", note=checked_text(note)), None)
        return True

    def next_due(self) -> datetime | None:
        while self._waiting:
            if self._waits(*self._waiting[0]):
                return self._waiting[0][0]
            heappop(self._waiting)
        return None

    def find(self, task_id: str) -> Task | None:
        row = self._rows.get(task_id)
        return None if row is None else row.task

    def in_state(self, state: str) -> list[Task]:
        """By due moment, then id."""
        found = [row.task for row in self._rows.values() if row.task.state == state]
        return sorted(found, key=lambda task: (task.due_at, task.task_id))

    def by_id(self) -> list[Task]:
        return [self._rows[task_id].task for task_id in sorted(self._rows)]

    def count(self, state: str) -> int:
        return sum(row.task.state == state for row in self._rows.values())

    def _put(self, task: Task, leased_until: datetime | None) -> None:
        self._undo.on_undo(self._queue, task.task_id)
        self._undo.put(self._rows, task.task_id, _Row(task, leased_until))
        self._queue(task.task_id)

    def _queue(self, task_id: str) -> None:
        row = self._rows.get(task_id)
        if row is None:
            return
        if row.task.state == "waiting":
            heappush(self._waiting, (row.task.due_at, task_id))
        elif row.leased_until is not None:
            heappush(self._leased, (row.leased_until, task_id))

    def _waits(self, moment: datetime, task_id: str) -> bool:
        row = self._rows.get(task_id)
        return row is not None and row.task.state == "waiting" and row.task.due_at == moment
