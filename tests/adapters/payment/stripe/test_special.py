"""What no rehearsal server has: captures in parts, a slow search, payments of the checkout, failures at the border."""

from __future__ import annotations

import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError, SetupError
from omscore.ports.keys import key_ttl
from omscore.ports.payments import PaymentOutcome, PaymentStep
from omscore.secrets import Secret
from omscore_adapters.payment_stripe import PROVIDER, StripePayments, StripeSettings
from tests.adapters.payment.stripe.asking import AUTHORISE, CAPTURE, REFUND, VOID, Asking
from tests.adapters.payment.stripe.conftest import client
from tests.adapters.payment.stripe.door import Door, Fault
from tests.adapters.payment.stripe.fake import MARCH, FakeStripe

NOON = datetime.fromtimestamp(MARCH, UTC)
DAY = timedelta(days=1)


def parts(door: Door, **more: Any) -> Asking:
    asking = Asking(door, multiple_captures=True, **more)
    asking.do(AUTHORISE)
    return asking


def test_an_order_in_three_parcels_is_captured_in_three_parts_and_the_rest_is_let_go_of(fake_door: Door) -> None:
    asking = parts(fake_door)
    for number, minor in enumerate((300, 250, 50)):
        assert asking.do(CAPTURE, minor, f"capture.f{number}").amount.minor == minor
    assert asking.do(VOID, 400).outcome is PaymentOutcome.SUCCEEDED
    asking.do(REFUND, 600)
    assert asking.moved() == {AUTHORISE: [1_000], CAPTURE: [50, 250, 300], VOID: [400], REFUND: [600]}


def test_parts_that_make_up_the_whole_end_the_authorisation(fake: FakeStripe, fake_door: Door) -> None:
    asking = parts(fake_door)
    asking.do(CAPTURE, 600, "capture.f1")
    asking.do(CAPTURE, 400, "capture.f2")
    assert fake.intents[asking.authorisation]["status"] == "succeeded"
    with pytest.raises(PortRefusedError, match="captured with"):
        asking.do(CAPTURE, 1, "capture.f3")


def test_a_card_without_parts_is_captured_once_although_the_shop_asked_for_them(
    fake: FakeStripe, fake_door: Door
) -> None:
    fake.may_keep_rest = False
    asking = parts(fake_door)
    asking.do(CAPTURE, 600, "capture.f1")
    with pytest.raises(PortRefusedError, match="Stripe let go of the rest"):
        asking.do(CAPTURE, 400, "capture.f2")


@pytest.mark.parametrize("fault", list(Fault))
def test_each_part_is_captured_once_whatever_happens_to_the_answers(fake_door: Door, fault: Fault) -> None:
    asking = parts(fake_door)
    for number, minor in enumerate((300, 700)):
        fake_door.faults = [fault]
        asking.persistently(asking.request(CAPTURE, minor, f"capture.f{number}"))
        fake_door.faults.clear()
    assert asking.moved()[CAPTURE] == [300, 700]


@pytest.mark.parametrize("step", list(PaymentStep))
@pytest.mark.parametrize("fault", list(Fault))
def test_while_the_search_knows_nothing_yet_sending_again_still_acts_once(
    fake: FakeStripe, fake_door: Door, step: PaymentStep, fault: Fault
) -> None:
    fake.is_indexed = False
    asking = Asking(fake_door)
    if step is not AUTHORISE:
        asking.do(AUTHORISE)
    if step is REFUND:
        asking.do(CAPTURE)
    fake_door.faults = [fault]
    assert asking.persistently(asking.request(step)).outcome is PaymentOutcome.SUCCEEDED
    assert asking.moved()[step] == [1_000]
    assert len(fake.intents) == 1


def test_a_saved_answer_that_is_old_by_now_is_not_believed(fake: FakeStripe, fake_door: Door) -> None:
    fake.is_indexed = False
    asking = Asking(fake_door)
    fake_door.faults = [Fault.LOST_AFTER]
    with pytest.raises(PortUnknownError):
        asking.do(AUTHORISE)
    (intent,) = fake.intents.values()
    fake.cancel(intent)
    assert asking.do(AUTHORISE).outcome is PaymentOutcome.DECLINED


