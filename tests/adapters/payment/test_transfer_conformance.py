"""Payment by bank transfer under the kit that is shipped for the payment providers of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import ClassVar

import attrs
import pytest

from omscore.money import Money
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentRequest
from omscore.testing.conformance.payment import PaymentConformance
from omscore.testing.faults import Fault
from omscore_adapters import payment_transfer
from omscore_adapters.payment_transfer import TransferPayments, TransferSettings
from tests.testing.port_kits import rejected_by, skipped_by

_SMALL = TransferSettings(most=("500.00 EUR", "50000 JPY", "50.000 KWD"))
_NOTHING = TransferSettings(most=("0.00 EUR",))


class TransferHarness:
    """The adapter of a shop that sends goods on trust up to a limit. Shape: there is nobody behind it to be asked."""

    faults: frozenset[Fault] = frozenset()
    secrets = ()
    currencies = ("EUR", "JPY", "KWD")

    def __init__(self, adapter: Callable[[TransferSettings], TransferPayments] = TransferPayments) -> None:
        self._adapter = adapter
        self.port = adapter(_SMALL)

    def break_next(self, fault: Fault) -> None:
        raise AssertionError(f"{fault} cannot befall it")

    def method(self, *, declined: bool = False) -> str:
        """Whom the shop does not trust is a matter of its settings, not of the payer."""
        if declined:
            self.port = self._adapter(_NOTHING)
        return "invoice"

    def effects(self, key: str) -> Sequence[Money]:
        raise AssertionError("nothing is moved by it")

    def reopened(self) -> None:
        return None


class TestTransfer(PaymentConformance):
    """All laws that can be asked of somebody who keeps nothing and waits for money."""

    provider = payment_transfer.PROVIDER
    remembers = False
    asks_somebody = False
    cannot_happen: ClassVar = dict.fromkeys(Fault, "there is no wire: it asks nobody")

    @pytest.fixture
    def harness(self) -> TransferHarness:
        return TransferHarness()


class PaidAtOnce(TransferPayments):
    """Says that money is there when it is only owed."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        return attrs.evolve(super().send(request), outcome=PaymentOutcome.SUCCEEDED)


class FoundPaid(TransferPayments):
    """Asked a second time, it says that the money has come."""

    def look_up(self, key: str) -> PaymentAnswer | None:
        amount = Money(1_999, "EUR")
        is_owed = not key.endswith(("auth", "never-sent"))
        return PaymentAnswer(outcome=PaymentOutcome.SUCCEEDED, amount=amount) if is_owed else None


class CountsAnswers(TransferPayments):
    """Gives every answer a reference of its own."""

    def __init__(self, settings: TransferSettings | None = None) -> None:
        super().__init__(settings)
        self._answers = count(1)

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        return attrs.evolve(super().send(request), reference=f"R{next(self._answers)}")


class DeclinesInSilence(TransferPayments):
    """Declines without a word."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        return attrs.evolve(super().send(request), says="")


class PaysNow(TransferPayments):
    """Does not say that its money comes later."""

    pays_later = False


LATER = "test_money_that_comes_later_is_pending_however_often_it_is_asked_for"
REJECTED_BY: dict[type[TransferPayments], set[str]] = {
    PaidAtOnce: {
        LATER,
        "test_a_declined_attempt_says_why_and_moves_nothing",
        "test_an_authorisation_can_be_captured_from_more_than_once",
    },
    FoundPaid: {LATER},
    CountsAnswers: {
        LATER,
        "test_the_same_key_twice_has_one_effect_and_one_answer",
        "test_two_workers_that_send_one_key_at_once_have_one_effect",
    },
    DeclinesInSilence: {"test_a_declined_attempt_says_why_and_moves_nothing"},
    PaysNow: {"test_what_is_declared_is_there"},
}


@pytest.mark.parametrize("adapter", REJECTED_BY, ids=lambda adapter: adapter.__name__)
def test_a_broken_transfer_is_rejected_by_exactly_the_laws_it_breaks(adapter: type[TransferPayments]) -> None:
    assert rejected_by(TestTransfer, partial(TransferHarness, adapter)) == REJECTED_BY[adapter]


def test_what_is_left_out_for_transfers_is_what_only_somebody_outside_could_know() -> None:
    assert skipped_by(TestTransfer, TransferHarness) == {}
    alone = {name for name, why in TestTransfer.left_out.items() if "it asks nobody, and answers by itself" in why}
    assert alone == {
        "test_a_key_used_for_another_amount_is_refused",
        "test_a_void_releases_all_that_is_left",
        "test_look_up_tells_what_was_done",
        "test_no_more_is_captured_than_was_authorised",
        "test_no_more_is_refunded_than_was_captured",
        "test_what_was_done_is_known_to_another_program",
    }
