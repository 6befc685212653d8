"""The kits of reviewers and exchange rates reject every broken adapter, by exactly the laws it breaks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import pytest

from omscore.plugins import Capability, PortKind, Provider
from omscore.testing.conformance.ports import PortLaws
from omscore.testing.conformance.rates import RateConformance
from omscore.testing.conformance.reviews import ReviewConformance
from tests.laws.bench import NoSettings
from tests.testing import broken_hooks as broken
from tests.testing.port_kits import laws_of, rejected_by, skipped_by
from tests.testing.sound_hooks import SoundRates, SoundReviewer


class Reviews(ReviewConformance):
    """All laws of reviewers."""

    provider = Provider(
        name="sound",
        port=PortKind.REVIEW,
        settings_type=NoSettings,
        open=lambda _: nullcontext(SoundReviewer()),
        capabilities=frozenset({Capability.REVIEW_LOOK_UP}),
    )


class Rates(RateConformance):
    """All laws of exchange rates."""

    provider = Provider(
        name="sound", port=PortKind.RATE, settings_type=NoSettings, open=lambda _: nullcontext(SoundRates())
    )


SOUND: dict[type[PortLaws], Callable[[], object]] = {Reviews: SoundReviewer, Rates: SoundRates}

REJECTED_BY: dict[type[PortLaws], dict[Callable[[], object], set[str]]] = {
    Reviews: {
        broken.OpensAgain: {
            "test_a_request_that_arrives_twice_opens_one_case",
            "test_a_request_that_is_overtaken_by_its_repetition_opens_one_case",
            "test_a_lost_answer_is_unknown_and_asking_again_opens_no_other_case",
            "test_the_same_key_twice_is_one_case_and_one_answer",
            "test_two_workers_that_ask_one_key_at_once_open_one_case",
            "test_what_was_said_is_known_to_another_program",
        },
        broken.OpensAtEachArrival: {"test_a_request_that_arrives_twice_opens_one_case"},
        broken.AsksAnewWhenItHeardNothing: {"test_a_request_that_is_overtaken_by_its_repetition_opens_one_case"},
        broken.ReviewersThatForgetAloud: {"test_what_is_declared_is_there"},
        broken.OneCaseForAll: {
            "test_each_verdict_is_given_for_the_orders_it_is_meant_for",
            "test_look_up_tells_what_was_said_and_no_more",
            "test_two_orders_are_two_cases",
        },
        broken.KeepsItInMemory: {"test_what_was_said_is_known_to_another_program"},
        broken.ApprovesWhenDown: {
            "test_a_lost_answer_is_unknown_and_asking_again_opens_no_other_case",
            "test_a_request_that_is_overtaken_by_its_repetition_opens_one_case",
            "test_a_reviewer_that_is_down_approves_nothing_and_can_be_asked_again",
            "test_an_answer_nobody_can_read_approves_nothing",
            "test_neither_secrets_nor_the_customer_stand_in_a_message_of_failure",
        },
        broken.ClaimsNothingWasAsked: {
            "test_a_lost_answer_is_unknown_and_asking_again_opens_no_other_case",
            "test_an_answer_nobody_can_read_approves_nothing",
        },
        broken.ReviewersGiveUp: {"test_a_reviewer_that_is_down_approves_nothing_and_can_be_asked_again"},
        broken.ApprovesEverything: {"test_each_verdict_is_given_for_the_orders_it_is_meant_for"},
        broken.WantsACustomer: {"test_an_order_of_nobody_known_is_answered_or_refused"},
        broken.NamesTheCustomer: {"test_nothing_personal_stands_in_an_answer"},
        broken.LooksUpAnything: {"test_look_up_tells_what_was_said_and_no_more"},
        broken.CannotLookUp: {
            "test_look_up_tells_what_was_said_and_no_more",
            "test_what_is_declared_is_there",
        },
        broken.TellsItsKey: {"test_neither_secrets_nor_the_customer_stand_in_a_message_of_failure"},
    },
    Rates: {
        broken.ParityWhenUnknown: {
            "test_a_question_without_a_rate_is_refused_and_never_answered_with_another",
        },
        broken.ParityWhenDown: {
            "test_a_source_that_is_out_of_reach_gives_no_rate",
            "test_an_answer_nobody_can_read_gives_no_rate",
        },
        broken.Inverts: {
            "test_a_rate_is_of_the_pair_asked_and_above_zero",
            "test_a_source_that_is_out_of_reach_gives_no_rate",
        },
        broken.TomorrowsRate: {
            "test_a_rate_says_whose_it_is_and_of_when_and_is_never_of_later",
            "test_a_source_that_is_out_of_reach_gives_no_rate",
        },
        broken.Rounds: {
            "test_a_source_that_is_out_of_reach_gives_no_rate",
            "test_known_rates_are_told_exactly",
        },
        broken.Moves: {
            "test_a_moment_in_another_zone_has_the_same_rate",
            "test_the_same_question_has_the_same_answer",
        },
        broken.LocalDay: {"test_a_moment_in_another_zone_has_the_same_rate"},
        broken.RatesTellTheirKey: {"test_secrets_stand_in_no_message"},
    },
}


@pytest.mark.parametrize(
    ("kit", "adapter"),
    [(kit, adapter) for kit, adapters in REJECTED_BY.items() for adapter in adapters],
    ids=lambda each: each.__name__,
)
def test_a_broken_adapter_is_rejected_by_exactly_the_laws_it_breaks(
    kit: type[PortLaws], adapter: Callable[[], object]
) -> None:
    assert rejected_by(kit, adapter) == REJECTED_BY[kit][adapter]


@pytest.mark.parametrize("kit", SOUND, ids=lambda kit: kit.__name__)
def test_a_sound_adapter_is_rejected_by_no_law_and_no_law_is_skipped(kit: type[PortLaws]) -> None:
    assert (rejected_by(kit, SOUND[kit]), skipped_by(kit, SOUND[kit])) == (set(), {})


@pytest.mark.parametrize("kit", SOUND, ids=lambda kit: kit.__name__)
def test_every_law_rejects_something(kit: type[PortLaws]) -> None:
    assert set().union(*REJECTED_BY[kit].values()) == set(laws_of(kit))
