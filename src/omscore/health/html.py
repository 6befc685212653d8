"""The health of the adapters as a table for a notebook; what is held back stands out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape

from omscore.health.breaker import BreakerState
from omscore.health.model import Health, OperationHealth

_TROUBLED = "background:rgba(218,54,51,.15)"
HEADERS = ("Adapter", "Operation", "Calls", "Failed", "p50", "p95", "p99", "Breaker", "Last failure")


def health_html(health: Health) -> str:
    """The health as HTML that stands on its own; whatever it says is escaped.

    >>> from datetime import UTC, datetime
    >>> "no adapter was called yet" in health_html(Health(at=datetime(2026, 3, 2, tzinfo=UTC), adapters=()))
    True
    """
    if not health.adapters:
        return "<p>no adapter was called yet</p>"
    rows = "".join(
        f'<tr style="{"" if each.breaker.state(health.at) is BreakerState.CLOSED else _TROUBLED}">'
        f"{_cells((adapter.adapter, *cells_of(each, health.at)))}</tr>"
        for adapter in health.adapters
        for each in adapter.operations
    )
    head = "".join(f"<th>{each}</th>" for each in HEADERS)
    return f"<table><tr>{head}</tr>{rows}</table>"


def cells_of(operation: OperationHealth, at: datetime) -> tuple[str, ...]:
    """What stands under HEADERS after the adapter's name."""
    last = operation.last_failure
    return (
        operation.operation,
        str(operation.calls),
        failures_of(operation),
        *[span_of(quantile) for quantile in (operation.p50, operation.p95, operation.p99)],
        operation.breaker.state(at).value,
        "" if last is None else f"{last.at:%Y-%m-%d %H:%M:%S} {last.kind}: {last.says}",
    )


def failures_of(operation: OperationHealth) -> str:
    """The failures by kind.

    >>> from omscore.health.model import FailureKind
    >>> noon = datetime(2026, 3, 2, 12)
    >>> failures_of(OperationHealth(operation="send", since=noon, failures=((FailureKind.GARBAGE, 2),)))
    '2 garbage'
    """
    return ", ".join([f"{count} {kind.value}" for kind, count in operation.failures])


def span_of(took: timedelta | None) -> str:
    """A span of time for reading.

    >>> [span_of(timedelta(microseconds=each)) for each in (0, 480, 12_300, 2_500_000)], span_of(None)
    (['0 ms', '0.5 ms', '12 ms', '2.5 s'], '')
    """
    if took is None:
        return ""
    milliseconds = took / timedelta(milliseconds=1)
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 or not milliseconds else f"{milliseconds:.1f} ms"


def _cells(values: Iterable[str]) -> str:
    return "".join(f'<td style="text-align:left">{escape(value)}</td>' for value in values)