CALLS = st.lists(
    st.tuples(
        st.sampled_from([CAPTURE, VOID, REFUND]),
        st.integers(1, 120),
        st.sampled_from("abcdef"),
        st.sampled_from([None, None, *Fault]),
        st.booleans(),
    ),
    max_size=12,
)


@settings(max_examples=20)
@given(CALLS, st.booleans())
@example([(REFUND, 1, "a", None, False), (VOID, 100, "a", None, False), (CAPTURE, 1, "b", None, False)], False)
def test_refunded_never_exceeds_captured_and_captured_never_exceeds_authorised(
    calls: list[tuple[PaymentStep, int, str, Fault | None, bool]], keeps_rest: bool
) -> None:
    """Any calls, under keys that repeat, with answers lost and idempotency keys forgotten in between."""
    door = Door(FakeStripe())
    try:
        asking = Asking(door, minor=100, multiple_captures=keeps_rest)
        asking.do(AUTHORISE)
        for step, minor, name, fault, is_forgotten in calls:
            door.faults = [fault] if fault else []
            with suppress(PortRefusedError, PortTransientError, PortUnknownError):
                asking.do(step, minor, name)
            door.faults.clear()
            if is_forgotten:
                door.forget_keys()
        moved = {step: sum(amounts) for step, amounts in asking.moved().items()}
        assert moved[AUTHORISE] == 100
        assert moved.get(CAPTURE, 0) + moved.get(VOID, 0) <= 100
        assert moved.get(REFUND, 0) <= moved.get(CAPTURE, 0)
        keys = [each.key for each in client(door).listing(NOON - DAY, NOON + DAY)]
        assert len(keys) == len(set(keys))
    finally:
        door.close()


def checkout(fake: FakeStripe, *, amount: int = 1_000, confirmed: bool = True, method: str = "manual") -> str:
    """A payment as the checkout made it."""
    made = fake.create({"amount": str(amount), "currency": "eur", "capture_method": method})[1]
    if confirmed:
        fake.confirm(fake.intents[made["id"]], "pm_card_visa")
    return str(made["id"])


def test_a_payment_the_customer_confirmed_pays_one_order(fake: FakeStripe, fake_door: Door) -> None:
    intent_id = checkout(fake)
    first, second = Asking(fake_door), Asking(fake_door)
    answer = first.do(AUTHORISE, method=intent_id)
    assert (answer.outcome, answer.reference) == (PaymentOutcome.SUCCEEDED, intent_id)
    assert first.do(AUTHORISE, method=intent_id) == answer == first.look_up(f"{first.payment_id}.authorise")
    with pytest.raises(PortRefusedError, match="pays for another order already"):
        second.do(AUTHORISE, method=intent_id)
    first.do(CAPTURE)
    assert first.moved() == {AUTHORISE: [1_000], CAPTURE: [1_000]}
    with pytest.raises(PortRefusedError, match="pays for another order already"):
        Asking(fake_door, namespace="cups").do(AUTHORISE, method=intent_id)


def test_of_two_orders_that_claim_one_payment_at_once_one_gets_it(fake: FakeStripe, fake_door: Door) -> None:
    intent_id = checkout(fake)
    first, second = Asking(fake_door), Asking(fake_door)
    winners: list[str] = []

    def meanwhile(moment: str, _number: int) -> None:
        # Between the look of the second and its claim, the first one claims.
        if moment == "before" and fake_door.calls[-1][0] == "POST" and not winners:
            winners.append("first")
            first.do(AUTHORISE, method=intent_id)

    fake_door.watch = meanwhile
    with pytest.raises(PortRefusedError, match="pays for another order already"):
        second.do(AUTHORISE, method=intent_id)
    assert (first.moved(), second.moved()) == ({AUTHORISE: [1_000]}, {})


def test_a_payment_of_the_checkout_must_fit(fake: FakeStripe, fake_door: Door) -> None:
    asking = Asking(fake_door)
    with pytest.raises(PortRefusedError, match=r"is for 9\.99 EUR, the order asks for 10\.00 EUR"):
        asking.do(AUTHORISE, method=checkout(fake, amount=999))
    with pytest.raises(PortRefusedError, match="capture_method=manual"):
        asking.do(AUTHORISE, method=checkout(fake, method="automatic"))
    with pytest.raises(PortRefusedError, match=r"pm_\.\.\."):
        asking.do(AUTHORISE, method="tok_visa")
    for method in ("pi_../customers", "pi_é", "pi_1?expand=x"):
        with pytest.raises(PortRefusedError, match="no payment of Stripe's"):
            asking.do(AUTHORISE, method=method)
    assert not any(fake_door.posts())


