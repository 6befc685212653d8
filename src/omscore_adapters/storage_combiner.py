"""Many threads, one transaction: while one commit is being made durable, those that arrive meanwhile wait as a group.

The first thread to arrive leads: it makes everything that waits durable at once and hands each thread its own answer.
When it is done, the first of those that have come since leads next. A thread alone pays next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from threading import Event, Lock

from omscore.errors import OmsError, PortUnknownError
from omscore.ports.storage import Commit

MOST_TOGETHER = 64
"""How many commits one transaction takes at most, so that the first of them does not wait for ever."""


class _Waiting:
    """One thread's commit on its way. Shape: woken with a result, or with none when it is to lead."""

    __slots__ = ("commit", "leads", "result", "woken")

    def __init__(self, commit: Commit) -> None:
        self.commit = commit
        self.leads = False
        self.woken = Event()
        self.result: str | BaseException | None = None


class Combiner:
    """Turns single commits of many threads into groups.

    Shape: `one` makes a commit alone, `many` a group in which each fails alone.
    Holds: every commit gets its own answer or error; commits are made in the order they arrived.

    >>> from datetime import UTC, datetime
    >>> combiner = Combiner(one=lambda commit: "made alone", many=lambda commits: ("made together",) * len(commits))
    >>> combiner.commit(Commit(at=datetime(2026, 3, 1, tzinfo=UTC)))
    'made alone'
    """

    def __init__(
        self, *, one: Callable[[Commit], str], many: Callable[[Sequence[Commit]], Sequence[str | OmsError]]
    ) -> None:
        self._one = one
        self._many = many
        self._lock = Lock()
        self._led = False
        self._queue: list[_Waiting] = []

    def commit(self, commit: Commit) -> str:
        """The answer of one commit, once it is durable. Raises: what it was refused with."""
        mine: _Waiting | None = None
        leads = False
        try:
            with self._lock:
                if self._led:
                    mine = _Waiting(commit)
                    self._queue.append(mine)
                else:
                    self._led = leads = True
            if mine is None:  # nobody has led, so nobody waits
                return self._one(commit)
            mine.woken.wait()
            if mine.result is None:
                self._lead()
        finally:  # an interrupted thread hands the lead on, and leaves the queue
            if leads:
                self._hand_on()
            elif mine is not None and (mine.leads or mine.result is None):
                self._leave(mine)
        if isinstance(mine.result, str):
            return mine.result
        assert mine.result is not None  # noqa: S101 (leading gives every one of the group a result, the leader's too)
        raise mine.result

    def _lead(self) -> None:
        group: list[_Waiting] = []
        try:
            with self._lock:
                group, self._queue = self._queue[:MOST_TOGETHER], self._queue[MOST_TOGETHER:]
            self._make(group)
        finally:
            for waiting in group:
                if waiting.result is None:  # the leader was interrupted
                    waiting.result = PortUnknownError("the commit was interrupted; look its command key up")
                waiting.woken.set()

    def _leave(self, mine: _Waiting) -> None:
        with self._lock:
            if mine in self._queue:
                self._queue.remove(mine)
        if mine.leads:
            self._hand_on()

    def _hand_on(self) -> None:
        with self._lock:
            if self._queue:
                self._queue[0].leads = True
                self._queue[0].woken.set()
            else:
                self._led = False

    def _make(self, group: Sequence[_Waiting]) -> None:
        if len(group) == 1:
            (only,) = group
            try:
                only.result = self._one(only.commit)
            except Exception as error:
                only.result = error
            return
        try:
            results: Sequence[str | BaseException] = self._many([waiting.commit for waiting in group])
        except OmsError as error:
            results = [_own(error) for _ in group]
        except Exception:  # a commit that breaks the store's code must not break its neighbours'
            for waiting in group:
                self._make([waiting])
            return
        for waiting, result in zip(group, results, strict=True):
            waiting.result = result


def _own(error: OmsError) -> OmsError:
    """The same error once more: each thread that raises one writes its own way into it."""
    mine = copy(error)
    mine.__cause__ = error
    return mine
