"""The golden cases of the field that the engine must get right, each under its number."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omscore.app import Oms, open_shop
from omscore.billing.journal import Account
from omscore.billing.ledger import Ledger
from omscore.errors import RefusedError, StockShortError
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.ids import CartId, FulfillmentId, LocationId, OrderId, PaymentId, ReturnId
from omscore.inventory.availability import Shelf, sellable_units
from omscore.inventory.events import ReservationMade
from omscore.inventory.model import HeldUnits
from omscore.money import Money
from omscore.orders.carts import Cart, SetCartLine
from omscore.orders.commands import CancelOrder, CancelUnits, LineTax
from omscore.orders.model import Order
from omscore.payments.commands import RequestStep
from omscore.payments.model import Payment, Step
from omscore.ports.clock import VirtualClock
from omscore.ports.storage import Commit, EventRecord, StreamChange
from omscore.returns.commands import DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, ReturnUnits
from tests.kit.shops import CUP, NOON, POT, TEA, order, pass_time, receive, send_out, small_shop
from tests.laws.bench import bench
from tests.laws.checks import cells, check_everything

P1 = PaymentId("ord_1.p1")


def cart(sku: str, units: int, cart_id: str = "c1") -> SetCartLine:
    return SetCartLine(cart_id=CartId(cart_id), channel="web", sku=sku, units=units, at=NOON)


@pytest.mark.parametrize("storage", [{"memory": {}}, None], ids=["memory", "sqlite"])
def test_case_4_one_item_asked_for_twice_beyond_stock_is_refused_as_a_whole(
    tmp_path: Path, storage: dict[str, Any] | None
) -> None:
    with small_shop(tmp_path, storage=storage, stock=False) as oms:
        receive(oms, "MUC", {TEA: 5}, document="five")
        place = HeldUnits(LocationId("MUC"), "general", 3)
        made = ReservationMade(
            reservation_id="c1.h1",  # type: ignore[arg-type]
            cart_id=CartId("c1"),
            sku=TEA,
            held=(place, place),
            expires_at=NOON + timedelta(hours=1),
            at=NOON,
        )
        record = EventRecord("ReservationMade", NOON, oms.codec.event_body(made))
        change = StreamChange(stream="hold/c1.h1", expected_version=0, state="{}", events=(record,))
        with pytest.raises(StockShortError, match="6 sellable wanted, 5 there"):
            oms.storage.commit(Commit(at=NOON, changes=(change,), moves=tuple(made.moves())))
        assert [level.sellable for level in oms.storage.stock_levels()] == [5]
        assert oms.storage.counts()["streams"] == len(list(oms.storage.streams()))
        assert list(oms.storage.events(stream="hold/c1.h1")) == []


def test_case_4_two_order_lines_of_one_item_never_take_more_than_there_is(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, stock=False) as oms:
        receive(oms, "MUC", {TEA: 5}, document="five")
        wish = order(oms, {TEA: 3})
        oms.do(order(oms, {TEA: 3}, lines=wish.lines * 2))
        lines = [line.quantities for line in oms.look(Order, "ord_1").lines]
        assert sum(line.allocated for line in lines) == 5
        assert sum(line.backordered for line in lines) == 1


def reopened(folder: Path) -> AbstractContextManager[Oms]:
    return open_shop(folder / "shop.toml", clock=VirtualClock(NOON))


def _rival(folder: str, cart_id: str, ready: Callable[[], object]) -> str:
    """Opens the shop's file anew and wants the last pot."""
    with reopened(Path(folder)) as oms:
        ready()
        try:
            oms.do(cart(POT, 1, cart_id))
        except StockShortError as error:
            return f"refused: {error.fields['there']}"
        return "held"


def _rival_process(folder: str, cart_id: str, gate: object, told: object) -> None:
    told.put(_rival(folder, cart_id, gate.wait))  # type: ignore[attr-defined]


def _one_pot(folder: Path) -> None:
    with small_shop(folder, stock=False) as oms:
        receive(oms, "LYS", {POT: 1}, document="one")


def _check_one_pot_is_held(folder: Path, answers: list[str]) -> None:
    assert sorted(answers) == ["held", "refused: 0"]
    with reopened(folder) as oms:
        assert oms.availability(POT, "web") == 0
        assert sum(level.reserved for level in oms.storage.stock_levels()) == 1
        assert sum(oms.find(Cart, cart_id) is not None for cart_id in ("c1", "c2")) == 1


