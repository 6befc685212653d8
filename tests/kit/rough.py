"""Ports and a store whose answers get lost and whose program dies, as often as a test wants, drawn from its seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from omscore.errors import PortTransientError, PortUnknownError
from omscore.ports.storage import Commit, Storage
from tests.kit.depots import DeadError


class Weather:
    """How rough it is: of so many calls one goes wrong, none while `share` is zero."""

    def __init__(self, lot: Random) -> None:
        self.lot = lot
        self.share = 0.0

    def through(self, act: Callable[[], Any]) -> Any:
        """What the call comes to: nothing happens, the program dies before or after, or the answer is lost."""
        fate = self.lot.random() / self.share if self.share else 1
        if fate < 0.3:
            raise PortTransientError("out of reach; nothing happened")
        if fate < 0.5:
            raise DeadError
        answer = act()
        if fate < 0.8:
            raise PortUnknownError("no answer came")
        if fate < 1:
            raise DeadError
        return answer


class RoughPort:
    """A port whose named calls go through the weather; all else is as it is."""

    def __init__(self, port: object, weather: Weather, *calls: str) -> None:
        self._port = port
        self._weather = weather
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name not in self._calls:
            return found
        return lambda *args, **more: self._weather.through(lambda: found(*args, **more))


class RoughStore:
    """A store whose single commits go through the weather; a group dies before or after it stands."""

    def __init__(self, store: Storage, weather: Weather) -> None:
        self._store = store
        self._weather = weather
        self._is_grouping = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, commit: Commit) -> str:
        if self._is_grouping:
            return self._store.commit(commit)
        answer: str = self._weather.through(lambda: self._store.commit(commit))
        return answer

    @contextmanager
    def together(self) -> Iterator[None]:
        if self._is_grouping:
            with self._store.together():
                yield
            return
        dies = self._weather.lot.random()
        self._is_grouping = True
        try:
            with self._store.together():
                yield
                if dies < self._weather.share / 2:
                    raise DeadError
        finally:
            self._is_grouping = False
        if dies < self._weather.share:
            raise DeadError
