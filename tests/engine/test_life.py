"""An order's whole life through the public verbs, on both stores."""

from __future__ import annotations

from omscore.app import Oms
from omscore.fulfillment.model import FulfillmentOrder, WorkStatus
from omscore.ids import LocationId, ReturnId
from omscore.inventory.commands import ListItem
from omscore.items import Item, Sku
from omscore.money import Money
from omscore.orders.model import Order
from omscore.orders.status import OrderStatus, status_of
from omscore.payments.model import Payment
from omscore.returns.commands import DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, ReturnUnits
from tests.kit.shops import CUP, NOON, TEA, order, pass_time, receive, send_out


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


def test_goods_that_nobody_measured_and_no_box_can_bear_leave_as_they_are(oms: Oms) -> None:
    """The largest box of the shop bears 20 kg, and the carrier takes 20 kg."""
    anvil = Item(sku=Sku("ANVIL"), name="Anvil", mass_g=19_900)
    oms.do(ListItem(item=anvil, at=NOON))
    receive(oms, "MUC", {"ANVIL": 2}, document="anvils")
    oms.do(order(oms, {"ANVIL": 2, TEA: 1}, method=None))
    send_out(oms, "ord_1")
    (work_id,) = oms.look(Order, "ord_1").fulfillments
    work = oms.look(FulfillmentOrder, work_id)
    assert work.shipped_at is not None
    assert [(each.box, each.is_measured) for each in work.packages] == [("small", True), *[("as is", False)] * 2]
