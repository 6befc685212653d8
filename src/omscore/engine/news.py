"""Messages to channels: what is told is written down as it stands, numbered, and then sent by that number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from omscore.engine.desk import Desk
from omscore.engine.meter import adapter_name
from omscore.engine.outcome import Outcome
from omscore.engine.plans.wishes import TellOfOrder
from omscore.engine.unit import Unit
from omscore.ids import FulfillmentId, OrderId
from omscore.orders.outbox import ChannelOutbox
from omscore.parties import NewsKind
from omscore.ports.channels import ChannelPort
from omscore.ports.news import NEWS_BY_KIND, ChannelNotice, News, StockTold, TellingChannel


def write_down(payload: Mapping[str, str], now: datetime) -> Outcome:
    """What there is to tell of an order, to be worked out and numbered in one commit."""
    kind = NewsKind(payload["kind"])
    return Outcome(
        commands=(
            TellOfOrder(
                kind=kind,
                order_id=OrderId(payload["order_id"]),
                fulfillment_id=FulfillmentId(payload["fulfillment_id"]) if kind is NewsKind.SHIPMENT else None,
                is_first=payload.get("is_first") == "yes",
                at=now,
            ),
        )
    )


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
