"""A whole shop at Stripe: paid, sent, refunded, told by events, reconciled, and killed at every call it makes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import omscore
from omscore.app import Oms
from omscore.audit.reconcile import reconcile
from omscore.ids import OrderId
from omscore.orders.commands import CancelOrder, PaymentTerms
from omscore.orders.model import HoldKind, Order
from omscore.payments.model import AttemptState, Payment
from omscore.secrets import Secret
from omscore_adapters.payment_stripe import StripeSettings, StripeWebhooks
from tests.adapters.payment.stripe.conftest import client
from tests.adapters.payment.stripe.door import Door
from tests.adapters.payment.stripe.fake import FakeStripe
from tests.adapters.payment.stripe.program import CANCELLED, SENT, live, shop_with_stripe
from tests.adapters.payment.stripe.rehearsal import Rehearsal
from tests.adapters.payment.stripe.test_webhooks import body_of, signed
from tests.kit.shops import NOON, TEA, order, pass_time, receive, send_out, stock_up

ROOT = Path(__file__).resolve().parents[4]
EXPECTED = {
    SENT: {"authorised": 1_000, "captured": 1_000, "voided": 0, "refunded": 300},
    CANCELLED: {"authorised": 1_000, "captured": 0, "voided": 1_000, "refunded": 0},
}


def check_the_end(oms: Oms, door: Door, *, since: datetime) -> None:
    """Every step was done once, both sides agree on each, and nothing is left to do."""
    for payment_id, amounts in EXPECTED.items():
        payment = oms.look(Payment, payment_id)
        assert {name: getattr(payment, name).minor for name in amounts} == amounts
        assert {each.state for each in payment.attempts} == {AttemptState.SUCCEEDED}
    assert oms.storage.tasks("dead") == ()
    port = client(door)
    made = reconcile(oms.storage, "stripe", port, since=since, until=since + timedelta(days=1))
    port.close()
    assert (made.differences, made.agreed, made.waiting) == ((), 5, ())
    assert made.ours == made.theirs


def test_a_shop_lives_with_stripe_and_the_books_of_both_agree(tmp_path: Path, fake_door: Door) -> None:
    with shop_with_stripe(tmp_path, fake_door.url, run=0) as oms:
        live(oms)
        check_the_end(oms, fake_door, since=NOON)


@pytest.mark.parametrize(
    ("moment", "call"),
    [
        ("after", "/payment_intents"),
        ("before", "/capture"),
        ("after", "/capture"),
        ("after", "/cancel"),
        ("after", "/refunds"),
    ],
)
def test_a_program_killed_while_it_waits_charges_nobody_twice_and_loses_no_capture(
    tmp_path: Path, fake_door: Door, moment: str, call: str
) -> None:
    """Killed with SIGKILL before Stripe acts, or after it acted and before its answer is read."""
    _killed(tmp_path, fake_door, moment, call)
    with shop_with_stripe(tmp_path, fake_door.url, run=1) as oms:
        live(oms)
        pass_time(oms, hours=2)
        live(oms)
        check_the_end(oms, fake_door, since=NOON)


@pytest.fixture
def own_rehearsal() -> Iterator[Rehearsal]:
    """A localstripe that knows of no payments but this test's."""
    peer = Rehearsal()
    yield peer
    peer.close()


