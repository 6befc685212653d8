"""Works off due tasks: lease a batch, act outside without any open commit, record the answers in one group."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import attrs

from omscore.border import tamed
from omscore.engine.checkpoints import Checkpoints
from omscore.engine.dispatch import Dispatcher
from omscore.engine.effects import Effects
from omscore.engine.outcome import Outcome
from omscore.errors import ConflictError, OmsError, PortError, RefusedError
from omscore.flows.notices import alert
from omscore.flows.world import TaskKind
from omscore.ports.clock import Clock
from omscore.ports.storage import Settlement, Task, TaskOutcome

log = logging.getLogger(__name__)

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
        desk = dispatcher.desk
        self._checkpoints = Checkpoints(desk.storage, timedelta(hours=desk.shop.flows.checkpoint_after_hours))

    def run_due(self, *, most: int = 1_000_000, progress: Callable[[int], None] | None = None) -> Ran:
        """Every task due now, and those that become due by it, until none is left or `most` were tried.

        Raises: RefusedError inside `together`, where an effect would come before its reason is durable.
        Holds: a task is recorded as done in the same commit as its answer; one that fails does not hold up the others.
        """
        if self._dispatcher.is_grouping:
            raise RefusedError("run_due acts outside; end the group of commits (together) first", code="tasks.grouped")
        ran = Ran()
        while ran.total < most:
            now = self._clock.now()
            batch = self._dispatcher.desk.storage.lease(now=now, until=now + LEASE, limit=min(BATCH, most - ran.total))
            if not batch:
                break
            outcomes = []
            for task in batch:
                if self._clock.now() >= now + LEASE:
                    break  # slow ports: the rest of the batch is anybody's again
                outcomes.append((task, self._effects.attempt(task, now)))
            with self._dispatcher.together():
                for task, outcome in outcomes:
                    ran += self._record(task, outcome)
            if progress is not None:
                progress(ran.total)
        self._checkpoints.take_if_due(self._clock.now())
        return ran

    def _record(self, task: Task, outcome: Outcome) -> Ran:
        try:
            return self._recorded(task, outcome)
        except ConflictError:
            return Ran(retried=1)  # the lease runs out and somebody tries again

    def _recorded(self, task: Task, outcome: Outcome) -> Ran:
        """Whatever a task's answer breaks, it breaks for this task alone."""
        now = self._clock.now()
        settlement = Settlement(
            task_id=task.task_id,
            attempt=task.attempt,
            outcome=outcome.settled,
            due_at=outcome.again_at,
            note=tamed(outcome.note),
        )
        try:
            if outcome.settled is TaskOutcome.DEAD:
                return self._give_up(task, outcome.note)
            if not outcome.commands:
                self._dispatcher.settle((settlement,), at=now)
            for command in outcome.commands[:-1]:
                with suppress(RefusedError):  # one of many orders; its own daily look will tell
                    self._dispatcher.run(command, at=now)
            for command in outcome.commands[-1:]:
                self._dispatcher.run(command, at=now, settlements=(settlement,))
        except (ConflictError, PortError):
            raise
        except OmsError as error:
            return self._give_up(task, str(error))
        except Exception as error:
            log.exception("task %s: its answer could not be recorded", task.task_id)
            return self._give_up(task, f"its answer could not be recorded ({type(error).__name__}); see the log")
        return Ran(retried=1) if outcome.settled is TaskOutcome.RETRY else Ran(done=1)

    def _give_up(self, task: Task, says: str) -> Ran:
        """A task given up is told to the shop, unless it was itself a message."""
        now = self._clock.now()
        says = tamed(says)
        dead = Settlement(task_id=task.task_id, attempt=task.attempt, outcome=TaskOutcome.DEAD, note=says)
        told = (
            ()
            if task.kind == TaskKind.NOTICE
            else (alert("task_failed", task.task_id, now, task_id=task.task_id, says=says),)
        )
        self._dispatcher.settle((dead,), at=now, later=told)
        return Ran(dead=1)
