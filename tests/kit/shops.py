"""A small shop for tests: two locations, four channels, three currencies, everything configured as TOML like a user
would.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from omscore.app import Oms, open_shop, run_until
from omscore.customers.model import RegisterCustomer
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import FulfillmentId, LocationId, OrderId, PersonId, StockDocumentId
from omscore.inventory.commands import ListItem, ReceiveStock
from omscore.inventory.model import StockLine
from omscore.items import Item, Sku
from omscore.money import Money, UnitPrice
from omscore.orders.commands import PaymentTerms, PlaceOrder, WantedLine
from omscore.orders.model import Order
from omscore.parties import Person
from omscore.places import Address, Destination
from omscore.ports.clock import VirtualClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

SHOP = """
name = "Tea & Cups"
currency = "EUR"
mail = "shop@tea.example"

[storage.sqlite]
path = "shop.db"
[payment.manual]
[carrier.table]
rates = "rates.csv"
zones = [
    {zone = "home", origins = ["*"], destinations = ["=origin"]},
    {zone = "away", origins = ["*"], destinations = ["*"]},
]
[taxes.table]
rates = [{country = "*", category = "*", code = "VAT20", rate = "0.20"}]
[notices.file]
path = "mail"
sender = "shop@tea.example"
[erp.beancount]
path = "books.beancount"

[routing]
rates = "rates.csv"
split_penalty = "1.00"
zones = [
    {zone = "home", origins = ["*"], destinations = ["=origin"]},
    {zone = "away", origins = ["*"], destinations = ["*"]},
]

[[channels]]
name = "web"
kind = "web"
currency = "EUR"
[[channels]]
name = "store"
kind = "store"
currency = "EUR"
locations = ["LYS"]
[[channels]]
name = "phone"
kind = "phone"
currency = "GBP"
[[channels]]
name = "market"
kind = "marketplace"
currency = "JPY"
pools = ["market", "general"]
prices_include_tax = false

[[boxes]]
name = "small"
length_mm = 200
width_mm = 150
height_mm = 100
max_mass_g = 2000
tare_g = 50
[[boxes]]
name = "large"
length_mm = 600
width_mm = 400
height_mm = 400
max_mass_g = 20000
tare_g = 400

[[locations]]
location_id = "MUC"
name = "Munich"
kind = "warehouse"
country = "DE"
point = {lat = 48.1, lon = 11.6}
calendar = {timezone = "Europe/Berlin", cutoff = 14:00:00}
address = {recipient = "Tea & Cups", lines = ["Lager 1"], city = "Muenchen", postcode = "80331", country = "DE"}
[[locations]]
location_id = "LYS"
name = "Lyon"
kind = "store"
country = "FR"
point = {lat = 45.8, lon = 4.8}
calendar = {timezone = "Europe/Paris", cutoff = 16:00:00}
address = {recipient = "Tea & Cups", lines = ["1 rue du The"], city = "Lyon", postcode = "69001", country = "FR"}
"""

RATES = """carrier,service,zone,min_g,max_g,price,currency,transit_days
post,parcel,home,0,2000,4.00,EUR,1
post,parcel,home,2000,20000,7.00,EUR,1
post,parcel,away,0,2000,9.00,EUR,3
post,parcel,away,2000,20000,15.00,EUR,3
"""

ANNA = PersonId("person_anna")
TEA, CUP, POT = "TEA", "CUP", "POT"


@contextmanager
def small_shop(
    folder: Path,
    *,
    storage: Mapping[str, Any] | None = None,
    stock: bool = True,
    edit: str = "",
    routing: str = "",
    replacing: Mapping[str, str] | None = None,
) -> Iterator[Oms]:
    """The shop opened on a virtual clock at noon of a Monday, with three items and, if wanted, stock in both places.

    Shape: `storage` takes the place of the table of that name, such as `{"memory": {}}`; `edit` comes at the end of the
    file, `routing` first in its table; `replacing` are pieces of the file and what stands there instead.
    """
    config = folder / "shop.toml"
    text = SHOP.replace("[routing]\n", f"[routing]\n{routing}\n") + edit
    for piece, instead in (replacing or {}).items():
        assert piece in text
        text = text.replace(piece, instead)
    config.write_text(text, encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    overrides = {} if storage is None else {"storage": storage}
    with open_shop(config, clock=VirtualClock(NOON), overrides=overrides) as oms:
        if oms.find(Order, "none") is None and not oms.storage.listed("placed", ""):
            stock_up(oms, stock=stock)
        yield oms


def stock_up(oms: Oms, *, stock: bool = True) -> None:
    """List the items, register a customer, receive ten teas, five cups and two pots."""
    at = oms.clock.now()
    for sku, mass_g, cost in ((TEA, 250, 300), (CUP, 400, 450), (POT, 1500, 1200)):
        oms.do(ListItem(item=Item(sku=Sku(sku), name=sku.title(), mass_g=mass_g, unit_cost=Money(cost, "EUR")), at=at))
    home = Address(recipient="Anna Muster", lines=("Hauptstr. 1",), city="Berlin", postcode="10115", country="DE")
    anna = Person(person_id=ANNA, name="Anna Muster", mail="anna@example.org", addresses=(("home", home),))
    oms.do(RegisterCustomer(person=anna, at=at))
    if stock:
        receive(oms, "MUC", {TEA: 10, CUP: 5}, document="opening-MUC")
        receive(oms, "LYS", {TEA: 4, CUP: 1, POT: 2}, document="opening-LYS")


def receive(oms: Oms, location: str, units: dict[str, int], *, document: str, pool: str = "general") -> None:
    """Goods came in."""
    oms.do(
        ReceiveStock(
            document_id=StockDocumentId(document),
            location_id=LocationId(location),
            lines=tuple(StockLine(sku, pool, count) for sku, count in units.items()),
            at=oms.clock.now(),
        )
    )


def order(
    oms: Oms,
    units: dict[str, int],
    *,
    order_id: str = "ord_1",
    price: str = "10.00",
    channel: str = "web",
    method: str | None = "card-ok",
    **more: Any,
) -> PlaceOrder:
    """A wish for an order of Anna's at one price a unit."""
    currency = oms.shop.channel(channel).currency
    return PlaceOrder(
        **{
            "order_id": OrderId(order_id),
            "channel": channel,
            "currency": currency,
            "destination": Destination(country="DE", postcode_area="101"),
            "lines": tuple(
                WantedLine(sku=sku, units=count, unit_price=UnitPrice(Decimal(price), currency))
                for sku, count in units.items()
            ),
            "person_id": ANNA,
            "payment": PaymentTerms(provider="manual", method=method) if method else None,
            "at": oms.clock.now(),
            **more,
        }
    )


def pass_time(oms: Oms, **span: float) -> None:
    """Let the shop's clock run on, task by task."""
    run_until(oms, oms.clock.now() + timedelta(**span))


def send_out(oms: Oms, order_id: str) -> None:
    """Pick, pack, label and hand over everything that can be worked on."""
    for fulfillment_id in oms.look(Order, order_id).fulfillments:
        work = oms.look(FulfillmentOrder, fulfillment_id)
        if work.shipped_at is None and work.live_units and not work.on_hold:
            _hand_over(oms, fulfillment_id)


def _hand_over(oms: Oms, fulfillment_id: FulfillmentId) -> None:
    at = oms.clock.now()
    oms.do(PickUnits(fulfillment_id=fulfillment_id, at=at))
    oms.do(PackBoxes(fulfillment_id=fulfillment_id, at=at))
    oms.run_due()
    oms.do(HandOver(fulfillment_id=fulfillment_id, at=at))
    oms.run_due()
