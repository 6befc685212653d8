"""An order's whole life through the public verbs, on both stores."""

from __future__ import annotations

from omscore.app import Oms
from omscore.fulfillment.model import FulfillmentOrder, WorkStatus
from omscore.ids import LocationId, ReturnId
from omscore.money import Money
from omscore.orders.model import Order
from omscore.orders.status import OrderStatus, status_of
from omscore.payments.model import Payment
from omscore.returns.commands import DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, ReturnUnits
from tests.kit.shops import CUP, TEA, order, pass_time, send_out


def test_an_order_goes_from_placed_to_delivered_and_a_refunded_return(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 3, CUP: 1}))
    assert status_of(oms.look(Order, "ord_1")) is OrderStatus.ON_HOLD
    assert oms.availability(TEA, "web") == 11
    oms.run_due()
    assert status_of(oms.look(Order, "ord_1")) is OrderStatus.IN_PROGRESS
    assert oms.look(Payment, "ord_1.p1").authorised == Money(4000, "EUR")
    send_out(oms, "ord_1")
    assert oms.look(Payment, "ord_1.p1").captured == Money(4000, "EUR")
    pass_time(oms, days=6)
    assert status_of(oms.look(Order, "ord_1")) is OrderStatus.DELIVERED
    assert oms.look(FulfillmentOrder, "ord_1.f1").status is WorkStatus.DELIVERED
    at = oms.clock.now()
    rma = ReturnId("ret_1")
    oms.do(
        RequestReturn(
            return_id=rma,
            order_id=oms.look(Order, "ord_1").order_id,
            location_id=LocationId("MUC"),
            units=(ReturnUnits(1, TEA, 2),),
            reason="too strong",
            at=at,
        )
    )
    oms.do(ReceiveReturn(return_id=rma, at=at))
    oms.do(DisposeReturn(return_id=rma, units=(DisposedUnits(1, 2, Disposition.RESTOCK),), at=at))
    oms.run_due()
    assert oms.look(Payment, "ord_1.p1").refunded == Money(2000, "EUR")
    assert status_of(oms.look(Order, "ord_1")) is OrderStatus.PARTLY_RETURNED
    assert oms.availability(TEA, "web") == 13
    pass_time(oms, days=20)
    assert oms.storage.tasks("waiting") == ()
    assert oms.storage.tasks("dead") == ()
