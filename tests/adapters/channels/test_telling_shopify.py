"""Shopify is told of every parcel once and of stock as it is, whatever becomes of questions and answers on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from omscore.engine.plans.wishes import TellStock
from omscore.errors import (
    PortRefusedError,
    PortTransientError,
    PortUnknownError,
)
from omscore.ids import OrderId
from omscore.intake import Intake
from omscore.orders.model import Order
from omscore.ports.news import (
    ChannelNotice,
    OrderTold,
    ParcelTold,
    ShipmentTold,
    StockOf,
    StockTold,
    TellingChannel,
    UnitsSent,
)
from omscore.secrets import Secret
from omscore_adapters.channel_shopify import ShopifyChannel, ShopifySettings
from tests.adapters.channels.samples import ADDRESS, document, shopify
from tests.adapters.channels.test_telling import live, shop_with
from tests.adapters.channels.test_telling_edi_life import Faltering
from tests.kit.faulty_api import FAULTS, served
from tests.kit.shopify_api import LOCATION, TOKEN, FakeShopify, Fulfillment
from tests.kit.shops import CUP, NOON, POT, TEA, pass_time
from tests.laws.checks import check_everything

OTHER = "gid://shopify/Location/2"


@pytest.fixture
def api() -> Iterator[FakeShopify]:
    with served(FakeShopify()) as fake:
        yield fake


def settings(fake: FakeShopify, **changes: Any) -> ShopifySettings:
    return ShopifySettings(**{"url": fake.url, "token": Secret(TOKEN), "location": "1", **changes})


def channel(fake: FakeShopify, **changes: Any) -> ShopifyChannel:
    return ShopifyChannel(settings(fake, **changes))


def parcel(number: str, name: str = "p1", /, **units: int) -> ParcelTold:
    sent = [UnitsSent(at, sku, "", count, count) for at, (sku, count) in enumerate(units.items(), 1)]
    return ParcelTold(
        package_id=name, carrier="UPS", service="ground", tracking_number=number, mass_g=100, units=tuple(sent)
    )


def shipment(*parcels: ParcelTold, order: str = "5001", number: int = 1) -> ChannelNotice:
    told = ShipmentTold(
        order_id=f"web:{order}",
        reference="#1",
        message_id=order,
        shipment_id="f1",
        location_id="MUC",
        shipped_at=NOON,
        parcels=parcels,
    )
    return ChannelNotice(channel="web", number=number, at=NOON, news=told)


def stock(number: int = 1, outdated: frozenset[str] = frozenset(), /, **units: int) -> ChannelNotice:
    told = StockTold(articles=tuple([StockOf(sku, count) for sku, count in units.items()]))
    return ChannelNotice(channel="web", number=number, at=NOON, news=told, outdated=outdated)


def told_at_last(told: TellingChannel, notice: ChannelNotice) -> None:
    """Tells as the tasks of a shop do: until it is known to have been told."""
    for _ in range(60):
        try:
            told.tell(notice)
            return
        except (PortTransientError, PortUnknownError):
            continue
    raise AssertionError("it was never told")


def test_a_parcel_becomes_a_fulfillment_with_its_tracking_number(api: FakeShopify) -> None:
    order = api.add_order(5001, (LOCATION, {TEA: 3, CUP: 1, POT: 2}))
    channel(api).tell(shipment(parcel("1Z1", TEA=2, POT=2), parcel("1Z2", "p2", TEA=1)))
    assert api.sent(order) == {("1Z1", TEA): 2, ("1Z1", POT): 2, ("1Z2", TEA): 1}
    assert [line["left"] for line in api.work["gid://shopify/FulfillmentOrder/1"]["lines"]] == [0, 1, 0]
    assert {each.company for each in api.fulfillments.values()} == {"UPS"}


def test_a_message_told_again_changes_nothing(api: FakeShopify) -> None:
    order = api.add_order(5001, (LOCATION, {TEA: 3}))
    for _ in range(3):
        channel(api).tell(shipment(parcel("1Z1", TEA=2)))
    assert api.sent(order) == {("1Z1", TEA): 2}
    assert api.calls.count("Fulfill") == 1


def test_units_that_shopify_takes_from_two_locations_make_a_fulfillment_in_each(api: FakeShopify) -> None:
    order = api.add_order(5001, (LOCATION, {TEA: 1, CUP: 1}), (OTHER, {TEA: 2}), (LOCATION, {TEA: 1}))
    api.faults = ["", "", "", "", "", "", "after"]
    told_at_last(channel(api), shipment(parcel("1Z1", TEA=4, CUP=1)))
    assert api.sent(order) == {("1Z1", TEA): 4, ("1Z1", CUP): 1}
    assert len(api.fulfillments) == 2


def test_a_parcel_without_a_tracking_number_is_known_by_our_own_id(api: FakeShopify) -> None:
    order = api.add_order(5001, (LOCATION, {TEA: 2}))
    for _ in range(2):
        channel(api).tell(shipment(parcel("", "pkg_1", TEA=2)))
    assert api.sent(order) == {("pkg_1", TEA): 2}


def test_articles_are_known_by_the_names_shopify_has_for_them(api: FakeShopify) -> None:
    order = api.add_order(5001, (LOCATION, {"TEA-OLD": 1, TEA: 1}))
    for _ in range(2):
        channel(api, skus={"TEA-OLD": TEA}).tell(shipment(parcel("1Z1", TEA=2)))
    assert api.sent(order) == {("1Z1", "TEA-OLD"): 1, ("1Z1", TEA): 1}


def test_a_tracking_number_is_known_again_however_it_is_written(api: FakeShopify) -> None:
    order = api.add_order(5001, (LOCATION, {TEA: 4}))
    channel(api).tell(shipment(parcel("1Z 99 aa", TEA=2)))
    channel(api).tell(shipment(parcel("1Z99AA", TEA=2)))
    assert api.sent(order) == {("1Z 99 aa", TEA): 2}


def test_a_fulfillment_that_was_cancelled_there_does_not_count(api: FakeShopify) -> None:
    order = api.add_order(5001, (LOCATION, {TEA: 2}))
    api.fulfillments["gid://shopify/Fulfillment/0"] = Fulfillment("1Z1", "UPS", "CANCELLED", ((TEA, 2),))
    api.orders[order]["fulfillments"].append("gid://shopify/Fulfillment/0")
    channel(api).tell(shipment(parcel("1Z1", TEA=2)))
    assert api.sent(order)["1Z1", TEA] == 2


@pytest.mark.parametrize("seed", range(25))
def test_whatever_is_lost_on_the_way_each_unit_is_fulfilled_once(api: FakeShopify, seed: int) -> None:
    draw = Random(seed)  # noqa: S311 (the same life on every run)
    api.draw, api.chance = Random(seed), 0.25  # noqa: S311
    skus = (TEA, CUP, POT)
    parts = [
        (draw.choice((LOCATION, OTHER)), {sku: draw.randint(1, 5) for sku in draw.sample(skus, draw.randint(1, 3))})
        for _ in range(draw.randint(1, 3))
    ]
    order = api.add_order(5001, *parts)
    left: Counter[str] = sum((Counter(units) for _, units in parts), Counter())
    wanted: Counter[tuple[str, str]] = Counter()
    for number in range(1, draw.randint(2, 4)):
        parcels = []
        for name in range(draw.randint(1, 2)):
            units = {sku: draw.randint(1, count) for sku, count in left.items() if count and draw.random() < 0.7}
            left -= Counter(units)
            if units:
                parcels.append(parcel(f"1Z{number}{name}", f"p{number}{name}", **units))
                wanted.update({(f"1Z{number}{name}", sku): count for sku, count in units.items()})
        api.left_to_fail = 12
        told_at_last(channel(api), shipment(*parcels, number=number))
    assert api.sent(order) == wanted


def test_every_fault_is_among_those_that_were_met() -> None:
    met = {Random(seed).choice(FAULTS) for seed in range(60)}  # noqa: S311
    assert met == set(FAULTS)


@pytest.mark.parametrize(
    ("units", "told", "words"),
    [
        ({TEA: 1}, {"TEA": 2}, "fewer units than were sent: 1 of 'TEA' more"),
        ({CUP: 1}, {"TEA": 2}, "2 of 'TEA' more"),
    ],
)
def test_units_that_nobody_waits_for_are_refused_and_nothing_is_told(
    api: FakeShopify, units: dict[str, int], told: dict[str, int], words: str
) -> None:
    order = api.add_order(5001, (LOCATION, units))
    with pytest.raises(PortRefusedError, match=words):
        channel(api).tell(shipment(parcel("1Z1", **told)))
    assert not api.sent(order)


def test_another_parcel_under_that_tracking_number_is_not_taken_for_this_one(api: FakeShopify) -> None:
    api.add_order(5001, (LOCATION, {TEA: 5}))
    channel(api).tell(shipment(parcel("1Z1", TEA=3)))
    with pytest.raises(PortRefusedError, match="other goods in it"):
        channel(api).tell(shipment(parcel("1Z1", TEA=1), number=2))


def test_an_order_that_is_gone_there_is_refused(api: FakeShopify) -> None:
    with pytest.raises(PortRefusedError, match="no order"):
        channel(api).tell(shipment(parcel("1Z1", TEA=1)))


def test_shopify_is_told_nothing_of_its_own_orders(api: FakeShopify) -> None:
    told = OrderTold(
        order_id="o", reference="r", message_id="1", currency="EUR", placed_at=NOON, lines=(), is_first=True
    )
    with pytest.raises(PortRefusedError, match="parcels and stock alone"):
        channel(api).tell(ChannelNotice(channel="web", number=1, at=NOON, news=told))


def test_stock_is_set_where_shopify_keeps_the_article_and_nowhere_else(api: FakeShopify) -> None:
    for sku in (TEA, "TEAPOT", "tea", "OLD'CUP"):
        api.add_item(sku)
    loose, away = api.add_item(POT, tracked=False), api.add_item("AWAY", here=False)
    channel(api, skus={"OLD'CUP": CUP}).tell(stock(TEA=7, CUP=5, POT=3, AWAY=2, UNKNOWN=9))
    assert [api.level(sku) for sku in (TEA, "TEAPOT", "tea", "OLD'CUP")] == [7, 0, 0, 5]
    assert (api.items[loose]["levels"], api.items[away]["levels"]) == ({LOCATION: 0}, {})


def test_many_articles_are_set_some_at_a_time(api: FakeShopify) -> None:
    units = {f"A{number:03}": number for number in range(120)}
    for sku in units:
        api.add_item(sku)
    channel(api).tell(stock(**units))
    assert {sku: api.level(sku) for sku in units} == units
    assert api.calls.count("SetLevels") == 2


def test_a_level_that_comes_late_does_not_take_the_place_of_a_later_one(api: FakeShopify) -> None:
    api.add_item(TEA)
    api.add_item(CUP)
    told = channel(api)
    told.tell(stock(2, TEA=4))
    told.tell(stock(1, frozenset({TEA}), TEA=9, CUP=3))
    assert (api.level(TEA), api.level(CUP)) == (4, 3)


def test_a_message_of_stock_told_again_does_not_undo_what_was_sold_since(api: FakeShopify) -> None:
    name = api.add_item(TEA)
    api.faults = ["", "after"]
    told = channel(api)
    with pytest.raises(PortUnknownError):
        told.tell(stock(TEA=9))
    api.items[name]["levels"][LOCATION] = 8  # sold there
    told.tell(stock(TEA=9))
    assert api.level(TEA) == 8
    told.tell(stock(2, TEA=9))
    assert api.level(TEA) == 9


@pytest.mark.parametrize("seed", range(4))
def test_what_shopify_knows_at_the_end_of_a_life_is_what_happened(tmp_path: Path, api: FakeShopify, seed: int) -> None:
    api.draw = Random(seed)  # noqa: S311 (the same faults on every run)
    for sku in (TEA, CUP, POT):
        api.add_item(sku)

    def take(intake: Intake, name: str, **ordered: int) -> OrderId:
        number = 5000 + int(name)
        api.add_order(number, (LOCATION, ordered))
        lines = [
            {"sku": sku, "quantity": count, "price": "10.00", "name": sku, "tax_lines": []}
            for sku, count in ordered.items()
        ]
        told = shopify(
            id=number,
            name=f"#{number}",
            currency="EUR",
            taxes_included=True,
            total_price=f"{10 * sum(ordered.values())}.00",
            line_items=lines,
            shipping_lines=[],
            shipping_address=dict(ADDRESS),
        )
        (end,) = intake.take(document(told), "web")
        assert end.order_id is not None, end.complaints
        return end.order_id

    faltering = Faltering(channel(api))
    with shop_with(tmp_path, faltering) as (oms, intake):
        api.chance = 0.15
        made = live(Random(seed), oms, intake, faltering.fails, take)  # noqa: S311
        oms.do(TellStock(channel="web", at=oms.clock.now()))
        pass_time(oms, days=1)
        for order_id in made:
            found = oms.look(Order, order_id)
            sent = api.sent(f"gid://shopify/Order/{order_id.removeprefix('web:')}")
            assert sum(sent.values()) == sum(line.quantities.handed_over for line in found.lines)
        assert made
        assert {sku: api.level(sku) for sku in (TEA, CUP, POT)} == {
            sku: oms.availability(sku, "web") for sku in (TEA, CUP, POT)
        }
        assert not oms.storage.tasks("dead")
        check_everything(oms)
