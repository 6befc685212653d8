"""The payment kit rejects every broken adapter, by exactly the laws it breaks, and no sound one."""

from __future__ import annotations

from functools import partial

import attrs
import pytest

from omscore.plugins import Capability
from omscore.testing.conformance.payment import PaymentConformance
from omscore_adapters import payment_manual
from tests.testing import broken_payments as broken
from tests.testing.port_kits import laws_of, rejected_by, skipped_by
from tests.testing.sound_payment import BankHarness, SoundPayments

REJECTED_BY: dict[type[SoundPayments], set[str]] = {
    broken.ForgetsKeysAtTheEnd: {"test_what_was_done_is_known_to_another_program"},
    broken.TakesAnyContent: {"test_a_key_used_for_another_amount_is_refused"},
    broken.AsksBeforeItSends: {"test_two_workers_that_send_one_key_at_once_have_one_effect"},
    broken.TakesSilenceForNothing: {"test_an_effect_whose_answer_was_lost_is_found_by_look_up"},
    broken.NewKeyPerArrival: {"test_a_request_that_arrives_twice_has_one_effect"},
    broken.NewKeyPerAttempt: {"test_a_request_that_is_overtaken_by_its_repetition_has_one_effect"},
    broken.TakesGarbageForNo: {"test_an_answer_nobody_can_read_leaves_the_outcome_unknown"},
    broken.LetsErrorsThrough: {
        "test_an_answer_nobody_can_read_leaves_the_outcome_unknown",
        "test_secrets_stand_in_no_message",
    },
    broken.AnswersAnew: {
        "test_the_same_key_twice_has_one_effect_and_one_answer",
        "test_an_effect_whose_answer_was_lost_is_found_by_look_up",
        "test_what_was_done_is_known_to_another_program",
        "test_two_workers_that_send_one_key_at_once_have_one_effect",
    },
    broken.CapturesAll: {
        "test_less_than_was_authorised_can_be_captured",
        "test_an_authorisation_can_be_captured_from_more_than_once",
    },
    broken.GivesUpWhenDown: {"test_what_did_not_get_through_can_be_sent_again"},
    broken.TakesSilenceForUnknown: {"test_a_provider_that_cannot_be_asked_never_says_it_does_not_know"},
    broken.LooksUpWithoutReference: {
        "test_look_up_tells_what_was_done",
        "test_an_effect_whose_answer_was_lost_is_found_by_look_up",
        "test_a_request_that_is_overtaken_by_its_repetition_has_one_effect",
        "test_what_was_done_is_known_to_another_program",
    },
    broken.KnowsEveryKey: {
        "test_a_key_never_sent_is_unknown",
        "test_what_did_not_get_through_can_be_sent_again",
    },
    broken.CapturesTooMuch: {
        "test_no_more_is_captured_than_was_authorised",
        "test_an_authorisation_can_be_captured_from_more_than_once",
    },
    broken.RefundsTooMuch: {"test_no_more_is_refunded_than_was_captured"},
    broken.VoidsNothing: {"test_a_void_releases_all_that_is_left"},
    broken.CapturesOnce: {"test_an_authorisation_can_be_captured_from_more_than_once"},
    broken.CountsInHundredths: {"test_amounts_are_exact_in_every_currency_taken"},
    broken.DeclinesWithoutAWord: {"test_a_declined_attempt_says_why_and_moves_nothing"},
    broken.ListsTwice: {"test_the_listing_tells_each_effect_once"},
    broken.TellsItsKey: {"test_secrets_stand_in_no_message"},
}

PROVIDER = attrs.evolve(payment_manual.PROVIDER, name="bank")


class Kit(PaymentConformance):
    """All laws: the bank declares all there is."""

    provider = PROVIDER


@pytest.mark.parametrize("adapter", REJECTED_BY, ids=lambda adapter: adapter.__name__)
def test_a_broken_adapter_is_rejected_by_exactly_the_laws_it_breaks(adapter: type[SoundPayments]) -> None:
    assert rejected_by(Kit, partial(BankHarness, adapter)) == REJECTED_BY[adapter]


def test_a_sound_adapter_is_rejected_by_no_law_and_no_law_is_skipped() -> None:
    assert rejected_by(Kit, BankHarness) == set()
    assert skipped_by(Kit, BankHarness) == {}


def test_what_is_not_declared_has_no_laws_and_what_is_offered_must_be_declared() -> None:
    class Modest(PaymentConformance):
        provider = attrs.evolve(PROVIDER, capabilities=frozenset({Capability.PARTIAL_CAPTURE}))

    assert skipped_by(Modest, BankHarness) == {}
    assert Modest.left_out == {
        "test_an_authorisation_can_be_captured_from_more_than_once": "bank does not declare multiple captures",
        "test_the_listing_tells_each_effect_once": "bank does not declare payment listing",
        "test_money_that_comes_later_is_pending_however_often_it_is_asked_for": "bank does not declare pays later",
    }
    assert rejected_by(Modest, BankHarness) == {"test_what_is_declared_is_there"}


def test_every_law_rejects_something() -> None:
    rejecting = set().union(*REJECTED_BY.values())
    assert set(laws_of(Kit)) - rejecting == {"test_what_is_declared_is_there"}  # seen above
