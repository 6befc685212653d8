"""Flows hear of the events they know, and of no others."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from omscore.app import Oms
from omscore.engine.contexts import EVENTS
from omscore.engine.unit import Unit
from omscore.flows import REACTIONS, REACTIONS_TO, checkout
from omscore.orders.events import OrderPlaced, PaymentAttached
from omscore.orders.model import Order
from omscore.ports.clock import VirtualClock
from tests.kit.shops import CUP, POT, TEA, order, pass_time, receive, send_out, small_shop
from tests.laws.checks import check_everything


def test_a_flow_that_is_not_told_of_an_event_would_have_had_nothing_to_say(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        oms.do(order(oms, {TEA: 3, CUP: 1}))
        oms.do(order(oms, {TEA: 1}, order_id="ord_2", method="card-declined"))
        oms.do(order(oms, {CUP: 40}, order_id="ord_3", method=None))
        oms.run_due()
        send_out(oms, "ord_1")
        pass_time(oms, days=20)
        asked = 0
        for row in oms.storage.events():
            event = oms.codec.event(row.name, row.at, row.body)
            for react in set(REACTIONS) - set(REACTIONS_TO[type(event)]):
                assert list(react(event, _world(oms))) == []
                asked += 1
        assert asked > 100


def test_flows_are_told_in_their_order_and_each_knows_some_events() -> None:
    assert REACTIONS_TO[OrderPlaced] == (checkout.react,)
    assert REACTIONS_TO[PaymentAttached] == ()
    heard = [react for kind in EVENTS for react in REACTIONS_TO[kind]]
    assert set(heard) == set(REACTIONS)
    for kind in EVENTS:
        told = REACTIONS_TO[kind]
        assert list(told) == sorted(told, key=REACTIONS.index)


def _world(oms: Oms) -> Unit:
    return Unit(oms._desk, oms.clock.now())


def test_units_that_wait_too_long_are_cancelled_and_the_rest_is_sent(tmp_path: Path) -> None:
    patience = "\n[flows]\ncancel_waiting_after_days = 10\n"
    with small_shop(tmp_path, storage={"memory": {}}, edit=patience) as oms:
        oms.do(order(oms, {POT: 5, TEA: 1}))
        pass_time(oms, days=9)
        assert oms.look(Order, "ord_1").line(1).quantities.backordered == 3
        pass_time(oms, days=2)
        after = oms.look(Order, "ord_1")
        assert (after.line(1).quantities.cancelled, after.line(1).quantities.allocated) == (3, 2)
        assert after.line(2).quantities.allocated == 1
        check_everything(oms)


def test_units_whose_stock_comes_in_time_are_not_cancelled_for_waiting_too_long(tmp_path: Path) -> None:
    patience = "\n[flows]\ncancel_waiting_after_days = 3\n"
    with small_shop(tmp_path, storage={"memory": {}}, stock=False, edit=patience) as oms:
        oms.do(order(oms, {TEA: 2}, method=None))
        pass_time(oms, days=2, hours=23)
        receive(oms, "MUC", {TEA: 2}, document="in-time")
        assert isinstance(oms.clock, VirtualClock)
        oms.clock.set(oms.clock.now() + timedelta(hours=2))  # nobody worked meanwhile
        oms.run_due()
        assert oms.look(Order, "ord_1").line(1).quantities.allocated == 2
        check_everything(oms)


def test_an_order_that_is_cancelled_as_unpaid_while_it_waits_leaves_no_dead_task(tmp_path: Path) -> None:
    patience = "\n[flows]\ncancel_waiting_after_days = 3\ncancel_unpaid_after_hours = 72\n"
    with small_shop(tmp_path, storage={"memory": {}}, stock=False, edit=patience) as oms:
        oms.do(order(oms, {TEA: 2}, method="card-declined"))
        pass_time(oms, days=5)
        assert oms.look(Order, "ord_1").line(1).quantities.cancelled == 2
        assert oms.storage.counts()["tasks.dead"] == 0
        check_everything(oms)
