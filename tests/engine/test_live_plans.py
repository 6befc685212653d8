"""Plans compared at the carrier's prices: the least total is chosen, kept with its rivals, and taken by the order."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.audit import audit
from omscore.cli import main
from omscore.engine.plans.wishes import ReviewSourcing
from omscore.errors import InputError, PortRefusedError, PortTransientError, SetupError
from omscore.fulfillment.commands import RejectWork
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import OrderId
from omscore.inventory.commands import ListItem
from omscore.items import Item, Kit, KitPart, Sku
from omscore.money import Money
from omscore.orders.commands import CancelOrder
from omscore.orders.model import Order
from omscore.places import Destination
from omscore.ports.carriers import CarrierQuote, Parcel
from omscore.routing import Decision, PriceSource, Promise, route_ranked
from omscore.routing.decisions import KeptDecision
from omscore.shipmentprices import ShipmentPrice, SkuUnits
from tests.engine.test_live_prices import DE, FALLBACK, Carrier, failing, promised, quote
from tests.kit.shops import CUP, POT, TEA, order, receive, small_shop
from tests.laws.checks import check_everything

HAMBURG = """
[[locations]]
location_id = "HAM"
name = "Hamburg"
kind = "warehouse"
country = "DE"
handling_minor = 60
point = {lat = 53.5, lon = 10.0}
calendar = {timezone = "Europe/Berlin", cutoff = 14:00:00}
address = {recipient = "Tea & Cups", lines = ["Kai 1"], city = "Hamburg", postcode = "20457", country = "DE"}
"""
PLANS = "live_plans = 3"
MASS_G = {TEA: 250, CUP: 400, POT: 1_500}

Price = Callable[[str, Parcel], int]


def priced(price: Price) -> Carrier:
    return Carrier(lambda origin, _, parcel: (quote("any", price(origin, parcel)),))


def sent(decision: Decision) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for part in decision.assignments:
        cell = part.location_id, part.sku
        found[cell] = found.get(cell, 0) + part.units
    return found


def allocated(oms: Oms, order_id: str = "ord_1") -> dict[tuple[str, str], int]:
    """What locations have to pick, by location and SKU."""
    found: dict[tuple[str, str], int] = {}
    for each in oms.look(Order, order_id).fulfillments:
        work = oms.look(FulfillmentOrder, each)
        for _, sku, _, units in work.to_pick:
            found[work.location_id, sku] = found.get((work.location_id, sku), 0) + units
    return found


def latest(oms: Oms, order_id: str = "ord_1") -> Decision:
    return oms.look(KeptDecision, oms.look(Order, order_id).decisions[-1]).decision


def france_is_cheap(origin: str, _: Parcel) -> int:
    return 210 if origin == "FR" else 450


def test_the_plan_with_the_least_total_at_live_prices_is_promised_and_the_order_takes_it(tmp_path: Path) -> None:
    with small_shop(tmp_path, routing=PLANS, edit=HAMBURG) as oms:
        receive(oms, "HAM", {TEA: 9}, document="ham")
        carrier = priced(france_is_cheap)
        promise = promised(oms, carrier, {TEA: 2})
        assert [country for country, _ in carrier.asked] == ["DE", "FR"]  # one question for two places of a country
        assert sent(promise.decision) == {("LYS", TEA): 2}
        assert promise.price == Money(210, "EUR")
        assert (promise.decision.cost, promise.decision.method) == (Money(900, "EUR"), "one location, by live prices")
        assert [(str(plan.total), str(plan.cost), plan.is_chosen) for plan in promise.decision.compared] == [
            ("4.50 EUR", "4.00 EUR", False),
            ("5.10 EUR", "4.60 EUR", False),  # with its handling
            ("2.10 EUR", "9.00 EUR", True),
        ]
        oms.do(order(oms, {TEA: 2}, order_id="plain"))
        oms.do(order(oms, {TEA: 2}, shipment_prices=promise.shipment_prices))
        oms.run_due()
        assert len(carrier.asked) == 2  # no order asks a carrier
        assert allocated(oms, "plain") == {("MUC", TEA): 2}
        assert latest(oms, "plain").compared == ()
        assert allocated(oms) == sent(promise.decision)
        kept = latest(oms)
        assert (kept.compared, kept.method, kept.cost) == (
            promise.decision.compared,
            promise.decision.method,
            promise.decision.cost,
        )
        check_everything(oms)
        assert audit(oms.storage, now=oms.clock.now() + timedelta(minutes=1)).is_clean


def test_an_order_explains_which_plans_were_compared_at_which_prices_and_why_one_won(tmp_path: Path) -> None:
    with small_shop(tmp_path, routing=PLANS, edit=HAMBURG + FALLBACK) as oms:
        receive(oms, "HAM", {TEA: 9}, document="ham")

        def answer(origin: str, _: Destination, parcel: Parcel) -> tuple[CarrierQuote, ...]:
            if origin == "FR":
                raise PortRefusedError("not today")
            return (quote("any", 450),)

        promise = promised(oms, Carrier(answer), {TEA: 2})
        oms.do(order(oms, {TEA: 2}, shipment_prices=promise.shipment_prices))
        html = latest(oms)._repr_html_()
    said = "4.50 EUR in all, the least of 3 plans, 0.60 EUR less than the next of them"
    shipments = [
        "MUC 2 x TEA for 4.50 EUR (live)",
        "HAM 2 x TEA for 4.50 EUR (live)",
        "LYS 2 x TEA for 8.00 EUR (fallback)",
    ]
    told = tmp_path / "told.json"
    db = str(tmp_path / "shop.toml")
    out = CliRunner().invoke(main, ["explain", "ord_1", "--db", db, "--json", str(told)], env={"COLUMNS": "160"}).output
    out = " ".join(out.split())
    for page in (out, html):
        assert said in page
        assert all(shipment in page for shipment in shipments)
    (decision,) = json.loads(told.read_text(encoding="utf-8"))["decisions"]
    assert [(plan["chosen"], plan["shipments"][0]["source"]) for plan in decision["compared"]] == [
        (True, "live"),
        (False, "live"),
        (False, "fallback"),
    ]
    assert decision["compared"][2]["shipments"][0]["units"] == {"TEA": 2}


def naive_total(oms: Oms, decision: Decision, price: Price) -> int:
    """What a plan comes to by its parcels, one each: the carrier's price, handling, and each further parcel."""
    goods: dict[str, int] = {}
    for (place, sku), units in sent(decision).items():
        goods[place] = goods.get(place, 0) + units * MASS_G[sku]
    total = 100 * (len(goods) - 1)
    for place, mass_g in goods.items():
        location = oms.shop.location(place)
        parcel_g = mass_g + (50 if mass_g + 50 <= 2_000 else 400)
        total += location.handling_minor
        total += price(location.country, Parcel(mass_g=parcel_g, length_mm=1, width_mm=1, height_mm=1))
    return total


