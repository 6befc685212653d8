"""Events are believed only when signed on their raw bytes, now, by one of our secrets, and never alone."""

from __future__ import annotations

import hmac
import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import attrs
import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError, SetupError
from omscore.money import Money
from omscore.payments.callbacks import RecordCallback
from omscore.secrets import Secret
from omscore_adapters.payment_stripe import StripeSettings, StripeWebhooks
from tests.adapters.payment.stripe.asking import AUTHORISE, CAPTURE, REFUND, VOID, Asking
from tests.adapters.payment.stripe.door import Door
from tests.adapters.payment.stripe.fake import FakeStripe

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECRET, NEXT = "whsec_first", "whsec_next"
SETTINGS = StripeSettings(api_key=Secret("sk_test_good"), webhook_secrets=(Secret(SECRET),))


def body_of(found: dict[str, Any], kind: str = "payment_intent.succeeded", **more: Any) -> bytes:
    event = {"id": "evt_1", "object": "event", "type": kind, "livemode": False, "data": {"object": found}} | more
    return json.dumps(event, indent=2).encode()


def signed(body: bytes, *, secret: str = SECRET, at: datetime = NOON) -> str:
    """By Stripe's own library."""
    return str(stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(at.timestamp())))


def read(body: bytes, **more: Any) -> tuple[RecordCallback, ...]:
    return StripeWebhooks(SETTINGS).commands(body, signed(body), at=NOON, **more)


@pytest.fixture
def paid(fake: FakeStripe, fake_door: Door) -> Asking:
    asking = Asking(fake_door)
    asking.do(AUTHORISE)
    return asking


def test_without_a_secret_no_address_opens() -> None:
    with pytest.raises(SetupError, match="webhook_secrets is empty"):
        StripeWebhooks(attrs.evolve(SETTINGS, webhook_secrets=()))


def test_what_stripe_signed_becomes_the_answers_to_our_attempts(fake: FakeStripe, paid: Asking) -> None:
    paid.do(CAPTURE, 600)
    paid.do(REFUND, 200)
    intent, (refund,) = fake.intents[paid.authorisation], fake.refunds.values()
    told = {each.key: each for each in (*read(body_of(intent)), *read(body_of(refund, "refund.updated")))}
    assert {key: (each.succeeded, each.amount, each.payment_id) for key, each in told.items()} == {
        f"{paid.payment_id}.authorise": (True, Money(1_000, "EUR"), paid.payment_id),
        f"{paid.payment_id}.capture": (True, Money(600, "EUR"), paid.payment_id),
        f"{paid.payment_id}.refund": (True, Money(200, "EUR"), paid.payment_id),
    }
    assert len({each.callback_id for each in told.values()}) == 3


def test_the_same_answers_come_by_event_and_by_look_up(fake: FakeStripe, paid: Asking) -> None:
    paid.do(VOID)
    for each in read(body_of(fake.intents[paid.authorisation], "payment_intent.canceled")):
        answer = paid.look_up(each.key)
        assert answer is not None
        assert (each.amount, each.reference, each.says) == (answer.amount, answer.reference, answer.says)


def test_an_authorisation_that_stripe_let_go_of_by_itself_is_told_as_lost(fake: FakeStripe, paid: Asking) -> None:
    fake.cancel(fake.intents[paid.authorisation])
    (told,) = read(body_of(fake.intents[paid.authorisation], "payment_intent.canceled"))
    assert (told.key, told.succeeded) == (f"{paid.payment_id}.authorise", False)


def test_a_refund_that_fails_after_days_is_told(fake: FakeStripe, paid: Asking) -> None:
    paid.do(CAPTURE)
    paid.do(REFUND, 300)
    (refund,) = fake.refunds.values()
    (told,) = read(body_of(refund | {"status": "failed", "failure_reason": "lost_or_stolen_card"}, "refund.failed"))
    assert (told.succeeded, told.says) == (False, "lost or stolen card")


def test_what_is_undecided_not_ours_or_of_another_kind_says_nothing(fake: FakeStripe, paid: Asking) -> None:
    intent = fake.intents[paid.authorisation]
    assert read(body_of(intent | {"status": "processing"})) == ()
    assert read(body_of(intent | {"metadata": {}})) == ()
    assert read(body_of(intent | {"metadata": {"omscore_payment": "other/ord_1.p1"}})) == ()
    assert read(body_of({"id": "cus_1"}, "customer.created")) == ()


def test_an_event_for_another_amount_keeps_that_amount_for_the_engine_to_refuse(fake: FakeStripe, paid: Asking) -> None:
    (told,) = read(body_of(fake.intents[paid.authorisation] | {"amount": 100, "amount_capturable": 100}))
    assert told.amount == Money(100, "EUR")


def test_events_of_the_other_mode_and_unreadable_ones_are_refused(fake: FakeStripe, paid: Asking) -> None:
    intent = fake.intents[paid.authorisation]
    with pytest.raises(InputError, match="other mode"):
        read(body_of(intent, livemode=True))
    for broken in ({"amount": 10.5}, {"amount": "1000"}, {"currency": "zzz"}, {"status": None}, {"metadata": [1]}):
        with pytest.raises(InputError, match="the event cannot be read"):
            read(body_of(intent | broken))
    for body in (b"{", b"[]", b'{"object": "event", "object": "event"}', b'{"object": "refund"}', b"\xff"):
        with pytest.raises(InputError):
            StripeWebhooks(SETTINGS).commands(body, _raw_signature(body), at=NOON)