def test_case_5_two_threads_want_the_last_unit_and_exactly_one_gets_it(tmp_path: Path) -> None:
    _one_pot(tmp_path)
    gate, answers = threading.Barrier(2, timeout=20), list[str]()
    threads = [
        threading.Thread(target=lambda name=name: answers.append(_rival(str(tmp_path), name, gate.wait)))
        for name in ("c1", "c2")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _check_one_pot_is_held(tmp_path, answers)


def test_case_5_two_threads_at_one_shop_object_and_exactly_one_gets_it(tmp_path: Path) -> None:
    with small_shop(tmp_path, stock=False) as oms:
        receive(oms, "LYS", {POT: 1}, document="one")
        gate, answers = threading.Barrier(2, timeout=20), list[str]()

        def want(cart_id: str) -> None:
            gate.wait()
            try:
                oms.do(cart(POT, 1, cart_id))
                answers.append("held")
            except StockShortError as error:
                answers.append(f"refused: {error.fields['there']}")

        threads = [threading.Thread(target=want, args=(name,)) for name in ("c1", "c2")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    _check_one_pot_is_held(tmp_path, answers)


def test_case_5_two_programs_want_the_last_unit_and_exactly_one_gets_it(tmp_path: Path) -> None:
    _one_pot(tmp_path)
    context = multiprocessing.get_context("spawn")
    gate, told = context.Barrier(2, timeout=60), context.Queue()
    rivals = [context.Process(target=_rival_process, args=(str(tmp_path), name, gate, told)) for name in ("c1", "c2")]
    for rival in rivals:
        rival.start()
    answers = [told.get(timeout=60) for _ in rivals]
    for rival in rivals:
        rival.join()
    _check_one_pot_is_held(tmp_path, answers)


@pytest.mark.parametrize(("on_hand", "allocated", "threshold", "sellable"), [(10, 5, 3, 2), (10, 10, -5, 5)])
def test_case_8_units_above_a_threshold_can_be_sold(
    on_hand: int, allocated: int, threshold: int, sellable: int
) -> None:
    shelf = Shelf(sku=TEA, sellable=(("MUC", "general", on_hand - allocated),))
    assert sellable_units(shelf, pools=("general",), threshold=threshold) == sellable


def discounted(oms: Oms) -> None:
    """Ten at 23.90 with 20 % tax inside, a quarter off."""
    receive(oms, "MUC", {TEA: 10}, document="more")
    taxes = (LineTax("VAT20", Decimal("0.20")),)
    oms.do(order(oms, {TEA: 10}, price="23.90", discount_percent=Decimal(25), taxes=taxes))
    oms.run_due()


def give_back(oms: Oms, number: int, units: int, line: int = 1) -> None:
    """Units of the order come back, are put on the shelf and refunded."""
    found = oms.look(Order, "ord_1")
    return_id, at = ReturnId(f"ret_{number}"), oms.clock.now()
    oms.do(
        RequestReturn(
            return_id=return_id,
            order_id=found.order_id,
            location_id=LocationId("MUC"),
            units=(ReturnUnits(line, found.line(line).sku, units),),
            reason="not wanted",
            at=at,
        )
    )
    oms.do(ReceiveReturn(return_id=return_id, at=at))
    oms.do(DisposeReturn(return_id=return_id, units=(DisposedUnits(line, units, Disposition.RESTOCK),), at=at))
    oms.run_due()


@given(
    cancelled=st.integers(0, 3),
    first_parcel=st.integers(1, 10),
    parts=st.lists(st.integers(1, 10), max_size=9),
)
@example(cancelled=0, first_parcel=10, parts=[10])
@example(cancelled=0, first_parcel=10, parts=[1] * 9)
@example(cancelled=3, first_parcel=4, parts=[2, 3])
def test_any_sequence_of_partial_refunds_ends_at_exactly_what_was_captured(
    tmp_path_factory: pytest.TempPathFactory, cancelled: int, first_parcel: int, parts: list[int]
) -> None:
    """Case 9, through a whole life: shipped in parcels, some units cancelled, given back in any parts."""
    with bench(tmp_path_factory.mktemp("shop"), stock=False) as shop:
        oms = shop.oms
        receive(oms, "MUC", {TEA: first_parcel}, document="first")
        discounted_without_stock(oms)
        send_out(oms, "ord_1")
        waiting = oms.look(Order, "ord_1").line(1).quantities.backordered
        if min(waiting, cancelled):
            oms.do(CancelUnits(order_id=OrderId("ord_1"), line_id=1, units=min(waiting, cancelled), at=oms.clock.now()))
        receive(oms, "MUC", {TEA: 10}, document="second")
        oms.run_due()
        send_out(oms, "ord_1")
        pass_time(oms, days=5)
        payment = oms.look(Payment, P1)
        sent = 10 - min(waiting, cancelled)
        assert payment.captured == Money(17925, "EUR").part(0, sent, 10)
        assert payment.captured + payment.voided == payment.authorised == Money(17925, "EUR")
        left, number = sent, 0
        for number, part in enumerate([*parts, 10], 1):
            units = min(part, left)
            if units:
                left -= units
                give_back(oms, number, units)
                assert oms.look(Payment, P1).refunded <= payment.captured
        assert oms.look(Payment, P1).refunded == payment.captured
        assert oms.look(Ledger, "ord_1").balance_minor(Account.RECEIVABLE, "EUR") == 0
        assert oms.look(Ledger, "ord_1").balance_minor(Account.TAX, "EUR") == 0
        with pytest.raises(RefusedError, match="0 delivered units can be returned"):
            give_back(oms, 99, 1)
        check_everything(oms, shop.payments)


def discounted_without_stock(oms: Oms) -> None:
    taxes = (LineTax("VAT20", Decimal("0.20")),)
    oms.do(order(oms, {TEA: 10}, price="23.90", discount_percent=Decimal(25), taxes=taxes))
    oms.run_due()


def test_case_16_a_yen_refund_is_the_yen_that_were_paid(tmp_path: Path) -> None:
    with bench(tmp_path) as shop:
        oms = shop.oms
        taxes = (LineTax("NONE", Decimal(0)),)
        oms.do(order(oms, {TEA: 1}, price="9899", channel="market", taxes=taxes))
        oms.run_due()
        send_out(oms, "ord_1")
        pass_time(oms, days=5)
        give_back(oms, 1, 1)
        assert oms.look(Payment, P1).refunded == Money(9899, "JPY")


def test_case_19_money_is_captured_per_shipment_and_the_rest_is_let_go(tmp_path: Path) -> None:
    with bench(tmp_path, stock=False) as shop:
        oms = shop.oms
        receive(oms, "MUC", {TEA: 6}, document="six")
        receive(oms, "LYS", {TEA: 4}, document="four")
        oms.do(order(oms, {TEA: 10}, price="10.00"))
        oms.run_due()
        work = next(each for each in oms.look(Order, "ord_1").takes if each.units == 6).fulfillment_id
        at = oms.clock.now()
        oms.do(PickUnits(fulfillment_id=work, at=at))
        oms.do(PackBoxes(fulfillment_id=work, at=at))
        oms.run_due()
        oms.do(HandOver(fulfillment_id=work, at=at))
        oms.do(CancelOrder(order_id=OrderId("ord_1"), at=at))
        oms.run_due()
        payment = oms.look(Payment, P1)
        assert payment.authorised == Money(10000, "EUR")
        assert payment.captured == Money(6000, "EUR")
        assert payment.voided == Money(4000, "EUR")
        check_everything(oms, shop.payments)


@pytest.mark.parametrize(("keys", "refunded"), [(("a", "b"), 4000), (("a", "a"), 2000)])
def test_case_20_two_refunds_are_two_and_one_refund_sent_twice_is_one(
    tmp_path: Path, keys: tuple[str, str], refunded: int
) -> None:
    with bench(tmp_path) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 5}))
        oms.run_due()
        send_out(oms, "ord_1")
        for key in keys:
            amount = Money(2000, "EUR")
            oms.do(RequestStep(payment_id=P1, key=f"{P1}.{key}", step=Step.REFUND, amount=amount, at=NOON))
        oms.run_due()
        assert oms.look(Payment, P1).refunded == Money(refunded, "EUR")
        sent = [each.request.amount.minor for each in shop.payments.effects if each.request.step == "refund"]
        assert sum(sent) == refunded


