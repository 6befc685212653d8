"""Queues and goods that are due, together: who waits is served and promised in turn, wherever it waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from omscore.app import Oms
from omscore.engine.plans.wishes import MoveToQueue, ReviewSourcing
from omscore.fulfillment.commands import RejectWork
from omscore.ids import FulfillmentId, LocationId, OrderId, StockDocumentId, SupplyId
from omscore.inventory.commands import ExpectSupply, ReceiveStock
from omscore.inventory.expected import ExpectedSupply
from omscore.inventory.model import StockLine
from omscore.orders.commands import CancelOrder, CancelUnits, ReleaseHold
from omscore.orders.events import PromiseBroken
from omscore.orders.model import HoldKind, Order
from tests.kit.shops import CUP, NOON, TEA, order, pass_time, receive, small_shop
from tests.laws.checks import check_everything

RULES = """
[flows]
promise_from_supply = true
[queues.at-night]
profile = "whole"
at = [02:00:00]
most_days = 9
then = "hold"
only_at_runs = true
[queues.first]
every_hours = 24
most_days = 9
then = "hold"
priority_tags = ["vip"]
[[routing.profiles]]
name = "standard"
[[routing.profiles]]
name = "whole"
all_or_nothing = true
when_left = "at-night"
[[routing.profiles]]
name = "front"
when_left = "first"
[[routing.choices]]
name = "whole"
profile = "whole"
tags = ["whole"]
[[routing.choices]]
name = "front"
profile = "front"
tags = ["vip"]
"""


@contextmanager
def shop(folder: Path) -> Iterator[Oms]:
    with small_shop(folder, storage={"memory": {}}, stock=False, edit=RULES) as oms:
        yield oms


def expect(oms: Oms, name: str, units: int, days: int, sku: str = TEA) -> None:
    due_on = NOON.date() + timedelta(days=days)
    place, at = LocationId("MUC"), oms.clock.now()
    oms.do(ExpectSupply(sku=sku, supply_id=SupplyId(name), location_id=place, units=units, due_on=due_on, at=at))


def waits(oms: Oms, order_id: str = "ord_1") -> int:
    return sum(line.quantities.waiting for line in oms.look(Order, order_id).lines)


def promised(oms: Oms, order_id: str = "ord_1") -> list[tuple[int, date]]:
    return [(each.units, each.due_on) for each in oms.look(Order, order_id).promises]


def broken(oms: Oms, order_id: str = "ord_1") -> list[str]:
    rows = [row for row in oms.storage.events() if (row.stream, row.name) == (f"order/{order_id}", "PromiseBroken")]
    found: list[PromiseBroken] = [oms.codec.event(row.name, row.at, row.body) for row in rows]
    return [each.says for each in found]


def test_an_order_that_is_taken_out_of_its_queue_takes_what_lies_there(tmp_path: Path) -> None:
    with shop(tmp_path) as oms:
        oms.do(order(oms, {TEA: 2}, tags=("whole",)))
        receive(oms, "MUC", {TEA: 2}, document="in-1")
        oms.run_due()
        assert waits(oms) == 2, "its queue runs at night"
        at = oms.clock.now()
        oms.do(MoveToQueue(order_id=OrderId("ord_1"), queue="", reason="in a hurry", by="ada", at=at))
        oms.run_due()
        assert waits(oms) == 0
        check_everything(oms)


def test_who_was_taken_out_of_a_queue_stands_in_nobodys_way_once_the_due_tasks_are_run(tmp_path: Path) -> None:
    with shop(tmp_path) as oms:
        receive(oms, "LYS", {TEA: 1}, document="in-1")
        oms.do(order(oms, {TEA: 1}, order_id="ord_0"))
        oms.do(order(oms, {TEA: 2}, tags=("whole",)))
        receive(oms, "MUC", {TEA: 2}, document="in-2")
        oms.run_due()
        at = oms.clock.now()
        oms.do(MoveToQueue(order_id=OrderId("ord_1"), queue="", reason="in a hurry", by="ada", at=at))
        oms.run_due()
        oms.do(ReviewSourcing(order_id=OrderId("ord_0"), at=at))


def test_an_order_goes_once_what_it_lacked_is_cancelled(tmp_path: Path) -> None:
    with shop(tmp_path) as oms:
        receive(oms, "MUC", {TEA: 2}, document="in-1")
        oms.do(order(oms, {TEA: 2, CUP: 1}, tags=("whole", "vip")))
        at = oms.clock.now()
        oms.do(MoveToQueue(order_id=OrderId("ord_1"), queue="first", reason="it is for a party", by="ada", at=at))
        oms.run_due()
        assert waits(oms) == 3, "all of it or nothing"
        oms.do(CancelUnits(order_id=OrderId("ord_1"), line_id=2, units=1, at=at))
        oms.run_due()
        assert waits(oms) == 0
        check_everything(oms)


def test_what_a_person_releases_after_a_review_is_served_at_once(tmp_path: Path) -> None:
    with shop(tmp_path) as oms:
        receive(oms, "MUC", {TEA: 2}, document="in-1")
        receive(oms, "LYS", {TEA: 2}, document="in-2")
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
        at = oms.clock.now()
        for number in (1, 2):
            work = FulfillmentId(f"ord_1.f{number}")
            oms.do(RejectWork(fulfillment_id=work, reason="too busy", at=at))
        receive(oms, "MUC", {TEA: 1}, document="in-3")
        oms.run_due()
        assert (waits(oms), [hold.kind for hold in oms.look(Order, "ord_1").holds]) == (1, [])
        pass_time(oms, days=7)  # nobody is asked again before
        oms.run_due()
        work = oms.look(Order, "ord_1").fulfillments[-1]
        oms.do(RejectWork(fulfillment_id=work, reason="too busy", at=oms.clock.now()))
        oms.run_due()
        assert waits(oms) == 1
        assert oms.look(Order, "ord_1").has_hold(HoldKind.REVIEW)
        oms.do(ReleaseHold(order_id=OrderId("ord_1"), kind=HoldKind.REVIEW, at=oms.clock.now()))
        oms.run_due()
        assert waits(oms) == 0
        check_everything(oms)


def test_who_is_passed_over_when_goods_come_hears_of_it_with_the_run_of_its_queue(tmp_path: Path) -> None:
    with shop(tmp_path) as oms:
        expect(oms, "po-1", 2, 1)
        oms.do(order(oms, {TEA: 2}, tags=("whole",)))
        oms.do(
            ReceiveStock(
                document_id=StockDocumentId("in-1"),
                location_id=LocationId("MUC"),
                lines=(StockLine(TEA, "general", 2),),
                supply_id=SupplyId("po-1"),
                at=oms.clock.now(),
            )
        )
        oms.do(order(oms, {TEA: 2}, order_id="ord_2"))  # whoever comes first may buy it
        oms.run_due()
        assert (waits(oms), waits(oms, "ord_2")) == (2, 0)
        pass_time(oms, hours=15)
        assert promised(oms) == []
        assert broken(oms) == ["supply po-1 of TEA came without them or is cancelled"]
        check_everything(oms)


def test_who_finds_the_shelf_empty_when_its_goods_came_is_promised_the_rest_of_them_at_once(tmp_path: Path) -> None:
    with shop(tmp_path) as oms:
        expect(oms, "po-1", 4, 1)
        oms.do(order(oms, {TEA: 2}))
        oms.do(
            ReceiveStock(
                document_id=StockDocumentId("in-1"),
                location_id=LocationId("MUC"),
                lines=(StockLine(TEA, "general", 2),),
                supply_id=SupplyId("po-1"),
                at=oms.clock.now(),
            )
        )
        oms.do(order(oms, {TEA: 2}, order_id="ord_2"))
        assert oms.look(ExpectedSupply, TEA).claims == ()
        oms.run_due()
        assert (waits(oms), waits(oms, "ord_2")) == (2, 0)
        assert promised(oms) == [(2, date(2026, 3, 3))]
        assert [(claim.order_id, claim.units) for claim in oms.look(ExpectedSupply, TEA).claims] == [("ord_1", 2)]
        assert broken(oms) == []
        check_everything(oms)


@pytest.mark.parametrize("tag", ["whole", "vip"])
def test_a_supply_that_did_not_come_is_told_to_those_who_wait_in_a_queue_too(tmp_path: Path, tag: str) -> None:
    with shop(tmp_path) as oms:
        expect(oms, "po-1", 5, 1)
        expect(oms, "po-2", 5, 7)
        oms.do(order(oms, {TEA: 4}, tags=(tag,)))
        assert promised(oms) == [(4, date(2026, 3, 3))]
        pass_time(oms, days=2, hours=1)
        assert promised(oms) == [(4, date(2026, 3, 9))]
        assert broken(oms) == ["supply po-1 of TEA did not come on 2026-03-03"]
        assert [claim.due_on for claim in oms.look(ExpectedSupply, TEA).claims] == [date(2026, 3, 9)]
        check_everything(oms)


def test_news_of_what_is_due_lets_nobody_take_what_lies_there_out_of_turn(tmp_path: Path) -> None:
    with shop(tmp_path) as oms:
        receive(oms, "MUC", {TEA: 1}, document="in-1")
        for number, units in enumerate(({TEA: 1}, {TEA: 1}, {TEA: 1, CUP: 1})):
            oms.do(order(oms, units, order_id=f"ord_{number}"))
            pass_time(oms, minutes=1)
        expect(oms, "a-cup", 1, 3, CUP)  # both are due now: the news of the cup, and the tea for those who wait
        oms.do(CancelOrder(order_id=OrderId("ord_0"), at=oms.clock.now()))
        oms.run_due()
        assert (waits(oms, "ord_1"), waits(oms, "ord_2")) == (0, 2)
        assert promised(oms, "ord_2") == [(1, date(2026, 3, 5))]
        check_everything(oms)


def test_news_of_what_is_due_does_not_pass_over_those_a_tag_puts_in_front(tmp_path: Path) -> None:
    with shop(tmp_path) as oms:
        receive(oms, "MUC", {TEA: 1}, document="in-1")
        for number, tags in enumerate(((), (), ("vip",))):
            oms.do(order(oms, {TEA: 1}, order_id=f"ord_{number}", tags=tags))
            pass_time(oms, minutes=1)
        expect(oms, "a-tea", 1, 3)
        oms.do(CancelOrder(order_id=OrderId("ord_0"), at=oms.clock.now()))
        oms.run_due()
        assert (waits(oms, "ord_1"), waits(oms, "ord_2")) == (1, 0)
        assert promised(oms, "ord_1") == [(1, date(2026, 3, 5))]
        check_everything(oms)