@settings(max_examples=60)
@given(
    units=st.dictionaries(st.sampled_from((TEA, CUP, POT)), st.integers(1, 4), min_size=1),
    seed=st.integers(0, 1_000),
    plans=st.integers(1, 6),
    pots=st.integers(0, 3),
)
def test_whatever_the_carrier_asks_the_plan_with_the_least_total_is_promised_and_allocated(
    tmp_path_factory: pytest.TempPathFactory, units: dict[str, int], seed: int, plans: int, pots: int
) -> None:
    def price(origin: str, parcel: Parcel) -> int:
        return 100 + (parcel.mass_g * 31 + seed * 17 * len(origin) + (origin == "FR") * seed) % 900

    with small_shop(
        tmp_path_factory.mktemp("plans"), storage={"memory": {}}, routing=f"live_plans = {plans}", edit=HAMBURG
    ) as oms:
        receive(oms, "HAM", {TEA: 2, CUP: 2, POT: 1 + pots}, document="ham")
        if pots:
            receive(oms, "MUC", {POT: pots}, document="pots")
        oms.do(order(oms, units, order_id="asked", method=None))
        question = oms.routing_question("asked")
        oms.do(CancelOrder(order_id=OrderId("asked"), reason="only asked", at=oms.clock.now()))
        ranked = route_ranked(question.request, question.network, question.stock, plans)
        ranks = [(naive_total(oms, each, price), each.cost.minor if each.cost else 0) for each in ranked]
        least = min((*rank, number) for number, rank in enumerate(ranks))
        carrier = priced(price)
        promise = promised(oms, carrier, units)
        assert sent(promise.decision) == sent(ranked[least[2]])
        assert promise.decision.left_units == ranked[0].left_units
        shipments = {
            (place, tuple(sorted((sku, count) for (at, sku), count in sent(each).items() if at == place)))
            for each in ranked
            for place, _ in sent(each)
        }
        assert len(carrier.asked) == len(set(carrier.asked)) <= len(shipments)
        if promise.decision.compared:
            (chosen,) = [each for each in promise.decision.compared if each.is_chosen]
            assert len(promise.decision.compared) == len(ranked)
            assert chosen.total.minor == least[0]
        oms.do(order(oms, units, shipment_prices=promise.shipment_prices, method=None))
        assert allocated(oms) == sent(promise.decision)
        check_everything(oms)