def test_case_15_what_was_not_sent_is_cancelled_and_nothing_else_moves(tmp_path: Path) -> None:
    with bench(tmp_path, stock=False) as shop:
        oms = shop.oms
        receive(oms, "MUC", {TEA: 7, CUP: 6}, document="some")
        oms.do(order(oms, {TEA: 10, CUP: 10}))
        oms.run_due()
        send_out(oms, "ord_1")
        before = cells(oms)
        oms.do(CancelOrder(order_id=OrderId("ord_1"), at=NOON))
        lines = oms.look(Order, "ord_1").lines
        assert [(line.quantities.shipped, line.quantities.cancelled) for line in lines] == [(7, 3), (6, 4)]
        assert cells(oms) == before


def test_case_18_a_shipment_interrupted_after_any_step_goes_on_without_a_double(tmp_path: Path) -> None:
    with bench(tmp_path, stock=False) as shop:
        oms = shop.oms
        receive(oms, "MUC", {TEA: 6}, document="six")
        receive(oms, "LYS", {TEA: 4}, document="four")
        wish = order(oms, {TEA: 10}, reference="1001")
        told = oms.do(wish)
        oms.run_due(most=1)
        assert oms.do(wish) == told
        oms.run_due()
        assert oms.do(wish) == told
        found = oms.look(Order, "ord_1")
        assert found.fulfillments == (FulfillmentId("ord_1.f1"), FulfillmentId("ord_1.f2"))
        assert sum(take.units for take in found.takes) == 10
        check_everything(oms, shop.payments)
