"""Who and what is in the demo: the items with their prices in three currencies, the customers, and the first stock.

Everybody in it is made up.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from omscore.ids import PersonId
from omscore.items import Item, ItemFlag, Size, Sku
from omscore.money import Money, UnitPrice
from omscore.parties import Person
from omscore.places import Address, Destination, Point, destination_of


class Ware(NamedTuple):
    """An item with its price per currency."""

    item: Item
    prices: dict[str, str]

    def price(self, currency: str) -> UnitPrice:
        """What one unit costs in a currency."""
        return UnitPrice(Decimal(self.prices[currency]), currency)


class Buyer(NamedTuple):
    """A customer with the place of the address, rounded as events keep it."""

    person: Person
    point: Point

    @property
    def person_id(self) -> PersonId:
        return self.person.person_id

    @property
    def destination(self) -> Destination:
        """What an order keeps of the address."""
        return destination_of(self.person.address("home"), self.point)


def _ware(
    sku: str, name: str, mass_g: int, size: Size, cost: str, prices: str, *, food: bool = False, fragile: bool = False
) -> Ware:
    flags = (*((ItemFlag.FOOD,) if food else ()), *((ItemFlag.FRAGILE,) if fragile else ()))
    item = Item(
        sku=Sku(sku),
        name=name,
        mass_g=mass_g,
        size=size,
        flags=flags,
        tax_category="food" if food else "standard",
        unit_cost=Money.of(cost, "EUR"),
    )
    return Ware(item, dict(zip(("EUR", "GBP", "SEK"), prices.split(), strict=True)))


def _mm(length: int, width: int, height: int) -> Size:
    return Size(length_mm=length, width_mm=width, height_mm=height)


WARES: Final[dict[str, Ware]] = {
    ware.item.sku: ware
    for ware in (
        _ware("ASSAM", "Assam, 250 g tin", 310, _mm(80, 80, 120), "4.10", "9.90 8.50 109", food=True),
        _ware("SENCHA", "Sencha, 100 g bag", 115, _mm(110, 60, 160), "5.20", "12.90 11.20 145", food=True),
        _ware("MINT", "Peppermint, 80 g bag", 95, _mm(110, 60, 160), "1.90", "5.50 4.80 59", food=True),
        _ware("CUP-WHITE", "Cup, white", 240, _mm(100, 100, 90), "2.60", "7.50 6.40 85", fragile=True),
        _ware("CUP-BLUE", "Cup, blue", 240, _mm(100, 100, 90), "2.80", "7.90 6.80 89", fragile=True),
        _ware("POT-IRON", "Iron teapot, 0.8 l", 1450, _mm(190, 160, 140), "21.00", "54.00 47.00 599"),
        _ware("GLASS", "Tea glass, pair", 420, _mm(170, 90, 120), "4.40", "14.90 12.90 165", fragile=True),
        _ware("STRAINER", "Tea strainer, steel", 60, _mm(90, 70, 40), "1.20", "4.90 4.20 55"),
    )
}

EVERYDAY: Final = ("ASSAM", "SENCHA", "MINT", "CUP-WHITE", "CUP-BLUE", "STRAINER")
"""What anybody may buy on any day: there is always enough of it."""

FIRST_STOCK: Final[dict[str, dict[tuple[str, str], int]]] = {
    "BERLIN": {(sku, "general"): 120 for sku in EVERYDAY} | {("GLASS", "general"): 3},
    "LONDON": {(sku, "general"): 100 for sku in EVERYDAY},
    "MALMO": {(sku, "general"): 60 for sku in EVERYDAY if sku != "STRAINER"}
    | {("POT-IRON", "general"): 12, ("MINT", "market"): 20, ("CUP-BLUE", "market"): 20},
    "PARIS": {("ASSAM", "general"): 5, ("POT-IRON", "general"): 1},
}
"""Units by location, then SKU and pool. Only Malmo can send teapots, it has no strainers, and glasses are short."""


def _buyer(number: int, name: str, street: str, town: str, place: tuple[float, float]) -> Buyer:
    country, postcode, city = town.split(" ", 2)
    address = Address(recipient=name, lines=(street,), city=city, postcode=postcode.replace("_", " "), country=country)
    mail = f"{name.split()[0].lower()}@mail.example"
    person = Person(person_id=PersonId(f"cust-{number}"), name=name, mail=mail, addresses=(("home", address),))
    return Buyer(person, Point(*place).rounded())


BUYERS: Final[dict[str, tuple[Buyer, ...]]] = {
    "web": (
        _buyer(1, "Ada Ivory", "Gartenstr. 12", "DE 10115 Berlin", (52.53, 13.38)),
        _buyer(2, "Bruno Kessel", "Am Markt 3", "DE 04109 Leipzig", (51.34, 12.37)),
        _buyer(3, "Carla Teeblatt", "Hafenweg 8", "DE 20457 Hamburg", (53.54, 9.99)),
    ),
    "store": (
        _buyer(4, "Dora Tasse", "Kantstr. 77", "DE 10627 Berlin", (52.51, 13.3)),
        _buyer(5, "Emil Becher", "Ringstr. 5", "DE 14467 Potsdam", (52.4, 13.06)),
    ),
    "phone": (
        _buyer(6, "Fay Saucer", "4 Mill Lane", "GB CB1_2AB Cambridge", (52.2, 0.12)),
        _buyer(7, "Gus Kettle", "21 Dock Road", "GB BS1_4ST Bristol", (51.45, -2.59)),
    ),
    "marketplace": (
        _buyer(8, "Hilma Kopp", "Storgatan 15", "SE 222_21 Lund", (55.7, 13.19)),
        _buyer(9, "Ivar Ek", "Backgatan 1", "SE 411_05 Goteborg", (57.71, 11.97)),
    ),
}
"""Customers by the channel they use."""
