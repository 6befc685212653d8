"""What is counted of the calls of one operation until the store is told, and how what was kept is read again."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime

from omscore.codec import Codec
from omscore.errors import DamageError, PortError, PortRefusedError, PortTransientError, SetupError
from omscore.health.breaker import Breaker
from omscore.health.latency import Latencies, bucket_of
from omscore.health.model import AdapterHealth, FailureKind, LastFailure, OperationHealth
from omscore.ports.health import HealthStore

log = logging.getLogger(__name__)


class AdapterRestsError(PortError):
    """The adapter is left alone until then: the call was not made, or it is the one that showed that it must be.

    Shape: `is_sure` when nothing can have come of it; `was_called` when it is the call that showed it.
    """

    default_code = "port.rests"

    def __init__(
        self,
        adapter: str,
        operation: str,
        until: datetime,
        says: str = "",
        *,
        is_sure: bool = True,
        was_called: bool = False,
    ) -> None:
        super().__init__(f"{adapter} fails ({operation}) and is left alone for a while{says and f': {says}'}")
        self.until = until
        self.is_sure = is_sure
        self.was_called = was_called


class Tally:
    """What was counted of one operation and not given to the store yet; its breaker stays.

    Shape: `is_called` once this program has made such a call, and so knows by itself how they go.
    """

    __slots__ = ("breaker", "calls", "failures", "is_called", "last", "since", "took")

    def __init__(self, since: datetime) -> None:
        self.since = since
        self.breaker = Breaker()
        self.is_called = False
        self.forget()

    def forget(self) -> None:
        self.calls = 0
        self.failures: Counter[FailureKind] = Counter()
        self.took: Counter[int] = Counter()
        self.last: LastFailure | None = None

    def begin(self, now: datetime) -> None:
        """A call is made."""
        self.is_called = True
        self.breaker = self.breaker.begun(now)

    def hear(self, told: Breaker) -> None:
        """What other programs saw of the adapter: one that has not called it goes on where they left off."""
        self.breaker = self.breaker.newer(told) if self.is_called else told.heard()

    def count(self, began: datetime, now: datetime) -> None:
        self.calls += 1
        self.took[bucket_of(now - began)] += 1

    def counted(self, operation: str) -> OperationHealth:
        return OperationHealth(
            operation=operation,
            since=self.since,
            breaker=self.breaker,
            calls=self.calls,
            failures=tuple(sorted(self.failures.items())),
            latencies=Latencies.of(self.took),
            last_failure=self.last,
        )

    def put_back(self, counted: OperationHealth) -> None:
        self.calls += counted.calls
        self.failures.update(dict(counted.failures))
        self.took.update(dict(counted.latencies.buckets))
        self.last = self.last or counted.last_failure


def kind_of(error: Exception) -> FailureKind:
    """What a failure says of the adapter.

    >>> str(kind_of(PortTransientError("down"))), str(kind_of(KeyError("id")))
    ('unavailable', 'garbage')
    """
    match error:
        case PortRefusedError():
            return FailureKind.REFUSED
        case PortTransientError() | SetupError():  # such as a password that is not taken
            return FailureKind.UNAVAILABLE
        case PortError():
            return FailureKind.UNKNOWN
        case _:
            return FailureKind.GARBAGE


def kept_health(store: object, codec: Codec | None) -> tuple[AdapterHealth, ...]:
    """What the store keeps of each adapter, in the order of their names; nothing where a store keeps none."""
    if codec is None or not isinstance(store, HealthStore):
        return ()
    found = [read_kept(codec, adapter, text) for adapter, text in sorted(store.health().items())]
    return tuple([each for each in found if each is not None])


def read_kept(codec: Codec, adapter: str, text: str | None) -> AdapterHealth | None:
    """Text that cannot be read, such as a newer version's, is begun anew."""
    if text is None:
        return None
    try:
        return codec.record(text, AdapterHealth)
    except DamageError as error:
        log.warning("what was kept of %s cannot be read and is begun anew: %s", adapter, error)
        return None
