"""Money through the engine: whatever the provider does, one intent has one effect and ends in one state."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.errors import PortUnknownError, RefusedError
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import LocationId, OrderId, PaymentId, ReturnId
from omscore.money import Money
from omscore.orders.commands import CancelOrder
from omscore.orders.model import HoldKind, Order
from omscore.payments.commands import RecordAnswer, RequestAuthorisation, RequestStep
from omscore.payments.decide import decide
from omscore.payments.evolve import evolve
from omscore.payments.model import AttemptState, Payment, Step
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentRequest, PaymentStep
from omscore.returns.commands import DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, ReturnUnits
from omscore_adapters.payment_manual import ManualPayments
from tests.kit.shops import CUP, NOON, TEA, order, pass_time, receive, send_out
from tests.laws.bench import bench
from tests.laws.checks import check_books, check_everything, check_payments
from tests.laws.life import Life, lives

P1 = PaymentId("ord_1.p1")
BEHAVIOURS = ("card-ok", "card-timeout", "card-down", "card-late", "refund-declined")


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def refund(oms: Oms, minor: int, name: str) -> None:
    oms.do(RequestStep(payment_id=P1, key=f"{P1}.{name}", step=Step.REFUND, amount=eur(minor), at=oms.clock.now()))


def give_back(oms: Oms, units: int) -> None:
    return_id, at = ReturnId("ret_1"), oms.clock.now()
    oms.do(
        RequestReturn(
            return_id=return_id,
            order_id=OrderId("ord_1"),
            location_id=LocationId("MUC"),
            units=(ReturnUnits(1, TEA, units),),
            reason="no",
            at=at,
        )
    )
    oms.do(ReceiveReturn(return_id=return_id, at=at))
    oms.do(DisposeReturn(return_id=return_id, units=(DisposedUnits(1, units, Disposition.RESTOCK),), at=at))


def sums(payments: ManualPayments) -> Counter[str]:
    found: Counter[str] = Counter()
    for attempt in payments.effects:
        found[attempt.request.step.value] += attempt.request.amount.minor
    return found


@pytest.mark.parametrize("method", BEHAVIOURS)
def test_at_most_one_outside_effect_per_intent(tmp_path: Path, method: str) -> None:
    """Whatever the provider does, a life with a cancellation and a return asks for each amount exactly once."""
    with bench(tmp_path) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 16}, method=method))
        pass_time(oms, hours=1)
        for name in oms.look(Order, "ord_1").fulfillments:
            oms.do(PickUnits(fulfillment_id=name, at=oms.clock.now()))
            oms.do(PackBoxes(fulfillment_id=name, at=oms.clock.now()))
            oms.run_due()
            oms.do(HandOver(fulfillment_id=name, at=oms.clock.now()))
        oms.do(CancelOrder(order_id=OrderId("ord_1"), at=oms.clock.now()))
        pass_time(oms, days=6)
        give_back(oms, 5)
        pass_time(oms, hours=1)
        payment = oms.look(Payment, P1)
        back = 0 if method == "refund-declined" else 5000
        assert (payment.authorised, payment.captured, payment.voided) == (eur(16000), eur(14000), eur(2000))
        assert payment.refunded == eur(back)
        assert sums(shop.payments) == +Counter(authorise=16000, capture=14000, void=2000, refund=back)
        assert all(attempt.state is not AttemptState.REQUESTED for attempt in payment.attempts)
        assert oms.storage.tasks("dead") == ()
        assert ("Refund failed for order ord_1" in shop.outbox.subjects()) is (back == 0)
        check_everything(oms, shop.payments)


def test_a_declined_card_has_no_effect_at_all(tmp_path: Path) -> None:
    with bench(tmp_path) as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}, method="card-declined"))
        pass_time(shop.oms, days=9)
        assert shop.payments.effects == ()
        assert shop.oms.look(Payment, P1).authorised == eur(0)


def test_a_token_the_provider_does_not_know_is_a_decline(tmp_path: Path) -> None:
    with bench(tmp_path) as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}, method="bitcoin"))
        shop.oms.run_due()
        assert shop.oms.look(Order, "ord_1").has_hold(HoldKind.PAYMENT_DECLINED)
        assert shop.oms.storage.tasks("dead") == ()


class Forgetful(ManualPayments):
    """Loses the answer of every send, after the effect."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: Counter[str] = Counter()
        self.asked: list[str] = []

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        self.sent[request.key] += 1
        self.asked.append(f"send {request.key}")
        super().send(request)
        raise PortUnknownError("the line went dead")

    def look_up(self, key: str) -> PaymentAnswer | None:
        self.asked.append(f"look up {key}")
        return super().look_up(key)


