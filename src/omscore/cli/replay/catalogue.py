"""What the file does not tell and a shop must know: masses and costs of items, names and addresses of customers.

All of it is made up from numbers in the file, so that every replay makes up the same; no customer of the data is real.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from zlib import crc32

from omscore.cli.replay.fates import CURRENCY
from omscore.cli.replay.invoices import Invoice
from omscore.ids import PersonId
from omscore.items import Item, Sku
from omscore.money import Money, Rounding, UnitPrice
from omscore.parties import Person
from omscore.places import Address

COST_SHARE = Decimal("0.55")
"""What an item costs the shop, as a share of the first price it was sold at."""
LIGHTEST_G, HEAVIEST_G = 30, 400

_FIRST = (
    "Ada",
    "Ben",
    "Cleo",
    "Dan",
    "Eve",
    "Finn",
    "Gwen",
    "Hugo",
    "Iris",
    "Jon",
    "Kay",
    "Leo",
    "Mia",
    "Ned",
    "Ola",
    "Pia",
)
_LAST = (
    "Archer",
    "Baker",
    "Carter",
    "Draper",
    "Ellis",
    "Fisher",
    "Glover",
    "Harper",
    "Mason",
    "Piper",
    "Sawyer",
    "Turner",
)
_STREETS = ("Station Road", "Mill Lane", "High Street", "Harbour Row", "Garden Walk", "Church Hill", "Market Place")


def items_of(invoices: Iterable[Invoice]) -> tuple[Item, ...]:
    """Every product that is sold, in SKU order, under the first description it was sold with."""
    names: dict[str, str] = {}
    prices: dict[str, Decimal] = {}
    for invoice in invoices:
        for row in invoice.lines:
            if not names.get(row.code):
                names[row.code] = row.title
            if row.price > 0:
                prices.setdefault(row.code, row.price)
    return tuple(
        Item(
            sku=Sku(sku),
            name=name,
            mass_g=mass_g(sku),
            unit_cost=_cost(prices[sku]) if sku in prices else None,
        )
        for sku, name in sorted(names.items())
    )


def mass_g(sku: str) -> int:
    """A mass for an item nobody weighed: gifts of 30 to 400 g.

    >>> mass_g("85123A") == mass_g("85123A")
    True
    """
    return LIGHTEST_G + crc32(sku.encode()) % (HEAVIEST_G - LIGHTEST_G + 1)


def person_id(customer: str) -> PersonId:
    """The id under which a customer number is known."""
    return PersonId(f"uci-{customer}")


def address_name(country: str) -> str:
    """The name of a customer's address in a country."""
    return f"home {country}"


def persons_of(invoices: Iterable[Invoice]) -> dict[str, Person]:
    """A made-up person for every customer number with an order, with an address in each country it orders from."""
    countries: dict[str, list[str]] = {}
    for invoice in invoices:
        if invoice.customer and invoice.lines:
            known = countries.setdefault(invoice.customer, [])
            if invoice.country not in known:
                known.append(invoice.country)
    return {customer: _person(customer, known) for customer, known in countries.items()}


def _person(customer: str, countries: Iterable[str]) -> Person:
    number = int(customer)
    name = f"{_FIRST[number % len(_FIRST)]} {_LAST[number // 7 % len(_LAST)]}"
    street = f"{number % 89 + 1} {_STREETS[number % len(_STREETS)]}"
    addresses = tuple(
        (address_name(country), Address(recipient=name, lines=(street,), city=f"Town {country}", country=country))
        for country in countries
    )
    return Person(person_id=person_id(customer), name=name, mail=f"c{customer}@customer.example", addresses=addresses)


def _cost(price: Decimal) -> Money:
    cost = UnitPrice(price * COST_SHARE, CURRENCY).extend(1, rounding=Rounding.HALF_UP)
    return max(cost, Money(1, CURRENCY))
