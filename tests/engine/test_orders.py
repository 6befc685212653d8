"""Orders through the public verbs: holds, cancellation, declined payments, and no order ever stuck."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings

from omscore.app import Oms
from omscore.engine.plans.wishes import RetryPayment
from omscore.errors import InputError, NotFoundError, RefusedError
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.fulfillment.model import BoxedUnits, FulfillmentOrder, WorkStatus
from omscore.ids import FulfillmentId, LocationId, OrderId, ReturnId
from omscore.money import Money
from omscore.orders.commands import CancelOrder, CancelUnits, PaymentTerms, PlaceHold, ReleaseHold
from omscore.orders.model import HoldKind, Order
from omscore.orders.status import OrderStatus, status_of
from omscore.payments.model import Payment
from omscore.places import Destination
from omscore.quantities import StockState
from omscore.returns.commands import CloseReturn, DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, Return, ReturnUnits
from tests.kit.shops import CUP, POT, TEA, order, pass_time, receive, send_out
from tests.laws.bench import bench
from tests.laws.checks import cells, check_everything, check_orders
from tests.laws.life import Life, lives

ORD = OrderId("ord_1")
F1 = FulfillmentId("ord_1.f1")


def cancel(oms: Oms, units: int, *, line: int = 1, order_id: str = "ord_1") -> None:
    oms.do(CancelUnits(order_id=OrderId(order_id), line_id=line, units=units, at=oms.clock.now()))


def hold(oms: Oms, kind: HoldKind) -> None:
    oms.do(PlaceHold(order_id=ORD, kind=kind, says="looked at", at=oms.clock.now()))


def release(oms: Oms, kind: HoldKind) -> None:
    oms.do(ReleaseHold(order_id=ORD, kind=kind, at=oms.clock.now()))


def retry(oms: Oms, method: str, order_id: str = "ord_1") -> None:
    terms = PaymentTerms(provider="manual", method=method)
    oms.do(RetryPayment(order_id=OrderId(order_id), payment=terms, at=oms.clock.now()))


def status(oms: Oms, order_id: str = "ord_1") -> OrderStatus:
    return status_of(oms.look(Order, order_id))


def work_status(oms: Oms, fulfillment_id: str = "ord_1.f1") -> WorkStatus:
    return oms.look(FulfillmentOrder, fulfillment_id).status


def test_several_holds_stand_at_once_and_the_work_follows_the_last(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 2}, holds=(HoldKind.FRAUD,)))
    hold(oms, HoldKind.REVIEW)
    hold(oms, HoldKind.REVIEW)
    oms.run_due()
    assert [each.kind for each in oms.look(Order, ORD).holds] == [HoldKind.FRAUD, HoldKind.REVIEW]
    release(oms, HoldKind.FRAUD)
    assert work_status(oms) is WorkStatus.ON_HOLD
    with pytest.raises(RefusedError, match="release its holds"):
        oms.do(PickUnits(fulfillment_id=F1, at=oms.clock.now()))
    release(oms, HoldKind.REVIEW)
    assert work_status(oms) is WorkStatus.OPEN
    with pytest.raises(RefusedError, match="it has none"):
        release(oms, HoldKind.REVIEW)


def test_work_opened_while_the_order_is_held_is_held_too(oms: Oms) -> None:
    oms.do(order(oms, {POT: 3}, method=None))
    hold(oms, HoldKind.CUSTOMER)
    receive(oms, "MUC", {POT: 1}, document="d1")
    oms.run_due()
    assert [work_status(oms, name) for name in oms.look(Order, ORD).fulfillments] == [WorkStatus.ON_HOLD] * 2
    release(oms, HoldKind.CUSTOMER)
    assert [work_status(oms, name) for name in oms.look(Order, ORD).fulfillments] == [WorkStatus.OPEN] * 2
    check_everything(oms)


def test_a_parcel_that_is_packed_stays_when_a_hold_comes(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 2}, method=None))
    at = oms.clock.now()
    oms.do(PickUnits(fulfillment_id=F1, at=at))
    oms.do(PackBoxes(fulfillment_id=F1, at=at))
    oms.run_due()
    hold(oms, HoldKind.FRAUD)
    with pytest.raises(RefusedError, match="on hold"):
        oms.do(HandOver(fulfillment_id=F1, at=at))
    release(oms, HoldKind.FRAUD)
    oms.do(HandOver(fulfillment_id=F1, at=at))
    assert status(oms) is OrderStatus.SHIPPED


def test_part_of_a_line_is_cancelled_from_what_waits_first_then_from_the_work(oms: Oms) -> None:
    oms.do(order(oms, {POT: 3}, method=None))
    cancel(oms, 2)
    line = oms.look(Order, ORD).line(1).quantities
    assert (line.backordered, line.allocated, line.cancelled) == (0, 1, 2)
    assert oms.look(FulfillmentOrder, "ord_1.f1").live_units == 1
    assert oms.availability(POT, "web") == 1
    cancel(oms, 1)
    assert (status(oms), work_status(oms)) == (OrderStatus.CANCELLED, WorkStatus.DROPPED)
    assert oms.listed(FulfillmentOrder, "work", "LYS") == ()
    check_everything(oms)


def test_units_that_were_picked_cannot_be_cancelled_any_more(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 4}, method=None))
    work = oms.look(FulfillmentOrder, F1)
    oms.do(PickUnits(fulfillment_id=F1, units=(work.to_pick[0]._replace(units=3),), at=oms.clock.now()))
    with pytest.raises(RefusedError, match="1 of 4 units can still be cancelled, not 2") as error:
        cancel(oms, 2)
    assert error.value.code == "order.too_late_to_cancel"
    oms.do(CancelOrder(order_id=ORD, at=oms.clock.now()))
    assert oms.look(Order, ORD).line(1).quantities.cancelled == 1
    with pytest.raises(RefusedError, match="no unit left"):
        oms.do(CancelOrder(order_id=ORD, at=oms.clock.now()))
    send = oms.look(FulfillmentOrder, F1)
    assert (send.live_units, send.to_pick) == (3, ())


def test_a_line_picked_and_packed_in_two_goes_leaves_as_one_shipment(oms: Oms) -> None:
    """Boxes of a second go are numbered on."""
    oms.do(order(oms, {TEA: 5}, method=None))
    at, work = oms.clock.now(), oms.look(FulfillmentOrder, F1)
    one = work.to_pick[0]._replace(units=1)
    oms.do(PickUnits(fulfillment_id=F1, units=(one, one), at=at))
    assert oms.look(FulfillmentOrder, F1).to_pack == (one._replace(units=2),)
    oms.do(PackBoxes(fulfillment_id=F1, at=at))
    with pytest.raises(RefusedError, match="not packed completely"):
        oms.do(HandOver(fulfillment_id=F1, at=at))
    oms.do(PickUnits(fulfillment_id=F1, at=at))
    oms.do(PackBoxes(fulfillment_id=F1, at=at))
    oms.run_due()
    oms.do(HandOver(fulfillment_id=F1, at=at))
    packages = oms.look(FulfillmentOrder, F1).packages
    assert [package.package_id for package in packages] == ["ord_1.f1.b1", "ord_1.f1.b2"]
    pass_time(oms, days=5)
    assert status(oms) is OrderStatus.DELIVERED
    check_everything(oms)


def test_a_packer_cannot_use_one_box_name_twice(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 5}, method=None))
    at = oms.clock.now()
    oms.do(PickUnits(fulfillment_id=F1, at=at))
    oms.do(PackBoxes(fulfillment_id=F1, at=at))
    (box,) = oms.look(FulfillmentOrder, F1).packages
    with pytest.raises(RefusedError, match="exists already"):
        oms.do(PackBoxes(fulfillment_id=F1, packages=(box,), at=at))
    oms.do(order(oms, {TEA: 5}, order_id="ord_2", method=None))
    work = FulfillmentId("ord_2.f1")
    oms.do(PickUnits(fulfillment_id=work, at=at))
    boxes = tuple(
        type(box)(
            package_id="b1",
            box="small",
            contents=(BoxedUnits(1, units),),
            mass_g=300,
            length_mm=200,
            width_mm=150,
            height_mm=100,
        )
        for units in (2, 3)
    )
    with pytest.raises(RefusedError, match="package b1 exists already"):
        oms.do(PackBoxes(fulfillment_id=work, packages=boxes, at=at))


def test_a_declined_payment_holds_the_order_until_it_is_paid_another_way(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 2}, method="card-declined"))
    oms.run_due()
    assert [each.kind for each in oms.look(Order, ORD).holds] == [HoldKind.PAYMENT_DECLINED]
    retry(oms, "card-declined")
    with pytest.raises(RefusedError, match="a payment under way"):
        retry(oms, "card-ok")
    oms.run_due()
    retry(oms, "card-ok")
    oms.run_due()
    assert (oms.look(Order, ORD).holds, work_status(oms)) == ((), WorkStatus.OPEN)
    with pytest.raises(RefusedError, match="no declined payment"):
        retry(oms, "card-ok")
    pass_time(oms, hours=200)
    assert status(oms) is OrderStatus.IN_PROGRESS


def test_an_order_nobody_pays_for_is_cancelled_in_time_and_its_units_are_free(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 14}, method="card-declined"))
    pass_time(oms, hours=71)
    assert status(oms) is OrderStatus.ON_HOLD
    assert oms.availability(TEA, "web") == 0
    pass_time(oms, hours=2)
    assert status(oms) is OrderStatus.CANCELLED
    assert oms.availability(TEA, "web") == 14


def test_money_that_comes_after_the_order_was_cancelled_is_let_go(tmp_path: Path) -> None:
    with bench(tmp_path) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 2}, method="card-late"))
        oms.run_due()
        oms.do(CancelOrder(order_id=ORD, at=oms.clock.now()))
        pass_time(oms, hours=1)
        payment = oms.look(Payment, "ord_1.p1")
        assert payment.authorised == payment.voided == Money(2000, "EUR")
        check_everything(oms, shop.payments)


def test_an_order_is_checked_at_the_door(oms: Oms) -> None:
    wrongs: tuple[tuple[dict[str, Any], str], ...] = (
        ({"channel": "telex"}, "no channel 'telex'"),
        ({"person_id": "nobody"}, "customer nobody is not known"),
        ({"address_name": "work"}, "no address"),
        ({"payment": PaymentTerms(provider="goldbank", method="x")}, "no payment provider 'goldbank'"),
        ({"currency": "USD"}, "channel web sells in EUR"),
        ({"destination": Destination(country="UK")}, "which is no country's code in ISO 3166; write GB"),
        ({"destination": Destination(country="EL")}, "write GR"),
        ({"lines": ()}, "0 lines"),
        ({"shipping": Money(-1, "EUR")}, "money off the order is a discount"),
        ({"shipping": Money(1, "USD")}, "has shipping in USD"),
        ({"discount": Money(2001, "EUR")}, "discount"),
        ({"discount_percent": Decimal("NaN")}, "percent"),
        ({"exchange_for": ReturnId("r9")}, "no return 'r9'"),
        ({"cart_id": "c9"}, "no cart 'c9'"),
    )
    for wrong, says in wrongs:
        with pytest.raises((InputError, RefusedError), match=says):
            oms.do(attrs.evolve(order(oms, {TEA: 2}), **wrong))
    with pytest.raises(NotFoundError, match="'GHOST'"):
        oms.do(order(oms, {"GHOST": 1}))
    assert oms.listed(Order, "placed") == ()
    assert {task.kind for task in oms.storage.tasks("waiting")} <= {"erp"}


def test_a_free_order_needs_no_payment(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 1}, price="0"))
    assert oms.look(Order, ORD).holds == ()
    oms.run_due()
    send_out(oms, "ord_1")
    pass_time(oms, days=5)
    assert status(oms) is OrderStatus.DELIVERED
    assert oms.storage.tasks("dead") == ()
    check_everything(oms)


def sent(oms: Oms, units: dict[str, int], order_id: str = "ord_1", **more: Any) -> None:
    """An order that has been delivered."""
    oms.do(order(oms, units, order_id=order_id, **more))
    oms.run_due()
    send_out(oms, order_id)
    pass_time(oms, days=5)


def rma(oms: Oms, units: int, *, number: int = 1, location: str = "MUC", line: int = 1) -> ReturnId:
    return_id = ReturnId(f"ret_{number}")
    sku = oms.look(Order, ORD).line(line).sku
    oms.do(
        RequestReturn(
            return_id=return_id,
            order_id=ORD,
            location_id=LocationId(location),
            units=(ReturnUnits(line, sku, units),),
            reason="no",
            at=oms.clock.now(),
        )
    )
    return return_id


def test_units_that_come_back_are_counted_once(oms: Oms) -> None:
    """One line named twice in a receipt would bring units that never came."""
    sent(oms, {TEA: 3})
    return_id, at = rma(oms, 3), oms.clock.now()
    one = ReturnUnits(1, TEA, 2)
    with pytest.raises(InputError, match="names a line twice"):
        oms.do(ReceiveReturn(return_id=return_id, units=(one, one), at=at))
    oms.do(ReceiveReturn(return_id=return_id, units=(one,), at=at))
    with pytest.raises(RefusedError, match="waits for 1 units of TEA, not for 2"):
        oms.do(ReceiveReturn(return_id=return_id, units=(one,), at=at))
    with pytest.raises(RefusedError, match="2 units were seen"):
        units = (DisposedUnits(1, 2, Disposition.RESTOCK), DisposedUnits(1, 1, Disposition.DAMAGED))
        oms.do(DisposeReturn(return_id=return_id, units=units, at=at))
    check_everything(oms)


def test_goods_only_come_back_to_a_place_the_shop_has(oms: Oms) -> None:
    sent(oms, {TEA: 3})
    with pytest.raises(NotFoundError, match="no location 'ATLANTIS'"):
        rma(oms, 1, location="ATLANTIS")
    assert oms.look(Order, ORD).returns == ()


def test_each_returned_unit_goes_where_its_disposition_says(oms: Oms) -> None:
    sent(oms, {TEA: 3})
    return_id, at = rma(oms, 3), oms.clock.now()
    oms.do(ReceiveReturn(return_id=return_id, at=at))
    oms.do(DisposeReturn(return_id=return_id, units=tuple(DisposedUnits(1, 1, fate) for fate in Disposition), at=at))
    oms.run_due()
    found = {cell.state: n for cell, n in cells(oms).items() if cell.sku == TEA and cell.location == "MUC"}
    assert found == {StockState.SELLABLE: 8, StockState.DAMAGED: 1}
    assert oms.look(Payment, "ord_1.p1").refunded == Money(3000, "EUR")
    check_everything(oms)


def test_an_exchange_leaves_when_the_goods_are_back_and_only_then(oms: Oms) -> None:
    sent(oms, {TEA: 2})
    return_id = rma(oms, 2)
    oms.do(order(oms, {CUP: 1}, order_id="ord_2", exchange_for=return_id, method=None))
    assert status(oms, "ord_2") is OrderStatus.ON_HOLD
    with pytest.raises(RefusedError, match="ret_1 is exchanged for order ord_2 already"):
        oms.do(order(oms, {CUP: 1}, order_id="ord_3", exchange_for=return_id, method=None))
    oms.do(ReceiveReturn(return_id=return_id, units=(ReturnUnits(1, TEA, 1),), at=oms.clock.now()))
    assert status(oms, "ord_2") is OrderStatus.ON_HOLD
    oms.do(ReceiveReturn(return_id=return_id, at=oms.clock.now()))
    assert status(oms, "ord_2") is OrderStatus.IN_PROGRESS


def test_an_exchange_for_goods_that_never_came_stays(oms: Oms) -> None:
    sent(oms, {TEA: 2})
    return_id = rma(oms, 2)
    oms.do(CloseReturn(return_id=return_id, at=oms.clock.now()))
    oms.do(order(oms, {CUP: 1}, order_id="ord_2", exchange_for=return_id, method=None))
    assert status(oms, "ord_2") is OrderStatus.ON_HOLD
    assert oms.look(Return, return_id).is_closed
    rma(oms, 2, number=2)


def test_a_follow_up_is_sent_a_week_after_the_last_parcel_arrived(tmp_path: Path) -> None:
    with bench(tmp_path) as shop:
        sent(shop.oms, {TEA: 2})
        pass_time(shop.oms, days=5)
        subjects = shop.outbox.subjects()
        assert subjects == [
            "We have your order ord_1",
            "Your order ord_1 is on its way",
            "How was your order ord_1?",
        ]
        asked = next(each for each in shop.outbox.notices.values() if each.subject.startswith("How was"))
        assert asked.at - shop.oms.look(FulfillmentOrder, F1).packages[0].delivered_at == timedelta(days=7)


@settings(max_examples=30)
@given(lives)
def test_an_order_is_never_lost_duplicated_or_stuck(tmp_path_factory: pytest.TempPathFactory, life: list[Any]) -> None:
    """For every open unit there is work, a hold, or a task that looks again; every order that was taken is listed."""
    with bench(tmp_path_factory.mktemp("shop")) as shop:
        lived = Life(shop.oms)
        for step in life:
            lived.live(step)
        check_orders(shop.oms)
        assert sorted(shop.oms.listed(Order, "placed")) == sorted(lived.orders)
        pass_time(shop.oms, days=4)
        check_orders(shop.oms)
        assert shop.oms.storage.tasks("dead") == ()
