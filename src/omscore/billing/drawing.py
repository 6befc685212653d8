"""What one shipment or return comes to on paper: from the amounts of the books to the lines and taxes of EN 16931."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from omscore.billing.invoices import InvoiceCharge, InvoiceLine, InvoiceTax
from omscore.billing.sellers import Invoicing, TaxCategory
from omscore.errors import RefusedError
from omscore.money import Money, Rounding, UnitPrice, currency_exponent, times
from omscore.records import frozen

SHIPPING, CHARGES = "Shipping", "Charges"
_MOST_DECIMALS = 2


@frozen(kw_only=True)
class BilledUnits:
    """Units of one order line with what the books say of them.

    Units: amounts are without tax, `tax` is that on all of them together; `discount` was taken off before `net`;
    `unit_price` is None where prices include tax.
    """

    line_id: int
    sku: str
    title: str
    units: int
    unit_price: UnitPrice | None
    discount: Money
    net: Money
    shipping: Money
    charges: Money
    tax: Money
    tax_code: str
    tax_rate: Decimal


class Drawn(NamedTuple):
    """The lines, charges and taxes of one document."""

    lines: tuple[InvoiceLine, ...]
    charges: tuple[InvoiceCharge, ...]
    taxes: tuple[InvoiceTax, ...]


class _Sort(NamedTuple):
    """What an invoice sums by."""

    category: TaxCategory
    rate: Decimal


def drawn_up(billed: Sequence[BilledUnits], invoicing: Invoicing, currency: str) -> Drawn:
    """The lines as they were billed, shipping and charges once for each category and rate, and the tax of each.

    Raises: RefusedError when a rate of zero is not explained, when the tax charged is not that of the rate, and for
    amounts with more decimals than an invoice may bear.
    """
    reasons: dict[_Sort, list[str]] = {}
    nets: dict[_Sort, Money] = {}
    taxed: dict[_Sort, Money] = {}
    spare: dict[_Sort, int] = {}
    extras: dict[tuple[str, _Sort], Money] = {}
    lines = []
    nothing = Money.zero(currency)
    for each in billed:
        category, reason = invoicing.category(each.tax_code, each.tax_rate)
        sort = _Sort(category, each.tax_rate.normalize() + 0)
        if reason not in (known := reasons.setdefault(sort, [])):
            known.append(reason)
        lines.append(_line(each, sort))
        nets[sort] = nets.get(sort, nothing) + each.net + each.shipping + each.charges
        taxed[sort] = taxed.get(sort, nothing) + each.tax
        # Tax is rounded on units or on lines, and once more where a line is billed in parts.
        spare[sort] = spare.get(sort, 2) + each.units + 3
        for what, net in ((SHIPPING, each.shipping), (CHARGES, each.charges)):
            if not net.is_zero:
                extras[what, sort] = extras.get((what, sort), nothing) + net
    taxes = []
    for sort in sorted(nets):
        tax = tax_on(nets[sort], sort.rate)
        off = tax - taxed[sort]
        if abs(off).minor > spare[sort]:
            raise RefusedError(
                f"the tax charged at {percent(sort.rate)} % is {taxed[sort]}, and that rate of {nets[sort]} is {tax}; "
                "an invoice cannot say both, so write this one by hand",
                code="invoice.tax",
            )
        taxes.append(
            InvoiceTax(category=sort.category, rate=sort.rate, net=nets[sort], tax=tax, reason=", ".join(reasons[sort]))
        )
    charges = [
        InvoiceCharge(what=what, net=net, category=sort.category, rate=sort.rate)
        for (what, sort), net in sorted(extras.items(), key=lambda extra: (-len(extra[0][0]), extra[0][1]))
    ]
    return Drawn(tuple(lines), tuple(charges), tuple(taxes))


def tax_on(net: Money, rate: Decimal) -> Money:
    """The tax of one category and rate, rounded half up to the cent, or to the whole unit where there is no cent.

    >>> str(tax_on(Money(1_050, "EUR"), Decimal("0.19"))), str(tax_on(Money(1_250, "KWD"), Decimal("0.05")))
    ('2.00 EUR', '0.060 KWD')
    """
    finer = 10 ** max(0, currency_exponent(net.currency) - _MOST_DECIMALS)
    whole: Money = times(net, rate / finer, rounding=Rounding.HALF_UP)
    return Money(whole.minor * finer, net.currency)


def check_decimals(amounts: Iterable[Money]) -> None:
    """Raise RefusedError for an amount finer than an invoice may bear, such as 1.234 dinars."""
    for amount in amounts:
        finer = 10 ** max(0, currency_exponent(amount.currency) - _MOST_DECIMALS)
        if amount.minor % finer:
            raise RefusedError(
                f"an invoice by EN 16931 has amounts of at most two decimals, and {amount} has more; write it by hand",
                code="invoice.decimals",
            )


def percent(rate: Decimal) -> str:
    """A rate as percent, without zeros at its end.

    >>> percent(Decimal("0.20")), percent(Decimal("0.055")), percent(Decimal(0))
    ('20', '5.5', '0')
    """
    return f"{(rate * 100).normalize():f}"


def _line(each: BilledUnits, sort: _Sort) -> InvoiceLine:
    """Shape: where one unit has no exact price it is that of all units, which always is; it is never below zero."""
    price = each.unit_price
    discount, price_units = each.discount, 1
    if price is not None:
        discount = price.extend(each.units, rounding=Rounding.HALF_UP) - each.net
    if price is None or discount.minor < 0 or (each.discount.is_zero and not discount.is_zero):
        # Shares of a kit and parts of a line may leave a discount, or even the goods, a cent below nothing.
        nothing = Money.zero(each.net.currency)
        value = max(each.net + max(each.discount, nothing), nothing)
        discount = value - each.net
        price, price_units = UnitPrice(value.amount, value.currency), each.units
    return InvoiceLine(
        line_id=each.line_id,
        sku=each.sku,
        title=each.title,
        units=each.units,
        price=price,
        price_units=price_units,
        discount=discount,
        net=each.net,
        category=sort.category,
        rate=sort.rate,
    )
