"""A little shop with two warehouses that lives through every part of an order's life, for the auditor to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from omscore.app import Oms, open_shop
from omscore.customers.model import RegisterCustomer
from omscore.engine.plans.wishes import RetryPayment
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.fulfillment.model import FulfillmentOrder, WorkStatus
from omscore.ids import CartId, FulfillmentId, LocationId, OrderId, PersonId, ReturnId, StockDocumentId
from omscore.inventory.commands import (
    AdjustStock,
    CountStock,
    ListItem,
    ReceiveStock,
    ReceiveTransfer,
    SendTransfer,
)
from omscore.inventory.model import AdjustReason, StockLine
from omscore.items import Item, Sku
from omscore.money import Money, UnitPrice
from omscore.orders.carts import BeginCheckout, SetCartLine
from omscore.orders.commands import CancelUnits, PaymentTerms, PlaceHold, PlaceOrder, WantedLine
from omscore.orders.model import HoldKind, Order
from omscore.parties import Person
from omscore.places import Address, Destination
from omscore.ports.clock import VirtualClock
from omscore.ports.storage import Commit
from omscore.returns.commands import CloseReturn, DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, ReturnUnits

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
COSTS = {"TEA": 310, "CUP": 425, "POT": 1190}

SHOP = """
name = "Tea & Cups"
currency = "EUR"

[storage.memory]

[flows]
checkpoint_after_hours = 0

[payment.manual]

[carrier.table]
rates = "rates.csv"
zones = [{ zone = "all", origins = ["*"], destinations = ["*"] }]

[taxes.table]
rates = [{ country = "*", category = "*", code = "DE19", rate = "0.19" }]

[routing]
rates = "rates.csv"
zones = [{ zone = "all", origins = ["*"], destinations = ["*"] }]

[[locations]]
location_id = "MUC"
name = "Munich"
kind = "warehouse"
country = "DE"
point = { lat = 48.1, lon = 11.6 }
calendar = { timezone = "Europe/Berlin" }
address = { recipient = "Tea & Cups", lines = ["Hof 1"], city = "Munich", country = "DE", postcode = "80331" }

[[locations]]
location_id = "HAM"
name = "Hamburg"
kind = "store"
country = "DE"
point = { lat = 53.6, lon = 10.0 }
calendar = { timezone = "Europe/Berlin" }
address = { recipient = "Tea & Cups", lines = ["Kai 2"], city = "Hamburg", country = "DE", postcode = "20095" }

[[channels]]
name = "web"
kind = "web"
currency = "EUR"

