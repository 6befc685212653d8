"""Works off due tasks: lease some, act outside without any open commit, record the answers in one group.

Answers wait for their group only while the backends are quick. When one takes its time, a watch records what is
answered, gives back what is not begun, and keeps the lease of the task in progress. A virtual clock has no watch: under
it, time passes only where somebody lets it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from threading import Event, Lock, Thread

from omscore.border import tamed
from omscore.engine.checkpoints import Checkpoints
from omscore.engine.dispatch import Dispatcher
from omscore.engine.effects import Effects
from omscore.engine.outcome import Outcome
from omscore.engine.ran import Ran
from omscore.engine.round import Answered, Round
from omscore.engine.trail import Trail, words_of
from omscore.errors import ConflictError, OmsError, PortError, PortTransientError, RefusedError
from omscore.flows.notices import alert
from omscore.flows.world import TaskKind
from omscore.health.breaker import SLOW
from omscore.ports.clock import Clock, VirtualClock
from omscore.ports.storage import Settlement, Task, TaskOutcome

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
HEARTBEAT = timedelta(seconds=10)
FEWEST, MOST = 1, 100
"""How many tasks a lease brings: fewer while backends are slow, so that a worker keeps none from the others."""

QUICK = timedelta(milliseconds=100)
"""Answers that came within this span are recorded in one group; a round this short makes the next one larger."""

WATCH_EVERY_S = 0.25


class Runner:
    """Runs the tasks of one shop."""

    def __init__(self, dispatcher: Dispatcher, effects: Effects, clock: Clock) -> None:
        self._dispatcher = dispatcher
        self._effects = effects
        self._clock = clock
        self._rounds: list[Round] = []
        self._lock = Lock()
        self._watched = Ran()
        self._size = MOST if isinstance(clock, VirtualClock) else 8
        desk = dispatcher.desk
        self._meter = desk.meter
        self._checkpoints = Checkpoints(desk.storage, timedelta(hours=desk.shop.flows.checkpoint_after_hours))

    def run_due(
        self,
        *,
        most: int = 1_000_000,
        progress: Callable[[int], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Ran:
        """Every task due now, and those that become due by it, until none is left or `most` were tried.

        Shape: once `stop` says so, no more tasks are begun and those not begun are given back.
        Raises: RefusedError inside `together`, where an effect would come before its reason is durable.
        Holds: a task is recorded as done in the same commit as its answer; one that fails does not hold up the others.
        """
        if self._dispatcher.is_grouping:
            raise RefusedError("run_due acts outside; end the group of commits (together) first", code="tasks.grouped")
        is_over = stop or _never
        self._meter.keep_if_due()
        ran = Ran()
        while ran.total < most and not is_over():
            now = self._clock.now()
            limit = min(self._size, most - ran.total)
            batch = self._dispatcher.desk.storage.lease(now=now, until=now + LEASE, limit=limit)
            if not batch:
                break
            with self._round(batch) as tasks:
                ran += self._try(tasks, now, is_over)
            ran += self._take_watched()
            self._pace(self._clock.now() - now)
            self._meter.keep_if_due()
            if progress is not None:
                progress(ran.total)
        self._checkpoints.take_if_due(self._clock.now())
        return ran

    def beat(self) -> None:
        """One look at the tasks in progress: what takes long keeps its lease, and holds up nothing else meanwhile."""
        for tasks in list(self._rounds):
            trying, now = tasks.trying(), self._clock.now()
            if trying is None or now - trying.begun_at < SLOW:
                continue
            ran = self._record_all(tasks.take_answered())
            with self._lock:
                self._watched += ran
            self._give_back(tasks.take_waiting())
            if now - trying.kept_at >= HEARTBEAT:
                task = trying.task
                self._dispatcher.desk.storage.extend(task.task_id, task.attempt, until=now + LEASE)
                tasks.kept(trying, now)

    def _try(self, tasks: Round, leased_at: datetime, is_over: Callable[[], bool]) -> Ran:
        ran, since = Ran(), leased_at
        while not is_over() and (now := self._clock.now()) < leased_at + LEASE:
            task = tasks.begin(now)
            if task is None:
                break
            tasks.answer(task, self._effects.attempt(task, now))
            now = self._clock.now()
            if now - since >= QUICK:
                ran += self._record_all(tasks.take_answered())
                since = now
        ran += self._record_all(tasks.take_answered())
        self._give_back(tasks.take_waiting())
        return ran

    def _pace(self, took: timedelta) -> None:
        if took < QUICK:
            self._size = min(self._size * 2, MOST)
        elif took >= SLOW:
            self._size = max(self._size // 4, FEWEST)

    @contextmanager
    def _round(self, batch: tuple[Task, ...]) -> Iterator[Round]:
        """The tasks of one lease, watched while they are tried unless the clock stands still by itself."""
        tasks = Round(batch)
        self._rounds.append(tasks)
        over = Event()
        watch = None if isinstance(self._clock, VirtualClock) else Thread(target=self._watch, args=(over,), daemon=True)
        if watch is not None:
            watch.start()
        try:
            yield tasks
        finally:
            self._rounds.remove(tasks)
            over.set()
            if watch is not None:
                watch.join()

    def _watch(self, over: Event) -> None:
        while not over.wait(WATCH_EVERY_S):
            try:
                self.beat()
            except OmsError as error:
                # Leases that could not be kept run out, answers that could not be recorded are looked up.
                log.warning("the watch over tasks in progress failed: %s", error)

    def _take_watched(self) -> Ran:
        with self._lock:
            ran, self._watched = self._watched, Ran()
            return ran

    def _give_back(self, tasks: list[Task]) -> None:
        """Tasks that were not begun are anybody's again at once."""
        for task in tasks:
            trail = Trail.before(task)
            settlement = Settlement(
                task_id=task.task_id,
                attempt=task.attempt,
                outcome=TaskOutcome.RETRY,
                due_at=task.due_at,
                note=trail.noted(words_of(task.note) or "not begun"),
            )
            with suppress(ConflictError):  # its lease has run out, so it is somebody else's already
                self._dispatcher.settle((settlement,), at=self._clock.now())

    def _record_all(self, answered: list[Answered]) -> Ran:
        """Answers in one group; one by one where the store gives the group up.

        Two workers whose groups touch the same orders in another order stand in each other's way. What was done outside
        must not be lost for that, and what comes one by one holds no locks for the next.
        """
        if not answered:
            return Ran()
        try:
            with self._dispatcher.together():
                return sum([self._record(task, outcome) for task, outcome in answered], Ran())
        except (ConflictError, PortTransientError):
            return sum([self._record(task, outcome) for task, outcome in answered], Ran())

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
            note=tamed(outcome.note) if outcome.settled is TaskOutcome.DONE else _noted(task, outcome),
        )
        try:
            if outcome.settled is TaskOutcome.DEAD:
                return self._give_up(task, outcome)
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
            return self._give_up(task, Outcome(note=str(error)))
        except Exception as error:
            log.exception("task %s: its answer could not be recorded", task.task_id)
            says = f"its answer could not be recorded ({type(error).__name__}); see the log"
            return self._give_up(task, Outcome(note=says))
        if outcome.settled is not TaskOutcome.RETRY:
            return Ran(done=1)
        return Ran(left_alone=1) if outcome.was_held_back else Ran(retried=1)

    def _give_up(self, task: Task, outcome: Outcome) -> Ran:
        """A task given up is told to the shop, unless it was itself a message."""
        now, says = self._clock.now(), tamed(outcome.note)
        dead = Settlement(
            task_id=task.task_id, attempt=task.attempt, outcome=TaskOutcome.DEAD, note=_noted(task, outcome)
        )
        told = (
            ()
            if task.kind == TaskKind.NOTICE
            else (alert("task_failed", f"{task.task_id}.{task.attempt}", now, task_id=task.task_id, says=says),)
        )
        self._dispatcher.settle((dead,), at=now, later=told)
        return Ran(dead=1)


def _noted(task: Task, outcome: Outcome) -> str:
    return Trail(attempt=task.attempt, failures=outcome.failures, is_sure=outcome.is_sure).noted(outcome.note)


def _never() -> bool:
    return False
