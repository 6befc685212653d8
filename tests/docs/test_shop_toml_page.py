"""The page on shop.toml names every key there is, with the default it has, and no key that is gone."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_type_hints

import attrs
import pytest

import omscore_adapters
from omscore import (
    Destination,
    Item,
    ListItem,
    Money,
    Order,
    OrderId,
    PlaceOrder,
    Sku,
    UnitPrice,
    VirtualClock,
    WantedLine,
    open_shop,
)
from omscore.billing.sellers import Invoicing, Seller, ZeroRate
from omscore.calendars import Calendar
from omscore.flows.world import FlowPolicy
from omscore.fulfillment.packing import BoxType
from omscore.health.breaker import HealthPolicy
from omscore.parties import Channel
from omscore.pickups import CarrierPickups
from omscore.places import Address, Downtime, Location, Point
from omscore.plugins.providers import AnyProvider
from omscore.policy.review import ReviewPolicy
from omscore.policy.shop import RoutingPolicy, Shop
from omscore.routing import Choice, Emission, FallbackRate, LocationGroup, Profile, Queue, Surcharge
from omscore.routing.ownstrategies import OwnStrategy
from omscore.routing.ratecard import ZoneRule
from omscore.routing.rules import FILTERS, OwnFilter
from omscore.routing.scores import SCORES, OwnScore
from omscore_adapters.erp_tryton import TrytonAccounts
from omscore_adapters.observer_webhooks import WebhookEndpoint
from omscore_adapters.rates_table import RateRow
from omscore_adapters.tax_table import TaxRow

PAGE = Path(__file__).resolve().parents[2] / "docs" / "shop-toml.md"

SECTIONS: dict[type[Any], str] = {
    Shop: "The shop",
    Channel: "Channels",
    Location: "Locations",
    Point: "Point",
    Calendar: "Calendar",
    Address: "Address",
    RoutingPolicy: "Routing",
    ZoneRule: "Zones",
    Surcharge: "Surcharges",
    Emission: "Emissions",
    FallbackRate: "The fallback rate",
    Downtime: "Downtimes",
    LocationGroup: "Groups",
    Profile: "Profiles",
    Choice: "Choices",
    **{rule: f"`{name}`" for name, rule in FILTERS.items()},
    **{score: f"Score `{name}`" for name, score in SCORES.items()},
    CarrierPickups: "Pickups",
    TrytonAccounts: "Accounts in Tryton",
    BoxType: "Boxes",
    FlowPolicy: "Flows",
    HealthPolicy: "Health",
    ReviewPolicy: "Review",
    Queue: "Queues",
    Invoicing: "Invoicing",
    Seller: "Seller",
    ZeroRate: "Zero rates",
    TaxRow: "A row of tax rates",
    RateRow: "A row of exchange rates",
    WebhookEndpoint: "An endpoint of webhooks",
}
"""The heading each record is described under; a provider's settings are under its table, such as `[storage.sqlite]`."""


class Row(NamedTuple):
    """What the page says of one key."""

    key: str
    default: str


def rows_under(page: str, heading: str) -> list[Row]:
    """The keys described under one heading.

    >>> rows_under("## A\\n| `k` | text | `1` | what |\\n## B\\n| `l` | text | none | what |\\n", "A")
    [Row(key='k', default='`1`')]
    """
    (section,) = re.findall(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", page, flags=re.MULTILINE | re.DOTALL)
    return [Row(*found) for found in re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|", section, flags=re.MULTILINE)]


def rows_of(record: type[Any]) -> list[Row]:
    """The keys a record has."""
    return [Row(field.name, default_of(field)) for field in attrs.fields(record) if field.init]


def default_of(field: attrs.Attribute[Any]) -> str:
    """The default of a field as the page writes it."""
    match field.default:
        case attrs.NOTHING:
            return "**required**"
        case None:
            return "none"
        case default if type(default).__name__ == "Factory":
            return "none" if default.factory is dict else "defaults"
        case default:
            return f"`{toml(default)}`"


def toml(value: Any) -> str:
    """A value as it is written in TOML."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case tuple():
            return f"[{', '.join(map(toml, value))}]"
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def providers() -> list[AnyProvider]:
    """Every provider that comes with omscore."""
    modules = [importlib.import_module(f"omscore_adapters.{each.name}") for each in _folders()]
    return [module.PROVIDER for module in modules]


def _folders() -> list[pkgutil.ModuleInfo]:
    return [each for each in pkgutil.iter_modules(omscore_adapters.__path__) if each.ispkg]


def records_within(record: type[Any]) -> Iterator[type[Any]]:
    """The records a file can hold inside this one, at any depth."""
    for hint in get_type_hints(record).values():
        for kind in (hint, *get_args(hint), *(inner for argument in get_args(hint) for inner in get_args(argument))):
            if (
                isinstance(kind, type) and attrs.has(kind) and kind not in (OwnFilter, OwnScore, OwnStrategy)
            ):  # what plugins bring has no page
                yield kind
                yield from records_within(kind)


def described() -> dict[type[Any], str]:
    """Every record that may stand in a shop.toml, with its heading on the page."""
    return SECTIONS | {each.settings_type: f"`[{each.port}.{each.name}]`" for each in providers()}


@pytest.mark.parametrize(("record", "heading"), described().items(), ids=lambda value: getattr(value, "__name__", ""))
def test_the_page_names_every_key_with_its_default_and_no_other(record: type[Any], heading: str) -> None:
    assert rows_under(PAGE.read_text(encoding="utf-8"), heading) == rows_of(record)


def test_every_record_of_a_shop_and_its_providers_has_a_heading() -> None:
    roots: list[type[Any]] = [Shop, *(each.settings_type for each in providers())]
    assert {*roots, *(inner for root in roots for inner in records_within(root))} == set(described())


def test_every_table_of_a_provider_on_the_page_has_a_provider() -> None:
    headings = re.findall(r"^### (`\[.*\]`)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(headings) == sorted(f"`[{each.port}.{each.name}]`" for each in providers())


def test_a_key_that_is_missing_on_a_page_is_noticed() -> None:
    page = "## Point\n| `lat` | number | **required** | degrees |\n"
    assert rows_under(page, "Point") == rows_of(Point)[:1] != rows_of(Point)


def test_the_yen_example_sells_at_prices_without_tax(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, language in (("shop.toml", "toml"), ("rates.csv", "csv")):
        (text,) = re.findall(rf"^```{language}\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
        (tmp_path / name).write_text(text, encoding="utf-8")
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    with open_shop(tmp_path / "shop.toml", clock=VirtualClock(noon)) as oms:
        oms.do(ListItem(item=Item(sku=Sku("CUP"), mass_g=300, unit_cost=Money(400, "JPY")), at=noon))
        oms.do(
            PlaceOrder(
                order_id=OrderId("ord_1"),
                channel="trade",
                currency="JPY",
                destination=Destination(country="JP"),
                lines=(WantedLine(sku="CUP", units=3, unit_price=UnitPrice.of("1250", "JPY")),),
                shipping=Money.of("800", "JPY"),
                at=noon,
            )
        )
        assert oms.look(Order, "ord_1").total == Money(5_005, "JPY")
    assert "the customer pays 5,005 yen" in page