def test_a_carrier_that_does_not_answer_changes_no_plan_and_is_asked_once(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, routing=PLANS, edit=HAMBURG + FALLBACK) as oms:
        receive(oms, "HAM", {TEA: 9, CUP: 9}, document="ham")
        down = Carrier(failing(PortTransientError("down")))
        promise = promised(oms, down, {TEA: 2, CUP: 6})
        assert promise.decision == oms.promise({TEA: 2, CUP: 6}, channel="web", destination=DE).decision
        assert {option.source for each in promise.shipments for option in each.options} == {PriceSource.FALLBACK}
        assert promise.shipment_prices == ()
        assert len(down.asked) == 1


def test_of_equal_totals_the_plan_that_costs_less_by_the_rate_card_stays(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, routing=PLANS, edit=HAMBURG) as oms:
        receive(oms, "HAM", {TEA: 9}, document="ham")
        promise = promised(oms, priced(lambda origin, _: 510 if origin == "FR" else 450), {TEA: 2})
        assert [plan.total.minor for plan in promise.decision.compared] == [450, 510, 510]
        even = promised(oms, priced(lambda *_: 450), {TEA: 2})
        assert [plan.total.minor for plan in even.decision.compared] == [450, 510, 450]
        assert sent(even.decision) == {("MUC", TEA): 2}


def test_prices_of_a_promise_that_no_longer_holds_leave_the_order_to_the_rate_card(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, routing=PLANS, edit=HAMBURG) as oms:
        receive(oms, "HAM", {TEA: 9}, document="ham")
        prices = promised(oms, priced(france_is_cheap), {TEA: 2}).shipment_prices
        oms.do(order(oms, {TEA: 3}, order_id="rival", channel="store"))  # one is left in Lyon
        oms.do(order(oms, {TEA: 2}, shipment_prices=prices))
        oms.run_due()
        assert allocated(oms) == {("MUC", TEA): 2}  # of the plans that are left, this one has the least total
        assert [plan.total.minor for plan in latest(oms).compared] == [450, 510]
        oms.do(order(oms, {TEA: 1}, order_id="other", shipment_prices=prices))  # prices of other shipments
        assert (allocated(oms, "other"), latest(oms, "other").compared) == ({("MUC", TEA): 1}, ())


def test_where_a_cheaper_plan_without_prices_has_come_up_the_rate_card_decides(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, stock=False, routing=PLANS, edit=HAMBURG) as oms:
        for place in ("HAM", "LYS"):
            receive(oms, place, {TEA: 9}, document=f"to-{place}")
        promise = promised(oms, priced(france_is_cheap), {TEA: 2})
        assert len(promise.shipment_prices) == 2
        oms.do(order(oms, {TEA: 2}, order_id="before", shipment_prices=promise.shipment_prices))
        receive(oms, "MUC", {TEA: 9}, document="to-MUC")
        oms.do(order(oms, {TEA: 2}, shipment_prices=promise.shipment_prices))
        oms.run_due()
        assert (allocated(oms, "before"), allocated(oms)) == ({("LYS", TEA): 2}, {("MUC", TEA): 2})
        assert latest(oms).compared == ()


