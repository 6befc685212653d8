"""Invoices and sales for the laws of books: balanced, with prices that divide badly and texts of every script."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from omscore.billing.drawing import BilledUnits, drawn_up, tax_on
from omscore.billing.sellers import Invoicing, Seller
from omscore.ids import OrderId, PersonId
from omscore.money import Money, currency_exponent
from omscore.places import Address
from omscore.ports.erp import Invoice, InvoiceKind, Sale, SaleLine, SaleTax
from omscore.testing.conformance.ports import NOON

SCRIPTS = "Grüner Tee “Nr. 1” 緑茶 чай שלום 🍵 <b> & co; 'quoted' \\ 100 %"
"""A title that no program may change: several scripts, one sign beyond the first 65,536, and what markup is made of."""

_SELLER = Seller(
    address=Address(recipient="Tea and Pots", lines=("Lager 1",), city="Bonn", country="DE", postcode="53111"),
    vat_id="DE123456789",
)
_RATES = ("0.2", "0.055", "0.07")


class Ware(NamedTuple):
    """Units of one article. Units: the amounts are without tax, in whole units of the smallest decimal billed."""

    sku: str
    units: int = 2
    net_minor: int = 1_000
    rate: str = "0.2"
    shipping_minor: int = 0
    title: str = "Assam, 250 g"


def wares(skus: tuple[str, ...], seed: int) -> tuple[Ware, ...]:
    """Two to five wares of these articles at three rates, most of them with a price that is no whole cent."""
    random = Random(seed)  # noqa: S311 (the same cases in every run)
    return tuple(
        [
            Ware(
                random.choice(skus),
                random.choice((1, 3, 7, 999)),
                random.choice((0, 1, 3_333, random.randrange(100_000))),
                random.choice(_RATES),
                random.choice((0, 0, 499)),
            )
            for _ in range(random.randrange(1, 5))
        ]
        # Whatever was drawn, something is owed, and thirds of a cent are among it.
        + [Ware(skus[0], 3, 1_000, random.choice(_RATES))]
    )


def invoice_of(
    number: str,
    goods: tuple[Ware, ...],
    *,
    currency: str,
    person_id: str,
    kind: InvoiceKind = InvoiceKind.INVOICE,
) -> Invoice:
    """An invoice of these goods; tax is rounded on each line, so where that differs from the sum it bears rounding."""
    billed = [_billed(place, ware, currency) for place, ware in enumerate(goods, 1)]
    drawn = drawn_up(billed, Invoicing(seller=_SELLER), currency)
    day = NOON.date()
    return Invoice(
        number=number,
        kind=kind,
        order_id=OrderId(f"{number}.order"),
        reference="PO-7",
        entry_id=f"{number}.sale",
        person_id=PersonId(person_id),
        seller=_SELLER,
        issued_on=day,
        due_on=day + timedelta(days=14),
        delivered_on=day,
        country="DE",
        lines=drawn.lines,
        charges=drawn.charges,
        taxes=drawn.taxes,
        owed=Money.total([each.net + each.shipping + each.tax for each in billed], currency),
        paid=Money.zero(currency),
    )


def sale_of(sale_id: str, goods: tuple[Ware, ...], *, currency: str, person_id: str, of: str = "") -> Sale:
    """A sale of these goods; with `of` what is taken back of the sale of that id."""
    shipping, taxes, lines = Money.zero(currency), dict[str, Money](), list[SaleLine]()
    for place, ware in enumerate(goods, 1):
        each = _billed(place, ware, currency)
        shipping += each.shipping
        taxes[ware.rate] = taxes.get(ware.rate, Money.zero(currency)) + each.tax
        lines.append(SaleLine(line_id=place, sku=ware.sku, title=ware.title, units=ware.units, net=each.net))
    return Sale(
        sale_id=sale_id,
        order_id=OrderId(of or sale_id),
        reference="PO-7",
        person_id=PersonId(person_id),
        at=NOON,
        lines=tuple(lines),
        shipping=shipping,
        charges=Money.zero(currency),
        taxes=tuple([SaleTax(code="VAT", rate=Decimal(rate), tax=tax) for rate, tax in sorted(taxes.items())]),
    )


def _billed(place: int, ware: Ware, currency: str) -> BilledUnits:
    # An invoice has no room for a third decimal, so dinars are billed in tens of their smallest unit.
    smallest = 10 ** max(0, currency_exponent(currency) - 2)
    net, shipping = Money(ware.net_minor * smallest, currency), Money(ware.shipping_minor * smallest, currency)
    rate = Decimal(ware.rate)
    return BilledUnits(
        line_id=place,
        sku=ware.sku,
        title=ware.title,
        units=ware.units,
        unit_price=None,
        discount=Money.zero(currency),
        net=net,
        shipping=shipping,
        charges=Money.zero(currency),
        tax=tax_on(net, rate) + tax_on(shipping, rate),
        tax_code="VAT",
        tax_rate=rate,
    )
