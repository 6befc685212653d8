"""Units that find no location: they wait, hold their order for a person, or are cancelled, as the rules say."""

from __future__ import annotations

from pathlib import Path

import pytest

from omscore.app import Oms
from omscore.fulfillment.commands import RejectWork
from omscore.ids import FulfillmentId
from omscore.orders.commands import ReleaseHold
from omscore.orders.linestates import LineQuantities
from omscore.orders.model import HoldKind, Order
from omscore.orders.status import OrderStatus, status_of
from omscore.payments.model import Payment
from tests.kit.shops import POT, TEA, order, pass_time, receive, send_out, small_shop
from tests.laws.checks import check_everything


def rules(when_left: str) -> str:
    return f'\n[[routing.profiles]]\nname = "strict"\nwhen_left = "{when_left}"\n'


def line(oms: Oms, number: int = 1) -> LineQuantities:
    return oms.look(Order, "ord_1").line(number).quantities


def reviews(oms: Oms) -> list[str]:
    return [hold.says for hold in oms.look(Order, "ord_1").holds if hold.kind is HoldKind.REVIEW]


def test_units_that_find_no_location_are_cancelled_at_once_and_not_paid_for(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, edit=rules("cancel")) as oms:
        oms.do(order(oms, {TEA: 20, POT: 1}))
        assert (line(oms).allocated, line(oms).cancelled, line(oms, 2).allocated) == (14, 6, 1)
        oms.run_due()
        send_out(oms, "ord_1")
        pass_time(oms, days=10)
        assert (line(oms).delivered, line(oms, 2).delivered) == (14, 1)
        payment = oms.look(Payment, "ord_1.p1")
        assert str(payment.captured) == "150.00 EUR"
        check_everything(oms)


def test_an_order_of_which_nothing_finds_a_location_is_cancelled_whole(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, stock=False, edit=rules("cancel")) as oms:
        oms.do(order(oms, {TEA: 2}))
        assert status_of(oms.look(Order, "ord_1")) is OrderStatus.CANCELLED
        oms.run_due()
        assert oms.look(Payment, "ord_1.p1").captured.is_zero
        pass_time(oms, days=10)
        check_everything(oms)


def test_an_order_is_held_for_a_person_the_first_time_units_find_no_location(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, edit=rules("hold")) as oms:
        oms.do(order(oms, {TEA: 16}))
        oms.run_due()
        assert reviews(oms) == ["2 units found no location: only 14 of the 16 units are sellable"]
        oms.do(ReleaseHold(order_id=oms.look(Order, "ord_1").order_id, kind=HoldKind.REVIEW, at=oms.clock.now()))
        pass_time(oms, days=3)  # looked at every day, and not held again
        assert (reviews(oms), line(oms).backordered) == ([], 2)
        receive(oms, "MUC", {TEA: 5}, document="more")
        oms.run_due()
        assert (line(oms).allocated, line(oms).backordered) == (16, 0)
        check_everything(oms)


@pytest.mark.parametrize("when_left", ["hold", "cancel"])
def test_what_a_location_gives_back_and_nobody_else_has_goes_the_same_way(tmp_path: Path, when_left: str) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, edit=rules(when_left)) as oms:
        oms.do(order(oms, {POT: 2}))
        oms.do(RejectWork(fulfillment_id=FulfillmentId("ord_1.f1"), reason="too busy", at=oms.clock.now()))
        assert (line(oms).cancelled, len(reviews(oms))) == ((2, 0) if when_left == "cancel" else (0, 1))
        check_everything(oms)
