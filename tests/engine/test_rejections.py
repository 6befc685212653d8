"""A location that cannot do its part gives it back: nothing is lost, others are asked, and in the end a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.audit import audit
from omscore.engine.plans.wishes import ReviewSourcing, SourceFrom
from omscore.errors import InputError, RefusedError
from omscore.fulfillment.commands import PickUnits, RejectWork
from omscore.fulfillment.model import FulfillmentOrder, WorkUnits
from omscore.ids import FulfillmentId, LocationId, OrderId
from omscore.orders.commands import CancelOrder, ReleaseHold
from omscore.orders.model import HoldKind, Order
from omscore.records import changed
from omscore.routing.decisions import KeptDecision
from tests.kit.shops import CUP, POT, TEA, order, pass_time, receive, send_out, small_shop
from tests.laws.checks import check_everything


@pytest.fixture
def oms(tmp_path: Path) -> Iterator[Oms]:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        yield oms
        check_everything(oms)


def reject(oms: Oms, number: int, reason: str = "too busy", *, missing: bool = False, order_id: str = "ord_1") -> None:
    work = FulfillmentId(f"{order_id}.f{number}")
    oms.do(RejectWork(fulfillment_id=work, reason=reason, is_missing=missing, at=oms.clock.now()))


def said(oms: Oms, location_id: str) -> str:
    decision = oms.look(KeptDecision, oms.look(Order, "ord_1").decisions[-1]).decision
    return next(reason.says for reason in decision.reasons if reason.location_id == location_id)


def test_what_a_location_gives_back_ships_from_another(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 3}))
    oms.run_due()
    reject(oms, 1)
    after = oms.look(Order, "ord_1")
    assert after.line(1).quantities.allocated == 3
    assert [each.location_id for each in after.rejections] == ["MUC"]
    assert oms.look(FulfillmentOrder, "ord_1.f2").location_id == "LYS"
    assert said(oms, "MUC") == "gave the order back on 2026-03-02: too busy"
    assert oms.availability(TEA, "web") == 11
    oms.run_due()
    send_out(oms, "ord_1")
    assert oms.look(Order, "ord_1").line(1).quantities.shipped == 3


def test_units_that_are_not_on_the_shelf_are_booked_out_as_lost(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 3}))
    reject(oms, 1, "shelf is empty", missing=True)
    assert oms.availability(TEA, "web") == 10 + 4 - 3 - 3


def test_what_nobody_else_has_waits_and_comes_back_to_the_location_after_its_time(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 9}))
    reject(oms, 1)
    waiting = oms.look(Order, "ord_1").line(1).quantities
    assert (waiting.allocated, waiting.backordered) == (4, 5)
    pass_time(oms, days=5)
    assert oms.look(Order, "ord_1").line(1).quantities.backordered == 5
    pass_time(oms, days=4)
    assert oms.look(Order, "ord_1").line(1).quantities.allocated == 9


def test_after_so_many_rejections_a_person_is_asked_and_the_work_goes_on_when_they_say_so(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 2}))
    oms.run_due()
    reject(oms, 1)
    reject(oms, 2, "closed for the day")
    pass_time(oms, days=8)
    stopped = oms.look(Order, "ord_1")
    assert len(stopped.rejections) == 2
    reject(oms, len(stopped.fulfillments), "no packers")
    stopped = oms.look(Order, "ord_1")
    assert stopped.has_hold(HoldKind.REVIEW)
    assert stopped.line(1).quantities.backordered == 2
    (hold,) = [each for each in stopped.holds if each.kind is HoldKind.REVIEW]
    assert hold.says == "3 times a location could not do it, the last one because: no packers"
    oms.do(ReleaseHold(order_id=stopped.order_id, kind=HoldKind.REVIEW, at=oms.clock.now()))
    pass_time(oms, days=9)
    send_out(oms, "ord_1")
    assert oms.look(Order, "ord_1").line(1).quantities.handed_over == 2


def test_part_of_the_work_may_be_given_back(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 3, CUP: 1}))
    oms.run_due()
    work = FulfillmentId("ord_1.f1")
    units = (WorkUnits(1, TEA, "general", 2),)
    oms.do(RejectWork(fulfillment_id=work, reason="two are broken", units=units, at=oms.clock.now()))
    assert [(line.sku, line.to_pick, line.dropped) for line in oms.look(FulfillmentOrder, work).lines] == [
        (TEA, 1, 2),
        (CUP, 1, 0),
    ]
    assert oms.look(FulfillmentOrder, "ord_1.f2").location_id == "LYS"


def test_units_given_back_come_to_an_order_that_waits_for_them(oms: Oms) -> None:
    oms.do(order(oms, {POT: 2}))
    oms.do(order(oms, {POT: 1}, order_id="ord_2"))
    assert oms.look(Order, "ord_2").line(1).quantities.backordered == 1
    reject(oms, 1)
    oms.run_due()
    assert oms.look(Order, "ord_2").line(1).quantities.allocated == 1


def test_what_cannot_be_given_back_is_refused(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 1}, method=None))
    oms.do(PickUnits(fulfillment_id=FulfillmentId("ord_1.f1"), at=oms.clock.now()))
    with pytest.raises(RefusedError, match="nothing left to pick, so nothing to give back"):
        reject(oms, 1)
    oms.do(order(oms, {TEA: 1}, order_id="ord_2"))
    with pytest.raises(InputError, match="the reason"):
        reject(oms, 1, "", order_id="ord_2")
    too_many = RejectWork(
        fulfillment_id=FulfillmentId("ord_2.f1"),
        reason="x",
        units=(WorkUnits(1, TEA, "general", 2),),
        at=oms.clock.now(),
    )
    with pytest.raises(RefusedError):
        oms.do(too_many)


@settings(max_examples=30)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(("order", "reject", "missing", "pick", "cancel", "by hand", "review", "stock", "time")),
            st.integers(0, 3),
        ),
        max_size=14,
    )
)
def test_whatever_is_rejected_no_unit_is_lost_and_the_books_agree(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    with small_shop(tmp_path_factory.mktemp("shop"), storage={"memory": {}}) as oms:
        for number, (what, which) in enumerate(steps):
            at = oms.clock.now()
            placed = oms.listed(Order, "placed")
            works = [each for name in placed for each in oms.look(Order, name).fulfillments]
            try:
                match what:
                    case "order":
                        oms.do(order(oms, {TEA: which + 1, CUP: 1}, order_id=f"ord_{number}", method=None))
                    case "reject" | "missing" if works:
                        work = works[-1 - which % len(works)]
                        oms.do(RejectWork(fulfillment_id=work, reason="no", is_missing=what == "missing", at=at))
                    case "pick" if works:
                        oms.do(PickUnits(fulfillment_id=works[which % len(works)], at=at))
                    case "cancel" if placed:
                        oms.do(CancelOrder(order_id=oms.look(Order, placed[which % len(placed)]).order_id, at=at))
                    case "by hand" if placed:
                        order_id, place = OrderId(placed[which % len(placed)]), LocationId(("MUC", "LYS")[which % 2])
                        wish = SourceFrom(order_id=order_id, location_id=place, reason="no", by="a", at=at, partly=True)
                        oms.do(wish)
                    case "review" if placed:
                        oms.do(ReviewSourcing(order_id=OrderId(placed[which % len(placed)]), at=at))
                    case "stock":
                        receive(oms, "LYS", {TEA: which + 1}, document=f"d{number}")
                    case _:
                        pass_time(oms, days=which)
            except RefusedError:
                pass
        check_everything(oms)
        assert audit(oms.storage, now=oms.clock.now() + timedelta(minutes=1)).is_clean


def wish_together(oms: Oms, units: dict[str, int]) -> None:
    asked = order(oms, units)
    oms.do(changed(asked, lines=tuple([changed(line, together="set") for line in asked.lines])))
    oms.run_due()


def sources(oms: Oms) -> dict[str, dict[str, int]]:
    """The units of each article that a location has to send or has picked."""
    found: dict[str, dict[str, int]] = {}
    for each in oms.look(Order, "ord_1").fulfillments:
        work = oms.look(FulfillmentOrder, each)
        for line in work.lines:
            if line.to_pick + line.picked:
                found.setdefault(str(work.location_id), {})[line.sku] = line.to_pick + line.picked
    return found


def test_lines_that_ship_together_go_elsewhere_together_when_one_is_given_back(oms: Oms) -> None:
    wish_together(oms, {TEA: 2, CUP: 1})
    assert sources(oms) == {"MUC": {TEA: 2, CUP: 1}}
    part = WorkUnits(1, TEA, "general", 1)
    work, at = FulfillmentId("ord_1.f1"), oms.clock.now()
    oms.do(RejectWork(fulfillment_id=work, reason="one is broken", units=(part,), is_missing=True, at=at))
    assert sources(oms) == {"LYS": {TEA: 2, CUP: 1}}
    assert oms.availability(TEA, "web") == 10 + 4 - 1 - 2


def test_what_ships_together_with_units_that_are_picked_stays_with_them(oms: Oms) -> None:
    wish_together(oms, {TEA: 2, CUP: 1})
    work, at = FulfillmentId("ord_1.f1"), oms.clock.now()
    oms.do(PickUnits(fulfillment_id=work, units=(WorkUnits(2, CUP, "general", 1),), at=at))
    oms.do(RejectWork(fulfillment_id=work, reason="broken", units=(WorkUnits(1, TEA, "general", 1),), at=at))
    assert sources(oms) == {"MUC": {TEA: 1, CUP: 1}, "LYS": {TEA: 1}}
