"""What a channel is told of an order, worked out as the order stands when it is numbered.

Were it worked out before, what another program tells meanwhile would get the lower number, and the channel would hear
last how the order stood first.
"""

from __future__ import annotations

from datetime import timedelta

from omscore.calendars import local_date
from omscore.engine.plans.wishes import TellOfOrder
from omscore.engine.unit import Unit
from omscore.fulfillment.model import FulfillmentOrder
from omscore.orders.attributes import CHANNEL_MESSAGE
from omscore.orders.model import Order, OrderLine
from omscore.orders.outbox import NumberNews
from omscore.orders.promises import promised_on
from omscore.ports.news import LineTold, OrderTold, ParcelTold, ShipmentTold, UnitsSent


def tell_of_order(unit: Unit, command: TellOfOrder) -> None:
    """Write down the order, or one shipment of it, under the next number of its channel."""
    order = unit.get(Order, command.order_id)
    if command.fulfillment_id is None:
        told = unit.desk.codec.text(_order(order, is_first=command.is_first))
    else:
        work = unit.get(FulfillmentOrder, command.fulfillment_id)
        timezone = unit.desk.network.location(work.location_id).calendar.timezone
        told = unit.desk.codec.text(_shipment(order, work, timezone))
    about = command.fulfillment_id or order.order_id
    unit.decide(NumberNews(channel=order.channel, kind=command.kind, about=about, body=told, at=command.at))


def _message_id(order: Order) -> str:
    return dict(order.attributes).get(CHANNEL_MESSAGE, "")


def _order(order: Order, *, is_first: bool) -> OrderTold:
    return OrderTold(
        order_id=order.order_id,
        reference=order.reference,
        message_id=_message_id(order),
        currency=order.currency,
        placed_at=order.placed_at,
        lines=tuple([_line(order, line) for line in order.lines]),
        is_first=is_first,
    )


def _line(order: Order, line: OrderLine) -> LineTold:
    waiting = line.quantities.waiting
    mine = [each for each in order.promises if each.line_id == line.line_id]
    return LineTold(
        line_id=line.line_id,
        sku=line.sku,
        title=line.title,
        ordered=line.units,
        waiting=waiting,
        cancelled=line.quantities.cancelled,
        promised_on=promised_on(mine, waiting),
    )


def _shipment(order: Order, work: FulfillmentOrder, timezone: str) -> ShipmentTold:
    lines = {line.line_id: line for line in order.lines}
    shipped_at = work.shipped_at or work.opened_at
    days = [package.transit_days for package in work.packages]
    arrives_at = shipped_at + timedelta(days=max(days)) if days and min(days) > 0 else None
    return ShipmentTold(
        order_id=order.order_id,
        reference=order.reference,
        message_id=_message_id(order),
        shipment_id=work.fulfillment_id,
        location_id=work.location_id,
        shipped_at=shipped_at,
        arrives_on=None if arrives_at is None else local_date(arrives_at, timezone),
        parcels=tuple(
            [
                ParcelTold(
                    package_id=package.package_id,
                    carrier=package.carrier,
                    service=package.service,
                    tracking_number=package.tracking_number,
                    mass_g=package.mass_g,
                    units=tuple(
                        [
                            UnitsSent(line_id, lines[line_id].sku, lines[line_id].title, units, lines[line_id].units)
                            for line_id, units in package.contents
                        ]
                    ),
                )
                for package in work.packages
            ]
        ),
    )
