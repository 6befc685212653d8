"""A shop that invoices, and orders of every sort that were sold, sent and partly taken back, drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from omscore.app import Oms, open_shop
from omscore.billing.invoices import Invoice
from omscore.customers.model import RegisterCustomer
from omscore.fulfillment.commands import RecordDelivery
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import LocationId, OrderId, PersonId, ReturnId
from omscore.inventory.commands import ListItem
from omscore.items import Item, Kit, KitPart, Sku
from omscore.money import Money, UnitPrice
from omscore.money.currencies import currency_exponent
from omscore.orders.attributes import Attribute
from omscore.orders.commands import PaymentTerms, PlaceOrder, WantedLine
from omscore.orders.model import Order
from omscore.parties import Person
from omscore.places import Address, Destination
from omscore.plugins import PortKind
from omscore.plugins.discovery import Plugins
from omscore.ports.clock import VirtualClock
from omscore.returns.commands import DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, ReturnUnits
from tests.kit.shops import NOON, RATES, SHOP, receive, send_out
from tests.laws.bench import Offer

INVOICING = """
[invoicing]
series = "2026-"
zero_rates = [
    {code = "FR0", category = "K", reason = "Intra-community supply"},
    {code = "CH0", category = "G", reason = "Export outside the EU"},
    {code = "DE0", category = "E", reason = "Exempt by section 4 UStG"},
    {code = "GB0", category = "Z"},
    {code = "AT0", category = "AE", reason = "Reverse charge"},
]
[invoicing.seller]
address = {recipient = "Tea & <Cups> GmbH", lines = ["Lager 1"], city = "Muenchen", postcode = "80331", country = "DE"}
vat_id = "DE123456789"
registration = "HRB 12345"
iban = "DE89370400440532013000"
"""

_TAXES = """[taxes.table]
rates = [
    {country = "DE", category = "standard", code = "DE19", rate = "0.19"},
    {country = "DE", category = "food", code = "DE7", rate = "0.07"},
    {country = "DE", category = "books", code = "DE0", rate = "0"},
    {country = "DE", category = "odd", code = "DE5", rate = "0.055"},
    {country = "FR", category = "*", code = "FR0", rate = "0"},
    {country = "CH", category = "*", code = "CH0", rate = "0"},
    {country = "AT", category = "*", code = "AT0", rate = "0"},
    {country = "GB", category = "food", code = "GB0", rate = "0"},
    {country = "*", category = "*", code = "VAT20", rate = "0.20"},
]
"""

_CHANNELS = """
[[channels]]
name = "trade"
kind = "web"
currency = "EUR"
prices_include_tax = false
[[channels]]
name = "gulf"
kind = "web"
currency = "KWD"
prices_include_tax = false
"""

SKUS = {"TEA": "food", "CUP": "standard", "BOOK": "books", "POT": "odd", "MUG": "standard"}
SET = "SET"
COUNTRIES = ("DE", "FR", "CH", "AT", "GB", "US")


def shop_text(invoicing: str = INVOICING) -> str:
    """The configuration of the shop."""
    before, _, rest = SHOP.partition("[taxes.table]\n")
    return before + _TAXES + rest[rest.index("[notices.file]") :] + _CHANNELS + invoicing


@contextmanager
def invoicing_shop(
    folder: Path, *, storage: dict[str, Any] | None = None, invoicing: str = INVOICING, erp: object = None
) -> Iterator[Oms]:
    """The shop with five articles, a set of two of them, and a customer in each country, and `erp` if there is one."""
    (folder / "shop.toml").write_text(shop_text(invoicing), encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    overrides = {"storage": storage or {"memory": {}}, "erp": {"hand": {}} if erp else {}}
    plugins = Plugins()
    plugins.register(Offer({(PortKind.ERP, "hand"): erp}))
    with open_shop(folder / "shop.toml", clock=VirtualClock(NOON), overrides=overrides, plugins=plugins) as oms:
        if oms.find(Invoice, "none") is None and not oms.storage.counts()["streams"] > 1:
            fill(oms)
        yield oms


def fill(oms: Oms) -> None:
    """The articles, plenty of them in both places, and the customers."""
    for sku, category in SKUS.items():
        item = Item(sku=Sku(sku), name=sku.title(), mass_g=100, tax_category=category, unit_cost=Money(100, "EUR"))
        oms.do(ListItem(item=item, at=NOON))
    parts = Kit(parts=(KitPart(sku=Sku("TEA"), units=2), KitPart(sku=Sku("CUP"))))
    oms.do(ListItem(item=Item(sku=Sku(SET), name="Set", kit=parts), at=NOON))
    receive(oms, "MUC", dict.fromkeys(SKUS, 5_000), document="opening-MUC")
    for country in COUNTRIES:
        register(oms, country)


def register(oms: Oms, country: str, **more: Any) -> PersonId:
    """The customer of a country, a business where it is in the EU; its invoices go to an address of their own."""
    home = Address(recipient="A & B", lines=("1 Road", "Door <2>", "Yard", "Back"), city="Town", country=country)
    office = Address(recipient="A & B", lines=("2 Square",), city='"Town"', postcode="1'2", country=country)
    plain: dict[str, Any] = {
        "person_id": PersonId(f"person_{country}"),
        "name": f"Zo\u00eb & Söhne <{country}> ]]>",
        "addresses": (("home", home), ("billing", office)),
        "vat_id": f"{country}123456789" if country in ("FR", "AT") else "",
    }
    person = Person(**(plain | more))
    oms.do(RegisterCustomer(person=person, at=oms.clock.now()))
    return person.person_id


def placed(oms: Oms, order_id: str, lines: tuple[WantedLine, ...], *, country: str = "DE", **more: Any) -> PlaceOrder:
    """An order of the customer of a country."""
    plain: dict[str, Any] = {
        "order_id": OrderId(order_id),
        "channel": "web",
        "currency": oms.shop.channel(more.get("channel", "web")).currency,
        "destination": Destination(country=country),
        "person_id": PersonId(f"person_{country}"),
        "address_name": "home",
        "lines": lines,
        "payment": PaymentTerms(provider="manual", method="card-ok"),
        "at": oms.clock.now(),
    }
    return PlaceOrder(**(plain | more))


def line(sku: str, units: int, price: str, currency: str = "EUR", **more: Any) -> WantedLine:
    return WantedLine(sku=sku, units=units, unit_price=UnitPrice.of(price, currency), **more)


def any_order(oms: Oms, random: Random, order_id: str) -> PlaceOrder:
    """An order of any sort: channel, country, lines, kits, discounts, shipping, charges, paid or not."""
    channel = random.choice(("web", "trade", "trade", "phone", "market", "gulf"))
    currency = oms.shop.channel(channel).currency
    exponent = currency_exponent(currency)
    step = Decimal(1).scaleb(-min(exponent, 2))
    is_fine = channel == "trade" and random.random() < 0.3  # a price list may be finer than the cent

    def money(most: int) -> Money:
        return Money.of(step * random.randrange(most), currency)

    def price() -> str:
        return str(step * random.choice((0, 1, 99, 333, 1_000, 1_999, random.randrange(1, 50_000)))) + "7" * (
            is_fine and exponent > 0
        )

    lines = tuple(
        line(
            random.choice((*SKUS, SET)),
            random.choice((1, 1, 2, 3, 7, 12)),
            price(),
            currency,
            title=random.choice(("", "Cup & <saucer>", "Bücher ☕")),
        )
        for _ in range(random.randrange(1, 6))
    )
    units = sum(each.units for each in lines)
    return placed(
        oms,
        order_id,
        lines,
        country=random.choice(COUNTRIES),
        channel=channel,
        reference=random.choice(("", f"PO-{order_id}")),
        discount_percent=Decimal(random.choice((0, 0, 5, 33))),
        shipping=random.choice((None, money(2_000))),
        charges=random.choice((None, None, money(500))),
        unit_tax=random.random() < 0.2 and units < 40,
        payment=random.choice((None, PaymentTerms(provider="manual", method="card-ok"))),
        attributes=random.choice(((), (Attribute("buyer_reference", "Dept. 7 & 8"),))),
    )


def send(oms: Oms, order_id: str) -> None:
    """Everything that can leave leaves."""
    oms.run_due()
    send_out(oms, order_id)


def arrive(oms: Oms, order_id: str) -> None:
    """The parcels come to the customer."""
    for fulfillment_id in oms.look(Order, order_id).fulfillments:
        work = oms.look(FulfillmentOrder, fulfillment_id)
        for package in work.packages if work.shipped_at else ():
            if package.delivered_at is None:
                oms.do(RecordDelivery(fulfillment_id=fulfillment_id, package_id=package.package_id, at=oms.clock.now()))


def give_back(oms: Oms, order_id: str, units: dict[int, int], *, return_id: str, lots: int = 1) -> None:
    """Units of lines come back and are decided on, in so many lots as far as they can be divided."""
    order, at, return_no = oms.look(Order, order_id), oms.clock.now(), ReturnId(return_id)
    wanted = tuple(ReturnUnits(line_id, order.line(line_id).sku, count) for line_id, count in units.items())
    oms.do(
        RequestReturn(
            return_id=return_no,
            order_id=OrderId(order_id),
            location_id=LocationId("MUC"),
            units=wanted,
            reason="no",
            at=at,
        )
    )
    oms.do(ReceiveReturn(return_id=return_no, at=at))
    for lot in range(lots):
        disposed = tuple(
            DisposedUnits(line_id, part, Disposition.RESTOCK)
            for line_id, count in units.items()
            if (part := count * (lot + 1) // lots - count * lot // lots)
        )
        if disposed:
            oms.do(DisposeReturn(return_id=return_no, units=disposed, at=at))


def issued(oms: Oms, order_id: str) -> list[Invoice]:
    """The documents of an order, in the order of their numbers."""
    return [oms.look(Invoice, each) for each in oms.listed(Invoice, "invoiced", order_id)]
