"""What another program commits between one program's reading and its commit: nothing is decided on what is no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from omscore.app import Oms
from omscore.audit import audit
from omscore.flows.world import PromiseWaiting
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.ids import CartId, LocationId, OrderId, SupplyId
from omscore.inventory.commands import ExpectSupply
from omscore.orders.carts import SetCartLine
from omscore.orders.commands import CancelOrder, CancelUnits, ReleaseHold
from omscore.orders.model import HoldKind, Order
from omscore.payments.model import Payment, Step
from omscore.ports.storage import Commit
from tests.kit.shops import CUP, NOON, POT, TEA, order, pass_time, small_shop
from tests.laws.checks import check_claims, check_everything

MY_ORDER = OrderId("ord_1")


@contextmanager
def two_programs(folder: Path, edit: str = "", **more: Any) -> Iterator[tuple[Oms, Oms]]:
    """A till, and the worker whose provider of payments it is."""
    with small_shop(folder, edit=edit, **more) as oms, small_shop(folder, edit=edit, **more) as other:
        yield oms, other
        pass_time(other, days=2)
        check_everything(oms)
        check_claims(oms)
        assert audit(oms.storage).findings == ()


def just_before(patch: pytest.MonkeyPatch, oms: Oms, call: str, act: Callable[[], Any], of: str = "") -> list[bool]:
    """Once, something happens before that call of the store (if it is about such streams); true once it has."""
    found, done = getattr(oms.storage, call), list[bool]()

    def late(*args: Any, **named: Any) -> Any:
        if not done and (not of or any(stream.startswith(of) for stream in args[0])):
            done.append(True)
            act()
        return found(*args, **named)

    patch.setattr(oms.storage, call, late)
    return done


def test_the_rest_is_voided_though_the_capture_was_answered_while_it_was_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with two_programs(tmp_path) as (oms, other):
        oms.do(order(oms, {CUP: 3, POT: 2}))
        other.run_due()
        first = oms.look(Order, MY_ORDER).fulfillments[0]
        oms.do(PickUnits(fulfillment_id=first, at=NOON))
        oms.do(PackBoxes(fulfillment_id=first, at=NOON))
        other.run_due()
        oms.do(HandOver(fulfillment_id=first, at=NOON))
        captured = just_before(monkeypatch, oms, "commit", other.run_due)
        left = [line for line in oms.look(Order, MY_ORDER).lines if not line.quantities.handed_over]
        for line in left:
            oms.do(CancelUnits(order_id=MY_ORDER, line_id=line.line_id, units=line.units, at=NOON))
        pass_time(other, hours=1)
        assert captured and left and oms.look(Order, MY_ORDER).is_settled
        payment = oms.look(Payment, "ord_1.p1")
        assert payment.captured.minor and payment.captured + payment.voided == payment.authorised


def test_what_leaves_while_its_money_is_being_set_aside_is_captured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with two_programs(tmp_path) as (oms, other):
        oms.do(order(oms, {TEA: 1}, method="card-timeout"))
        oms.do(ReleaseHold(order_id=MY_ORDER, kind=HoldKind.PAYMENT, says="a friend", at=NOON))
        (work,) = oms.look(Order, MY_ORDER).fulfillments
        oms.do(PickUnits(fulfillment_id=work, at=NOON))
        oms.do(PackBoxes(fulfillment_id=work, at=NOON))
        other.run_due()
        assert not oms.look(Payment, "ord_1.p1").under_way(Step.AUTHORISE).is_zero
        authorised = just_before(monkeypatch, oms, "commit", lambda: pass_time(other, minutes=10))
        oms.do(HandOver(fulfillment_id=work, at=NOON))
        pass_time(other, hours=1)
        payment = oms.look(Payment, "ord_1.p1")
        assert authorised and payment.captured == payment.authorised == oms.look(Order, MY_ORDER).total


def test_an_order_that_is_cancelled_while_it_is_looked_at_claims_nothing_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with two_programs(tmp_path, "[flows]\npromise_from_supply = true\n") as (oms, other):
        due_on = NOON.date() + timedelta(days=2)
        told: dict[str, Any] = {"supply_id": SupplyId("po-1"), "location_id": LocationId("MUC")}
        oms.do(ExpectSupply(sku=POT, units=5, due_on=due_on, at=NOON, **told))
        oms.do(order(oms, {POT: 4}))
        assert oms.look(Order, MY_ORDER).promises
        cancel = CancelOrder(order_id=MY_ORDER, at=NOON)
        cancelled = just_before(monkeypatch, oms, "load", lambda: other.do(cancel), of="supply/")
        oms._dispatcher.run(PromiseWaiting(order_id=MY_ORDER, at=NOON), at=NOON)
        assert cancelled and oms.look(Order, MY_ORDER).is_settled
        check_claims(oms)


def test_carts_that_come_and_go_do_not_stand_in_the_way_of_an_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with two_programs(tmp_path) as (oms, other):
        cart = SetCartLine(cart_id=CartId("c1"), channel="web", sku=TEA, units=2, at=NOON)
        other.do(cart)
        commit, tried = oms.storage.commit, list[int]()

        def counted(made: Commit) -> str:
            tried.append(len(made.unchanged))
            return commit(made)

        monkeypatch.setattr(oms.storage, "commit", counted)
        changed = just_before(monkeypatch, oms, "commit", lambda: other.do(evolve(cart, units=0)))
        oms.do(order(oms, {TEA: 3}))
        assert changed and tried == [0]