def _raw_signature(body: bytes) -> str:
    stamp = str(int(NOON.timestamp()))
    return f"t={stamp},v1={hmac.new(SECRET.encode(), stamp.encode() + b'.' + body, 'sha256').hexdigest()}"


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_an_event_within_300_seconds_to_either_side_is_taken(fake: FakeStripe, paid: Asking, seconds: int) -> None:
    body = body_of(fake.intents[paid.authorisation])
    at = NOON + timedelta(seconds=seconds)
    assert StripeWebhooks(SETTINGS).commands(body, signed(body), at=at)


@pytest.mark.parametrize("seconds", [-86_400, -301, 301, 86_400])
def test_an_event_from_further_off_is_refused(fake: FakeStripe, paid: Asking, seconds: int) -> None:
    body = body_of(fake.intents[paid.authorisation])
    with pytest.raises(InputError, match="signed") as refusal:
        StripeWebhooks(SETTINGS).commands(body, signed(body), at=NOON + timedelta(seconds=seconds))
    assert refusal.value.code == "webhook.time"


def test_a_secret_is_replaced_without_a_gap(fake: FakeStripe, paid: Asking) -> None:
    body = body_of(fake.intents[paid.authorisation])
    both = StripeWebhooks(attrs.evolve(SETTINGS, webhook_secrets=(Secret(NEXT), Secret(SECRET))))
    assert both.commands(body, signed(body), at=NOON) == both.commands(body, signed(body, secret=NEXT), at=NOON)
    # Stripe signs with both secrets for a day after one is rolled.
    stamp, old = signed(body).split(",")
    assert both.commands(body, f"{stamp},v1={'0' * 64},{old},v0=abc", at=NOON)
    with pytest.raises(InputError, match="not signed with a secret"):
        StripeWebhooks(SETTINGS).commands(body, signed(body, secret=NEXT), at=NOON)


BODY = body_of({"id": "cus_1"}, "customer.created")
HEADER = signed(BODY)


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_no_byte_of_the_body_can_be_changed(place: int, change: int) -> None:
    forged = bytearray(BODY)
    forged[place] ^= change
    with pytest.raises(InputError, match="refused"):
        StripeWebhooks(SETTINGS).commands(bytes(forged), HEADER, at=NOON)


@given(st.integers(0, len(HEADER) - 1), st.integers(0, 0x2FF).map(chr))
def test_no_character_of_the_signature_can_be_changed(place: int, character: str) -> None:
    forged = HEADER[:place] + character + HEADER[place + 1 :]
    if forged == HEADER:
        return
    with pytest.raises(InputError):
        StripeWebhooks(SETTINGS).commands(BODY, forged, at=NOON)


@pytest.mark.parametrize(
    "header",
    [
        *(
            "",
            "t=",
            "v1=",
            "t=1",
            f"v1={'0' * 64}",
            "t=abc,v1=00",
            "t=1,t=2,v1=00",
            "t=٣,v1=00",
            "t=1,v1=é",
            "x" * 5_000,
        ),
        *(f"t={int(NOON.timestamp())},v1=", f"t={int(NOON.timestamp())},v0={HEADER.split('=')[-1]}"),
    ],
)
def test_a_signature_that_is_none_is_refused(header: str) -> None:
    with pytest.raises(InputError):
        StripeWebhooks(SETTINGS).commands(BODY, header, at=NOON)


def test_a_body_that_was_written_anew_is_refused() -> None:
    with pytest.raises(InputError, match="not signed"):
        StripeWebhooks(SETTINGS).commands(json.dumps(json.loads(BODY)).encode(), HEADER, at=NOON)
    with pytest.raises(InputError, match="raw bytes"):
        StripeWebhooks(SETTINGS).commands(b" " * 1_048_577, HEADER, at=NOON)


def test_stripes_own_library_takes_what_we_take() -> None:
    assert StripeWebhooks(SETTINGS).commands(BODY, HEADER, at=NOON) == ()
    assert stripe.WebhookSignature.verify_header(BODY, HEADER, SECRET)


def test_events_in_any_order_and_twice_tell_the_same(fake: FakeStripe, paid: Asking) -> None:
    """Every snapshot of an intent tells a part of one story, and none takes back what another told."""
    snapshots = [deepcopy(fake.intents[paid.authorisation])]
    paid.do(CAPTURE, 600)
    snapshots.append(deepcopy(fake.intents[paid.authorisation]))
    for story in permutations([*snapshots, *snapshots], 4):
        told = {each.key: (each.succeeded, each.amount) for found in story for each in read(body_of(found))}
        assert {key.rpartition(".")[2]: value for key, value in told.items()} == {
            "authorise": (True, Money(1_000, "EUR")),
            "capture": (True, Money(600, "EUR")),
        } or story[0] == story[1] == story[2] == story[3]
