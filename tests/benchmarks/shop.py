"""The shop of the benchmarks and the wishes of its customers, for the public API and the programs by hand alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from omscore.app import Oms, open_shop
from omscore.customers.model import RegisterCustomer
from omscore.ids import LocationId, OrderId, StockDocumentId
from omscore.inventory.commands import ListItem, ReceiveStock
from omscore.inventory.model import StockLine
from omscore.items import Item, Sku
from omscore.money import Money, UnitPrice
from omscore.orders.commands import PaymentTerms, PlaceOrder, WantedLine
from omscore.parties import Person
from omscore.places import Address, Destination
from omscore.ports.clock import VirtualClock
from tests.kit.shops import ANNA, NOON, RATES, SHOP

SKUS = tuple(f"SKU-{number:03}" for number in range(200))
ITEM_MASS_G = 250
PLENTY = 1_000_000


class Wanted(NamedTuple):
    """One line of a wish."""

    sku: str
    units: int
    unit_price: str


class Wish(NamedTuple):
    """What a customer sends: an id, the channel's own number, two lines."""

    order_id: str
    reference: str
    lines: tuple[Wanted, ...]


@contextmanager
def opened(folder: Path, storage: dict[str, Any]) -> Iterator[Oms]:
    """The shop with that storage table of its configuration."""
    config = folder / "shop.toml"
    config.write_text(SHOP, encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    with open_shop(config, clock=VirtualClock(NOON), overrides={"storage": storage}) as oms:
        yield oms


def stock_up(oms: Oms, *, units: int = PLENTY) -> None:
    """Items, a customer, and units of everything in Munich."""
    at = oms.clock.now()
    for sku in SKUS:
        item = Item(sku=Sku(sku), name=sku.title(), mass_g=ITEM_MASS_G, unit_cost=Money(300, "EUR"))
        oms.do(ListItem(item=item, at=at))
    home = Address(recipient="Anna Muster", lines=("Hauptstr. 1",), city="Berlin", postcode="10115", country="DE")
    anna = Person(person_id=ANNA, name="Anna Muster", mail="anna@example.org", addresses=(("home", home),))
    oms.do(RegisterCustomer(person=anna, at=at))
    oms.do(
        ReceiveStock(
            document_id=StockDocumentId("opening"),
            location_id=LocationId("MUC"),
            lines=tuple(StockLine(sku, "general", units) for sku in SKUS),
            at=at,
        )
    )


def wishes(count: int, *, prefix: str, skus: tuple[str, ...] = SKUS) -> list[Wish]:
    """Orders of two different SKUs each (one where there is but one), one or two units a line."""
    draw = Random(prefix)  # noqa: S311 (the same wishes on every run)
    return [
        Wish(
            f"{prefix}{number}",
            f"ref-{prefix}{number}",
            tuple(Wanted(sku, draw.choice((1, 2)), "10.00") for sku in draw.sample(skus, min(2, len(skus)))),
        )
        for number in range(count)
    ]


def command(wish: Wish) -> PlaceOrder:
    """The wish as the public API takes it."""
    return PlaceOrder(
        order_id=OrderId(wish.order_id),
        channel="web",
        reference=wish.reference,
        currency="EUR",
        destination=Destination(country="DE", postcode_area="101"),
        lines=tuple(
            WantedLine(sku=line.sku, units=line.units, unit_price=UnitPrice.of(line.unit_price, "EUR"))
            for line in wish.lines
        ),
        person_id=ANNA,
        payment=PaymentTerms(provider="manual", method="card-ok"),
        at=NOON,
    )
