"""The caps of a profile hold for an order as a whole, however often what waits of it is routed again."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.engine.plans.wishes import ReviewSourcing, SourceFrom
from omscore.errors import RefusedError
from omscore.fulfillment.commands import PickUnits, RejectWork
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import LocationId, OrderId
from omscore.orders.commands import CancelUnits
from omscore.orders.model import Order
from omscore.routing.decisions import KeptDecision
from tests.kit.shops import CUP, POT, TEA, order, pass_time, receive, send_out, small_shop
from tests.laws.checks import check_everything

ONE = '\n[[routing.profiles]]\nname = "one"\nmax_locations = 1\n'
SMALL = '\n[[routing.profiles]]\nname = "small"\nwhole_below = "500.00"\n'
WHOLE = '\n[[routing.profiles]]\nname = "whole"\nsplit_lines = false\n'


def sent_from(oms: Oms, order_id: str = "ord_1") -> dict[str, set[str]]:
    """The locations that send units of each article, or have sent them."""
    found: dict[str, set[str]] = defaultdict(set)
    for each in oms.look(Order, order_id).fulfillments:
        work = oms.look(FulfillmentOrder, each)
        for line in work.lines:
            if line.to_pick or line.picked or line.packed or line.shipped:
                found[line.sku].add(str(work.location_id))
    return found


def reasons(oms: Oms) -> dict[str, tuple[str, str]]:
    question = oms.look(KeptDecision, oms.look(Order, "ord_1").decisions[-1]).decision
    return {each.location_id: (each.rule, each.says) for each in question.reasons}


@pytest.mark.parametrize("edit", [ONE, SMALL])
def test_what_waits_of_an_order_from_one_location_waits_for_that_one(tmp_path: Path, edit: str) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, stock=False, edit=edit) as oms:
        receive(oms, "MUC", {TEA: 1}, document="in-1")
        oms.do(order(oms, {TEA: 1, CUP: 2}))
        receive(oms, "LYS", {CUP: 2}, document="in-2")
        pass_time(oms, days=2)
        assert sent_from(oms) == {TEA: {"MUC"}}
        receive(oms, "MUC", {CUP: 1}, document="in-3")
        oms.run_due()
        assert sent_from(oms) == {TEA: {"MUC"}, CUP: {"MUC"}}
        says = "the order ships from MUC already, and from 1 location at most"
        assert reasons(oms)["LYS"] == ("max_locations", says)
        at = oms.clock.now()
        lyon = LocationId("LYS")
        oms.do(SourceFrom(order_id=OrderId("ord_1"), location_id=lyon, reason="a gift", by="ada", partly=True, at=at))
        assert sent_from(oms)[CUP] == {"LYS"}, "no cap binds a person"


def test_an_article_that_is_not_split_waits_for_the_location_that_sends_it(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, stock=False, edit=WHOLE) as oms:
        receive(oms, "MUC", {TEA: 1}, document="in-1")
        receive(oms, "LYS", {TEA: 1}, document="in-2")
        oms.do(order(oms, {TEA: 2, CUP: 1}))
        pass_time(oms, days=2)
        (place,) = sent_from(oms)[TEA]
        receive(oms, place, {TEA: 1}, document="in-3")
        receive(oms, "LYS", {CUP: 1}, document="in-4")
        oms.run_due()
        assert sent_from(oms) == {TEA: {place}, CUP: {"LYS"}}
        assert [line.quantities.waiting for line in oms.look(Order, "ord_1").lines] == [0, 0]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("receive", "receive", "receive", "cancel", "reject", "pick", "pass")),
        st.sampled_from((TEA, CUP, POT)),
        st.sampled_from(("MUC", "LYS")),
        st.integers(1, 3),
    ),
    max_size=9,
)


@settings(max_examples=20)
@given(
    edit=st.sampled_from((ONE, SMALL, WHOLE)),
    units=st.dictionaries(st.sampled_from((TEA, CUP, POT)), st.integers(1, 4), min_size=1),
    first=STEPS,
    steps=STEPS,
)
def test_however_often_an_order_is_routed_it_keeps_to_the_caps_of_its_profile(
    tmp_path_factory: pytest.TempPathFactory,
    edit: str,
    units: dict[str, int],
    first: list[tuple[str, str, str, int]],
    steps: list[tuple[str, str, str, int]],
) -> None:
    with small_shop(tmp_path_factory.mktemp("caps"), storage={"memory": {}}, stock=False, edit=edit) as oms:
        for number, (_, sku, place, count) in enumerate(first):
            receive(oms, place, {sku: count}, document=f"first-{number}")
        oms.do(order(oms, units))
        for number, (what, sku, place, count) in enumerate(steps):
            with suppress(RefusedError):
                one_step(oms, f"in-{number}", what, sku, place, count)
            oms.run_due()
            places = sent_from(oms)
            if edit == WHOLE:
                assert all([len(found) <= 1 for found in places.values()])
            else:
                assert len(set().union(*places.values())) <= 1
        check_everything(oms)


def one_step(oms: Oms, name: str, what: str, sku: str, place: str, count: int) -> None:
    mine, at = oms.look(Order, "ord_1"), oms.clock.now()
    works = [work for work in [oms.look(FulfillmentOrder, each) for each in mine.fulfillments] if work.to_pick]
    match what:
        case "receive":
            receive(oms, place, {sku: count}, document=name)
        case "cancel":
            line = mine.lines[count % len(mine.lines)]
            oms.do(CancelUnits(order_id=mine.order_id, line_id=line.line_id, units=1, at=at))
        case "reject" if works:
            oms.do(RejectWork(fulfillment_id=works[0].fulfillment_id, reason="no time", at=at))
        case "pick" if works:
            oms.do(PickUnits(fulfillment_id=works[0].fulfillment_id, units=works[0].to_pick[:1], at=at))
        case _:
            pass_time(oms, hours=12 * count)


def test_a_review_counts_what_has_left_already(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, stock=False, edit=ONE) as oms:
        receive(oms, "LYS", {TEA: 1}, document="in-1")
        oms.do(order(oms, {TEA: 1, CUP: 1}))
        oms.run_due()
        send_out(oms, "ord_1")
        receive(oms, "LYS", {CUP: 1}, document="in-2")
        oms.run_due()
        assert sent_from(oms) == {TEA: {"LYS"}, CUP: {"LYS"}}
        receive(oms, "MUC", {CUP: 1}, document="in-3")  # nearer, and so cheaper
        oms.do(ReviewSourcing(order_id=OrderId("ord_1"), at=oms.clock.now()))
        assert sent_from(oms) == {TEA: {"LYS"}, CUP: {"LYS"}}
        question = oms.routing_question("ord_1")
        assert question.request.begun == ((TEA, "LYS"),)
