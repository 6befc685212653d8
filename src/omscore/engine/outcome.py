"""What one attempt at a task came to, and when there will be another."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from omscore.engine.retry import MOST_ATTEMPTS, wait_after
from omscore.ports.storage import Task, TaskOutcome


@attrs.frozen(kw_only=True)
class Outcome:
    """What one attempt came to. Shape: `again_at` is set for RETRY; `note` says why a task waits or was given up."""

    commands: tuple[Any, ...] = ()
    settled: TaskOutcome = TaskOutcome.DONE
    again_at: datetime | None = None
    note: str = ""


def again(task: Task, now: datetime, note: str) -> Outcome:
    """Another attempt after the usual wait, or the end of patience."""
    if task.attempt >= MOST_ATTEMPTS:
        return Outcome(settled=TaskOutcome.DEAD, note=f"given up after {task.attempt} attempts; {note}")
    return Outcome(settled=TaskOutcome.RETRY, again_at=now + wait_after(task.attempt, task.task_id), note=note)