def test_a_payment_that_still_waits_for_the_bank_is_pending_until_it_is_decided(
    fake: FakeStripe, fake_door: Door
) -> None:
    intent_id = checkout(fake, confirmed=False)
    intent = fake.intents[intent_id]
    intent["status"] = "requires_action"
    asking = Asking(fake_door)
    assert asking.do(AUTHORISE, method=intent_id).outcome is PaymentOutcome.PENDING
    fake.confirm(intent, "pm_card_visa")
    told = asking.look_up(f"{asking.payment_id}.authorise")
    assert told is not None and told.outcome is PaymentOutcome.SUCCEEDED


def test_a_refund_is_pending_until_the_bank_took_it(fake: FakeStripe, fake_door: Door) -> None:
    asking = Asking(fake_door)
    asking.do(AUTHORISE)
    asking.do(CAPTURE)
    fake.refund_status = "pending"
    assert asking.do(REFUND, 400).outcome is PaymentOutcome.PENDING
    (refund,) = fake.refunds.values()
    refund["status"] = "succeeded"
    told = asking.look_up(f"{asking.payment_id}.refund")
    assert told is not None and told.outcome is PaymentOutcome.SUCCEEDED
    assert asking.do(REFUND, 400).outcome is PaymentOutcome.SUCCEEDED


def test_an_authorisation_that_ran_out_is_let_go_of_without_asking(fake: FakeStripe, fake_door: Door) -> None:
    asking = Asking(fake_door)
    asking.do(AUTHORISE)
    fake.cancel(fake.intents[asking.authorisation])
    before = fake_door.posts()
    assert asking.do(VOID).outcome is PaymentOutcome.SUCCEEDED
    assert fake_door.posts() == before


def test_the_list_tells_of_payments_nobody_claims_and_of_captures_behind_our_back(
    fake: FakeStripe, fake_door: Door
) -> None:
    asking = parts(fake_door)
    stranger = checkout(fake)
    Asking(fake_door, namespace="cups").do(AUTHORISE)
    asking.do(CAPTURE, 300, "capture.f1")
    intent = fake.intents[asking.authorisation]
    fake.act("POST", f"/v1/payment_intents/{intent['id']}/capture", {"amount_to_capture": "200"})
    told = [
        (each.key, each.step, each.amount.minor, each.reference)
        for each in client(fake_door).listing(NOON - DAY, NOON + DAY)
    ]
    assert sorted(told) == sorted(
        [
            (f"{asking.payment_id}.authorise", AUTHORISE, 1_000, intent["id"]),
            (f"{asking.payment_id}.capture.f1", CAPTURE, 300, intent["id"]),
            ("", CAPTURE, 200, intent["id"]),
            ("", AUTHORISE, 1_000, stranger),
        ]
    )


def test_the_list_is_whole_over_many_pages(fake: FakeStripe, fake_door: Door) -> None:
    for _ in range(205):
        checkout(fake)
    assert len(list(client(fake_door).listing(NOON - DAY, NOON + DAY))) == 205
    assert list(client(fake_door).listing(NOON + DAY, NOON + 2 * DAY)) == []


@pytest.mark.parametrize(
    "broken",
    [
        {"amount": None},
        {"amount": 10.0},
        {"amount_received": -1},
        {"amount_received": 1_001},
        {"currency": "zzz"},
        {"status": 7},
        {"livemode": "no"},
        {"metadata": {"a": 1}},
        {"created": True},
    ],
)
def test_an_answer_that_cannot_be_read_means_that_nothing_is_known(
    fake: FakeStripe, fake_door: Door, broken: dict[str, Any]
) -> None:
    asking = Asking(fake_door)
    asking.do(AUTHORISE)
    fake.intents[asking.authorisation] |= broken
    with pytest.raises(PortUnknownError):
        asking.do(CAPTURE)
    assert not [path for path in fake_door.posts() if path.endswith("capture")]


