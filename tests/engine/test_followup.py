"""When everything that will ever come has come, the customer is asked how it was: once, some days later."""

from __future__ import annotations

from omscore.app import Oms
from omscore.ids import OrderId
from omscore.orders.commands import CancelOrder
from tests.kit.shops import POT, TEA, order, pass_time, receive, send_out


def asked(oms: Oms) -> int:
    return sum(task.task_id.endswith(".notice.followup") for task in oms.storage.tasks("done"))


def test_the_customer_is_asked_once_some_days_after_the_delivery(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 1}))
    oms.run_due()
    send_out(oms, "ord_1")
    pass_time(oms, days=5)
    assert asked(oms) == 0
    pass_time(oms, days=30)
    assert asked(oms) == 1


def test_the_customer_is_asked_when_the_rest_is_cancelled_after_the_first_parcel_came(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 1, POT: 5}))
    oms.run_due()
    send_out(oms, "ord_1")
    pass_time(oms, days=5)
    oms.do(CancelOrder(order_id=OrderId("ord_1"), at=oms.clock.now()))
    pass_time(oms, days=30)
    assert asked(oms) == 1


def test_nobody_is_asked_about_an_order_that_never_came(oms: Oms) -> None:
    oms.do(order(oms, {POT: 9}))
    oms.do(CancelOrder(order_id=OrderId("ord_1"), at=oms.clock.now()))
    receive(oms, "MUC", {POT: 9}, document="late")
    pass_time(oms, days=30)
    assert asked(oms) == 0
