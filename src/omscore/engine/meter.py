"""Every call of an adapter passes here: it is counted and timed, and held back while the adapter is left alone.

What was counted is in memory first and given to the store now and then, never inside a commit of the shop. A program
that is killed loses what it counted since.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any, ParamSpec, TypeVar

from omscore.border import tamed
from omscore.codec import Codec
from omscore.engine.scrubbing import Scrubber
from omscore.engine.tally import AdapterRestsError, Tally, kept_health, kind_of, read_kept
from omscore.errors import OmsError
from omscore.health.breaker import Breaker, HealthPolicy
from omscore.health.model import AdapterHealth, FailureKind, Health, LastFailure, OperationHealth, merged
from omscore.ports.clock import Clock, SystemClock
from omscore.ports.health import HealthStore

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

KEEP_EVERY = timedelta(seconds=5)
"""So often at most the store is told, besides whenever a breaker opens or closes."""

_LONGEST_SAYS = 300

PATIENCE = timedelta(hours=72)
"""An outage this long is no longer the adapter's alone: what asks it counts its own failures again, and is given up."""


class Meter:
    """The calls of one shop's adapters in this program.

    Holds: what happens here never fails or delays a call, but for the breaker, which holds it back.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        policy: HealthPolicy | None = None,
        *,
        store: object = None,
        codec: Codec | None = None,
        scrubber: Scrubber | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._policy = policy or HealthPolicy()
        self._store = store if isinstance(store, HealthStore) and codec is not None else None
        self._codec = codec
        self.scrubber = scrubber or Scrubber(())
        self._lock = Lock()
        self._tallies: dict[tuple[str, str], Tally] = {}
        self._keep_at: datetime | None = None
        self._is_urgent = False

    def call(self, adapter: str, operation: str, ask: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What the adapter answers.

        Raises: AdapterRestsError while the breaker is open, or when it opens by this call; else what the adapter
        raises, without any secret in it.
        """
        began = self._clock.now()
        with self._lock:
            tally = self._tally(adapter, operation, began)
            self._hold_back(adapter, operation, tally, began)
            tally.begin(began)
        try:
            answer = ask(*args, **kwargs)
        except Exception as error:
            clean = self.scrubber.cleaned(error)
            rests = self._failed(adapter, operation, tally, began, clean)
            if rests is not None:
                raise rests from (error if clean is error else None)
            if clean is not error:
                raise clean from None
            raise
        except BaseException:
            with self._lock:
                tally.breaker = tally.breaker.left()
            raise
        with self._lock:
            now = self._clock.now()
            tally.count(began, now)
            self._move(tally, tally.breaker.worked(now))
        return answer

    def hold_back(self, adapter: str, operation: str) -> None:
        """Nothing while such a call would be made; for those who would do much before it.

        Raises: AdapterRestsError.
        """
        now = self._clock.now()
        with self._lock:
            tally = self._tallies.get((adapter, operation))
            if tally is not None:
                self._hold_back(adapter, operation, tally, now)

    def health(self) -> Health:
        """What this program knows, and what others have told the store. Raises: what the store raises."""
        now = self._clock.now()
        with self._lock:
            mine = self._counted()
        return Health(at=now, adapters=merged([*kept_health(self._store, self._codec), *mine]))

    def keep_if_due(self) -> None:
        """Give the store what was counted, when that is due; what hinders it is tried again later."""
        if self._store is None:
            return
        now = self._clock.now()
        if self._keep_at is None:
            self._keep_at = now + KEEP_EVERY
            self._learn()
        if self._is_urgent or now >= self._keep_at:
            self.keep()

    def keep(self) -> None:
        """Give the store what was counted so far."""
        if self._store is None:
            return
        with self._lock:
            mine = self._counted()
            for tally in self._tallies.values():
                tally.forget()
            self._is_urgent = False
            self._keep_at = self._clock.now() + KEEP_EVERY
        for number, each in enumerate(mine):
            try:
                self._store.keep_health(each.adapter, partial(self._merged, each))
            except OmsError as error:
                log.warning("what was counted of the adapters could not be kept: %s", error)
                with self._lock:
                    for adapter in mine[number:]:
                        for one in adapter.operations:
                            self._tally(adapter.adapter, one.operation, one.since).put_back(one)
                return

    def _merged(self, mine: AdapterHealth, text: str | None) -> str:
        """The text to keep, when there is that one; this program learns what others saw of the breakers."""
        assert self._codec is not None  # noqa: S101 (there is no store without one)
        theirs = read_kept(self._codec, mine.adapter, text)
        both = mine if theirs is None else mine + theirs
        self._hear(both)
        return self._codec.text(both)

    def _learn(self) -> None:
        """Begin with what others saw of the breakers, and with the failures they were counting."""
        try:
            for each in kept_health(self._store, self._codec):
                self._hear(each)
        except OmsError as error:
            log.warning("what others counted of the adapters could not be read: %s", error)

    def _hear(self, told: AdapterHealth) -> None:
        with self._lock:
            for each in told.operations:
                self._tally(told.adapter, each.operation, each.since).hear(each.breaker)

    def _failed(
        self, adapter: str, operation: str, tally: Tally, began: datetime, error: Exception
    ) -> AdapterRestsError | None:
        """Count a failure. Shape: the error to raise instead, while it is an outage no longer than PATIENCE."""
        kind = kind_of(error)
        says = tamed(str(error) if isinstance(error, OmsError) else type(error).__name__, longest=_LONGEST_SAYS)
        with self._lock:
            now = self._clock.now()
            tally.count(began, now)
            tally.failures[kind] += 1
            tally.last = LastFailure(kind=kind, at=now, says=says)
            if kind is FailureKind.REFUSED:
                self._move(tally, tally.breaker.worked(now))
                return None
            breaker = tally.breaker.failed(now, took=now - began, policy=self._policy)
            self._move(tally, breaker)
        until = breaker.rests_until
        # What breaks an adapter's own code is as likely the task as the backend, so the task may fail by it.
        if kind is FailureKind.GARBAGE or until is None or now - (breaker.failing_since or now) >= PATIENCE:
            return None
        is_sure = kind is FailureKind.UNAVAILABLE
        return AdapterRestsError(adapter, operation, max(until, now), says, is_sure=is_sure, was_called=True)

    def _hold_back(self, adapter: str, operation: str, tally: Tally, now: datetime) -> None:
        until = tally.breaker.waits_until(now)
        if until is not None:
            raise AdapterRestsError(adapter, operation, until)

    def _tally(self, adapter: str, operation: str, since: datetime) -> Tally:
        tally = self._tallies.get((adapter, operation))
        if tally is None:
            tally = self._tallies[adapter, operation] = Tally(since)
        return tally

    def _move(self, tally: Tally, after: Breaker) -> None:
        self._is_urgent |= tally.breaker.changed_at != after.changed_at
        tally.breaker = after

    def _counted(self) -> list[AdapterHealth]:
        """What was counted and not kept yet, by adapter."""
        found: dict[str, list[OperationHealth]] = {}
        for (adapter, operation), tally in sorted(self._tallies.items()):
            if tally.calls:
                found.setdefault(adapter, []).append(tally.counted(operation))
        return [AdapterHealth(adapter=adapter, operations=tuple(each)) for adapter, each in found.items()]


def adapter_name(port: str, tables: Mapping[str, Any]) -> str:
    """The name of the one adapter of a port, as the shop's configuration has it.

    >>> adapter_name("carrier", {"table": {}})
    'carrier.table'
    """
    return f"{port}.{next(iter(tables), '')}"
