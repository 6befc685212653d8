"""From the wanted lines to what each line costs: discounts, shipping and charges shared to the cent, then taxed.

Order-level money is shared over lines by their value (by units when nothing has a value), largest remainder first. Tax
is worked out on what is left after discounts; shipping and charges bear the rate of the line they fall on.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from omscore.errors import InputError
from omscore.ids import OrderId
from omscore.money import Money, Rounding, share, times, whole_money
from omscore.orders.agreed import AgreedKit, AgreedLine
from omscore.orders.amounts import Amounts, Taxed
from omscore.orders.commands import KitTold, LineTax, PlaceOrder, WantedLine
from omscore.orders.kits import amounts_shared, shared_over, shown_price
from omscore.orders.toldtaxes import Told, told_by_line
from omscore.records import maker

_new_agreed_line = maker(AgreedLine)
_new_amounts = maker(Amounts)
_new_taxed = maker(Taxed)


class Terms(NamedTuple):
    """How the lines of an order are taxed. Shape: `by_unit` rounds on every unit instead of on every line."""

    order_id: OrderId
    gross_prices: bool
    by_unit: bool


def agreed_lines(command: PlaceOrder) -> tuple[AgreedLine, ...]:
    """Every line with its shares and taxes, numbered from 1.

    Holds: the gross amounts of all lines sum to goods less discounts plus shipping plus charges (plus tax where
    prices are net).
    Raises: InputError when discounts exceed the goods or the number of tax rates is not the number of lines.
    """
    if len(command.taxes) != len(command.lines):
        raise InputError(
            f"order {command.order_id} has {len(command.lines)} lines but {len(command.taxes)} tax rates; give "
            "one rate per line",
            code="order.taxes",
        )
    terms = Terms(command.order_id, command.prices_include_tax is not False, bool(command.unit_tax))
    goods = [line.unit_price.extend(line.units, rounding=Rounding.HALF_UP) for line in command.lines]
    after = [
        _less(value, line.discount, command.order_id, at)
        for at, (value, line) in enumerate(zip(goods, command.lines, strict=True), 1)
    ]
    off = _order_discount(command, Money.total(after, command.currency))
    weights = (
        [value.minor for value in after]
        if any(value.minor for value in after)
        else [line.units for line in command.lines]
    )
    offs = _shared(off, weights, command.currency)
    shippings = _shared(command.shipping, weights, command.currency)
    charges = _shared(command.charges, weights, command.currency)
    numbers = range(1, len(goods) + 1)
    told: Sequence[Told | None] = (
        told_by_line(command, shippings)
        if command.told_taxes or command.told_shipping_tax is not None
        else (None,) * len(goods)
    )
    if command.kits:
        return _with_kits(command, terms, list(zip(goods, after, offs, shippings, charges, told, strict=True)))
    columns = zip(numbers, command.lines, command.taxes, goods, after, offs, shippings, charges, told, strict=True)
    return tuple(
        [
            agreed_line(terms, number, line, tax, value, base - part_off, part_shipping, part_charge, part_told)
            for number, line, tax, value, base, part_off, part_shipping, part_charge, part_told in columns
        ]
    )


def agreed_line(
    terms: Terms,
    number: int,
    line: WantedLine,
    tax: LineTax,
    goods: Money,
    base: Money,
    shipping: Money,
    charge: Money,
    told: Told | None,
) -> AgreedLine:
    units, gross_prices = line.units, terms.gross_prices
    if told is not None:
        taxed_goods, taxed_shipping = told.of(base, shipping, gross_prices=gross_prices, where=(terms.order_id, number))
    else:
        taxed_goods = (
            _taxed_by_unit(base, tax.rate, units, gross_prices)
            if terms.by_unit
            else _taxed(base, tax.rate, gross_prices)
        )
        taxed_shipping = _taxed(shipping, tax.rate, gross_prices)
    # A channel that tells the tax tells all of it, so what is charged besides bears none.
    taxed_charge = (
        _taxed(charge, tax.rate, gross_prices) if told is None else _new_taxed(charge, Money.zero(charge.currency))
    )
    return _new_agreed_line(
        line_id=number,
        sku=line.sku,
        title=line.title,
        units=units,
        unit_price=line.unit_price,
        discount=goods - base,
        tax_code=tax.code,
        tax_rate=tax.rate,
        amounts=_new_amounts(
            goods=taxed_goods,
            shipping=taxed_shipping,
            charges=taxed_charge,
        ),
        together=line.together,
    )


def _with_kits(
    command: PlaceOrder, terms: Terms, columns: Sequence[tuple[Money, Money, Money, Money, Money, Told | None]]
) -> tuple[AgreedLine, ...]:
    """The lines of an order with kits: each kit in its place, as one line for every part."""
    kits = {told.line: (kit_id, told) for kit_id, told in enumerate(command.kits, 1)}
    found: list[AgreedLine] = []
    for at, (value, base, off, shipping, charge, told) in enumerate(columns, 1):
        line, tax, number = command.lines[at - 1], command.taxes[at - 1], len(found) + 1
        if at not in kits:
            found.append(agreed_line(terms, number, line, tax, value, base - off, shipping, charge, told))
        else:
            found.extend(_parts(terms, number, line, *kits[at], value, base - off, shipping, charge, told))
    return tuple(found)


def _parts(
    terms: Terms,
    number: int,
    line: WantedLine,
    kit_id: int,
    kit: KitTold,
    goods: Money,
    base: Money,
    shipping: Money,
    charge: Money,
    told: Told | None,
) -> list[AgreedLine]:
    """One line for every part. Tax is that of the kits as a whole where it was told or all parts bear the same."""
    weights = [part.share for part in kit.parts]
    taxes = [LineTax(part.tax_code, part.tax_rate) for part in kit.parts]
    values, bases, shippings, charges = (
        shared_over(amount, line.units, weights) for amount in (goods, base, shipping, charge)
    )
    amounts: Sequence[Amounts]
    if told is not None or len(set(taxes)) == 1:
        amounts = amounts_shared(
            agreed_line(terms, number, line, taxes[0], goods, base, shipping, charge, told).amounts, line.units, weights
        )
    else:
        parts = zip(taxes, values, bases, shippings, charges, strict=True)
        amounts = [agreed_line(terms, 1, line, *part, None).amounts for part in parts]
    return [
        _new_agreed_line(
            line_id=number + k,
            sku=part.sku,
            title=part.title,
            units=line.units * part.units,
            unit_price=shown_price(value, line.units * part.units),
            discount=value - left,
            tax_code=tax.code,
            tax_rate=tax.rate,
            amounts=of_part,
            kit_id=kit_id,
            per_kit=part.units,
        )
        for k, (part, tax, value, left, of_part) in enumerate(
            zip(kit.parts, taxes, values, bases, amounts, strict=True)
        )
    ]


def agreed_kits(command: PlaceOrder, lines: Sequence[AgreedLine]) -> tuple[AgreedKit, ...]:
    """The kits of an order, numbered from 1, as their lines were agreed."""
    return tuple(
        [
            AgreedKit(
                kit_id=kit_id,
                sku=wanted.sku,
                title=wanted.title,
                kits=wanted.units,
                unit_price=wanted.unit_price,
                discount=Money.total([line.discount for line in lines if line.kit_id == kit_id], command.currency),
                ships=told.ships,
            )
            for kit_id, told in enumerate(command.kits, 1)
            for wanted in (command.lines[told.line - 1],)
        ]
    )


def _less(value: Money, discount: Money | None, order_id: OrderId, number: int) -> Money:
    if discount is None:
        return value
    if discount.minor < 0 or discount > value:
        raise InputError(
            f"order {order_id} line {number}: a discount of {discount} does not fit goods worth {value}",
            code="order.discount",
            line=number,
        )
    return value - discount


def _order_discount(command: PlaceOrder, goods: Money) -> Money:
    percent = command.discount_percent
    if not percent.is_finite() or not 0 <= percent <= 100:
        raise InputError(
            f"order {command.order_id}: a discount of {percent} percent is not between 0 and 100", code="order.discount"
        )
    off = times(goods, percent / 100, rounding=Rounding.HALF_UP) if percent else Money.zero(command.currency)
    if command.discount is not None:
        off = off + command.discount
    if off.minor < 0 or off > goods:
        raise InputError(
            f"order {command.order_id}: discounts of {off} do not fit goods worth {goods}", code="order.discount"
        )
    return off


def _shared(total: Money | None, weights: list[int], currency: str) -> tuple[Money, ...]:
    if total is None or total.is_zero:
        return (Money.zero(currency),) * len(weights)
    return share(total, weights)


def _taxed(amount: Money, rate: Decimal, gross_prices: bool) -> Taxed:
    if not amount.minor:
        return Taxed.zero(amount.currency)
    if gross_prices:
        net = net_within(amount, rate) if rate else amount
        return _new_taxed(net, amount - net)
    return _new_taxed(amount, times(amount, rate, rounding=Rounding.HALF_UP))


def net_within(gross: Money, rate: Decimal) -> Money:
    """The net part of a gross amount, rounded half up; exact integers, since 1 / 1.19 has no end in decimals.

    >>> str(net_within(Money(1_000, "EUR"), Decimal("0.19")))
    '8.40 EUR'
    """
    over, under = _grossed_up(rate)
    return whole_money((2 * gross.minor * under + over) // (2 * over), gross.currency)


@lru_cache(maxsize=1_024)  # a shop knows few rates and asks for them at every line
def _grossed_up(rate: Decimal) -> tuple[int, int]:
    return (1 + rate).as_integer_ratio()


def _taxed_by_unit(amount: Money, rate: Decimal, units: int, gross_prices: bool) -> Taxed:
    """Tax rounded on each unit: the units cost at most one minor unit apart, so two sorts of unit cover the line."""
    low, dearer = divmod(amount.minor, units)
    cheap = _taxed(Money(low, amount.currency), rate, gross_prices)
    dear = _taxed(Money(low + 1, amount.currency), rate, gross_prices)
    return _new_taxed(
        cheap.net * (units - dearer) + dear.net * dearer,
        cheap.tax * (units - dearer) + dear.tax * dearer,
    )