def test_a_program_killed_at_localstripe_charges_nobody_twice(tmp_path: Path, own_rehearsal: Rehearsal) -> None:
    """At its first capture, after it was done."""
    door = Door(own_rehearsal)
    _killed(tmp_path, door, "after", "/capture")
    with shop_with_stripe(tmp_path, door.url, run=1) as oms:
        live(oms)
        pass_time(oms, hours=2)
        live(oms)
        port = client(door)
        theirs = [
            (each.key, each.amount.minor)
            for each in port.listing(datetime(2026, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
            if each.key.startswith((f"{SENT}.", f"{CANCELLED}."))
        ]
        port.close()
        ours = [(each.key, each.amount.minor) for each in _attempts(oms)]
    door.close()
    assert sorted(theirs) == sorted(ours) and len(ours) == 5


def _attempts(oms: Oms) -> list[Any]:
    return [each for payment_id in EXPECTED for each in oms.look(Payment, payment_id).attempts]


def _killed(folder: Path, door: Door, moment: str, call: str) -> None:
    """A run of the program that died before or after the first call of its kind took effect."""
    process: list[subprocess.Popen[bytes]] = []

    def watch(now: str, number: int) -> None:
        method, path, _ = door.calls[number - 1]
        if now == moment and method == "POST" and path.endswith(call):
            process[0].kill()
            process[0].wait()

    door.watch = watch
    source = str(Path(omscore.__file__).parent.parent)
    process.append(
        subprocess.Popen(  # noqa: S603 - our own interpreter with our own program
            [sys.executable, "-m", "tests.adapters.payment.stripe.program", str(folder), door.url],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([source, str(ROOT)])},
        )
    )
    assert process[0].wait(60) == -9, "it lived to its end"
    door.watch = lambda _moment, _number: None


def test_an_order_in_two_parcels_is_captured_once_where_the_account_cannot_do_more(
    tmp_path: Path, fake_door: Door
) -> None:
    with shop_with_stripe(tmp_path, fake_door.url, run=0) as oms:
        stock_up(oms, stock=False)
        card = PaymentTerms(provider="stripe", method="pm_card_visa")
        oms.do(order(oms, {TEA: 3}, order_id=OrderId("ord_1"), payment=card))
        for part in range(2):
            receive(oms, "MUC", {TEA: 1}, document=f"part_{part}")
            pass_time(oms, minutes=1)
            send_out(oms, "ord_1")
        assert oms.look(Payment, SENT).captured.is_zero
        oms.do(CancelOrder(order_id=OrderId("ord_1"), at=oms.clock.now()))
        pass_time(oms, minutes=1)
        payment = oms.look(Payment, SENT)
        assert (payment.captured.minor, payment.voided.minor) == (2_000, 1_000)
        assert not oms.look(Order, "ord_1").holds and oms.storage.tasks("dead") == ()
        assert [path for method, path, _ in fake_door.calls if method == "POST" and path.endswith("/capture")] != []


def test_an_event_of_an_authorisation_that_ran_out_holds_the_order_before_it_leaves(
    tmp_path: Path, fake: FakeStripe, fake_door: Door
) -> None:
    hooks = StripeWebhooks(StripeSettings(api_key=Secret("sk_test_good"), webhook_secrets=(Secret("whsec_first"),)))
    with shop_with_stripe(tmp_path, fake_door.url, run=0) as oms:
        stock_up(oms)
        card = PaymentTerms(provider="stripe", method="pm_card_visa")
        oms.do(order(oms, {TEA: 1}, order_id=OrderId("ord_1"), payment=card))
        pass_time(oms, minutes=1)
        intent = fake.intents[oms.look(Payment, SENT).authorisation]
        body = body_of(intent, "payment_intent.amount_capturable_updated")
        for told in hooks.commands(body, signed(body), at=NOON):
            oms.do(told)
        assert oms.look(Order, "ord_1").holds == ()
        forged = body_of(intent | {"amount": 1}, "payment_intent.amount_capturable_updated", id="evt_2")
        for told in hooks.commands(forged, signed(forged), at=NOON):
            oms.do(told)
        assert oms.look(Order, "ord_1").holds == () and oms.look(Payment, SENT).authorised.minor == 1_000
        fake.cancel(intent)
        body = body_of(intent, "payment_intent.canceled", id="evt_3")
        for told in hooks.commands(body, signed(body), at=NOON):
            oms.do(told)
        (hold,) = oms.look(Order, "ord_1").holds
        assert hold.kind is HoldKind.REVIEW and "stripe says that authorise 10.00 EUR was declined" in hold.says
