"""Which orders are taken: ids, amounts, taxes and lines that can be right, all in one currency."""

from __future__ import annotations

from collections.abc import Sequence

from omscore.border import checked_reference
from omscore.errors import InputError, RefusedError
from omscore.ids import checked_id
from omscore.orders import commands as c
from omscore.orders import events as e
from omscore.orders.attributes import checked_attributes
from omscore.orders.model import Hold, HoldKind, Order
from omscore.orders.plain import plain_lines
from omscore.orders.totals import agreed_kits, agreed_lines
from omscore.orders.wanted import MAX_LINES, check_lines, foreign
from omscore.records import changed, maker

_new_order_placed = maker(e.OrderPlaced)
_new_hold_placed = maker(e.HoldPlaced)
_new_hold = maker(Hold)

MAX_TAGS = 100

_PAYMENT = HoldKind.PAYMENT  # by a name of its own: a member is looked up in its enum for as long as a record takes


def place_order(order: Order | None, command: c.PlaceOrder) -> Sequence[e.OrderEvent]:
    """The order as a fact, and the holds it begins with.

    Raises: RefusedError when the id is taken; InputError naming what is out of bounds.
    """
    if order is not None:
        raise RefusedError(
            f"order {command.order_id} was placed on {order.placed_at:%Y-%m-%d}; give the new one another id",
            code="order.exists",
        )
    checked_id(command.order_id, what="order id")
    if command.reference:
        checked_reference(command.reference, what=f"order {command.order_id}: the reference")
    if len(command.tags) > MAX_TAGS:
        raise InputError(
            f"order {command.order_id} has {len(command.tags)} tags; give at most {MAX_TAGS}", code="order.tags"
        )
    if not (command.shipping is None and command.charges is None and command.discount is None):
        _check_shared(command)
    agreed = plain_lines(command)
    if agreed is None:
        check_lines(command)
        agreed = agreed_lines(command)
        if len(agreed) > MAX_LINES:
            raise InputError(
                f"order {command.order_id} has {len(agreed)} lines with the parts of its kits; an order has at most "
                f"{MAX_LINES}",
                code="order.lines",
            )
    terms = command.payment
    placed = _new_order_placed(
        order_id=command.order_id,
        channel=command.channel,
        reference=command.reference,
        currency=command.currency,
        person_id=command.person_id,
        address_name=command.address_name,
        destination=command.destination,
        lines=agreed,
        tags=command.tags,
        exchange_for=command.exchange_for,
        customer_groups=command.customer_groups,
        shipment_prices=command.shipment_prices,
        payment_provider=terms.provider if terms else "",
        payment_method=terms.method if terms else "",
        at=command.at,
    )
    # Few orders have these; a call that names more than fifteen arguments gathers them into a dict first.
    if command.attributes:
        placed = changed(placed, attributes=checked_attributes(command.attributes, order_id=command.order_id))
    if command.kits:
        placed = changed(placed, kits=agreed_kits(command, agreed))
    kinds = command.holds
    if terms is not None:
        kinds = (*kinds, _PAYMENT)
    if command.exchange_for is not None:
        kinds = (*kinds, HoldKind.AWAITING_RETURN)
    events: list[e.OrderEvent] = [placed]
    for kind in dict.fromkeys(kinds):
        hold = _new_hold(kind, "set when the order was placed", command.at)
        events.append(_new_hold_placed(order_id=command.order_id, hold=hold, at=command.at))
    return events


def _check_shared(command: c.PlaceOrder) -> None:
    """What is shared over the lines is in the order's currency, and none of it is negative."""
    for what, amount in (("shipping", command.shipping), ("charges", command.charges), ("discount", command.discount)):
        if amount is not None and amount.currency != command.currency:
            says = f"has a {what}" if what == "discount" else f"has {what}"
            raise foreign(command.order_id, says, amount.currency, command.currency)
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
