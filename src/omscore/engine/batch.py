"""Many commands, few transactions: each is worked out on what those before it will leave, and all are made together.

A group stands only whole. Where the store finds one of its commits impossible, those after it were worked out on what
never came to be; so all of it is undone, and its commands are run one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from copy import copy
from datetime import datetime
from typing import Any, NamedTuple

from omscore.engine.ahead import Ahead
from omscore.engine.dispatch import Dispatcher, Recorded, own_key
from omscore.engine.reader import Foreseen
from omscore.engine.unit import Unit
from omscore.errors import ConflictError, OmsError
from omscore.ports.storage import Commit
from omscore.records import changed

MOST_TOGETHER = 100
"""How many commits are made in one transaction at most."""


class Asked(NamedTuple):
    """A command of a batch, with the caller's key for it if there is one."""

    command: Any
    key: str | None = None


class _Waiting(NamedTuple):
    """A commit that waits for its group. Shape: `records` are version and state of its streams, as it leaves them."""

    number: int
    commit: Commit
    records: Mapping[str, tuple[int, Any]]
    answer: Recorded


class Batch:
    """One run of many commands; what each came to is told in the order they were given.

    Holds: each is run on what those before it have left, and one that is refused is refused alone.
    """

    def __init__(self, dispatcher: Dispatcher, asked: Sequence[Asked], *, at: datetime) -> None:
        self._dispatcher = dispatcher
        self._asked = asked
        self._at = at
        self._ahead = Ahead(dispatcher.reader, self._make_waiting)
        self._desk = changed(dispatcher.desk, reader=self._ahead)
        self._waiting: list[_Waiting] = []
        self._keys: set[str | None] = set()
        self._used: set[str | None] = set()
        self._all_keys = [each.key or own_key(each.command) for each in asked]
        self._foreseen: dict[int, Foreseen] = {}
        self._results: dict[int, Recorded | OmsError] = {}
        self._fallen = 0

    def run(self) -> Iterator[Recorded | OmsError]:
        """What each command came to, told as soon as it is durable."""
        if self._dispatcher.is_grouping:  # then they are in one transaction already, and cannot be undone on their own
            for number in range(len(self._asked)):
                yield self._alone(number)
            return
        for start in range(0, len(self._asked), MOST_TOGETHER):
            some = range(start, min(start + MOST_TOGETHER, len(self._asked)))
            with suppress(OmsError):  # each will ask for itself, and tell what is wrong
                self._foresee(some)
            for number in some:
                self._run_one(number)
            self._make_waiting()
            for number in some:
                yield self._results.pop(number)

    def _foresee(self, some: Sequence[int]) -> None:
        """Ask in one go what all of them are going to look at, and which of them were made before."""
        self._foreseen, self._used = {}, set()
        for number in some:
            command = self._asked[number].command
            foreseen = self._desk.foreseen.get(type(command))
            if foreseen is not None:
                self._foreseen[number] = foreseen(command)
        self._ahead.foresee(self._foreseen.values())
        keys = [key for number in some if (key := self._all_keys[number])]
        self._used = set(self._desk.storage.known(keys)) if keys else set()

    def _run_one(self, number: int) -> None:
        command, key = self._asked[number].command, self._all_keys[number]
        fingerprint = self._dispatcher.fingerprint(command) if key else ""
        if key in self._keys:
            self._make_waiting()
            self._used.add(key)
        if key in self._used:
            self._results[number] = self._answered(number, str(key), fingerprint)
            return
        unit = Unit(self._desk, self._at)
        fallen = self._fallen
        try:
            if number in self._foreseen and self._ahead.has(self._foreseen[number].new):
                self._run_now(number)
                return
            unit.run(command)
        except OmsError:
            self._run_now(number)
            return
        if self._fallen > fallen:  # while it was worked out: what it had read by then has come out otherwise
            self._run_now(number)
            return
        answer, commit = self._dispatcher.outcome(unit, key=key, fingerprint=fingerprint)
        if not commit.changes and self._waiting:  # there may be something left to do if what waits falls
            self._run_now(number)
            return
        if commit.is_empty:
            self._results[number] = answer
            return
        if key:
            self._keys.add(key)
        self._ahead.absorb(commit, unit.records)
        self._waiting.append(_Waiting(number, commit, unit.records, answer))

    def _run_now(self, number: int) -> None:
        """Run what seems to be refused when nothing waits any more: it may be refused on what will never come to be."""
        self._make_waiting()
        self._results[number] = self._alone(number)

    def _make_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._used |= self._keys
        self._keys.clear()
        self._ahead.forget()
        if not waiting:
            return
        desk = self._dispatcher.desk
        commits = [each.commit for each in waiting]
        try:
            with desk.storage.together():
                made = desk.storage.commit_many(commits)
                if any([text != commit.answer for text, commit in zip(made, commits, strict=True)]):
                    raise _FallenError  # one is impossible, or was made before
        except (_FallenError, ConflictError):
            self._fallen += 1
            self._results.update({each.number: self._alone(each.number) for each in waiting})
        except OmsError as error:
            self._fallen += 1
            self._results.update({each.number: _own(error) for each in waiting})
        else:
            for each in waiting:
                self._dispatcher.reader.remember(each.commit, each.records)
                self._results[each.number] = each.answer

    def _answered(self, number: int, key: str, fingerprint: str) -> Recorded | OmsError:
        """The answer of the first that was made under the key, or what became of this one if none was."""
        self._make_waiting()
        try:
            command = self._asked[number].command
            return self._dispatcher.answered(key, fingerprint, command) or self._alone(number)
        except OmsError as error:
            return error

    def _alone(self, number: int) -> Recorded | OmsError:
        command, key = self._asked[number]
        try:
            return self._dispatcher.run(command, at=self._at, key=key)
        except OmsError as error:
            return error


class _FallenError(Exception):
    """A group that cannot stand whole."""


def _own(error: OmsError) -> OmsError:
    """The same error once more: whoever raises one writes into it."""
    mine = copy(error)
    mine.__cause__ = error
    return mine
