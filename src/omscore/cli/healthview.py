"""How the health of adapters is shown, for eyes and for programs, by whichever command shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import add
from typing import Any, NamedTuple

from omscore.errors import SetupError
from omscore.health.breaker import BreakerState
from omscore.health.html import failures_of, span_of
from omscore.health.model import AdapterHealth, OperationHealth
from omscore.plugins.discovery import Plugins
from omscore.plugins.providers import PortKind
from omscore.records import changed

COUNTED = frozenset(
    {
        *(PortKind.PAYMENT, PortKind.CARRIER, PortKind.NOTICE, PortKind.LETTER),
        *(PortKind.OBSERVER, PortKind.ERP, PortKind.CHANNEL, PortKind.REVIEW),
    }
)
"""The ports whose adapters are asked by tasks and quotes: their calls are counted."""

_WORST_FIRST = (BreakerState.OPEN, BreakerState.HALF_OPEN)


class Ability(NamedTuple):
    """What a provider declares that it can do; `trouble` says why it cannot be had, and is empty when it can."""

    capabilities: tuple[str, ...]
    trouble: str

    @property
    def says(self) -> str:
        return self.trouble or ", ".join(self.capabilities)


def ability_of(port: PortKind, name: str) -> Ability:
    """What an installed provider declares, or what is wrong with it."""
    try:
        return Ability(tuple(sorted(each.value for each in Plugins().provider(port, name).capabilities)), "")
    except SetupError as error:
        return Ability((), str(error))


def kept_of(port: PortKind, name: str, kept: Iterable[AdapterHealth]) -> tuple[AdapterHealth, ...]:
    """What is kept of one provider's adapter and of each receiver of it, such as `observers.webhooks/crm`."""
    return tuple([each for each in kept if each.adapter.partition("/")[0] == f"{port}.{name}"])


def in_all(operations: Sequence[OperationHealth]) -> OperationHealth | None:
    """The calls of several operations as if they were one; None without any. Their breakers are told apart elsewhere.

    >>> noon = datetime(2026, 3, 2, 12)
    >>> both = in_all([OperationHealth(operation=name, since=noon, calls=2) for name in ("capture", "refund")])
    >>> both and both.calls
    4
    """
    return reduce(add, [changed(each, operation="") for each in operations]) if operations else None


def breakers_of(operations: Sequence[OperationHealth], at: datetime) -> str:
    """`closed`, or which operations are left alone, the worst first; nothing where nothing was called.

    >>> breakers_of([OperationHealth(operation="capture", since=datetime(2026, 3, 2))], datetime(2026, 3, 2))
    'closed'
    """
    by_state = {
        state: ", ".join([each.operation for each in operations if each.breaker.state(at) is state])
        for state in _WORST_FIRST
    }
    troubled = "; ".join([f"{state}: {names}" for state, names in by_state.items() if names])
    return troubled or ("closed" if operations else "")


def summary_cells(operations: Sequence[OperationHealth], at: datetime) -> tuple[str, ...]:
    """Calls, failures, breaker, p50 and p95 of an adapter, all its operations together."""
    total = in_all(operations)
    if total is None:
        return ("0", "", "", "", "")
    failed, breakers = failures_of(total), breakers_of(operations, at)
    return (str(total.calls), failed, breakers, span_of(total.p50), span_of(total.p95))


def operation_cells(adapter: str, operation: OperationHealth, at: datetime) -> tuple[str, ...]:
    """One operation in full: adapter, operation, calls, p50, p95, p99, breaker, failures."""
    quantiles = [span_of(each) for each in (operation.p50, operation.p95, operation.p99)]
    state = operation.breaker.state(at).value
    return (adapter, operation.operation, str(operation.calls), *quantiles, state, failures_of(operation))


def operation_figures(operation: OperationHealth, at: datetime) -> dict[str, Any]:
    """The same for programs; seconds, and moments in UTC."""
    return {
        "operation": operation.operation,
        "since": operation.since,
        **_counted(operation),
        "breaker": operation.breaker.state(at).value,
        "asked_again_at": operation.breaker.rests_until,
        "last_failure": operation.last_failure,
    }


def adapter_figures(adapters: Sequence[AdapterHealth], at: datetime) -> dict[str, Any]:
    """What is kept of a provider's adapter for programs: all calls together, and each operation of each receiver."""
    total = in_all([one for each in adapters for one in each.operations])
    states = [one.breaker.state(at) for each in adapters for one in each.operations]
    return {
        **(_counted(total) if total else {"calls": 0, "failures": {}, "p50": None, "p95": None, "p99": None}),
        "breaker": next((state.value for state in _WORST_FIRST if state in states), BreakerState.CLOSED.value),
        "operations": [
            {"adapter": each.adapter, **operation_figures(one, at)} for each in adapters for one in each.operations
        ],
    }


def _counted(operation: OperationHealth) -> dict[str, Any]:
    return {
        "calls": operation.calls,
        "failures": {kind.value: count for kind, count in operation.failures},
        **{name: _seconds(getattr(operation, name)) for name in ("p50", "p95", "p99")},
    }


def _seconds(took: timedelta | None) -> float | None:
    return None if took is None else took.total_seconds()
