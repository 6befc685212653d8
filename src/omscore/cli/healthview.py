"""How the health of adapters is shown, for eyes and for programs, by whichever command shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, NamedTuple

from omscore.cli.backends import refusals_of, used_by
from omscore.errors import SetupError
from omscore.health.breaker import BreakerState
from omscore.health.html import failures_of, span_of
from omscore.health.model import AdapterHealth, OperationHealth
from omscore.plugins.discovery import Plugins
from omscore.plugins.providers import PortKind
from omscore.policy.shop import Shop
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
    """What a provider declares that it can do; `trouble` says why it cannot be opened, as far as that can be known.

    Shape: `is_installed` when it and the libraries it needs are.
    """

    capabilities: tuple[str, ...]
    trouble: str
    is_installed: bool

    @property
    def says(self) -> str:
        return self.trouble or ", ".join(self.capabilities)


def ability_of(port: PortKind, name: str) -> Ability:
    """What an installed provider declares, and what is wrong with it in any shop."""
    try:
        provider = Plugins().provider(port, name)
    except SetupError as error:
        return Ability((), str(error), is_installed=False)
    lacks = [str(need.error(f"{port}.{name}")) for need in provider.needs if not need.is_met]
    can = tuple(sorted(each.value for each in provider.capabilities))
    return Ability(can, "\n".join(lacks), is_installed=not lacks)


def abilities_of(shop: Shop, folder: Path) -> dict[tuple[PortKind, str], Ability]:
    """The providers a shop names: what each declares, and why the shop would not open with it."""
    troubles: dict[tuple[PortKind, str], list[str]] = {name: [] for name in used_by(shop)}
    for backend, error in refusals_of(shop, folder):
        troubles[backend.port, backend.name].append(str(error))
    return {name: ability_of(*name)._replace(trouble="\n".join(says)) for name, says in troubles.items()}


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
    """Calls, p50, p95, breaker and failures of an adapter, all its operations together."""
    total = in_all(operations)
    if total is None:
        return ("0", "", "", "", "")
    quantiles = (span_of(total.p50), span_of(total.p95))
    return (str(total.calls), *quantiles, breakers_of(operations, at), failures_of(total))


def operation_lines(adapters: Iterable[AdapterHealth], at: datetime) -> Iterator[tuple[str, ...]]:
    """Every operation in full below its adapter: name, calls, p50, p95, p99, breaker, failures."""
    above: tuple[str, str] = ("", "")
    for each in adapters:
        name, _, receiver = each.adapter.partition("/")
        if name != above[0]:
            yield (name, *[""] * 6)
        if receiver and (name, receiver) != above:
            yield (f"  /{receiver}", *[""] * 6)
        above = (name, receiver)
        for one in each.operations:
            quantiles = [span_of(took) for took in (one.p50, one.p95, one.p99)]
            below = f"{'    ' if receiver else '  '}{one.operation}"
            yield (below, str(one.calls), *quantiles, one.breaker.state(at).value, failures_of(one))


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
