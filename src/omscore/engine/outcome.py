"""What one attempt at a task came to, and when there will be another."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from omscore.engine.retry import MOST_FAILURES, wait_after
from omscore.engine.tally import AdapterRestsError
from omscore.engine.trail import Trail
from omscore.ports.storage import Task, TaskOutcome
from omscore.records import frozen


@frozen(kw_only=True)
class Outcome:
    """What one attempt came to.

    Shape: `again_at` is set for RETRY; `note` says why a task waits or was given up; `failures` counts those in a row;
    `was_held_back` when it stopped before a call of an adapter that is left alone, which is no attempt at all;
    `is_sure` when neither this attempt nor an earlier one can have had an effect outside.
    """

    commands: tuple[Any, ...] = ()
    settled: TaskOutcome = TaskOutcome.DONE
    again_at: datetime | None = None
    note: str = ""
    failures: int = 0
    is_sure: bool = False
    was_held_back: bool = False


def again(task: Task, now: datetime, note: str, *, is_sure: bool = False) -> Outcome:
    """Another attempt after the usual wait, or the end of patience."""
    failures = Trail.before(task).failures + 1
    if failures >= MOST_FAILURES:
        says = f"given up after {failures} failures in a row; {note}"
        return Outcome(settled=TaskOutcome.DEAD, note=says, failures=failures, is_sure=is_sure)
    return Outcome(
        settled=TaskOutcome.RETRY,
        again_at=now + wait_after(failures, task.task_id),
        note=note,
        failures=failures,
        is_sure=is_sure,
    )


def resting(task: Task, rests: AdapterRestsError) -> Outcome:
    """Another attempt when the adapter is asked again: its outage is no failure of the task's own."""
    trail = Trail.before(task)
    return Outcome(
        settled=TaskOutcome.RETRY,
        again_at=rests.until,
        note=str(rests),
        failures=trail.failures,
        is_sure=trail.is_sure and rests.is_sure,
        was_held_back=not rests.was_called,
    )


def given_up(note: str) -> Outcome:
    """The end of a task that a person has to look after, because it may have had its effect already."""
    return Outcome(settled=TaskOutcome.DEAD, note=note)
