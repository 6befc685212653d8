"""From an order as Shopify's Admin API and its webhooks write it to an order of a channel. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from omscore.border import JsonValue
from omscore.errors import InputError
from omscore.money import Money, Rounding, share
from omscore.ports.channels import ChannelLine, ChannelMessage, ChannelOrder, ChannelTax, Recipient
from omscore_adapters.channel_common import (
    Complaints,
    canonical,
    country_of,
    decimal_of,
    message_id_of,
    money_of,
    objects,
    plain,
    price_of,
    recipient_of,
    sku_of,
    taken,
    title_of,
    units_of,
)
from omscore_adapters.channel_shopify.settings import ShopifySettings

Told: TypeAlias = dict[str, JsonValue]


def message_of(told: Told, settings: ShopifySettings) -> ChannelMessage:
    """One order, or all that is wrong with it."""
    complaints = Complaints()
    message_id, order = "", None
    with complaints.about(0):
        message_id = message_id_of(told.get("id"), "the order's id")
    with complaints.about(0):
        _check_state(told, settings)
        order = _order(told, settings, complaints)
    is_whole = order is not None and not complaints.found
    return ChannelMessage(
        message_id=message_id,
        content=canonical(told),
        order=order if is_whole else None,
        complaints=tuple(complaints.found),
    )


def _check_state(told: Told, settings: ShopifySettings) -> None:
    if told.get("test") is True:
        raise InputError("this is a test order; nothing is to be sent")
    if told.get("cancelled_at"):
        raise InputError("the order was cancelled in Shopify")
    if told.get("fulfillment_status"):
        raise InputError(f"the order is {plain(told['fulfillment_status'])} in Shopify already; take it by hand")
    if told.get("refunds"):
        raise InputError("the order was refunded in part already; take it by hand")
    status = plain(told.get("financial_status"))
    if status not in settings.statuses:
        raise InputError(
            f"the payment is {status or 'not told'}; taken are {', '.join(settings.statuses)}: try again once it is"
        )


def _order(told: Told, settings: ShopifySettings, complaints: Complaints) -> ChannelOrder:
    currency = plain(told.get("currency"))
    includes_tax = told.get("taxes_included")
    if type(includes_tax) is not bool:
        raise InputError("taxes_included must be true or false")
    total = money_of(told.get("total_price"), currency, "total_price")
    lines: list[ChannelLine] = []
    for number, line in enumerate(objects(told.get("line_items")), 1):
        with complaints.about(number):
            lines.append(_line(number, line, currency, settings))
    shipping, shipping_tax = _shipping(objects(told.get("shipping_lines")), currency)
    recipient, country = _recipient(told)
    tip = money_of(told.get("total_tip_received") or "0", currency, "total_tip_received")
    taxed = _taxed(told, lines, shipping_tax, currency)
    return ChannelOrder(
        reference=plain(told.get("name")) or message_id_of(told.get("id")),
        currency=currency,
        country=country,
        lines=tuple(taxed),
        recipient=recipient,
        shipping=shipping,
        shipping_tax=shipping_tax,
        charges=None if tip.is_zero else tip,
        prices_include_tax=includes_tax,
        total=total,
    )


def _line(number: int, line: Told, currency: str, settings: ShopifySettings) -> ChannelLine:
    price = price_of(line.get("price"), currency)
    units = units_of(line.get("quantity"))
    discount = _discount(line, currency)
    tax, code, rate = _tax(line, currency)
    title = title_of(line.get("name")) or title_of(line.get("title"))
    return ChannelLine(
        number=number,
        sku=sku_of(line.get("sku"), settings.skus),
        units=units,
        unit_price=price,
        title=title,
        discount=None if discount.is_zero else discount,
        tax=ChannelTax(code=code, rate=rate, amount=tax) if "tax_lines" in line else None,
    )


def _taxed(told: Told, lines: list[ChannelLine], shipping_tax: Money, currency: str) -> list[ChannelLine]:
    """The lines with their taxes. Orders of old tell the tax as a whole: it is shared over the lines by their value."""
    if any(line.tax is not None for line in lines) or not lines:
        return lines
    whole = money_of(told.get("total_tax"), currency, "total_tax") - shipping_tax
    _, code, rate = _tax(told, currency)
    if whole.minor < 0:
        raise InputError("total_tax is less than the tax on shipping")
    weights = [max(_value(line).minor, 0) for line in lines]
    shares = share(whole, weights if any(weights) else [line.units for line in lines])
    return [
        ChannelLine(
            number=line.number,
            sku=line.sku,
            units=line.units,
            unit_price=line.unit_price,
            title=line.title,
            discount=line.discount,
            tax=ChannelTax(code=code, rate=rate, amount=amount),
        )
        for line, amount in zip(lines, shares, strict=True)
    ]


def _value(line: ChannelLine) -> Money:
    value = line.unit_price.extend(line.units, rounding=Rounding.HALF_UP)
    return value if line.discount is None else value - line.discount


def _discount(line: Told, currency: str) -> Money:
    """What came off a line: its own discounts and its share of those of the order."""
    if line.get("discount_allocations") is not None:
        parts = [money_of(part.get("amount"), currency, "a discount") for part in objects(line["discount_allocations"])]
        return Money.total(parts, currency)
    return money_of(line.get("total_discount") or "0", currency, "total_discount")


def _tax(line: Told, currency: str) -> tuple[Money, str, Decimal]:
    """The taxes of a line as one: their sum, their names and their rates together."""
    parts = objects(line.get("tax_lines"))
    amounts = [money_of(part.get("price"), currency, "a tax") for part in parts]
    rates = [decimal_of(part.get("rate") or 0, "a tax rate") for part in parts]
    code = " + ".join(plain(part.get("title")) or "tax" for part in parts)[:100] or "none"
    return Money.total(amounts, currency), code, sum(rates, Decimal(0))


def _shipping(lines: list[Told], currency: str) -> tuple[Money, Money]:
    shipping = tax = Money.zero(currency)
    for line in lines:
        price = money_of(line.get("price"), currency, "the shipping price")
        if line.get("discounted_price") is not None:
            price = money_of(line["discounted_price"], currency, "the discounted shipping price")
        else:
            price = price - _discount(line, currency)
        shipping, tax = shipping + price, tax + _tax(line, currency)[0]
    return shipping, tax


def _recipient(told: Told) -> tuple[Recipient | None, str]:
    address = told.get("shipping_address")
    if not isinstance(address, dict):
        raise InputError("there is no shipping_address; nothing can be sent")
    country = country_of(address.get("country_code"))
    name = plain(address.get("name")) or plain(f"{plain(address.get('first_name'))} {plain(address.get('last_name'))}")
    recipient = recipient_of(
        name=name,
        lines=(address.get("company"), address.get("address1"), address.get("address2")),
        city=address.get("city"),
        country=country,
        postcode=address.get("zip"),
        region=address.get("province"),
        mail=told.get("email") or taken(told, "customer", "email"),
        phone=address.get("phone") or told.get("phone"),
    )
    return recipient, country
