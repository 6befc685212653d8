"""Which facts follow from a wish, given the order as it stands; refuses what makes no sense and never half of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from omscore.border import checked_reference
from omscore.errors import InputError, NotFoundError, RefusedError
from omscore.ids import checked_id
from omscore.items import checked_sku
from omscore.orders import commands as c
from omscore.orders import events as e
from omscore.orders.aftersale import cancel_order, cancel_units, promise_return, record_returned, record_unsent
from omscore.orders.amounts import Amounts
from omscore.orders.attributes import checked_attributes
from omscore.orders.lines import check_there, lines_of, summed
from omscore.orders.model import Hold, HoldKind, LineState, LineUnits, Order
from omscore.orders.totals import agreed_lines
from omscore.quantities import checked_units

MAX_LINES = 5_000
"""The most lines one order may have."""
MAX_TAGS = 100

_WORK_STEPS = frozenset(
    {
        (LineState.ALLOCATED, LineState.PICKED),
        (LineState.PICKED, LineState.PACKED),
        (LineState.SHIPPED, LineState.DELIVERED),
    }
)
"""What a fulfillment order may report; every other way of a unit has a command of its own."""


def decide(order: Order | None, command: c.OrderCommand) -> Sequence[e.OrderEvent]:
    """The events that follow from a command.

    Raises: RefusedError or InputError, and then nothing has happened.
    """
    if isinstance(command, c.PlaceOrder):
        return _place(order, command)
    if order is None:
        raise NotFoundError(
            f"there is no order {command.order_id}; check the id or place it first", code="order.unknown"
        )
    _check_counts(command)
    match command:
        case c.AllocateLines():
            return _allocate(order, command)
        case c.TakeBackUnits():
            return _take_back(order, command)
        case c.RecordProgress():
            return _progress(order, command)
        case c.RecordShipped():
            return _shipped(order, command)
        case c.CancelUnits():
            return cancel_units(order, command)
        case c.CancelOrder():
            return cancel_order(order, command)
        case c.PlaceHold():
            return _hold(order, command)
        case c.ReleaseHold():
            return _release(order, command)
        case c.AttachPayment():
            return [e.PaymentAttached(order_id=order.order_id, payment_id=command.payment_id, at=command.at)]
        case c.PromiseReturn():
            return promise_return(order, command)
        case c.RecordReturned():
            return record_returned(order, command)
        case c.RecordUnsent():
            return record_unsent(order, command)
        case _:
            assert_never(command)


def _check_counts(command: c.OrderCommand) -> None:
    """Every count is a count: sums that are checked later must not hide a negative one."""
    match command:
        case c.AllocateLines():
            named = [(take.line_id, take.units) for take in command.takes] + list(command.backorders)
        case (
            c.TakeBackUnits()
            | c.RecordProgress()
            | c.RecordShipped()
            | c.PromiseReturn()
            | c.RecordReturned()
            | c.RecordUnsent()
        ):
            named = list(command.units)
        case _:
            return
    for line_id, units in named:
        checked_units(units, what=f"order {command.order_id} line {line_id} units")


def _place(order: Order | None, command: c.PlaceOrder) -> Sequence[e.OrderEvent]:
    if order is not None:
        raise RefusedError(
            f"order {command.order_id} was placed on {order.placed_at:%Y-%m-%d}; give the new one another id",
            code="order.exists",
        )
    checked_id(command.order_id, what="order id")
    checked_reference(command.reference, what=f"order {command.order_id}: the reference")
    if len(command.tags) > MAX_TAGS:
        raise InputError(
            f"order {command.order_id} has {len(command.tags)} tags; give at most {MAX_TAGS}", code="order.tags"
        )
    for what, amount in (("shipping", command.shipping), ("charges", command.charges), ("discount", command.discount)):
        if amount is not None and amount.currency != command.currency:
            raise _foreign(command, f"has a {what}" if what == "discount" else f"has {what}", amount.currency)
    for what, amount in (("shipping", command.shipping), ("charges", command.charges)):
        if amount is not None and amount.minor < 0:
            raise InputError(
                f"order {command.order_id} has {what} of {amount}; money off the order is a discount",
                code="order.price",
            )
    if command.discount is not None and command.discount.minor < 0:
        raise InputError(
            f"order {command.order_id} has the discount {command.discount}; money on top of the order is a charge",
            code="order.price",
        )
    for number, tax in enumerate(command.taxes, 1):
        if tax.rate < 0:
            raise InputError(
                f"order {command.order_id} line {number} has the tax rate {tax.rate}; give zero or more",
                code="order.tax",
                line=number,
            )
    if not 1 <= len(command.lines) <= MAX_LINES:
        raise InputError(
            f"order {command.order_id} has {len(command.lines)} lines; an order needs 1 to {MAX_LINES}",
            code="order.lines",
        )
    for number, line in enumerate(command.lines, 1):
        checked_sku(line.sku)
        checked_units(line.units, what=f"order {command.order_id} line {number} units")
        if line.unit_price.currency != command.currency:
            raise _foreign(command, f"line {number} is priced", line.unit_price.currency)
        if line.discount is not None and line.discount.currency != command.currency:
            raise _foreign(command, f"line {number} has a discount", line.discount.currency)
        if line.unit_price.amount < 0:
            raise InputError(
                f"order {command.order_id} line {number} has the negative price {line.unit_price.amount}; use a "
                "discount",
                code="order.price",
                line=number,
            )
    terms = command.payment
    placed = e.OrderPlaced(
        order_id=command.order_id,
        channel=command.channel,
        reference=command.reference,
        currency=command.currency,
        person_id=command.person_id,
        address_name=command.address_name,
        destination=command.destination,
        lines=agreed_lines(command),
        tags=command.tags,
        attributes=checked_attributes(command.attributes, order_id=command.order_id),
        exchange_for=command.exchange_for,
        payment_provider=terms.provider if terms else "",
        payment_method=terms.method if terms else "",
        at=command.at,
    )
    kinds = list(command.holds)
    if terms is not None:
        kinds.append(HoldKind.PAYMENT)
    if command.exchange_for is not None:
        kinds.append(HoldKind.AWAITING_RETURN)
    holds = [
        e.HoldPlaced(
            order_id=command.order_id, hold=Hold(kind, "set when the order was placed", command.at), at=command.at
        )
        for kind in dict.fromkeys(kinds)
    ]
    return [placed, *holds]


def _foreign(command: c.PlaceOrder, what: str, currency: str) -> InputError:
    return InputError(
        f"order {command.order_id} {what} in {currency}, the order is in {command.currency}", code="order.currency"
    )


def _allocate(order: Order, command: c.AllocateLines) -> Sequence[e.OrderEvent]:
    wanted = summed([take[:2] for take in command.takes])
    for line_id, units in wanted.items():
        waiting = order.line(line_id).quantities.waiting
        if units > waiting:
            raise RefusedError(
                f"order {order.order_id} line {line_id} has {waiting} units waiting, not {units}",
                code="order.line_units",
            )
    events: list[e.OrderEvent] = []
    if command.takes:
        events.append(
            e.LinesAllocated(
                order_id=order.order_id, decision_id=command.decision_id, takes=command.takes, at=command.at
            )
        )
    short = []
    for line_id, units in summed(command.backorders).items():
        quantities = order.line(line_id).quantities
        left_waiting = quantities.waiting - wanted.get(line_id, 0)
        if units > left_waiting:
            raise RefusedError(
                f"order {order.order_id} line {line_id}: {units} units cannot wait, {left_waiting} are left to",
                code="order.line_units",
            )
        left_open = quantities.open - min(quantities.open, wanted.get(line_id, 0))
        if left_open:
            short.append(LineUnits(line_id, min(units, left_open)))
    if short:
        events.append(
            e.LinesBackordered(
                order_id=order.order_id, decision_id=command.decision_id, units=tuple(short), at=command.at
            )
        )
    return events


def _take_back(order: Order, command: c.TakeBackUnits) -> Sequence[e.OrderEvent]:
    taken = summed([(line_id, units) for line_id, units, work in order.takes if work == command.fulfillment_id])
    for line_id, units in summed(command.units).items():
        if units > taken.get(line_id, 0):
            raise RefusedError(
                f"order {order.order_id} line {line_id}: {command.fulfillment_id} has {taken.get(line_id, 0)} units to "
                f"pick, {units} cannot be given back",
                code="order.line_units",
            )
    return [
        e.LinesRejected(
            order_id=order.order_id,
            fulfillment_id=command.fulfillment_id,
            location_id=command.location_id,
            units=command.units,
            reason=command.reason,
            at=command.at,
        )
    ]


def _progress(order: Order, command: c.RecordProgress) -> Sequence[e.OrderEvent]:
    if (command.origin, command.target) not in _WORK_STEPS:
        raise RefusedError(
            f"order {order.order_id}: work cannot take units from {command.origin} to {command.target}",
            code="order.line_move",
        )
    if command.origin is LineState.ALLOCATED:
        taken = summed(
            (take.line_id, take.units) for take in order.takes if take.fulfillment_id == command.fulfillment_id
        )
        for line_id, units in summed(command.units).items():
            if units > taken.get(line_id, 0):
                raise RefusedError(
                    f"{command.fulfillment_id} has {taken.get(line_id, 0)} units of line {line_id}, not {units}",
                    code="order.take",
                )
    check_there(order, command.origin, command.units)
    return [
        e.LinesProgressed(
            order_id=order.order_id,
            fulfillment_id=command.fulfillment_id,
            origin=command.origin,
            target=command.target,
            units=command.units,
            at=command.at,
        )
    ]


def _shipped(order: Order, command: c.RecordShipped) -> Sequence[e.OrderEvent]:
    check_there(order, LineState.PACKED, command.units)
    amounts = Amounts.total(
        (
            line.amounts.part(line.quantities.handed_over, units, line.units)
            for line, units in lines_of(order, command.units)
        ),
        order.currency,
    )
    return [
        e.LinesShipped(
            order_id=order.order_id,
            fulfillment_id=command.fulfillment_id,
            units=command.units,
            amounts=amounts,
            at=command.at,
        )
    ]


def _hold(order: Order, command: c.PlaceHold) -> Sequence[e.OrderEvent]:
    if order.has_hold(command.kind):
        return []
    return [e.HoldPlaced(order_id=order.order_id, hold=Hold(command.kind, command.says, command.at), at=command.at)]


def _release(order: Order, command: c.ReleaseHold) -> Sequence[e.OrderEvent]:
    if not order.has_hold(command.kind):
        standing = ", ".join(hold.kind for hold in order.holds) or "none"
        raise RefusedError(
            f"order {order.order_id} has no hold {command.kind}; it has {standing}", code="order.no_hold"
        )
    return [e.HoldReleased(order_id=order.order_id, kind=command.kind, says=command.says, at=command.at)]