[[boxes]]
name = "small"
length_mm = 300
width_mm = 200
height_mm = 150
max_mass_g = 5000
tare_g = 100
"""

RATES = """carrier,service,zone,min_g,max_g,price,currency,transit_days
post,parcel,all,0,5000,4.20,EUR,2
post,parcel,all,5000,30000,8.90,EUR,3
"""


@contextmanager
def opened(
    folder: Path, *, database: Path | None = None, storage: Mapping[str, Mapping[str, object]] | None = None
) -> Iterator[Oms]:
    """The shop with an empty store: in memory, in a database file, or as the storage table says."""
    (folder / "shop.toml").write_text(SHOP, encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    if database is not None:
        storage = {"sqlite": {"path": str(database), "synchronous": "normal"}}
    overrides = {"storage": storage} if storage else None
    with open_shop(folder / "shop.toml", clock=VirtualClock(MONDAY), overrides=overrides) as shop:
        yield shop


def live(shop: Oms) -> None:
    """Some weeks: orders paid, declined, split, backordered, cancelled and returned; carts; a customer leaves."""
    shop.storage.commit(Commit(at=now(shop), command_key="earlier", fingerprint="f", answer="another program's"))
    stocked(shop)
    place(shop, "o1", ("TEA", 2), ("CUP", 3), reference="1001")
    place(shop, "o2", ("POT", 9))  # split over both locations
    place(shop, "o3", ("TEA", 1), method="card-declined")
    place(shop, "o4", ("CUP", 40))  # waits for 23 cups
    place(shop, "o5", ("TEA", 4), ("POT", 1))
    shop.do(CancelUnits(order_id=OrderId("o5"), line_id=1, units=3, at=now(shop)))
    place(shop, "o6", ("TEA", 1), method="card-timeout")
    place(shop, "o7", ("TEA", 5))
    place(shop, "o12", ("TEA", 1), method="card-declined")
    place(shop, "o13", ("TEA", 1), person="bob")
    place(shop, "o14", ("LEAF", 1), is_gift=True)
    carts(shop)
    paid = PaymentTerms(provider="manual", method="card-ok")
    shop.do(RetryPayment(order_id=OrderId("o12"), payment=paid, at=now(shop)))
    shop.forget(PersonId("bob"))
    wait(shop, hours=1)
    for order_id in ("o1", "o2", "o5", "o6"):
        ship(shop, order_id)
    pick_only(shop, "o7")
    wait(shop, days=4)
    take_back(shop)
    shop.do(PlaceHold(order_id=OrderId("o7"), kind=HoldKind.CUSTOMER, says="call first", at=now(shop)))
    place(shop, "o8", ("POT", 1), ("TEA", 1))
    receive(shop, "r3", "MUC", ("CUP", 10))
    wait(shop, hours=1)
    place(shop, "o10", ("TEA", 1))
    place(shop, "o11", ("POT", 1), exchange_for="o2.r1")
    shop.run_due()
    ship(shop, "o10")
    pack_only(shop, "o8")
    shop.do(SetCartLine(cart_id=CartId("c3"), channel="web", sku="TEA", units=1, at=now(shop)))
    place(shop, "o9", ("CUP", 2))


def now(shop: Oms) -> datetime:
    return shop.clock.now()


def wait(shop: Oms, **time: int) -> None:
    """Let time pass, then do what is due."""
    assert isinstance(shop.clock, VirtualClock)
    shop.clock.set(now(shop) + timedelta(**time))
    shop.run_due()


def stocked(shop: Oms) -> None:
    for name in ("Ada", "Bob"):
        home = Address(recipient=name, lines=("Weg 3",), city="Ulm", country="DE", postcode="89073")
        person_id, mail = PersonId(name.lower()), f"{name.lower()}@example.org"
        person = Person(person_id=person_id, name=name, mail=mail, addresses=(("home", home),))
        shop.do(RegisterCustomer(person=person, at=now(shop)))
    for sku, cost in COSTS.items():
        item = Item(sku=_sku(sku), name=sku.title(), mass_g=250, unit_cost=Money(cost, "EUR"))
        shop.do(ListItem(item=item, at=now(shop)))
    for sku in ("CARD", "LEAF"):
        shop.do(ListItem(item=Item(sku=_sku(sku), name="given away, never valued"), at=now(shop)))
    receive(shop, "r1", "MUC", ("TEA", 30), ("CUP", 20), ("POT", 6), ("CARD", 5), ("LEAF", 3))
    receive(shop, "r2", "HAM", ("TEA", 10), ("POT", 6))
    muc, ham = LocationId("MUC"), LocationId("HAM")
    lot = (StockLine("TEA", "general", 4),)
    shop.do(SendTransfer(document_id=_paper("t1"), origin=muc, target=ham, lines=lot, at=now(shop)))
    lot = (StockLine("TEA", "general", 3),)
    shop.do(ReceiveTransfer(document_id=_paper("t1"), lines=lot, at=now(shop)))
    lost = AdjustStock(
        document_id=_paper("a1"), location_id=muc, sku="TEA", units=-2, reason=AdjustReason.LOST, at=now(shop)
    )
    shop.do(lost)
    shop.do(CountStock(document_id=_paper("c1"), location_id=ham, sku="TEA", counted=12, at=now(shop)))


def receive(shop: Oms, paper: str, location: str, *lines: tuple[str, int]) -> None:
    goods = tuple(StockLine(sku, "general", units) for sku, units in lines)
    shop.do(ReceiveStock(document_id=_paper(paper), location_id=LocationId(location), lines=goods, at=now(shop)))


def place(
    shop: Oms,
    order_id: str,
    *lines: tuple[str, int],
    method: str = "card-ok",
    reference: str = "",
    exchange_for: str | None = None,
    person: str = "ada",
    is_gift: bool = False,
) -> None:
    price = UnitPrice.of("0.00" if is_gift else "9.99", "EUR")
    shop.do(
        PlaceOrder(
            order_id=OrderId(order_id),
            channel="web",
            currency="EUR",
            destination=Destination(country="DE", postcode_area="890"),
            lines=tuple(WantedLine(sku=sku, units=units, unit_price=price) for sku, units in lines),
            shipping=None if is_gift else Money(490, "EUR"),
            reference=reference,
            person_id=PersonId(person),
            payment=PaymentTerms(provider="manual", method=method),
            exchange_for=ReturnId(exchange_for) if exchange_for else None,
            at=now(shop),
        )
    )


def carts(shop: Oms) -> None:
    """One cart at checkout, and one that is left after twenty minutes."""
    kept, left = CartId("c1"), CartId("c2")
    shop.do(SetCartLine(cart_id=left, channel="web", sku="TEA", units=2, at=now(shop)))
    wait(shop, minutes=20)
    shop.do(SetCartLine(cart_id=kept, channel="web", sku="TEA", units=1, at=now(shop)))
    wait(shop, minutes=20)
    shop.do(BeginCheckout(cart_id=kept, at=now(shop)))


def ship(shop: Oms, order_id: str) -> None:
    for fulfillment_id in _open_work(shop, order_id):
        shop.do(PickUnits(fulfillment_id=fulfillment_id, at=now(shop)))
        shop.do(PackBoxes(fulfillment_id=fulfillment_id, at=now(shop)))
        shop.run_due()
        shop.do(HandOver(fulfillment_id=fulfillment_id, at=now(shop)))
    shop.run_due()


def pick_only(shop: Oms, order_id: str) -> None:
    for fulfillment_id in _open_work(shop, order_id):
        shop.do(PickUnits(fulfillment_id=fulfillment_id, at=now(shop)))


def pack_only(shop: Oms, order_id: str) -> None:
    """Packed, and the label not bought yet."""
    pick_only(shop, order_id)
    for fulfillment_id in _open_work(shop, order_id):
        shop.do(PackBoxes(fulfillment_id=fulfillment_id, at=now(shop)))


def take_back(shop: Oms) -> None:
    """Two cups come back whole, one broken; one pot is seen and not decided on."""
    cups, pots = ReturnId("o1.r1"), ReturnId("o2.r1")
    shop.do(
        RequestReturn(
            return_id=cups, order_id=OrderId("o1"), location_id=LocationId("HAM"), reason="chipped",
            units=(ReturnUnits(2, "CUP", 3),), at=now(shop),
        )
    )  # fmt: skip
    shop.do(ReceiveReturn(return_id=cups, at=now(shop)))
    fates = (DisposedUnits(2, 2, Disposition.RESTOCK), DisposedUnits(2, 1, Disposition.WRITE_OFF))
    shop.do(DisposeReturn(return_id=cups, units=fates, at=now(shop)))
    shop.do(
        RequestReturn(
            return_id=pots, order_id=OrderId("o2"), location_id=LocationId("MUC"), reason="colour",
            units=(ReturnUnits(1, "POT", 2),), at=now(shop),
        )
    )  # fmt: skip
    shop.do(ReceiveReturn(return_id=pots, units=(ReturnUnits(1, "POT", 1),), at=now(shop)))
    unsent = ReturnId("o5.r1")
    shop.do(
        RequestReturn(
            return_id=unsent, order_id=OrderId("o5"), location_id=LocationId("MUC"), reason="kept it after all",
            units=(ReturnUnits(2, "POT", 1),), at=now(shop),
        )
    )  # fmt: skip
    shop.do(CloseReturn(return_id=unsent, at=now(shop)))
    shop.run_due()


def _open_work(shop: Oms, order_id: str) -> tuple[FulfillmentId, ...]:
    fulfillments = shop.look(Order, order_id).fulfillments
    shipped = (WorkStatus.SHIPPED, WorkStatus.DELIVERED)
    return tuple(each for each in fulfillments if shop.look(FulfillmentOrder, each).status not in shipped)


def _sku(text: str) -> Sku:
    return Sku(text)


def _paper(text: str) -> StockDocumentId:
    return StockDocumentId(text)
