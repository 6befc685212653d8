"""From an invoice to the command that places its order, and the rule that says through which door it came.

The file does not name a channel. The rule: an order with web postage (DOT) came through the web shop; one without a
customer over the counter; one of 1,000 units or 1,500 pounds and more by phone, as wholesale does; one below 100 pounds
from the marketplace; every other one through the web shop.
"""

from __future__ import annotations

from omscore.cli.replay.catalogue import address_name, person_id
from omscore.cli.replay.countries import destination_in
from omscore.cli.replay.fates import CURRENCY, amount_of
from omscore.cli.replay.invoices import Invoice
from omscore.cli.replay.rows import Row
from omscore.errors import SetupError
from omscore.ids import OrderId
from omscore.money import Money, UnitPrice
from omscore.orders.commands import PaymentTerms, PlaceOrder, WantedLine
from omscore.parties import ChannelKind
from omscore.policy.shop import Shop

WEB_POSTAGE = "DOT"
WHOLESALE_UNITS = 1_000
WHOLESALE_FROM = Money(1_500_00, CURRENCY)
MARKETPLACE_BELOW = Money(100_00, CURRENCY)
PAID_BY = "card-ok"


def order_id(invoice: str) -> OrderId:
    """The id of an invoice's order."""
    return OrderId(f"uci-{invoice}")


def channel_kind(invoice: Invoice) -> ChannelKind:
    """Through which sort of door the order is taken to have come."""
    if any(row.code == WEB_POSTAGE for row in invoice.shipping):
        return ChannelKind.WEB
    if not invoice.customer:
        return ChannelKind.STORE
    goods = _sum(invoice.lines)
    if goods >= WHOLESALE_FROM or sum(row.units for row in invoice.lines) >= WHOLESALE_UNITS:
        return ChannelKind.PHONE
    return ChannelKind.MARKETPLACE if goods < MARKETPLACE_BELOW else ChannelKind.WEB


class Sales:
    """Makes the orders of one shop."""

    def __init__(self, shop: Shop) -> None:
        """Raises: SetupError when the shop lacks a channel the rule needs."""
        if shop.currency != CURRENCY:
            raise SetupError(f"the format uci is in {CURRENCY}, the shop counts in {shop.currency}")
        channels = {channel.kind: channel.name for channel in reversed(shop.channels) if channel.currency == CURRENCY}
        missing = [kind.value for kind in ChannelKind if kind not in channels]
        if missing:
            raise SetupError(f"channels: the replay needs a {CURRENCY} channel of each kind; add {', '.join(missing)}")
        self._channels = channels
        self._payment = PaymentTerms(provider=next(iter(shop.payment)), method=PAID_BY) if shop.payment else None
        self._prices: dict[object, UnitPrice] = {}

    def placed(self, invoice: Invoice) -> PlaceOrder:
        """The order of an invoice with lines: one line per row, postage and charges shared over them."""
        return PlaceOrder(
            order_id=order_id(invoice.number),
            channel=self._channels[channel_kind(invoice)],
            reference=invoice.number,
            currency=CURRENCY,
            person_id=person_id(invoice.customer) if invoice.customer else None,
            address_name=address_name(invoice.country),
            destination=destination_in(invoice.country),
            lines=tuple(self._line(row) for row in invoice.lines),
            shipping=_sum(invoice.shipping) if invoice.shipping else None,
            charges=_sum(invoice.charges) if invoice.charges else None,
            payment=self._payment,
            at=invoice.at,
        )

    def _line(self, row: Row) -> WantedLine:
        price = self._prices.get(row.price)
        if price is None:
            price = self._prices[row.price] = UnitPrice(row.price, CURRENCY)
        return WantedLine(sku=row.code, units=row.units, unit_price=price, title=row.title)


def _sum(rows: tuple[Row, ...]) -> Money:
    return Money.total((amount_of(row) for row in rows), CURRENCY)
