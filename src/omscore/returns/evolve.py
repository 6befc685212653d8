"""The return after one more fact."""

from __future__ import annotations

from typing import assert_never

from omscore.errors import DamageError
from omscore.records import changed
from omscore.returns import events as e
from omscore.returns.model import Return, ReturnLine


def evolve(rma: Return | None, event: e.ReturnEvent) -> Return:
    """The return as it is after the event."""
    if isinstance(event, e.ReturnRequested):
        return Return(
            return_id=event.return_id,
            order_id=event.order_id,
            location_id=event.location_id,
            pool=event.pool,
            reason=event.reason,
            opened_at=event.at,
            exchange=event.exchange,
            lines=tuple(
                ReturnLine(line_id=line_id, sku=sku, units=units, due=units) for line_id, sku, units in event.units
            ),
        )
    if rma is None:
        raise DamageError(f"{type(event).__name__} came before ReturnRequested", code="damage.first_event")
    match event:
        case e.ReturnReceived():
            seen: dict[int, int] = {}
            for line_id, _, units in event.units:
                seen[line_id] = seen.get(line_id, 0) + units
            return _stepped(rma, seen, "due", "seen")
        case e.ReturnDisposed():
            counted: dict[int, int] = {}
            for line_id, units, _ in event.units:
                counted[line_id] = counted.get(line_id, 0) + units
            return _stepped(rma, counted, "seen", "disposed")
        case e.ReturnClosed():
            return _stepped(rma, {line_id: units for line_id, _, units in event.unsent}, "due", "unsent")
        case e.ExchangeOrdered():
            return changed(rma, exchange_id=event.exchange_id)
        case _:
            assert_never(event)


def _stepped(rma: Return, units: dict[int, int], origin: str, target: str) -> Return:
    def stepped(line: ReturnLine) -> ReturnLine:
        count = units.get(line.line_id, 0)
        if not count:
            return line
        return changed(line, **{origin: getattr(line, origin) - count, target: getattr(line, target) + count})

    return changed(rma, lines=tuple(stepped(line) for line in rma.lines))