def test_an_unknown_outcome_is_looked_up_and_never_resent_blindly(tmp_path: Path) -> None:
    with bench(tmp_path, payments=Forgetful()) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 1}))
        pass_time(oms, minutes=5)
        send_out(oms, "ord_1")
        pass_time(oms, days=1)
        assert oms.look(Payment, P1).captured == eur(1000)
        assert set(shop.payments.sent.values()) == {1}
        assert shop.payments.asked[:2] == ["send ord_1.p1.authorise", "look up ord_1.p1.authorise"]


class SlowCaptures(ManualPayments):
    """Captures are not decided until somebody lets them."""

    let = False

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        answer = super().send(request)
        return self._veiled(answer) if request.step is PaymentStep.CAPTURE else answer

    def look_up(self, key: str) -> PaymentAnswer | None:
        answer = super().look_up(key)
        return self._veiled(answer) if answer and ".capture." in key else answer

    def _veiled(self, answer: PaymentAnswer) -> PaymentAnswer:
        return answer if self.let else PaymentAnswer(outcome=PaymentOutcome.PENDING, amount=answer.amount)


def test_a_void_never_overtakes_a_capture_under_way(tmp_path: Path) -> None:
    payments = SlowCaptures()
    with bench(tmp_path, payments=payments) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 16}))
        oms.run_due()
        send_out(oms, "ord_1")
        oms.do(CancelOrder(order_id=OrderId("ord_1"), at=oms.clock.now()))
        pass_time(oms, hours=3)
        payment = oms.look(Payment, P1)
        assert (payment.captured, payment.under_way(Step.CAPTURE), payment.capturable) == (
            eur(0),
            eur(14000),
            eur(2000),
        )
        assert sums(payments)["void"] == 0
        payments.let = True
        pass_time(oms, days=1)
        payment = oms.look(Payment, P1)
        assert (payment.captured, payment.voided) == (eur(14000), eur(2000))
        check_everything(oms, payments)


def test_a_provider_that_takes_its_time_is_asked_until_it_answers(tmp_path: Path) -> None:
    payments = SlowCaptures()
    with bench(tmp_path, payments=payments) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 2}))
        oms.run_due()
        send_out(oms, "ord_1")
        pass_time(oms, days=30)
        assert oms.look(Payment, P1).under_way(Step.CAPTURE) == eur(2000)
        payments.let = True
        pass_time(oms, hours=6)
        assert oms.look(Payment, P1).captured == eur(2000)
        assert oms.storage.tasks("dead") == ()
        check_everything(oms, payments)


def test_a_return_waits_for_the_capture_under_way(tmp_path: Path) -> None:
    payments = SlowCaptures()
    with bench(tmp_path, payments=payments) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 2}))
        oms.run_due()
        send_out(oms, "ord_1")
        pass_time(oms, days=2)
        with pytest.raises(RefusedError, match="run the due tasks, then decide on the goods again"):
            give_back(oms, 2)
        payments.let = True
        pass_time(oms, hours=9)
        oms.do(
            DisposeReturn(
                return_id=ReturnId("ret_1"), units=(DisposedUnits(1, 2, Disposition.RESTOCK),), at=oms.clock.now()
            )
        )
        oms.run_due()
        assert oms.look(Payment, P1).refunded == eur(2000)


