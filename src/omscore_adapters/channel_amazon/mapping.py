"""From an order of the Selling Partner API (orders 2026-01-01) to an order of a channel. Pure."""

from __future__ import annotations

from typing import TypeAlias

from omscore.border import JsonValue
from omscore.errors import InputError
from omscore.money import Money, Rounding
from omscore.ports.channels import ChannelLine, ChannelMessage, ChannelOrder, ChannelTax
from omscore_adapters.channel_amazon.settings import AmazonSettings
from omscore_adapters.channel_common import (
    Complaints,
    canonical,
    country_of,
    message_id_of,
    money_of,
    objects,
    plain,
    price_of,
    rate_of,
    recipient_of,
    shown,
    sku_of,
    taken,
    title_of,
    units_of,
)

Told: TypeAlias = dict[str, JsonValue]

_CHARGES = ("GIFT_WRAP", "COD_FEE", "OTHER")


class _Proceeds:
    """What the items of an order bring in, by cause; every amount in the order's currency."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.shipping = self.shipping_tax = self.charges = Money.zero(currency)
        self.tells_tax = False


def message_of(told: Told, settings: AmazonSettings) -> ChannelMessage:
    """One order, or all that is wrong with it."""
    complaints = Complaints()
    message_id, order = "", None
    with complaints.about(0):
        message_id = message_id_of(told.get("orderId"), "the orderId")
    with complaints.about(0):
        _check_state(told)
        order = _order(told, message_id, settings, complaints)
    return ChannelMessage(
        message_id=message_id,
        content=canonical(told),
        order=None if complaints.found else order,
        complaints=tuple(complaints.found),
    )


def _check_state(told: Told) -> None:
    if taken(told, "fulfillment", "fulfilledBy") != "MERCHANT":
        raise InputError("the order is not for the merchant to fulfil; Amazon sends it from its own stock")
    status = taken(told, "fulfillment", "fulfillmentStatus")
    if status != "UNSHIPPED":
        raise InputError(f"the order is {shown(status)}; only UNSHIPPED ones are taken, others by hand")


def _order(told: Told, message_id: str, settings: AmazonSettings, complaints: Complaints) -> ChannelOrder:
    total = taken(told, "proceeds", "grandTotal")
    currency = plain(taken(total, "currencyCode"))
    whole = money_of(taken(total, "amount"), currency, "grandTotal")
    proceeds = _Proceeds(currency)
    lines: list[ChannelLine] = []
    for number, item in enumerate(objects(told.get("orderItems")), 1):
        with complaints.about(number):
            lines.append(_line(number, item, proceeds, settings))
    if not proceeds.tells_tax:
        lines = [
            ChannelLine(
                number=line.number,
                sku=line.sku,
                units=line.units,
                unit_price=line.unit_price,
                title=line.title,
                discount=line.discount,
            )
            for line in lines
        ]
    address = taken(told, "recipient", "deliveryAddress")
    country = country_of(taken(address, "countryCode"))
    return ChannelOrder(
        reference=message_id,
        currency=currency,
        country=country,
        lines=tuple(lines),
        recipient=recipient_of(
            name=taken(address, "name"),
            lines=tuple([taken(address, f"addressLine{each}") for each in (1, 2, 3)]),
            city=taken(address, "city"),
            country=country,
            postcode=taken(address, "postalCode"),
            region=taken(address, "stateOrRegion"),
            mail=taken(told, "buyer", "buyerEmail"),
            phone=taken(address, "phone"),
        ),
        shipping=proceeds.shipping,
        shipping_tax=proceeds.shipping_tax if proceeds.tells_tax else None,
        charges=None if proceeds.charges.is_zero else proceeds.charges,
        prices_include_tax=False if proceeds.tells_tax else None,
        total=whole,
    )


def _line(number: int, item: Told, proceeds: _Proceeds, settings: AmazonSettings) -> ChannelLine:
    currency = proceeds.currency
    price = price_of(_amount(taken(item, "product", "price", "unitPrice"), currency), currency)
    units = units_of(item.get("quantityOrdered"), "quantityOrdered")
    goods = price.extend(units, rounding=Rounding.HALF_UP)
    discount = tax = Money.zero(currency)
    for part in objects(taken(item, "proceeds", "breakdowns")):
        kind = part.get("type")
        amount = money_of(_amount(part.get("subtotal"), currency), currency, f"the {shown(kind)}")
        on_shipping = _on_shipping(part, currency)
        if kind == "ITEM":
            if amount != goods:
                raise InputError(f"{units} at {price.amount} come to {goods}, the message says {amount}")
        elif kind == "SHIPPING":
            proceeds.shipping += amount
        elif kind == "TAX":
            proceeds.tells_tax = True
            proceeds.shipping_tax += on_shipping
            tax += amount - on_shipping
        elif kind == "DISCOUNT":
            off, off_shipping = Money(abs(amount.minor), currency), Money(abs(on_shipping.minor), currency)
            proceeds.shipping -= off_shipping
            discount += off - off_shipping
        elif kind in _CHARGES:
            proceeds.charges += amount
        else:
            raise InputError(f"proceeds of the kind {shown(kind)} are not known; take the order by hand")
    return ChannelLine(
        number=number,
        sku=sku_of(taken(item, "product", "sellerSku"), settings.skus),
        units=units,
        unit_price=price,
        title=title_of(taken(item, "product", "title")),
        discount=None if discount.is_zero else discount,
        tax=ChannelTax(code="Amazon", rate=rate_of(tax, goods - discount), amount=tax),
    )


def _on_shipping(part: Told, currency: str) -> Money:
    """What of a tax or a discount is on the shipping."""
    parts = [
        money_of(_amount(each.get("value"), currency), currency, "a part on shipping")
        for each in objects(part.get("detailedBreakdowns"))
        if each.get("subtype") == "SHIPPING"
    ]
    return Money.total(parts, currency)


def _amount(money: JsonValue, currency: str) -> JsonValue:
    if taken(money, "currencyCode") != currency:
        raise InputError(f"an amount is in {shown(taken(money, 'currencyCode'))}, the order in {currency}")
    return taken(money, "amount")
