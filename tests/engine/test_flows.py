"""Flows hear of the events they know, and of no others."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, get_args, get_type_hints

from omscore import flows
from omscore.engine.contexts import EVENTS
from omscore.flows import FLOWS, REACTIONS_TO, checkout
from omscore.flows.world import Handler
from omscore.orders.events import LinesShipped, OrderPlaced, PaymentAttached
from omscore.orders.model import Order
from omscore.ports.clock import VirtualClock
from tests.kit.shops import POT, TEA, order, pass_time, receive, small_shop
from tests.laws.checks import check_everything


def test_a_flow_is_told_of_each_class_of_events_that_its_handlers_take_and_of_no_other() -> None:
    for flow in FLOWS:
        listed: dict[Handler, set[type[Any]]] = {}
        for kind, handler in flow.HANDLERS:
            listed.setdefault(handler, set()).add(kind)
        for handler, kinds in listed.items():
            takes = get_type_hints(handler)["event"]
            assert kinds == set(get_args(takes) or (takes,)), (flow.__name__, handler.__name__)


def test_a_flow_names_a_class_of_events_once_and_only_events_of_a_context() -> None:
    for flow in FLOWS:
        kinds = [kind for kind, _ in flow.HANDLERS]
        assert len(kinds) == len(set(kinds)), flow.__name__
        assert set(kinds) <= set(EVENTS), flow.__name__


def test_every_flow_there_is_hears_of_events() -> None:
    found = {f"{flows.__name__}.{each.name}" for each in iter_modules(flows.__path__)}
    assert {flow.__name__ for flow in FLOWS} == {name for name in found if hasattr(import_module(name), "HANDLERS")}


def test_an_event_is_told_to_all_that_react_to_its_class_in_the_order_of_the_flows() -> None:
    assert REACTIONS_TO[OrderPlaced] == (dict(checkout.HANDLERS)[OrderPlaced],)
    assert REACTIONS_TO[PaymentAttached] == ()
    for kind in EVENTS:
        assert list(REACTIONS_TO[kind]) == [each for flow in FLOWS for of, each in flow.HANDLERS if of is kind]
    hearing = [handler.__module__.rpartition(".")[2] for handler in REACTIONS_TO[LinesShipped]]
    assert hearing == ["books", "capturing", "checkout"]  # captured before the rest is let go


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
