"""An order that nobody has begun may be sourced anew: only if that is strictly better for it and worse for nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.audit import audit
from omscore.engine.dispatch import Recorded
from omscore.engine.plans.wishes import ReviewSourcing, SourceFrom
from omscore.errors import RefusedError
from omscore.fulfillment.commands import PickUnits
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import FulfillmentId, LocationId, OrderId
from omscore.orders.commands import CancelOrder
from omscore.orders.model import Order
from omscore.places import Destination
from omscore.routing.decisions import KeptDecision
from omscore.routing.model import Decision
from tests.kit.shops import CUP, POT, TEA, order, receive, send_out, small_shop
from tests.laws.checks import check_everything

Stock = dict[tuple[str, str], int]
some = st.dictionaries(st.sampled_from((TEA, CUP, POT)), st.integers(1, 4), min_size=1)
goods = st.dictionaries(
    st.tuples(st.sampled_from(("MUC", "LYS")), st.sampled_from((TEA, CUP, POT))), st.integers(1, 5), max_size=5
)


def review(oms: Oms, order_id: str = "ord_1") -> Recorded:
    return oms.do(ReviewSourcing(order_id=OrderId(order_id), at=oms.clock.now()))


def sources(oms: Oms, order_id: str = "ord_1") -> dict[tuple[str, str], int]:
    """The units that are taken and not picked, by location and SKU."""
    found = oms.look(Order, order_id)
    taken: dict[tuple[str, str], int] = {}
    for take in found.takes:
        cell = (oms.look(FulfillmentOrder, take.fulfillment_id).location_id, found.line(take.line_id).sku)
        taken[cell] = taken.get(cell, 0) + take.units
    return taken


def latest(oms: Oms, order_id: str = "ord_1") -> Decision:
    return oms.look(KeptDecision, oms.look(Order, order_id).decisions[-1]).decision


def waiting(oms: Oms, order_id: str) -> int:
    return sum(line.quantities.waiting for line in oms.look(Order, order_id).lines)


def put(oms: Oms, stock: Stock, document: str) -> None:
    for number, ((place, sku), units) in enumerate(sorted(stock.items())):
        receive(oms, place, {sku: units}, document=f"{document}.{number}")


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Oms]:
    """The small shop with nothing on its shelves."""
    with small_shop(tmp_path, storage={"memory": {}}, stock=False) as oms:
        yield oms
        check_everything(oms)
        assert audit(oms.storage, now=oms.clock.now() + timedelta(minutes=1)).is_clean


def test_two_shipments_become_one_once_one_location_has_everything(bare: Oms) -> None:
    put(bare, {("MUC", TEA): 2, ("LYS", CUP): 1}, "few")
    bare.do(order(bare, {TEA: 2, CUP: 1}))
    bare.run_due()
    assert sources(bare) == {("MUC", TEA): 2, ("LYS", CUP): 1}
    receive(bare, "MUC", {CUP: 5}, document="cups")
    bare.run_due()
    review(bare)
    assert sources(bare) == {("MUC", TEA): 2, ("MUC", CUP): 1}
    assert latest(bare).anew == "10.00 EUR less than before"
    assert bare.availability(CUP, "store") == 1
    send_out(bare, "ord_1")
    assert all(line.quantities.shipped == line.units for line in bare.look(Order, "ord_1").lines)


def test_a_nearer_location_takes_over_if_that_costs_less(bare: Oms) -> None:
    put(bare, {("LYS", TEA): 2}, "far")
    bare.do(order(bare, {TEA: 2}))
    receive(bare, "MUC", {TEA: 2}, document="near")
    review(bare)
    assert sources(bare) == {("MUC", TEA): 2}
    assert latest(bare).anew == "5.00 EUR less than before"


def test_a_place_on_a_full_day_is_not_taken_twice(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, stock=False, edit="orders_per_day = 1\n") as oms:
        receive(oms, "LYS", {TEA: 2}, document="far")
        france = Destination(country="FR")
        oms.do(order(oms, {TEA: 4}, method=None, destination=france, person_id=None))
        send_out(oms, "ord_1")
        receive(oms, "MUC", {TEA: 2}, document="near")
        oms.run_due()
        receive(oms, "LYS", {TEA: 2}, document="again")
        assert review(oms) == Recorded()
        assert sources(oms) == {("MUC", TEA): 2}
        check_everything(oms)


def test_what_is_not_better_is_left_as_it_is(bare: Oms) -> None:
    put(bare, {("MUC", TEA): 2}, "near")
    bare.do(order(bare, {TEA: 2}))
    receive(bare, "LYS", {TEA: 9}, document="far")
    before = list(bare.storage.events())
    assert review(bare) == Recorded()
    assert list(bare.storage.events()) == before


def test_another_order_that_waits_comes_first(bare: Oms) -> None:
    put(bare, {("LYS", TEA): 2}, "far")
    bare.do(order(bare, {TEA: 2}))
    bare.do(order(bare, {TEA: 1}, order_id="ord_2"))
    receive(bare, "MUC", {TEA: 2}, document="near")
    with pytest.raises(RefusedError, match="order ord_2 waits for what order ord_1 would take, and comes first"):
        review(bare)
    bare.run_due()
    assert sources(bare, "ord_2") == {("MUC", TEA): 1}
    assert review(bare) == Recorded()
    assert sources(bare) == {("LYS", TEA): 2}


def test_what_a_person_decided_is_not_overruled(bare: Oms) -> None:
    put(bare, {("LYS", TEA): 2, ("MUC", TEA): 2}, "both")
    bare.do(order(bare, {TEA: 2}))
    bare.do(
        SourceFrom(
            order_id=OrderId("ord_1"), location_id=LocationId("LYS"), reason="collects", by="ada", at=bare.clock.now()
        )
    )
    with pytest.raises(RefusedError, match="ada sent this order to Lyon: collects"):
        review(bare)


def test_an_order_that_a_location_has_begun_with_or_that_is_over_is_not_looked_at(bare: Oms) -> None:
    put(bare, {("MUC", TEA): 3}, "near")
    bare.do(order(bare, {TEA: 2}, method=None))
    bare.do(PickUnits(fulfillment_id=FulfillmentId("ord_1.f1"), at=bare.clock.now()))
    with pytest.raises(RefusedError, match="MUC has begun with order ord_1"):
        review(bare)
    bare.do(order(bare, {TEA: 1}, order_id="ord_2"))
    bare.do(CancelOrder(order_id=OrderId("ord_2"), at=bare.clock.now()))
    with pytest.raises(RefusedError, match="no unit left to route"):
        review(bare, "ord_2")


@settings(max_examples=60)
@given(
    first=goods, orders=st.lists(some, min_size=1, max_size=4), more=goods, which=st.integers(0, 3), due=st.booleans()
)
def test_a_review_is_strictly_better_or_changes_nothing_and_nobody_else_is_worse_off(
    tmp_path_factory: pytest.TempPathFactory,
    first: Stock,
    orders: list[dict[str, int]],
    more: Stock,
    which: int,
    due: bool,
) -> None:
    with small_shop(tmp_path_factory.mktemp("shop"), storage={"memory": {}}, stock=False) as oms:
        put(oms, first, "first")
        for number, units in enumerate(orders):
            oms.do(order(oms, units, order_id=f"ord_{number}"))
        oms.run_due()
        put(oms, more, "more")
        if due:
            oms.run_due()
        reviewed = f"ord_{which % len(orders)}"
        names = [f"ord_{number}" for number in range(len(orders))]
        others = {name: (sources(oms, name), waiting(oms, name)) for name in names if name != reviewed}
        before, left, log = cost(oms, reviewed), waiting(oms, reviewed), list(oms.storage.events())
        question = oms.routing_question(reviewed).decide()
        try:
            review(oms, reviewed)
        except RefusedError as error:
            assert error.code == "order.others_first"
        if list(oms.storage.events()) != log:
            assert (waiting(oms, reviewed), cost(oms, reviewed)) < (left, before)
            assert latest(oms, reviewed).assignments == question.assignments
            assert latest(oms, reviewed).anew
            log = list(oms.storage.events())
            review(oms, reviewed)
            assert list(oms.storage.events()) == log, "a second look finds nothing better"
        for name, (taken, wait) in others.items():
            assert (sources(oms, name), waiting(oms, name)) == (taken, wait)
        oms.run_due()
        for name, (_, wait) in others.items():
            assert waiting(oms, name) <= wait
        check_everything(oms)
        assert audit(oms.storage, now=oms.clock.now() + timedelta(minutes=1)).is_clean


def cost(oms: Oms, order_id: str) -> int:
    """What the shipments of an order cost by the rate card, further parcels counted, in minor units."""
    rates = oms.shop.network().rates
    mass_g = {TEA: 250, CUP: 400, POT: 1500}
    works = [oms.look(FulfillmentOrder, each) for each in oms.look(Order, order_id).fulfillments]
    loads = [
        (country, load)
        for work in works
        for country in [{"MUC": "DE", "LYS": "FR"}[work.location_id]]
        if (load := sum(mass_g[each.sku] * each.units for each in work.to_pick))
    ]
    quotes = [rates.quote(country, "DE", load) for country, load in loads]
    return sum(quote.price.minor for quote in quotes if quote is not None) + 100 * max(0, len(loads) - 1)
