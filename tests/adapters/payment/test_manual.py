"""The manual provider: what each token does, one effect per key, and never more money than there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pluggy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import DamageError, PortRefusedError, PortTransientError, PortUnknownError, SetupError
from omscore.money import Money
from omscore.plugins import PortKind
from omscore.plugins.discovery import Plugins
from omscore.plugins.hookspecs import PROJECT, Hooks
from omscore.ports.clock import VirtualClock
from omscore.ports.payments import PaymentOutcome, PaymentPort, PaymentRequest, PaymentStep
from omscore_adapters import payment_manual
from omscore_adapters.payment_manual import ManualPayments, ManualPaymentSettings


def request(
    step: PaymentStep = PaymentStep.AUTHORISE,
    *,
    key: str = "k1",
    minor: int = 1_000,
    currency: str = "EUR",
    method: str = "card-ok",
    authorisation: str = "",
) -> PaymentRequest:
    return PaymentRequest(
        key=key,
        step=step,
        payment_id="pay_1",
        amount=Money(minor, currency),
        method=method,
        authorisation=authorisation,
    )


def authorised(payments: ManualPayments, minor: int = 1_000, method: str = "card-ok") -> str:
    return payments.send(request(key="auth", minor=minor, method=method)).reference


def test_the_plugin_offers_the_provider_manual_for_payments() -> None:
    plugins = pluggy.PluginManager(PROJECT)
    plugins.add_hookspecs(Hooks)
    plugins.register(payment_manual)
    ((provider,),) = plugins.hook.oms_providers()
    assert (provider.name, provider.port) == ("manual", PortKind.PAYMENT)
    with provider.open(provider.settings_type()) as opened:
        port: PaymentPort = opened
        assert port.look_up("never sent") is None


def test_a_good_card_passes_through_all_four_steps() -> None:
    payments = ManualPayments()
    reference = authorised(payments)
    for step, minor in ((PaymentStep.CAPTURE, 600), (PaymentStep.VOID, 400), (PaymentStep.REFUND, 600)):
        answer = payments.send(request(step, key=step.value, minor=minor, authorisation=reference))
        assert (answer.outcome, answer.amount.minor) == (PaymentOutcome.SUCCEEDED, minor)
    assert len(payments.effects) == 4


def test_a_declined_card_says_why_moves_nothing_and_cannot_be_captured() -> None:
    payments = ManualPayments()
    answer = payments.send(request(method="card-declined-1"))
    assert (answer.outcome, answer.says) == (PaymentOutcome.DECLINED, "the card was declined")
    assert payments.effects == ()
    assert payments.look_up("k1") == answer
    with pytest.raises(PortRefusedError, match="was declined"):
        payments.send(request(PaymentStep.CAPTURE, key="k2", authorisation=answer.reference))


def test_a_declined_refund_leaves_the_captured_money_refundable() -> None:
    payments = ManualPayments()
    reference = authorised(payments, method="refund-declined")
    payments.send(request(PaymentStep.CAPTURE, key="c", authorisation=reference))
    refused = payments.send(request(PaymentStep.REFUND, key="r1", authorisation=reference, method="refund-declined"))
    assert refused.outcome is PaymentOutcome.DECLINED
    assert payments.send(request(PaymentStep.REFUND, key="r2", authorisation=reference)).outcome is (
        PaymentOutcome.SUCCEEDED
    )


def test_a_timeout_leaves_the_first_answer_unknown_and_the_look_up_tells() -> None:
    payments = ManualPayments()
    with pytest.raises(PortUnknownError, match="look it up"):
        payments.send(request(method="card-timeout"))
    told = payments.look_up("k1")
    assert told is not None and told.outcome is PaymentOutcome.SUCCEEDED
    assert payments.send(request(method="card-timeout")) == told
    assert len(payments.effects) == 1


def test_a_provider_that_is_down_does_nothing_the_first_time_and_works_the_second() -> None:
    payments = ManualPayments()
    with pytest.raises(PortTransientError, match="the provider is down"):
        payments.send(request(method="card-down"))
    assert (payments.look_up("k1"), payments.effects) == (None, ())
    assert payments.send(request(method="card-down")).outcome is PaymentOutcome.SUCCEEDED


def test_a_late_answer_is_pending_once_more_and_then_succeeds() -> None:
    payments = ManualPayments()
    sent = payments.send(request(method="card-late"))
    assert sent.outcome is PaymentOutcome.PENDING
    looked_up = [payments.look_up("k1") for _ in range(3)]
    assert [answer and answer.outcome for answer in looked_up] == [
        PaymentOutcome.PENDING,
        PaymentOutcome.SUCCEEDED,
        PaymentOutcome.SUCCEEDED,
    ]
    assert payments.send(request(method="card-late")) == looked_up[-1]


@pytest.mark.parametrize("method", ["", "card", "card-okay", "CARD-OK", "4111111111111111", "card-o"])
def test_an_unknown_token_is_refused_with_the_list_of_tokens(method: str) -> None:
    with pytest.raises(PortRefusedError, match="card-ok, card-declined, card-timeout, card-down, card-late"):
        ManualPayments().send(request(method=method))


@pytest.mark.parametrize("minor", [0, -1])
def test_an_amount_of_nothing_or_less_is_refused(minor: int) -> None:
    with pytest.raises(PortRefusedError, match="above zero"):
        ManualPayments().send(request(minor=minor))


def test_more_than_there_is_is_refused_with_what_is_left() -> None:
    payments = ManualPayments()
    reference = authorised(payments)
    payments.send(request(PaymentStep.CAPTURE, key="c1", minor=600, authorisation=reference))
    for step, minor, says in (
        (PaymentStep.CAPTURE, 401, r"4\.00 EUR of 10\.00 EUR is left"),
        (PaymentStep.VOID, 399, r"void exactly that"),
        (PaymentStep.REFUND, 601, r"only 6\.00 EUR was captured"),
    ):
        with pytest.raises(PortRefusedError, match=says):
            payments.send(request(step, key="x", minor=minor, authorisation=reference))
    with pytest.raises(PortRefusedError, match="ask in that currency"):
        payments.send(request(PaymentStep.CAPTURE, key="x", minor=1, currency="USD", authorisation=reference))
    with pytest.raises(PortRefusedError, match="names no authorisation"):
        payments.send(request(PaymentStep.CAPTURE, key="x"))


def test_one_key_cannot_be_used_for_two_requests() -> None:
    payments = ManualPayments()
    payments.send(request())
    with pytest.raises(PortRefusedError, match="used for another request"):
        payments.send(request(minor=999))


def test_another_run_gives_the_same_references_and_trusts_what_it_does_not_know() -> None:
    before, after = ManualPayments(), ManualPayments()
    reference = authorised(before)
    capture = request(PaymentStep.CAPTURE, key="c1", authorisation=reference)
    assert after.send(capture) == before.send(capture)
    assert authorised(after) == reference


def test_the_memory_is_bounded_and_forgets_the_oldest_first() -> None:
    payments = ManualPayments(ManualPaymentSettings(remembered_keys=3))
    for number in range(5):
        payments.send(request(key=f"k{number}"))
    assert [attempt.request.key for attempt in payments.effects] == ["k2", "k3", "k4"]
    for nonsense in (0, True, 10_000_001):
        with pytest.raises(SetupError, match="remembered_keys"):
            ManualPaymentSettings(remembered_keys=nonsense)


SENDS = st.lists(
    st.tuples(
        st.sampled_from([PaymentStep.CAPTURE, PaymentStep.VOID, PaymentStep.REFUND]),
        st.integers(1, 120),
        st.sampled_from(["a", "b", "c", "d", "e", "f"]),
        st.sampled_from(["card-ok", "card-timeout", "card-down", "card-late", "refund-declined"]),
    ),
    max_size=25,
)


@given(SENDS)
def test_refunded_never_exceeds_captured_and_captured_never_exceeds_authorised(
    sends: list[tuple[PaymentStep, int, str, str]],
) -> None:
    payments = ManualPayments()
    reference = authorised(payments, 100)
    for step, minor, key, method in sends:
        try:
            payments.send(request(step, key=key, minor=minor, method=method, authorisation=reference))
        except (PortRefusedError, PortTransientError, PortUnknownError):
            continue
    moved = dict.fromkeys(PaymentStep, 0)
    for attempt in payments.effects:
        moved[attempt.request.step] += attempt.answer.amount.minor
    keys = [attempt.request.key for attempt in payments.effects]
    assert len(keys) == len(set(keys))
    assert moved[PaymentStep.CAPTURE] + moved[PaymentStep.VOID] <= 100
    assert moved[PaymentStep.REFUND] <= moved[PaymentStep.CAPTURE]


HEAD = "at,key,step,outcome,minor,currency,reference"


def booked(path: Path, clock: VirtualClock) -> ManualPayments:
    return ManualPayments(ManualPaymentSettings(book=path), clock=clock)


def test_the_book_lists_every_attempt_to_later_programs_and_a_late_one_once(tmp_path: Path) -> None:
    clock, book = VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC)), tmp_path / "payments.csv"
    payments = booked(book, clock)
    payments.send(request(key="p1.authorise", minor=500, method="card-late"))
    payments.send(request(key="p2.authorise", minor=700, method="card-declined"))
    clock.set(datetime(2026, 3, 2, 10, tzinfo=UTC))
    payments.look_up("p1.authorise")
    payments.look_up("p1.authorise")
    later = booked(book, clock)
    nine, ten = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC)
    told = {each.key: each for each in later.listing(nine, ten + timedelta(seconds=1))}
    assert {key: (each.outcome, each.at) for key, each in told.items()} == {
        "p1.authorise": (PaymentOutcome.SUCCEEDED, ten),
        "p2.authorise": (PaymentOutcome.DECLINED, nine),
    }
    assert [each.key for each in later.listing(nine, ten)] == ["p2.authorise"]


def test_an_effect_the_book_cannot_take_does_not_happen(tmp_path: Path) -> None:
    (tmp_path / "nowhere").mkdir()
    payments = booked(tmp_path / "nowhere" / "payments.csv", VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC)))
    (tmp_path / "nowhere").rmdir()
    with pytest.raises(PortTransientError, match="cannot be written"):
        payments.send(request(key="p1.authorise", minor=500))
    assert payments.effects == ()
    (tmp_path / "nowhere").mkdir()
    assert payments.send(request(key="p1.authorise", minor=500)).outcome is PaymentOutcome.SUCCEEDED


def test_a_line_of_the_book_that_is_no_payment_is_named(tmp_path: Path) -> None:
    book = tmp_path / "payments.csv"
    book.write_text("at,key,step,outcome,minor,currency,reference\n2026,k,authorise\n", encoding="utf-8")
    with pytest.raises(DamageError, match="line 2 is no payment"):
        list(
            booked(book, VirtualClock(datetime(2026, 3, 2, tzinfo=UTC))).listing(
                datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)
            )
        )


@pytest.mark.parametrize(
    "there",
    [
        "",
        HEAD,
        f"{HEAD}\n",
        f"{HEAD}\n2026-03-01T09:00:00+00:00,p0.authorise,authorise,succeeded,1,EUR,auth_0",
        f"{HEAD}\n{HEAD}\n",
    ],
    ids=["an empty file", "a head alone", "a head and its end", "a last line left open", "two programs began it"],
)
def test_whatever_a_book_begins_with_every_attempt_of_ours_is_listed(tmp_path: Path, there: str) -> None:
    book, clock = tmp_path / "payments.csv", VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    book.write_text(there, encoding="utf-8")
    payments = booked(book, clock)
    payments.send(request(key="p1.authorise", minor=500))
    payments.send(request(key="p2.authorise", minor=700))
    told = booked(book, clock).listing(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert [each.key for each in told if each.key != "p0.authorise"] == ["p1.authorise", "p2.authorise"]


def test_another_file_is_not_taken_for_a_book_and_left_as_it_was(tmp_path: Path) -> None:
    rates = tmp_path / "rates.csv"
    rates.write_text("carrier,service\nPost,Parcel\n", encoding="utf-8")
    with pytest.raises(SetupError, match="is another file: a book begins with the line at,key"):
        booked(rates, VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC)))
    assert rates.read_text(encoding="utf-8") == "carrier,service\nPost,Parcel\n"


def test_a_book_in_no_folder_is_refused_when_the_shop_opens_and_not_when_somebody_pays(tmp_path: Path) -> None:
    with (
        pytest.raises(SetupError, match=r"payment\.manual\.book: .*gone is no folder; make it"),
        Plugins().open(PortKind.PAYMENT, "manual", {"book": "gone/payments.csv"}, folder=tmp_path),
    ):
        pass
