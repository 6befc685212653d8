"""What providers tell of their own accord: early, twice, late or out of order, it ends in one state."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import attrs
import pytest

from omscore.app import Oms
from omscore.errors import CommandKeyError, InputError, RefusedError
from omscore.ids import OrderId, PaymentId
from omscore.money import Money
from omscore.orders.commands import CancelOrder
from omscore.orders.model import HoldKind, Order
from omscore.payments.callbacks import (
    Callback,
    CallbackState,
    RecordCallback,
    decide_callback,
    evolve_callback,
    verdict_of,
)
from omscore.payments.commands import RequestStep
from omscore.payments.model import Attempt, AttemptState, Payment, Step
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentRequest, PaymentStep
from omscore_adapters.payment_manual import ManualPayments
from omscore_adapters.payment_manual.mapping import reference_of
from tests.kit.shops import NOON, TEA, order, pass_time, send_out
from tests.laws.bench import Bench, bench
from tests.laws.checks import check_everything

P1 = PaymentId("ord_1.p1")
KEYS = {
    PaymentStep.AUTHORISE: f"{P1}.authorise",
    PaymentStep.CAPTURE: f"{P1}.capture.f1",
    PaymentStep.REFUND: f"{P1}.goodwill",
}


def told(step: PaymentStep, *, event_id: str | None = None, **more: Any) -> RecordCallback:
    """A callback of the manual provider about a step of the first payment."""
    content: dict[str, Any] = {
        "provider": "manual",
        "event_id": event_id or f"evt_{step}",
        "payment_id": P1,
        "key": KEYS[step],
        "succeeded": True,
        "amount": Money(1000, "EUR"),
        "reference": reference_of(step, KEYS[step]),
        "at": NOON,
    }
    return RecordCallback(**(content | more))


class Silent(ManualPayments):
    """Does what it is asked and says so by callback only: every question is answered with "not decided yet"."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        return _undecided(super().send(request))

    def look_up(self, key: str) -> PaymentAnswer | None:
        answer = super().look_up(key)
        return answer and _undecided(answer)


def _undecided(answer: PaymentAnswer) -> PaymentAnswer:
    return PaymentAnswer(outcome=PaymentOutcome.PENDING, amount=answer.amount)


def go_on(oms: Oms) -> None:
    """Whatever the shop can do by now: place the order, send it, give the money back; six hours pass each time."""
    if oms.find(Order, "ord_1") is None:
        oms.do(order(oms, {TEA: 1}))
    pass_time(oms, hours=2)
    if not oms.look(Order, "ord_1").holds:
        send_out(oms, "ord_1")
    pass_time(oms, hours=2)
    payment = oms.look(Payment, P1)
    if payment.refundable.minor:
        oms.do(
            RequestStep(payment_id=P1, key=KEYS[PaymentStep.REFUND], step=Step.REFUND, amount=payment.captured, at=NOON)
        )
        pass_time(oms, hours=2)


def end_of(shop: Bench) -> tuple[Any, ...]:
    """Everything that must be the same however the callbacks came: money, goods, books, and nothing left to do."""
    oms = shop.oms
    for _ in range(3):
        go_on(oms)
    pass_time(oms, days=4)
    check_everything(oms, shop.payments)
    found = oms.look(Order, "ord_1")
    kept = [each for each in oms.listed(Callback, "callback", P1) if oms.look(Callback, each).state in _UNSETTLED]
    assert kept == []
    assert oms.storage.tasks("dead") == ()
    assert not any(task.kind in ("payment", "callback") for task in oms.storage.tasks("waiting"))
    return oms.look(Payment, P1), found.holds, found.lines, sorted(shop.books.entries)


_UNSETTLED = (CallbackState.KEPT, CallbackState.REFUSED, CallbackState.CONTRADICTS)
STORIES = [
    story
    for count in (1, 2, 4)
    for story in permutations(
        [
            told(PaymentStep.AUTHORISE),
            told(PaymentStep.CAPTURE),
            told(PaymentStep.REFUND),
            told(PaymentStep.CAPTURE, event_id="evt_capture_again"),
        ],
        count,
    )
]


