"""Works off due tasks: lease a batch, act outside without any open commit, record the answers in one group."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import attrs

from omscore.engine.dispatch import Dispatcher
from omscore.engine.effects import Effects, Outcome
from omscore.errors import ConflictError, RefusedError
from omscore.flows.notices import alert
from omscore.flows.world import TaskKind
from omscore.ports.clock import Clock
from omscore.ports.storage import Settlement, Task, TaskOutcome

LEASE = timedelta(seconds=30)
BATCH = 100


@attrs.frozen(kw_only=True)
class Ran:
    """How many attempts ended how."""

    done: int = 0
    retried: int = 0
    dead: int = 0

    def __add__(self, other: Ran) -> Ran:
        return Ran(done=self.done + other.done, retried=self.retried + other.retried, dead=self.dead + other.dead)

    @property
    def total(self) -> int:
        return self.done + self.retried + self.dead


class Runner:
    """Runs the tasks of one shop."""

    def __init__(self, dispatcher: Dispatcher, effects: Effects, clock: Clock) -> None:
        self._dispatcher = dispatcher
        self._effects = effects
        self._clock = clock

    def run_due(self, *, most: int = 1_000_000, progress: Callable[[int], None] | None = None) -> Ran:
        """Every task due now, and those that become due by it, until none is left or `most` were tried.

        Holds: a task is recorded as done in the same commit as its answer; one that fails does not hold up the others.
        """
        ran = Ran()
        while ran.total < most:
            now = self._clock.now()
            batch = self._dispatcher.desk.storage.lease(now=now, until=now + LEASE, limit=min(BATCH, most - ran.total))
            if not batch:
                break
            outcomes = [(task, self._effects.attempt(task, now)) for task in batch]
            with self._dispatcher.together():
                for task, outcome in outcomes:
                    ran += self._record(task, outcome)
            if progress is not None:
                progress(ran.total)
        return ran

    def _record(self, task: Task, outcome: Outcome) -> Ran:
        now = self._clock.now()
        settlement = Settlement(
            task_id=task.task_id,
            attempt=task.attempt,
            outcome=outcome.settled,
            due_at=outcome.again_at,
            note=outcome.note,
        )
        try:
            if outcome.settled is TaskOutcome.DEAD:
                return self._give_up(task, outcome.note)
            if not outcome.commands:
                self._dispatcher.settle((settlement,), at=now)
            for number, command in enumerate(outcome.commands, 1):
                last = (settlement,) if number == len(outcome.commands) else ()
                self._dispatcher.run(command, at=now, settlements=last)
        except ConflictError:
            return Ran(retried=1)  # the lease runs out and somebody tries again
        except RefusedError as error:
            return self._give_up(task, str(error))
        return Ran(retried=1) if outcome.settled is TaskOutcome.RETRY else Ran(done=1)

    def _give_up(self, task: Task, says: str) -> Ran:
        """A task given up is told to the shop, unless it was itself a message."""
        now = self._clock.now()
        dead = Settlement(task_id=task.task_id, attempt=task.attempt, outcome=TaskOutcome.DEAD, note=says)
        told = (
            ()
            if task.kind == TaskKind.NOTICE
            else (alert("task_failed", task.task_id, now, task_id=task.task_id, says=says),)
        )
        self._dispatcher.settle((dead,), at=now, later=told)
        return Ran(dead=1)
