"""Adapters of a test that are out of reach while it says so, and a store that counts what it is told of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from omscore.errors import OmsError, PortTransientError
from omscore.ports.clock import VirtualClock
from omscore_adapters.storage_memory import MemoryStorage


class Flaky:
    """Stands before an adapter: counts the calls of each method, and fails them while it is down.

    Shape: `takes` is how long a failing call lets the clock run.
    """

    def __init__(self, real: object, clock: VirtualClock, *, takes: timedelta = timedelta()) -> None:
        self._real = real
        self.clock = clock
        self.takes = takes
        self.error: Callable[[], OmsError] | None = None
        self.calls: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()

    def goes_down(self, error: Callable[[], OmsError] = lambda: PortTransientError("no route to host")) -> None:
        self.error = error

    def comes_back(self) -> None:
        self.error = None

    def __getattr__(self, name: str) -> object:
        real = getattr(self._real, name)
        if not callable(real):
            return real

        def asked(*args: object, **kwargs: object) -> object:
            self.calls[name] += 1
            if self.error is not None:
                self.failed[name] += 1
                self.clock.set(self.clock.now() + self.takes)
                raise self.error()
            return real(*args, **kwargs)

        return asked


class CountingStore(MemoryStorage):
    """Counts how often it is told of an adapter's health; out of order while a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: Counter[str] = Counter()
        self.is_broken = False

    def keep_health(self, adapter: str, merge: Callable[[str | None], str]) -> None:
        if self.is_broken:
            raise PortTransientError("the disk is full")
        self.kept[adapter] += 1
        super().keep_health(adapter, merge)
