"""A command under a key happens once, however often and from wherever it is sent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from omscore.app import Oms
from omscore.errors import CommandKeyError, InputError, NotFoundError, RefusedError
from omscore.fulfillment.commands import DropUnits
from omscore.ids import FulfillmentId, OrderId, PaymentId
from omscore.money import Money
from omscore.orders.commands import CancelUnits
from omscore.orders.model import Order
from omscore.payments.commands import RequestStep
from omscore.payments.model import Step
from tests.kit.shops import CUP, NOON, TEA, order, receive, send_out
from tests.laws.bench import Raced, bench
from tests.laws.checks import check_everything


def test_same_command_key_and_same_content_is_done_once(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 5}))
    cancel = CancelUnits(order_id=OrderId("ord_1"), line_id=1, units=2, at=oms.clock.now())
    told = oms.do(cancel, key="cancel-1")
    assert oms.do(attrs.evolve(cancel, at=cancel.at + timedelta(hours=1)), key="cancel-1") == told
    assert oms.look(Order, "ord_1").line(1).quantities.cancelled == 2
    oms.do(cancel, key="cancel-2")
    assert oms.look(Order, "ord_1").line(1).quantities.cancelled == 4


def test_same_command_key_and_other_content_is_refused(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 5}))
    cancel = CancelUnits(order_id=OrderId("ord_1"), line_id=1, units=2, at=oms.clock.now())
    oms.do(cancel, key="cancel-1")
    for other in (attrs.evolve(cancel, units=1), attrs.evolve(cancel, reason="damaged"), order(oms, {TEA: 1})):
        with pytest.raises(CommandKeyError, match="cancel-1 was used before with other content"):
            oms.do(other, key="cancel-1")
    assert oms.look(Order, "ord_1").line(1).quantities.cancelled == 2


def test_a_refused_command_leaves_its_key_free(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 5}))
    cancel = CancelUnits(order_id=OrderId("ord_1"), line_id=1, units=9, at=oms.clock.now())
    with pytest.raises(RefusedError, match="5 of 5 units can still be"):
        oms.do(cancel, key="cancel-1")
    oms.do(attrs.evolve(cancel, units=1), key="cancel-1")


def test_a_channels_order_number_taken_twice_is_one_order(oms: Oms) -> None:
    told = oms.do(order(oms, {TEA: 2}, reference="1001"))
    oms.run_due()
    for again in (
        order(oms, {TEA: 2}, reference="1001"),
        order(oms, {TEA: 2}, reference="1001", order_id="ord_2"),
        order(oms, {TEA: 2}, reference="1001", order_id="ord_3", at=NOON + timedelta(days=1)),
    ):
        assert oms.do(again) == told
    assert oms.listed(Order, "placed") == ("ord_1",)


def test_a_channels_order_number_with_other_content_is_a_clear_error(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 2}, reference="1001"))
    with pytest.raises(CommandKeyError, match="web reference 1001 was sent before with other content"):
        oms.do(order(oms, {TEA: 3}, reference="1001"))
    with pytest.raises(RefusedError, match="web reference 1001 is order ord_1 already"):
        oms.do(order(oms, {TEA: 2}, reference="1001", order_id="ord_2"), key="another key")
    oms.do(order(oms, {TEA: 2}, reference="1001", channel="store", order_id="ord_2"))
    assert oms.listed(Order, "placed") == ("ord_1", "ord_2")


def test_a_message_delivered_again_while_the_first_is_being_decided_gives_the_first_answer(tmp_path: Path) -> None:
    store = Raced(tmp_path)
    with bench(tmp_path, store=store) as one, bench(tmp_path, storage="sqlite") as rival:
        store.after_look = lambda: rival.oms.do(order(rival.oms, {TEA: 2}, reference="1001"))
        told = one.oms.do(order(one.oms, {TEA: 2}, reference="1001", order_id="ord_2"))
        assert told.id_of("order") == "ord_1"
        assert one.oms.listed(Order, "placed") == ("ord_1",)
        store.after_look = lambda: rival.oms.do(order(rival.oms, {TEA: 2}, reference="1002", order_id="ord_2"))
        with pytest.raises(CommandKeyError, match="web reference 1002 was sent before"):
            one.oms.do(order(one.oms, {TEA: 3}, reference="1002", order_id="ord_3"))


def test_an_equal_command_that_was_faster_leaves_its_own_record(tmp_path: Path) -> None:
    """The slower program must not go on with what it had worked out itself: that had another moment."""
    store = Raced(tmp_path)
    with bench(tmp_path, store=store) as one, bench(tmp_path, storage="sqlite") as rival:
        store.before_commit = lambda: rival.oms.do(order(rival.oms, {TEA: 2}, reference="1001"))
        later = NOON + timedelta(minutes=5)
        assert one.oms.do(order(one.oms, {TEA: 2}, reference="1001", at=later)).id_of("order") == "ord_1"
        assert one.oms.look(Order, "ord_1").placed_at == NOON
        one.oms.do(CancelUnits(order_id=OrderId("ord_1"), line_id=1, units=1, at=later))
        check_everything(one.oms)


def test_two_payments_never_share_a_key(oms: Oms) -> None:
    for order_id in ("ord_1", "ord_2"):
        oms.do(order(oms, {CUP: 1}, order_id=order_id))
    oms.run_due()
    send_out(oms, "ord_1")
    refund = RequestStep(
        payment_id=PaymentId("ord_1.p1"), key="goodwill", step=Step.REFUND, amount=Money(100, "EUR"), at=NOON
    )
    with pytest.raises(InputError, match=r"such as ord_1\.p1\.goodwill"):
        oms.do(refund)
    oms.do(attrs.evolve(refund, key="ord_1.p1.goodwill"))
    with pytest.raises(RefusedError, match="use another key"):
        oms.do(attrs.evolve(refund, key="ord_1.p1.goodwill", amount=Money(1, "EUR")))


def test_commands_of_the_engine_are_not_for_callers(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 1}))
    with pytest.raises(InputError, match="DropUnits is not a command for callers"):
        oms.do(DropUnits(fulfillment_id=FulfillmentId("ord_1.f1"), line_id=1, units=1, at=NOON))


def test_ids_that_cannot_be_ids_are_refused(oms: Oms) -> None:
    for bad in ("", " ord", "ord\n1", "o" * 121, "\ud800"):
        with pytest.raises(InputError):
            oms.do(order(oms, {TEA: 1}, order_id=bad))
    with pytest.raises(InputError, match="stock document id"):
        receive(oms, "MUC", {TEA: 1}, document="")
    with pytest.raises(NotFoundError, match="no pool"):
        receive(oms, "MUC", {TEA: 1}, document="d1", pool="")
