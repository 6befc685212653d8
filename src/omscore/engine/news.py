"""Messages to channels: what is told is written down as it stands, numbered, and then sent by that number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from omscore.calendars import local_date
from omscore.engine.desk import Desk
from omscore.engine.meter import adapter_name
from omscore.engine.outcome import Outcome
from omscore.engine.unit import Unit
from omscore.fulfillment.model import FulfillmentOrder
from omscore.orders.attributes import CHANNEL_MESSAGE
from omscore.orders.model import Order, OrderLine
from omscore.orders.outbox import ChannelOutbox, NumberNews
from omscore.orders.promises import promised_on
from omscore.parties import NewsKind
from omscore.ports.channels import ChannelPort
from omscore.ports.news import (
    NEWS_BY_KIND,
    ChannelNotice,
    LineTold,
    News,
    OrderTold,
    ParcelTold,
    ShipmentTold,
    StockTold,
    TellingChannel,
    UnitsSent,
)


def write_down(desk: Desk, payload: Mapping[str, str], now: datetime) -> Outcome:
    """What there is to tell of an order now, to be numbered."""
    unit = Unit(desk, now)
    order = unit.get(Order, payload["order_id"])
    kind = NewsKind(payload["kind"])
    about = payload.get("fulfillment_id", order.order_id)
    if kind is NewsKind.SHIPMENT:
        work = unit.get(FulfillmentOrder, about)
        body = desk.codec.text(_shipment(order, work, desk.network.location(work.location_id).calendar.timezone))
    else:
        body = desk.codec.text(_order(order, is_first=payload.get("is_first") == "yes"))
    numbered = NumberNews(channel=order.channel, kind=kind, about=about, body=body, at=now)
    return Outcome(commands=(numbered,))


def send_news(desk: Desk, channels: Mapping[str, ChannelPort], payload: Mapping[str, str]) -> Outcome:
    """Tell the channel what was written down under a number."""
    channel = channels.get(payload["channel"])
    if not isinstance(channel, TellingChannel):
        return Outcome(note=f"channel {payload['channel']} is told nothing any more")
    news = desk.codec.record(payload["body"], NEWS_BY_KIND[NewsKind(payload["kind"])])
    at = datetime.fromisoformat(payload["at"])
    notice = ChannelNotice(
        channel=payload["channel"],
        number=int(payload["number"]),
        at=at,
        news=news,
        outdated=_outdated(Unit(desk, at), payload["channel"], news),
    )
    adapter = f"{adapter_name('channel', desk.shop.intake.get(payload['channel'], {}))}/{payload['channel']}"
    desk.meter.call(adapter, "tell", channel.tell, notice)
    return Outcome()


def _outdated(unit: Unit, channel: str, news: News) -> frozenset[str]:
    """The articles whose level is not the one that was written down for the channel last."""
    if not isinstance(news, StockTold):
        return frozenset()
    outbox = unit.find(ChannelOutbox, channel)
    last = dict(outbox.stock) if outbox else {}
    return frozenset([each.sku for each in news.articles if last.get(each.sku, each.units) != each.units])


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