@pytest.fixture(scope="module")
def quiet_end(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    """The end of the same life when nobody ever calls back."""
    with bench(tmp_path_factory.mktemp("quiet")) as shop:
        return end_of(shop)


@pytest.mark.parametrize("is_early", [True, False], ids=["all early", "one by one"])
def test_callbacks_in_every_order_end_in_one_state_beside_our_own_questions(
    tmp_path: Path, quiet_end: tuple[Any, ...], is_early: bool
) -> None:
    """All orders of four callbacks, one step told under two event ids; of those that come early, all of up to two."""
    for number, story in enumerate(each for each in STORIES if (len(each) < 3 if is_early else len(each) == 4)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with bench(folder) as shop:
            for callback in story:
                shop.oms.do(callback)
                shop.oms.do(callback)
                if not is_early:
                    go_on(shop.oms)
            assert end_of(shop) == quiet_end, story


@pytest.mark.parametrize("is_early", [True, False], ids=["all early", "one by one"])
def test_callbacks_in_every_order_end_in_one_state_when_nothing_else_answers(
    tmp_path: Path, quiet_end: tuple[Any, ...], is_early: bool
) -> None:
    """The provider tells everything by callback alone, in all 24 orders."""
    for number, story in enumerate(each for each in STORIES if len(each) == 4):
        folder = tmp_path / str(number)
        folder.mkdir()
        with bench(folder, payments=Silent()) as shop:
            for callback in story:
                shop.oms.do(callback)
                if not is_early:
                    go_on(shop.oms)
            assert end_of(shop) == quiet_end, story


class Hasty(ManualPayments):
    """Calls back while it is still being asked, before its answer can be recorded."""

    def __init__(self) -> None:
        super().__init__()
        self.oms: Oms | None = None
        self.calls = 0

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        answer = super().send(request)
        if self.oms is not None:
            self.calls += 1
            self.oms.do(told(request.step, key=request.key, amount=request.amount, reference=answer.reference))
        return answer


def test_a_callback_that_overtakes_the_answer_is_applied_once(tmp_path: Path, quiet_end: tuple[Any, ...]) -> None:
    payments = Hasty()
    with bench(tmp_path, payments=payments) as shop:
        payments.oms = shop.oms
        assert end_of(shop) == quiet_end
        assert payments.calls == 3
        states = [shop.oms.look(Callback, each).state for each in shop.oms.listed(Callback, "callback", P1)]
        assert states == [CallbackState.APPLIED] * 3


def test_a_callback_told_again_gives_the_same_answer_for_ever(tmp_path: Path) -> None:
    with bench(tmp_path) as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        first = shop.oms.do(told(PaymentStep.AUTHORISE))
        assert "StepSucceeded" in first.events
        pass_time(shop.oms, days=400)
        later = told(PaymentStep.AUTHORISE, at=shop.oms.clock.now())
        assert shop.oms.do(later) == first
        shop.oms.do(later, key="by our own key")
        names = [stored.name for stored in shop.oms.storage.events(stream=f"payment/{P1}")]
        assert names.count("StepSucceeded") == 1
        with pytest.raises(CommandKeyError):
            shop.oms.do(told(PaymentStep.AUTHORISE, succeeded=False))
        with pytest.raises(RefusedError, match="told event evt_authorise before with other content"):
            shop.oms.do(told(PaymentStep.AUTHORISE, succeeded=False), key="another")


@pytest.mark.parametrize(
    "wrong", [{"amount": Money(999, "EUR")}, {"amount": Money(1000, "JPY")}, {"amount": Money(-1000, "EUR")}]
)
def test_a_callback_for_another_amount_changes_nothing_and_is_told_to_the_shop(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    with bench(tmp_path) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 1}))
        oms.do(told(PaymentStep.AUTHORISE, **wrong))
        assert oms.look(Payment, P1).attempts[0].state is AttemptState.REQUESTED
        assert oms.look(Callback, "manual:evt_authorise").state is CallbackState.REFUSED
        oms.run_due()
        assert f"A callback for payment {P1} was not applied" in shop.outbox.subjects()
        assert oms.look(Payment, P1).authorised == Money(1000, "EUR")
        check_everything(oms, shop.payments)


