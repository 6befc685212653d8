"""The tasks one lease brought: which wait to be begun, which is being tried, which answers are still to be recorded.

Two threads may look at it: the one that tries the tasks, and the one that keeps watch while a backend takes its time.
Whatever one takes out is its own to record or to give back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from omscore.engine.outcome import Outcome
from omscore.ports.storage import Task


class Answered(NamedTuple):
    """A task with what its attempt came to."""

    task: Task
    outcome: Outcome


class Trying(NamedTuple):
    """The task in progress. Shape: `kept_at` is when its lease was last made longer, or when it was begun."""

    task: Task
    begun_at: datetime
    kept_at: datetime


class Round:
    """One lease's worth of tasks.

    Holds: a task is waiting, in progress, answered or taken out, and never two of these.
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._lock = Lock()
        self._waiting = deque(tasks)
        self._answered: list[Answered] = []
        self._trying: Trying | None = None

    def begin(self, now: datetime) -> Task | None:
        """The next task, now in progress; None when no more wait."""
        with self._lock:
            if not self._waiting:
                return None
            task = self._waiting.popleft()
            self._trying = Trying(task, now, now)
            return task

    def answer(self, task: Task, outcome: Outcome) -> None:
        """The task in progress has come to something."""
        with self._lock:
            self._trying = None
            self._answered.append(Answered(task, outcome))

    def take_answered(self) -> list[Answered]:
        """The answers nobody has recorded yet, for the caller to record."""
        with self._lock:
            taken, self._answered = self._answered, []
            return taken

    def take_waiting(self) -> list[Task]:
        """The tasks nobody has begun, for the caller to give back."""
        with self._lock:
            taken = list(self._waiting)
            self._waiting.clear()
            return taken

    def trying(self) -> Trying | None:
        """The task in progress."""
        with self._lock:
            return self._trying

    def kept(self, trying: Trying, now: datetime) -> None:
        """Note that the lease of the task in progress was made longer."""
        with self._lock:
            if self._trying == trying:
                self._trying = trying._replace(kept_at=now)
