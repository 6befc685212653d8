"""Stock told to a channel: what it can sell of every article, as far as that is not what it was told last."""

from __future__ import annotations

from omscore.engine.plans.kits import sellable_among
from omscore.engine.plans.wishes import TellStock
from omscore.engine.unit import Unit
from omscore.errors import RefusedError
from omscore.inventory.model import ListedItem
from omscore.orders.outbox import ChannelOutbox, NumberNews
from omscore.parties import NewsKind
from omscore.ports.news import StockOf, StockTold


def tell_stock(unit: Unit, command: TellStock) -> None:
    """Write the message down, unless nothing has changed. Raises: RefusedError when nobody there listens."""
    channel = unit.desk.shop.channel(command.channel)
    if not unit.tells(channel.name, NewsKind.STOCK):
        raise RefusedError(
            f"channel {channel.name} is not told of stock; give its format in [intake.{channel.name}] an outbox",
            code="channel.tells_no_stock",
        )
    outbox = unit.find(ChannelOutbox, channel.name)
    before = dict(outbox.stock) if outbox else {}
    rows = unit.desk.storage.streams("item/")
    items = [unit.desk.codec.record(row.state, ListedItem).item for row in rows]
    levels = sellable_among(unit, {item.sku: item for item in items}, channel)
    changed = tuple(sorted([(sku, units) for sku, units in levels.items() if before.get(sku) != units]))
    if changed:
        told = StockTold(articles=tuple([StockOf(sku, units) for sku, units in changed]))
        unit.decide(
            NumberNews(
                channel=channel.name,
                kind=NewsKind.STOCK,
                about="",
                body=unit.desk.codec.text(told),
                stock=changed,
                at=command.at,
            )
        )