def test_a_callback_of_another_provider_than_was_asked_is_refused() -> None:
    (event,) = decide_callback(None, told(PaymentStep.AUTHORISE, provider="other"))
    callback = evolve_callback(None, event)
    asked = Payment(
        payment_id=P1,
        order_id=OrderId("ord_1"),
        provider="manual",
        method="card-ok",
        authorised=Money(0, "EUR"),
        captured=Money(0, "EUR"),
        voided=Money(0, "EUR"),
        refunded=Money(0, "EUR"),
        attempts=(Attempt(key=KEYS[PaymentStep.AUTHORISE], step=Step.AUTHORISE, amount=Money(1000, "EUR")),),
    )
    state, says = verdict_of(callback, asked)
    assert state is CallbackState.REFUSED
    assert says == "other says that authorise 10.00 EUR succeeded, but manual was asked; nothing was changed"
    assert verdict_of(callback, None)[0] is CallbackState.KEPT


def test_a_callback_of_a_provider_nobody_configured_is_bad_input(tmp_path: Path) -> None:
    with bench(tmp_path) as shop, pytest.raises(InputError, match="no payment provider 'other'; configured: manual"):
        shop.oms.do(told(PaymentStep.AUTHORISE, provider="other"))


@pytest.mark.parametrize("name", ["event_id", "key", "payment_id"])
def test_a_callback_without_its_names_is_bad_input(tmp_path: Path, name: str) -> None:
    with bench(tmp_path) as shop:
        for text in ("", " ", "x" * 201):
            wrong: dict[str, Any] = {name: text}
            with pytest.raises(InputError, match=name):
                shop.oms.do(attrs.evolve(told(PaymentStep.AUTHORISE), **wrong))


def test_a_callback_for_something_never_asked_is_kept_for_three_days_and_then_told(tmp_path: Path) -> None:
    with bench(tmp_path) as shop:
        oms = shop.oms
        oms.do(told(PaymentStep.AUTHORISE, key="ord_9.p1.authorise", payment_id=PaymentId("ord_9.p1")))
        pass_time(oms, hours=71)
        assert oms.look(Callback, "manual:evt_authorise").state is CallbackState.KEPT
        pass_time(oms, hours=1)
        callback = oms.look(Callback, "manual:evt_authorise")
        assert callback.state is CallbackState.REFUSED
        assert "never asked" in callback.verdict
        assert "A callback for payment ord_9.p1 was not applied" in shop.outbox.subjects()
        assert oms.storage.tasks("dead") == ()
        check_everything(oms)


@pytest.mark.parametrize(("method", "succeeded"), [("card-declined", True), ("card-ok", False)])
def test_a_callback_against_what_is_recorded_moves_no_money_and_calls_a_person(
    tmp_path: Path, method: str, succeeded: bool
) -> None:
    with bench(tmp_path) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 1}, method=method))
        oms.run_due()
        before = oms.look(Payment, P1)
        oms.do(told(PaymentStep.AUTHORISE, succeeded=succeeded))
        oms.run_due()
        assert oms.look(Payment, P1) == before
        assert oms.look(Callback, "manual:evt_authorise").state is CallbackState.CONTRADICTS
        assert oms.look(Order, "ord_1").has_hold(HoldKind.REVIEW)
        assert f"A callback contradicts payment {P1}" in shop.outbox.subjects()
        assert len(shop.payments.effects) == (method == "card-ok")
        check_everything(oms)


def test_a_late_authorisation_of_a_cancelled_order_is_let_go_of(tmp_path: Path) -> None:
    """The compensation undoes what this payment set aside, and nothing else."""
    with bench(tmp_path, payments=Silent()) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
        oms.do(CancelOrder(order_id=OrderId("ord_1"), at=NOON))
        oms.do(told(PaymentStep.AUTHORISE))
        oms.run_due()
        payment = oms.look(Payment, P1)
        assert payment.under_way(Step.VOID) == payment.authorised == Money(1000, "EUR")
        assert [each.request.step for each in shop.payments.effects] == [PaymentStep.AUTHORISE, PaymentStep.VOID]


def test_a_late_answer_tells_a_dropped_step_how_it_ended(tmp_path: Path) -> None:
    """The way out of an unknown outcome: somebody looks at the provider's list and tells what it says there."""
    with bench(tmp_path, payments=Silent()) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
        assert oms.storage.drop(KEYS[PaymentStep.AUTHORISE], note="dropped by Ben: looked at by hand")
        pass_time(oms, days=1)
        assert oms.look(Payment, P1).attempts[0].state is AttemptState.REQUESTED
        oms.do(told(PaymentStep.AUTHORISE, succeeded=False, says="never arrived", event_id="by-hand-1"))
        assert oms.look(Order, "ord_1").has_hold(HoldKind.PAYMENT_DECLINED)
