"""Lines that cost what they cost by themselves, kept with what they cost: what sells most comes again and again."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from omscore.errors import InputError
from omscore.ids import OrderId
from omscore.money import MAX_MINOR, Money, Rounding, UnitPrice
from omscore.orders.agreed import AgreedLine
from omscore.orders.commands import LineTax, PlaceOrder, WantedLine
from omscore.orders.totals import Terms, agreed_line
from omscore.orders.wanted import MAX_LINES, check_line, check_tax
from omscore.records import maker

_new_line_tax = maker(LineTax)
_new_wanted_line = maker(WantedLine)
_new_terms = maker(Terms)

MOST_KEPT = 1_024
"""How many lines are kept."""

_NO_ORDER = OrderId("")


def plain_lines(command: PlaceOrder) -> tuple[AgreedLine, ...] | None:
    """The lines of an order on which nothing comes off, is shared over its lines or was told; None for all others.

    Holds: they are what the long way (`check_lines`, then `agreed_lines`) comes to. It is gone where this gives
    None, which it also does when something is wrong: the long way says what.
    """
    lines, taxes, currency = command.lines, command.taxes, command.currency
    if not (
        len(taxes) == len(lines) <= MAX_LINES
        and command.discount is None
        and not command.discount_percent
        and (command.shipping is None or command.shipping.is_zero)
        and (command.charges is None or command.charges.is_zero)
        and not command.kits
        and not command.told_taxes
        and command.told_shipping_tax is None
    ):
        return None
    gross_prices, by_unit = command.prices_include_tax is not False, bool(command.unit_tax)
    found: list[AgreedLine] = []
    goods_minor = 0
    try:
        for at, line in enumerate(lines):
            if line.discount is not None:
                return None
            price, (code, rate) = line.unit_price, taxes[at]
            agreed, minor = _plain_line(
                at + 1,
                line.units,
                line.sku,
                line.title,
                line.together,
                str(price.amount),
                price.currency,
                code,
                str(rate),
                currency,
                gross_prices,
                by_unit,
            )
            found.append(agreed)
            goods_minor += minor
    except (InputError, TypeError):  # what is no text may not even be looked for among the kept
        return None
    return tuple(found) if found and goods_minor < MAX_MINOR else None


@lru_cache(maxsize=MOST_KEPT, typed=True)
def _plain_line(
    number: int,
    units: int,
    sku: str,
    title: str,
    together: str,
    amount: str,
    currency: str,
    tax_code: str,
    rate: str,
    order_currency: str,
    gross_prices: bool,
    by_unit: bool,
) -> tuple[AgreedLine, int]:
    """Such a line and the minor units of its goods, checked like any other.

    Shape: decimals by their texts, because 0.2 and 0.20 are equal and are not written the same.
    """
    price, tax = UnitPrice(Decimal(amount), currency), _new_line_tax(tax_code, Decimal(rate))
    line = _new_wanted_line(sku=sku, units=units, unit_price=price, title=title, together=together)
    check_tax(_NO_ORDER, number, tax)
    check_line(_NO_ORDER, number, line, order_currency)
    goods, nothing = price.extend(units, rounding=Rounding.HALF_UP), Money.zero(currency)
    terms = _new_terms(_NO_ORDER, gross_prices, by_unit)
    return agreed_line(terms, number, line, tax, goods, goods, nothing, nothing, None), goods.minor
