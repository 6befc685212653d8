"""What the payment contract promises, at localstripe behind a strict front and at a strict stand-in alike."""

from __future__ import annotations

import pytest

from omscore.errors import PortRefusedError
from omscore.ports.payments import PaymentListing, PaymentOutcome, PaymentStep
from tests.adapters.payment.stripe.asking import AUTHORISE, CAPTURE, REFUND, VOID, Asking
from tests.adapters.payment.stripe.conftest import client
from tests.adapters.payment.stripe.door import Door, Fault


def test_a_good_card_passes_through_all_four_steps(door: Door) -> None:
    asking = Asking(door)
    for step, minor in ((AUTHORISE, 1_000), (CAPTURE, 600), (VOID, 400), (REFUND, 600)):
        answer = asking.do(step, minor)
        assert (answer.outcome, answer.amount.minor) == (PaymentOutcome.SUCCEEDED, minor)
        assert asking.look_up(f"{asking.payment_id}.{step}") == answer
    assert asking.moved() == {AUTHORISE: [1_000], CAPTURE: [600], VOID: [400], REFUND: [600]}
    assert isinstance(client(door), PaymentListing)


def test_all_that_was_set_aside_is_let_go_of(door: Door) -> None:
    asking = Asking(door)
    asking.do(AUTHORISE)
    assert asking.do(VOID).outcome is PaymentOutcome.SUCCEEDED
    with pytest.raises(PortRefusedError, match="could not be captured"):
        asking.do(CAPTURE)
    assert asking.moved() == {AUTHORISE: [1_000], VOID: [1_000]}


def test_a_declined_card_says_why_in_words_for_the_payer_and_moves_nothing(door: Door) -> None:
    asking = Asking(door)
    answer = asking.do(AUTHORISE, method="pm_card_visa_chargeDeclined")
    assert (answer.outcome, answer.says) == (PaymentOutcome.DECLINED, "Your card was declined.")
    told = asking.look_up(f"{asking.payment_id}.authorise")
    assert told is not None and (told.outcome, told.says) == (answer.outcome, answer.says)
    assert asking.send(asking.request(AUTHORISE, method="pm_card_visa_chargeDeclined")) == answer
    with pytest.raises(PortRefusedError, match="could not be captured"):
        asking.do(CAPTURE, authorisation=told.reference)
    assert asking.moved() == {}


def test_a_card_that_needs_the_payer_is_declined_rather_than_left_waiting(door: Door) -> None:
    answer = Asking(door).do(AUTHORISE, method="pm_card_authenticationRequired")
    assert (answer.outcome, answer.says) == (PaymentOutcome.DECLINED, "This payment needs the payer's confirmation.")


def test_without_captures_in_parts_the_first_capture_ends_the_authorisation_and_the_second_says_so(door: Door) -> None:
    asking = Asking(door)
    asking.do(AUTHORISE)
    asking.do(CAPTURE, 600, "capture.f1")
    with pytest.raises(PortRefusedError, match=r"captured with 6\.00 EUR of 10\.00 EUR, and Stripe let go of the rest"):
        asking.do(CAPTURE, 400, "capture.f2")
    assert asking.moved()[CAPTURE] == [600]


def test_more_than_there_is_is_refused(door: Door) -> None:
    asking = Asking(door)
    asking.do(AUTHORISE)
    with pytest.raises(PortRefusedError, match=r"only 10\.00 EUR of 10\.00 EUR is left"):
        asking.do(CAPTURE, 1_001)
    with pytest.raises(PortRefusedError, match="void exactly that"):
        asking.do(VOID, 999)
    with pytest.raises(PortRefusedError, match="greater than"):
        asking.do(REFUND, 1)
    asking.do(CAPTURE, 700)
    for number, minor in enumerate((300, 300)):
        asking.do(REFUND, minor, f"refund.{number}")
    with pytest.raises(PortRefusedError, match="greater than"):
        asking.do(REFUND, 101, "refund.more")
    asking.do(REFUND, 100, "refund.last")
    assert asking.moved()[REFUND] == [100, 300, 300]


@pytest.mark.parametrize("is_forgotten", [False, True], ids=["key remembered", "a day later"])
def test_a_key_sent_again_by_another_program_moves_nothing_and_gets_the_answer_of_the_first(
    door: Door, is_forgotten: bool
) -> None:
    asking = Asking(door)
    asking.do(AUTHORISE)
    for step, minor in ((CAPTURE, 600), (VOID, 400), (REFUND, 250)):
        answer = asking.do(step, minor)
        if is_forgotten:
            door.forget_keys()
        assert asking.do(step, minor) == answer
    assert asking.moved() == {AUTHORISE: [1_000], CAPTURE: [600], VOID: [400], REFUND: [250]}


def test_a_key_used_for_another_amount_is_refused(door: Door) -> None:
    asking = Asking(door)
    asking.do(AUTHORISE)
    with pytest.raises(PortRefusedError, match=r"was used to authorise 10\.00 EUR, not to authorise 9\.99 EUR"):
        asking.send(asking.request(AUTHORISE, 999))
    asking.do(CAPTURE, 600)
    with pytest.raises(PortRefusedError, match="was used to capture"):
        asking.do(CAPTURE, 400)
    asking.do(REFUND, 100)
    with pytest.raises(PortRefusedError, match="was used to refund"):
        asking.do(REFUND, 200)
    assert asking.moved() == {AUTHORISE: [1_000], CAPTURE: [600], REFUND: [100]}


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("step", list(PaymentStep))
def test_whatever_happens_to_an_answer_the_step_is_done_once(door: Door, step: PaymentStep, fault: Fault) -> None:
    """Also when it happens twice, where one was not enough to need a second try; a void makes two calls."""
    asking = Asking(door)
    if step is not AUTHORISE:
        asking.do(AUTHORISE)
    if step is REFUND:
        asking.do(CAPTURE)
    door.faults = [fault, fault]
    answer = asking.persistently(asking.request(step))
    assert (answer.outcome, answer.amount) == (PaymentOutcome.SUCCEEDED, asking.total)
    assert len(door.faults) < 2, "nothing went wrong"
    assert asking.moved()[step] == [1_000]


def test_a_key_nobody_sent_is_unknown(door: Door) -> None:
    asking = Asking(door)
    assert asking.look_up("nobody.p9.authorise") is None
    asking.do(AUTHORISE)
    assert asking.look_up(f"{asking.payment_id}.capture.f1") is None


def test_two_shops_of_one_account_never_meet(door: Door) -> None:
    ours, theirs = Asking(door, namespace="tea"), Asking(door, namespace="cups")
    theirs.payment_id = ours.payment_id
    ours.do(AUTHORISE)
    assert theirs.look_up(f"{ours.payment_id}.authorise") is None
    theirs.do(AUTHORISE)
    assert theirs.authorisation != ours.authorisation
    with pytest.raises(PortRefusedError, match="belongs to payment of somebody else"):
        theirs.do(CAPTURE, authorisation=ours.authorisation)
    assert ours.moved() == theirs.moved() == {AUTHORISE: [1_000]}
