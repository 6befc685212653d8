"""A location that does so much on a day is given so much, whoever gives it, and work that is not done makes room."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest

from omscore.app import Oms, open_shop
from omscore.audit import audit
from omscore.capacity import capacity_sku
from omscore.engine.plans.wishes import ReviewSourcing
from omscore.fulfillment.commands import RejectWork
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import FulfillmentId, OrderId
from omscore.orders.commands import CancelOrder, CancelUnits
from omscore.orders.model import Order
from omscore.ports.clock import VirtualClock
from omscore.routing.decisions import KeptDecision
from tests.kit.postgres import server
from tests.kit.shops import CUP, NOON, RATES, SHOP, TEA, order, pass_time, receive, small_shop, stock_up
from tests.laws.checks import check_everything

MUNICH = 'name = "Munich"\n'
TODAY, MONDAY_AFTER = date(2026, 3, 2), date(2026, 3, 9)


def limited(folder: Path, **limits: int) -> Path:
    """The small shop whose warehouse does only so much on a day."""
    settings = "".join(f"{name} = {limit}\n" for name, limit in limits.items())
    config = folder / "limited.toml"
    config.write_text(SHOP.replace(MUNICH, MUNICH + settings), encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    return config


def opened(folder: Path, **limits: int) -> AbstractContextManager[Oms]:
    return open_shop(limited(folder, **limits), clock=VirtualClock(NOON), overrides={"storage": {"memory": {}}})


def places(oms: Oms, order_id: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for fulfillment_id in oms.look(Order, order_id).fulfillments:
        work = oms.look(FulfillmentOrder, fulfillment_id)
        if work.live_units:
            found[work.location_id] = found.get(work.location_id, 0) + work.live_units
    return found


def taken(oms: Oms, day: date = TODAY) -> dict[str, int]:
    return {level.pool: level.allocated for level in oms.storage.stock([capacity_sku(day)])}


def place(oms: Oms, number: int, units: int = 1) -> dict[str, int]:
    oms.do(order(oms, {TEA: units}, order_id=f"ord_{number}"))
    return places(oms, f"ord_{number}")


def test_a_limit_of_so_many_orders_admits_so_many(tmp_path: Path) -> None:
    with opened(tmp_path, orders_per_day=2) as oms:
        stock_up(oms)
        assert [place(oms, number) for number in range(4)] == [{"MUC": 1}, {"MUC": 1}, {"LYS": 1}, {"LYS": 1}]
        assert taken(oms) == {"orders": 2}
        decision = oms.look(KeptDecision, "ord_2.d1").decision
        assert next(reason.says for reason in decision.reasons if reason.location_id == "MUC") == (
            "has no room left on Mon 2026-03-02: it takes 2 orders a day"
        )
        check_everything(oms)
        assert audit(oms.storage, now=NOON + timedelta(minutes=1)).is_clean


def test_a_limit_of_so_many_units_admits_so_many_and_an_order_may_be_split_by_it(tmp_path: Path) -> None:
    with opened(tmp_path, units_per_day=5) as oms:
        stock_up(oms)
        assert place(oms, 1, units=3) == {"MUC": 3}
        assert place(oms, 2, units=3) == {"LYS": 3}  # whole from where there is room for all of it
        assert place(oms, 3, units=3) == {"MUC": 2, "LYS": 1}
        assert place(oms, 4) == {}
        left = oms.look(KeptDecision, "ord_4.d1").decision.leftovers
        assert [leftover.says for leftover in left] == ["no units are sellable"]
        check_everything(oms)


def test_work_that_is_cancelled_or_given_back_makes_room_on_its_day(tmp_path: Path) -> None:
    with opened(tmp_path, orders_per_day=1, units_per_day=4) as oms:
        stock_up(oms)
        assert place(oms, 1, units=3) == {"MUC": 3}
        oms.do(CancelUnits(order_id=OrderId("ord_1"), line_id=1, units=1, at=oms.clock.now()))
        assert taken(oms) == {"orders": 1, "units": 2}
        oms.do(CancelOrder(order_id=OrderId("ord_1"), reason="changed mind", at=oms.clock.now()))
        assert taken(oms) == {"orders": 0, "units": 0}
        assert place(oms, 2, units=2) == {"MUC": 2}
        oms.do(RejectWork(fulfillment_id=FulfillmentId("ord_2.f1"), reason="busy", at=oms.clock.now()))
        assert places(oms, "ord_2") == {"LYS": 2}
        assert taken(oms) == {"orders": 0, "units": 0}
        check_everything(oms)


def test_what_finds_no_room_today_ships_when_the_next_day_has_room(tmp_path: Path) -> None:
    with opened(tmp_path, orders_per_day=1) as oms:
        stock_up(oms, stock=False)
        receive(oms, "MUC", {TEA: 10}, document="opening")
        assert [place(oms, number) for number in range(3)] == [{"MUC": 1}, {}, {}]
        pass_time(oms, days=1)
        assert [places(oms, f"ord_{number}") for number in range(3)] == [{"MUC": 1}, {"MUC": 1}, {}]
        pass_time(oms, days=1)
        assert places(oms, "ord_2") == {"MUC": 1}
        check_everything(oms)


def test_a_limit_changed_in_the_middle_of_a_day_holds_from_then_on(tmp_path: Path) -> None:
    clock = VirtualClock(NOON)
    with open_shop(limited(tmp_path, orders_per_day=2), clock=clock) as oms:
        stock_up(oms)
        assert [place(oms, number) for number in range(3)] == [{"MUC": 1}, {"MUC": 1}, {"LYS": 1}]
    with open_shop(limited(tmp_path, orders_per_day=3), clock=clock) as oms:
        assert [place(oms, number) for number in (3, 4)] == [{"MUC": 1}, {"LYS": 1}]
    with open_shop(limited(tmp_path, orders_per_day=1, units_per_day=1), clock=clock) as oms:
        assert place(oms, 5) == {"LYS": 1}
        oms.do(CancelOrder(order_id=OrderId("ord_3"), reason="changed mind", at=oms.clock.now()))
        assert place(oms, 6) == {"LYS": 1}
        check_everything(oms)
    with open_shop(limited(tmp_path), clock=clock) as oms:
        assert place(oms, 7) == {"MUC": 1}
        check_everything(oms)


def test_a_limit_that_was_lifted_for_a_while_still_counts_what_was_taken(tmp_path: Path) -> None:
    clock = VirtualClock(NOON)
    with open_shop(limited(tmp_path, orders_per_day=5, units_per_day=50), clock=clock) as oms:
        stock_up(oms)
        assert [place(oms, number) for number in range(3)] == [{"MUC": 1}] * 3
    with open_shop(limited(tmp_path, units_per_day=50), clock=clock) as oms:
        assert place(oms, 3) == {"MUC": 1}
    with open_shop(limited(tmp_path, orders_per_day=4, units_per_day=50), clock=clock) as oms:
        assert [place(oms, number) for number in (4, 5)] == [{"MUC": 1}, {"LYS": 1}]
        assert taken(oms) == {"orders": 4, "units": 5}
        check_everything(oms)


def test_work_counted_by_units_alone_makes_no_room_for_an_order(tmp_path: Path) -> None:
    clock = VirtualClock(NOON)
    with open_shop(limited(tmp_path, units_per_day=50), clock=clock) as oms:
        stock_up(oms, stock=False)
        receive(oms, "MUC", {TEA: 2}, document="opening-muc")
        receive(oms, "LYS", {CUP: 2}, document="opening-lys")
        oms.do(order(oms, {TEA: 2, CUP: 1}, order_id="ord_1", method=None))
        assert places(oms, "ord_1") == {"MUC": 2, "LYS": 1}
    with open_shop(limited(tmp_path, units_per_day=50, orders_per_day=1), clock=clock) as oms:
        receive(oms, "MUC", {TEA: 5, CUP: 5}, document="more")
        assert place(oms, 2) == {"MUC": 1}
        assert oms.routing_question("ord_1").request.rooms[0].orders_left == 0
        oms.do(ReviewSourcing(order_id=OrderId("ord_1"), at=oms.clock.now()))
        assert places(oms, "ord_1") == {"MUC": 2, "LYS": 1}
        check_everything(oms)


def test_whoever_waits_for_room_is_served_when_the_day_is_over_before_later_orders(tmp_path: Path) -> None:
    with opened(tmp_path, orders_per_day=1) as oms:
        stock_up(oms, stock=False)
        receive(oms, "MUC", {TEA: 40}, document="opening")
        assert place(oms, 1) == {"MUC": 1}
        pass_time(oms, minutes=10)
        assert place(oms, 2) == {}
        for day in range(3):
            pass_time(oms, hours=3)  # after the cut-off, one hour into the next working day
            place(oms, 10 + day)
            pass_time(oms, hours=21)
        assert [places(oms, f"ord_{number}") for number in (2, 10, 11)] == [{"MUC": 1}] * 3
        assert places(oms, "ord_12") == {}
        check_everything(oms)


def test_lines_that_ship_together_say_when_room_is_what_they_wait_for(tmp_path: Path) -> None:
    with opened(tmp_path, units_per_day=3) as oms:
        stock_up(oms, stock=False)
        receive(oms, "MUC", {TEA: 9, CUP: 9}, document="opening")
        apart = order(oms, {TEA: 2, CUP: 2})
        lines = tuple(attrs.evolve(line, together="set") for line in apart.lines)
        oms.do(attrs.evolve(apart, lines=lines))
        left = oms.look(KeptDecision, "ord_1.d1").decision.leftovers
        assert {each.says for each in left} == {
            "the lines of 'set' ship together, and no location has all of them and room for them on one day"
        }


def test_work_given_on_a_closed_day_counts_for_the_day_it_leaves(tmp_path: Path) -> None:
    with opened(tmp_path, orders_per_day=2) as oms:
        stock_up(oms)
        pass_time(oms, days=4, hours=3)  # Friday after the cut-off
        assert place(oms, 1) == {"MUC": 1}
        pass_time(oms, days=1)
        assert place(oms, 2) == {"MUC": 1}
        assert taken(oms, MONDAY_AFTER) == {"orders": 2}
        pass_time(oms, days=1)
        assert place(oms, 3) == {"LYS": 1}


def test_asking_where_an_order_would_ship_from_now_does_not_count_its_own_work(tmp_path: Path) -> None:
    with opened(tmp_path, orders_per_day=1) as oms:
        stock_up(oms)
        assert place(oms, 1) == {"MUC": 1}
        question = oms.routing_question(OrderId("ord_1"))
        assert {part.location_id for part in question.decide().assignments} == {"MUC"}
        assert place(oms, 2) == {"LYS": 1}
        question = oms.routing_question(OrderId("ord_2"))
        assert {part.location_id for part in question.decide().assignments} == {"LYS"}


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_orders_placed_at_once_by_many_threads_never_outgrow_the_day(tmp_path: Path, engine: str) -> None:
    config = limited(tmp_path, orders_per_day=7)
    with server() if engine == "postgres" else nullcontext() as running:
        storage = {"postgres": {"dsn": running.dsn}} if running else {"sqlite": {"path": "shop.db"}}
        with open_shop(config, clock=VirtualClock(NOON), overrides={"storage": storage}) as oms:
            stock_up(oms, stock=False)
            receive(oms, "MUC", {TEA: 40}, document="opening")
            with ThreadPoolExecutor(16) as buyers:
                list(buyers.map(lambda number: oms.do(order(oms, {TEA: 1}, order_id=f"ord_{number}")), range(60)))
            shipped = [places(oms, f"ord_{number}") for number in range(60)]
            assert shipped.count({"MUC": 1}) == 7
            assert shipped.count({}) == 53
            assert taken(oms) == {"orders": 7}
            check_everything(oms)


def test_a_pile_of_orders_never_outgrows_the_day(tmp_path: Path) -> None:
    with opened(tmp_path, orders_per_day=3) as oms:
        stock_up(oms)
        oms.do_many([order(oms, {TEA: 1}, order_id=f"ord_{number}") for number in range(6)])
        assert [places(oms, f"ord_{number}") for number in range(6)] == [{"MUC": 1}] * 3 + [{"LYS": 1}] * 3
        check_everything(oms)


def test_lines_of_an_order_that_belong_together_ship_from_one_location(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        wish = order(oms, {TEA: 6, CUP: 1})
        oms.do(wish)
        assert places(oms, "ord_1") == {"MUC": 7}
        receive(oms, "LYS", {CUP: 9}, document="more-cups")
        apart = order(oms, {TEA: 3, CUP: 5}, order_id="ord_2")
        lines = tuple(attrs.evolve(line, together="tea for five") for line in apart.lines)
        oms.do(attrs.evolve(apart, lines=lines))
        assert places(oms, "ord_2") == {"LYS": 8}
        check_everything(oms)
