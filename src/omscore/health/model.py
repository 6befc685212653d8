"""What is known of each adapter: calls, failures by kind, how long calls took, and its breaker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from omscore.health.breaker import Breaker, BreakerState
from omscore.health.latency import Latencies
from omscore.records import changed, frozen


class FailureKind(StrEnum):
    """What is known when a call comes to no good end."""

    REFUSED = "refused"
    """A definite no. It is an answer: the adapter works."""
    UNAVAILABLE = "unavailable"
    """Nothing happened, and may be tried again."""
    UNKNOWN = "unknown outcome"
    """It may have happened."""
    GARBAGE = "garbage"
    """The adapter failed in a way it must not, such as on an answer that cannot be read."""


@frozen(kw_only=True)
class LastFailure:
    """The failure that came last, and what was said of it; no secret stands in it."""

    kind: FailureKind
    at: datetime
    says: str


@frozen(kw_only=True)
class OperationHealth:
    """One thing an adapter is asked for, such as `capture` or `buy label`.

    Shape: `failures` by kind, those that came to pass, in the order of their words; `since` is the moment of the first
    call counted; p50, p95 and p99 are None without calls, and off by at most 1/32.
    """

    operation: str
    since: datetime
    breaker: Breaker = Breaker()
    calls: int = 0
    failures: tuple[tuple[FailureKind, int], ...] = ()
    latencies: Latencies = Latencies()
    last_failure: LastFailure | None = None

    @property
    def failed(self) -> int:
        """How many calls failed, whichever way."""
        return sum([count for _, count in self.failures])

    @property
    def p50(self) -> timedelta | None:
        return self.latencies.quantile(50)

    @property
    def p95(self) -> timedelta | None:
        return self.latencies.quantile(95)

    @property
    def p99(self) -> timedelta | None:
        return self.latencies.quantile(99)

    def __add__(self, other: OperationHealth) -> OperationHealth:
        failures = Counter(dict(self.failures))
        failures.update(dict(other.failures))
        lasts = [each for each in (self.last_failure, other.last_failure) if each is not None]
        return OperationHealth(
            operation=self.operation,
            since=min(self.since, other.since),
            breaker=self.breaker.newer(other.breaker),
            calls=self.calls + other.calls,
            failures=tuple(sorted(failures.items())),
            latencies=self.latencies + other.latencies,
            last_failure=max(lasts, key=lambda each: each.at, default=None),
        )


@frozen(kw_only=True)
class AdapterHealth:
    """One adapter, such as `payment.stripe`, or one receiver of it, such as `observers.webhooks/crm`.

    Shape: `operations` in the order of their names.
    """

    adapter: str
    operations: tuple[OperationHealth, ...] = ()

    @property
    def calls(self) -> int:
        return sum([each.calls for each in self.operations])

    @property
    def failed(self) -> int:
        return sum([each.failed for each in self.operations])

    @property
    def last_failure(self) -> LastFailure | None:
        lasts = [each.last_failure for each in self.operations if each.last_failure is not None]
        return max(lasts, key=lambda each: each.at, default=None)

    def __add__(self, other: AdapterHealth) -> AdapterHealth:
        found = {each.operation: each for each in self.operations}
        for each in other.operations:
            known = found.get(each.operation)
            found[each.operation] = each if known is None else known + each
        return changed(self, operations=tuple([found[name] for name in sorted(found)]))


@frozen(kw_only=True)
class Health:
    """How every adapter of a shop is that was ever called, as of a moment; a table in a notebook.

    Shape: adapters in the order of their names.
    """

    at: datetime
    adapters: tuple[AdapterHealth, ...]

    def of(self, adapter: str, operation: str) -> OperationHealth | None:
        """What is known of one operation of one adapter; None when it was never called."""
        for each in self.adapters:
            for one in each.operations:
                if (each.adapter, one.operation) == (adapter, operation):
                    return one
        return None

    @property
    def troubled(self) -> tuple[tuple[str, str], ...]:
        """The operations that are not trusted just now, with their adapter: those open, or half open and not yet seen
        to work again.
        """
        return tuple(
            [
                (each.adapter, one.operation)
                for each in self.adapters
                for one in each.operations
                if one.breaker.state(self.at) is not BreakerState.CLOSED
            ]
        )

    def _repr_html_(self) -> str:
        from omscore.health.html import health_html  # only a notebook asks

        return health_html(self)


def merged(parts: Iterable[AdapterHealth]) -> tuple[AdapterHealth, ...]:
    """One record for each adapter out of what several programs know, in the order of their names."""
    found: dict[str, AdapterHealth] = {}
    for part in parts:
        known = found.get(part.adapter)
        found[part.adapter] = part if known is None else known + part
    return tuple([found[name] for name in sorted(found)])