def test_notes_that_claim_more_than_was_captured_are_not_believed(fake: FakeStripe, fake_door: Door) -> None:
    asking = Asking(fake_door)
    asking.do(AUTHORISE)
    key = f"{asking.payment_id}.capture"
    fake.intents[asking.authorisation]["metadata"]["omscore_capture_x"] = f"1000 {key}"
    with pytest.raises(PortUnknownError, match=r"notes captures of 10\.00 EUR, but 0\.00 EUR was captured"):
        asking.do(CAPTURE)


def test_objects_of_the_other_mode_are_refused(fake: FakeStripe, fake_door: Door) -> None:
    asking = Asking(fake_door)
    asking.do(AUTHORISE)
    fake.intents[asking.authorisation]["livemode"] = True
    with pytest.raises(PortRefusedError, match="other mode"):
        asking.do(CAPTURE)


def test_where_nothing_was_sent_nothing_happened_and_a_wrong_key_never_shows(fake_door: Door) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = StripeSettings(api_key=Secret("sk_test_good"), api_base=f"http://127.0.0.1:{port}")
    with pytest.raises(PortTransientError, match="cannot be reached"):
        StripePayments(settings).send(Asking(fake_door).request(AUTHORISE))
    wrong = StripeSettings(api_key=Secret("sk_test_canary_0123456789"), api_base=fake_door.url)
    with pytest.raises(PortTransientError, match=r"does not accept payment\.stripe\.api_key") as refusal:
        StripePayments(wrong).send(Asking(fake_door).request(AUTHORISE))
    assert "canary" not in f"{refusal.value!r} {refusal.value.fields} {wrong!r}"


def test_a_step_that_names_no_authorisation_of_this_payment_is_refused(fake_door: Door) -> None:
    asking, other = Asking(fake_door), Asking(fake_door)
    asking.do(AUTHORISE)
    for authorisation, says in (("", "names no authorisation"), ("ch_1", "names no authorisation")):
        with pytest.raises(PortRefusedError, match=says):
            asking.do(CAPTURE, authorisation=authorisation)
    with pytest.raises(PortRefusedError, match="belongs to payment"):
        other.do(CAPTURE, authorisation=asking.authorisation)
    with pytest.raises(PortRefusedError, match="ask in that currency"):
        asking.send(Asking.request(_in_dollars(asking), CAPTURE))
    with pytest.raises(PortRefusedError, match="above zero"):
        asking.do(CAPTURE, 0)
    for name in ("x" * 400, "\ud800"):
        with pytest.raises(PortRefusedError, match=r"give (another|a shorter) order id"):
            asking.do(CAPTURE, name=name)


def _in_dollars(asking: Asking) -> Asking:
    other = Asking(asking.door, currency="USD")
    other.payment_id, other.authorisation = asking.payment_id, asking.authorisation
    return other


def test_a_key_that_fits_into_no_header_still_acts_once(fake: FakeStripe, fake_door: Door) -> None:
    asking = Asking(fake_door)
    asking.payment_id = "Bestellung-Nr'\\" + "ü" * 250 + ".p1"
    fake_door.faults = [Fault.LOST_AFTER]
    assert asking.persistently(asking.request(AUTHORISE)).outcome is PaymentOutcome.SUCCEEDED
    assert asking.look_up(f"{asking.payment_id}.authorise") is not None
    assert len(fake.intents) == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"api_key": Secret("pk_test_1")}, "no secret key"),
        ({"webhook_secrets": (Secret("sk_test_1"),)}, "whsec_"),
        ({"namespace": "Tea & Cups"}, "namespace"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"timeout_s": True}, "timeout_s"),
        ({"api_base": "http://api.stripe.com"}, "api_base"),
        ({"api_base": "https://api.stripe.com/v1"}, "api_base"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_anything_opens(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(SetupError, match=says):
        StripeSettings(**({"api_key": Secret("sk_test_1")} | wrong))


def test_the_provider_says_what_it_can_do_and_for_how_long_a_key_is_known(fake_door: Door) -> None:
    assert sorted(PROVIDER.capabilities) == ["callbacks", "multiple captures", "partial capture", "payment listing"]
    with PROVIDER.open(StripeSettings(api_key=Secret("sk_test_good"), api_base=fake_door.url)) as payments:
        assert key_ttl(payments) == timedelta(hours=24)