def test_an_order_that_took_a_plan_by_its_prices_keeps_it_when_looked_at_again(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, routing=PLANS, edit=HAMBURG) as oms:
        receive(oms, "HAM", {TEA: 9}, document="ham")
        prices = promised(oms, priced(france_is_cheap), {TEA: 2}).shipment_prices
        oms.do(order(oms, {TEA: 2}, shipment_prices=prices))
        oms.run_due()
        oms.do(ReviewSourcing(order_id=OrderId("ord_1"), at=oms.clock.now()))
        assert allocated(oms) == {("LYS", TEA): 2}
        # What Lyon gives back goes where the other prices say.
        (work,) = oms.look(Order, "ord_1").fulfillments
        oms.do(RejectWork(fulfillment_id=work, reason="broken", at=oms.clock.now()))
        oms.run_due()
        assert allocated(oms) == {("MUC", TEA): 2}
        check_everything(oms)


def test_without_live_plans_the_chosen_plan_alone_is_asked_about(tmp_path: Path) -> None:
    for routing, edit in (
        ("", ""),
        (PLANS, '[[routing.profiles]]\nname = "listed"\nstrategy = "nearest"\n'),
        (PLANS, '[[routing.profiles]]\nname = "one"\nfilters = [{rule = "only_kinds", kinds = ["warehouse"]}]\n'),
    ):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        with small_shop(folder, storage={"memory": {}}, routing=routing, edit=edit) as oms:
            carrier = priced(france_is_cheap)
            promise = promised(oms, carrier, {TEA: 2})
            assert [country for country, _ in carrier.asked] == ["DE"]
            assert (promise.decision.compared, promise.shipment_prices) == ((), ())
            assert promise.decision == oms.promise({TEA: 2}, channel="web", destination=DE).decision


def price(**fields: Any) -> ShipmentPrice:
    return ShipmentPrice(
        **{"location_id": "MUC", "units": (SkuUnits(TEA, 2),), "price": Money(400, "EUR"), **fields},
    )


@pytest.mark.parametrize(
    "prices",
    [
        (price(price=Money(400, "USD")),),
        (price(price=Money(-1, "EUR")),),
        (price(units=()),),
        (price(units=(SkuUnits(TEA, 0),)),),
        (price(units=(SkuUnits(TEA, 1), SkuUnits(TEA, 1))),),
        (price(units=(SkuUnits(TEA, 1), SkuUnits(CUP, 1))),),
        (price(location_id="no such place!"),),
        (price(), price(price=Money(300, "EUR"))),
        tuple(price(units=(SkuUnits(TEA, n),)) for n in range(1, 202)),
    ],
    ids=["dollars", "below zero", "empty", "no unit", "twice", "unsorted", "no id", "two prices", "too many"],
)
def test_prices_that_cannot_be_are_refused_and_nothing_is_recorded(
    tmp_path: Path, prices: tuple[ShipmentPrice, ...]
) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, routing=PLANS) as oms:
        before = oms.storage.counts()
        with pytest.raises(InputError):
            oms.do(order(oms, {TEA: 2}, shipment_prices=prices))
        assert oms.storage.counts() == before


def test_a_price_for_a_place_nobody_knows_is_never_looked_at(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, routing=PLANS) as oms:
        oms.do(order(oms, {TEA: 2}, shipment_prices=(price(location_id="GONE"), price(price=Money(1, "EUR")))))
        assert (allocated(oms), latest(oms).compared) == ({("MUC", TEA): 2}, ())


@pytest.mark.parametrize("plans", [0, 11, -3])
def test_a_shop_compares_from_one_to_ten_plans(tmp_path: Path, plans: int) -> None:
    with (
        pytest.raises(SetupError, match=r"routing\.live_plans: from 1 to 10 plans can be compared"),
        small_shop(tmp_path, routing=f"live_plans = {plans}"),
    ):
        pass


def test_a_promise_of_kits_compares_plans_in_which_they_are_whole(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, routing=PLANS) as oms:
        parts = (KitPart(sku=Sku(TEA), units=2, share=1), KitPart(sku=Sku(CUP), share=1))
        oms.do(ListItem(item=Item(sku=Sku("BREAK"), kit=Kit(parts=parts)), at=oms.clock.now()))
        promise: Promise = promised(oms, priced(france_is_cheap), {"BREAK": 1})
        assert sent(promise.decision) == {("LYS", TEA): 2, ("LYS", CUP): 1}
        oms.do(order(oms, {"BREAK": 1}, shipment_prices=promise.shipment_prices))
        assert allocated(oms) == sent(promise.decision)
        assert [plan.is_chosen for plan in latest(oms).compared] == [False, True]
        check_everything(oms)