class NoCaptures(ManualPayments):
    """Declines every capture."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        if request.step is PaymentStep.CAPTURE:
            return PaymentAnswer(outcome=PaymentOutcome.DECLINED, amount=request.amount, says="no funds")
        return super().send(request)


def test_a_declined_capture_holds_the_rest_and_may_be_asked_again(tmp_path: Path) -> None:
    with bench(tmp_path, payments=NoCaptures()) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 2}))
        oms.run_due()
        send_out(oms, "ord_1")
        assert oms.look(Order, "ord_1").has_hold(HoldKind.CAPTURE_FAILED)
        assert "Capture failed for order ord_1" in shop.outbox.subjects()
        assert oms.look(Payment, P1).capturable == eur(2000)
        pass_time(oms, days=4)
        give_back(oms, 2)
        assert oms.look(Payment, P1).refunded == eur(0)
        check_everything(oms)


def test_goods_come_back_after_a_gift_of_money_and_the_customer_gets_no_more_than_was_paid(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 2}))
    oms.run_due()
    send_out(oms, "ord_1")
    pass_time(oms, days=4)
    refund(oms, 500, "goodwill")
    oms.run_due()
    give_back(oms, 2)
    oms.run_due()
    payment = oms.look(Payment, P1)
    assert payment.refunded == payment.captured == eur(2000)
    check_everything(oms)


def test_more_than_was_captured_is_never_refunded(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 2}))
    oms.run_due()
    with pytest.raises(RefusedError, match=r"0\.00 EUR is left to refund"):
        refund(oms, 1, "early")
    send_out(oms, "ord_1")
    refund(oms, 1200, "a")
    with pytest.raises(RefusedError, match=r"8\.00 EUR is left to refund"):
        refund(oms, 801, "b")
    refund(oms, 800, "c")
    oms.run_due()
    assert oms.look(Payment, P1).refunded == eur(2000)


def _authorised(amount: int = 1000) -> Payment:
    asked = RequestAuthorisation(
        payment_id=P1, order_id=OrderId("ord_1"), provider="manual", method="card-ok", amount=eur(amount), at=NOON
    )
    return _after(_after(None, asked), _answer("ord_1.p1.authorise", amount))


def _answer(key: str, amount: int, *, succeeded: bool = True) -> RecordAnswer:
    return RecordAnswer(
        payment_id=P1, key=key, succeeded=succeeded, amount=eur(amount), reference="x", says="", at=NOON
    )


def _after(payment: Payment | None, command: Any) -> Payment:
    for event in decide(payment, command):
        payment = evolve(payment, event)
    assert payment is not None
    return payment


@pytest.mark.parametrize(
    ("again", "says"),
    [
        (_answer("ord_1.p1.authorise", 1000, succeeded=False), "already succeeded; the provider now says otherwise"),
        (_answer("ord_1.p1.authorise", 999), "answered for 9.99 EUR, 10.00 EUR was asked"),
        (_answer("ord_1.p1.capture.f9", 1000), "never asked under key"),
    ],
)
def test_a_provider_that_contradicts_itself_is_not_believed_in_silence(again: RecordAnswer, says: str) -> None:
    with pytest.raises(RefusedError, match=says):
        decide(_authorised(), again)


def test_an_answer_told_twice_is_noted_once() -> None:
    assert decide(_authorised(), _answer("ord_1.p1.authorise", 1000)) == []


class Stingy(ManualPayments):
    """Answers for less than was asked."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        return PaymentAnswer(outcome=PaymentOutcome.SUCCEEDED, amount=eur(1), reference="x")


def test_an_answer_for_another_amount_is_brought_before_somebody(tmp_path: Path) -> None:
    with bench(tmp_path, payments=Stingy()) as shop:
        oms = shop.oms
        oms.do(order(oms, {CUP: 1}))
        assert oms.run_due().dead == 1
        (dead,) = oms.storage.tasks("dead")
        assert "look at it by hand" in dead.note
        assert any("look at it by hand" in notice.text for notice in shop.outbox.notices.values())
        assert oms.look(Order, "ord_1").has_hold(HoldKind.PAYMENT)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from((Step.CAPTURE, Step.VOID, Step.REFUND)), st.integers(1, 700), st.sampled_from("ynl")),
        max_size=12,
    )
)
def test_refunded_at_most_captured_at_most_authorised(asked: list[tuple[Step, int, str]]) -> None:
    """Any requests in any order, answered yes, no or later."""
    payment = _authorised()
    for number, (step, minor, said) in enumerate(asked):
        key = f"{P1}.{number}"
        left = payment.refundable if step is Step.REFUND else payment.capturable
        command = RequestStep(payment_id=P1, key=key, step=step, amount=eur(minor), at=NOON)
        if eur(minor) > left:
            with pytest.raises(RefusedError, match="is left to"):
                decide(payment, command)
            continue
        payment = _after(payment, command)
        if said != "l":
            payment = _after(payment, _answer(key, minor, succeeded=said == "y"))
        assert eur(0) <= payment.refunded + payment.under_way(Step.REFUND) <= payment.captured
        spent = payment.captured + payment.voided + payment.under_way(Step.CAPTURE) + payment.under_way(Step.VOID)
        assert spent <= payment.authorised


@settings(max_examples=25)
@given(lives)
def test_the_provider_tells_the_same_sums_as_the_shop(
    tmp_path_factory: pytest.TempPathFactory, life: list[Any]
) -> None:
    with bench(tmp_path_factory.mktemp("shop")) as shop:
        lived = Life(shop.oms)
        for step in life:
            lived.live(step)
        pass_time(shop.oms, days=3)
        check_payments(shop.oms, shop.payments)
        check_books(shop.oms)


def test_a_second_shipment_is_captured_from_the_payment_that_has_the_money(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 16}))
    oms.run_due()
    send_out(oms, "ord_1")
    receive(oms, "MUC", {TEA: 2}, document="d1")
    oms.run_due()
    send_out(oms, "ord_1")
    pass_time(oms, days=1)
    payment = oms.look(Payment, P1)
    assert (payment.captured, payment.voided) == (eur(16000), eur(0))
    keys = [attempt.key for attempt in payment.attempts if attempt.step is Step.CAPTURE]
    assert keys == [f"{P1}.capture.{name.rsplit('.', 1)[1]}" for name in oms.look(Order, "ord_1").fulfillments]
    assert oms.look(FulfillmentOrder, "ord_1.f3").shipped_at is not None
