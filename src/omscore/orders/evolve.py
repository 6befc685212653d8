"""The order after one more fact. Replaying all facts from nothing gives the stored order."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import TypeVar, assert_never

from omscore.errors import DamageError
from omscore.ids import FulfillmentId
from omscore.orders import events as e
from omscore.orders.lines import summed, units_taken
from omscore.orders.linestates import LineState, quantities_of
from omscore.orders.model import LineUnits, Order, OrderLine, QueueStay, Rejection, Take
from omscore.orders.promises import after_taking, within
from omscore.records import changed, changer, maker

_new_order = maker(Order)
_new_line = maker(OrderLine)
_with_holds = changer(Order, "holds")
_with_payments = changer(Order, "payments")
_with_quantities = changer(OrderLine, "quantities")
_with_taken = changer(Order, "lines", "takes", "fulfillments", "decisions", "promises")

T = TypeVar("T")

_FULFILLMENT_ID = attrgetter("fulfillment_id")


def evolve(order: Order | None, event: e.OrderEvent) -> Order:
    """The order as it is after the event.

    Raises: DamageError when the first event is not OrderPlaced.
    """
    if order is None:
        if isinstance(event, e.OrderPlaced):
            return _placed(event)
        raise DamageError(f"{type(event).__name__} came before OrderPlaced", code="damage.first_event")
    # What happens to every order comes first, by its very class: each pattern that is tried in vain takes its time.
    # These classes are final, so a type checker still sees that no class is left out.
    if type(event) is e.HoldPlaced:
        return _with_holds(order, (*order.holds, event.hold))
    if type(event) is e.PaymentAttached:
        return _with_payments(order, (*order.payments, event.payment_id))
    if type(event) is e.LinesAllocated:
        after = _with_taken(
            order,
            lines=_allocated(order.lines, event.takes),
            takes=order.takes + event.takes,
            fulfillments=_with_new(order.fulfillments, map(_FULFILLMENT_ID, event.takes)),
            decisions=_with_new(order.decisions, (event.decision_id,)),
            promises=after_taking(order.promises, [take[:2] for take in event.takes]) if order.promises else (),
        )
        return after if after.queue is None else _served(after)
    match event:
        case e.LinesBackordered():
            return changed(
                order,
                lines=_moved(order.lines, event.units, LineState.OPEN, LineState.BACKORDERED),
                decisions=_with_new(order.decisions, (event.decision_id,)),
            )
        case e.LinesRejected():
            return changed(
                order,
                lines=_moved(order.lines, event.units, LineState.ALLOCATED, LineState.OPEN),
                takes=_fewer(order.takes, event.fulfillment_id, event.units),
                rejections=(*order.rejections, Rejection(event.location_id, event.reason, event.at)),
            )
        case e.LinesRecalled():
            units = [LineUnits(line_id, count) for line_id, count, _ in event.takes]
            takes = order.takes
            for take in event.takes:
                takes = _fewer(takes, take.fulfillment_id, (LineUnits(take.line_id, take.units),))
            return changed(order, lines=_moved(order.lines, units, LineState.ALLOCATED, LineState.OPEN), takes=takes)
        case e.LinesProgressed():
            takes = order.takes
            if event.origin is LineState.ALLOCATED:
                takes = _fewer(takes, event.fulfillment_id, event.units)
            return changed(order, lines=_moved(order.lines, event.units, event.origin, event.target), takes=takes)
        case e.LinesShipped():
            return changed(order, lines=_moved(order.lines, event.units, LineState.PACKED, LineState.SHIPPED))
        case e.UnitsCancelled():
            after = _cancelled(order, event)
            return after if after.queue is None else _served(after)
        case e.HoldReleased():
            return _with_holds(order, tuple(hold for hold in order.holds if hold.kind is not event.kind))
        case e.ReturnPromised():
            return changed(
                order,
                lines=_in_return(order.lines, event.units, 1),
                returns=_with_new(order.returns, (event.return_id,)),
            )
        case e.LinesReturned():
            lines = _moved(order.lines, event.units, LineState.DELIVERED, LineState.RETURNED)
            return changed(order, lines=_in_return(lines, event.units, -1))
        case e.ReturnShortened():
            return changed(order, lines=_in_return(order.lines, event.units, -1))
        case e.UnitsPromised():
            return changed(order, promises=event.promises)
        case e.PromiseBroken():
            return order  # what is promised instead is a fact of its own
        case e.OrderQueued():
            return changed(order, queue=QueueStay(event.queue, event.at, event.until))
        case e.OrderLeftQueue():
            return changed(order, queue=None)
        case e.OrderPlaced():
            return _placed(event)
        case _:
            assert_never(event)


def _served(order: Order) -> Order:
    """An order of which nothing waits any more is in no queue."""
    return order if any([line.quantities.waiting for line in order.lines]) else changed(order, queue=None)


def _placed(event: e.OrderPlaced) -> Order:
    lines = []
    for line in event.lines:
        lines.append(_new_line(agreed=line, quantities=quantities_of(line.units)))
    return _new_order(
        order_id=event.order_id,
        channel=event.channel,
        reference=event.reference,
        currency=event.currency,
        person_id=event.person_id,
        address_name=event.address_name,
        destination=event.destination,
        placed_at=event.at,
        lines=tuple(lines),
        tags=event.tags,
        attributes=event.attributes,
        kits=event.kits,
        exchange_for=event.exchange_for,
        customer_groups=event.customer_groups,
        shipment_prices=event.shipment_prices,
    )


def _moved(
    lines: tuple[OrderLine, ...], units: Iterable[LineUnits], origin: LineState, target: LineState
) -> tuple[OrderLine, ...]:
    wanted = summed(units)
    return tuple(
        _with_quantities(line, line.quantities.moved(origin, target, wanted[line.line_id]))
        if line.line_id in wanted
        else line
        for line in lines
    )


def _allocated(lines: tuple[OrderLine, ...], takes: tuple[Take, ...]) -> tuple[OrderLine, ...]:
    wanted = summed(map(units_taken, takes))
    found = []
    for line in lines:
        units = wanted.get(line.agreed.line_id)
        if units:
            line = _with_quantities(line, line.quantities.taken(units))
        found.append(line)
    return tuple(found)


def _cancelled(order: Order, event: e.UnitsCancelled) -> Order:
    line = order.line(event.line_id)
    quantities = line.quantities
    dropped = sum(take.units for take in event.drops)
    for origin, units in (
        (LineState.OPEN, event.from_open),
        (LineState.BACKORDERED, event.from_backordered),
        (LineState.ALLOCATED, dropped),
    ):
        if units:
            quantities = quantities.moved(origin, LineState.CANCELLED, units)
    takes = order.takes
    for take in event.drops:
        takes = _fewer(takes, take.fulfillment_id, (LineUnits(take.line_id, take.units),))
    after = _with_quantities(line, quantities)
    left = changed(order, lines=tuple(after if each is line else each for each in order.lines), takes=takes)
    if not order.promises:
        return left
    return changed(
        left, promises=within(order.promises, {each.line_id: each.quantities.waiting for each in left.lines})
    )


def _in_return(lines: tuple[OrderLine, ...], units: Iterable[LineUnits], sign: int) -> tuple[OrderLine, ...]:
    wanted = summed(units)
    return tuple(
        changed(line, in_return=line.in_return + sign * wanted[line.line_id]) if line.line_id in wanted else line
        for line in lines
    )


def _fewer(takes: tuple[Take, ...], fulfillment_id: FulfillmentId, units: Iterable[LineUnits]) -> tuple[Take, ...]:
    """The takes without these units; the latest give first, as they do when an order is cancelled."""
    left = summed(units)
    kept = []
    for take in reversed(takes):
        gone = min(take.units, left.get(take.line_id, 0)) if take.fulfillment_id == fulfillment_id else 0
        if gone:
            left[take.line_id] -= gone
        if take.units > gone:
            kept.append(take._replace(units=take.units - gone))
    return tuple(reversed(kept))


def _with_new(known: tuple[T, ...], more: Iterable[T]) -> tuple[T, ...]:
    for each in more:
        if each not in known:
            known = (*known, each)
    return known
