"""The kits of books, notices and taxes reject every broken adapter, by exactly the laws it breaks."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from omscore.plugins import Capability
from omscore.testing.conformance.erp import ErpConformance
from omscore.testing.conformance.notices import NoticeConformance
from omscore.testing.conformance.ports import PortLaws
from omscore.testing.conformance.taxes import TaxConformance
from omscore_adapters import erp_beancount, notice_file, tax_table
from tests.testing import broken_books
from tests.testing import broken_others as broken
from tests.testing.port_kits import laws_of, rejected_by, skipped_by
from tests.testing.sound_others import SoundBooks, SoundNotices, SoundTaxes


class Books(ErpConformance):
    """All laws of books."""

    provider = attrs.evolve(erp_beancount.PROVIDER, name="sound", capabilities=frozenset({Capability.NUMBERS_TOLD}))


class Notices(NoticeConformance):
    """All laws of notices."""

    provider = attrs.evolve(notice_file.PROVIDER, name="sound")


class Taxes(TaxConformance):
    """All laws of taxes."""

    provider = attrs.evolve(tax_table.PROVIDER, name="sound")


SOUND: dict[type[PortLaws], Callable[[], object]] = {Books: SoundBooks, Notices: SoundNotices, Taxes: SoundTaxes}

REJECTED_BY: dict[type[PortLaws], dict[Callable[[], object], set[str]]] = {
    Books: {
        broken_books.BooksThatForgetAloud: {"test_what_is_declared_is_there"},
        broken_books.BooksAgain: {
            "test_a_call_of_which_only_a_part_was_booked_is_not_taken_for_done",
            "test_a_call_that_arrives_twice_books_each_entry_once",
            "test_a_call_that_is_overtaken_by_its_repetition_books_each_entry_once",
            "test_an_entry_booked_already_is_left_as_it_is",
            "test_an_entry_posted_twice_is_booked_once",
            "test_an_entry_that_comes_twice_in_one_call_is_booked_once",
            "test_the_number_of_every_entry_is_told_every_time",
            "test_two_workers_that_post_one_entry_at_once_book_it_once",
            "test_what_was_booked_before_the_answer_was_lost_is_not_booked_again",
        },
        broken_books.LeavesOutWhatItCannotBook: {"test_an_entry_the_books_cannot_take_is_told_and_holds_up_no_other"},
        broken_books.BooksEachArrival: {"test_a_call_that_arrives_twice_books_each_entry_once"},
        broken_books.BooksBehindItself: {"test_a_call_that_is_overtaken_by_its_repetition_books_each_entry_once"},
        broken_books.TakesAPartForAll: {"test_a_call_of_which_only_a_part_was_booked_is_not_taken_for_done"},
        broken_books.BooksOneOfMany: {
            "test_a_call_of_which_only_a_part_was_booked_is_not_taken_for_done",
            "test_a_call_that_arrives_twice_books_each_entry_once",
            "test_a_call_that_is_overtaken_by_its_repetition_books_each_entry_once",
            "test_an_entry_booked_already_is_left_as_it_is",
            "test_the_number_of_every_entry_is_told_every_time",
            "test_what_was_booked_before_the_answer_was_lost_is_not_booked_again",
        },
        broken_books.Overwrites: {"test_an_entry_booked_already_is_left_as_it_is"},
        broken_books.CountsInHundredths: {"test_amounts_are_exact_in_every_currency_taken"},
        broken_books.LeavesTheLastOut: {
            "test_a_call_of_which_only_a_part_was_booked_is_not_taken_for_done",
            "test_a_call_that_arrives_twice_books_each_entry_once",
            "test_a_call_that_is_overtaken_by_its_repetition_books_each_entry_once",
            "test_amounts_are_exact_in_every_currency_taken",
            "test_an_answer_nobody_can_read_is_no_sign_that_nothing_was_booked",
            "test_an_entry_booked_already_is_left_as_it_is",
            "test_an_entry_is_booked_once_with_all_its_postings",
            "test_an_entry_posted_twice_is_booked_once",
            "test_an_entry_that_comes_twice_in_one_call_is_booked_once",
            "test_an_entry_the_books_cannot_take_is_told_and_holds_up_no_other",
            "test_entries_may_come_in_any_order",
            "test_no_entries_are_no_error",
            "test_two_workers_that_post_one_entry_at_once_book_it_once",
            "test_what_did_not_get_through_can_be_posted_again",
            "test_what_was_booked_before_the_answer_was_lost_is_not_booked_again",
        },
        broken_books.RefusesThePast: {"test_entries_may_come_in_any_order"},
        broken_books.ClaimsNothingIsBooked: {
            "test_an_answer_nobody_can_read_is_no_sign_that_nothing_was_booked",
            "test_what_was_booked_before_the_answer_was_lost_is_not_booked_again",
        },
        broken_books.BooksGiveUp: {"test_what_did_not_get_through_can_be_posted_again"},
        broken_books.BooksTellTheirKey: {"test_secrets_stand_in_no_message"},
        broken_books.CountsCalls: {"test_the_number_of_every_entry_is_told_every_time"},
        broken_books.RefusesEmptyCalls: {"test_no_entries_are_no_error"},
    },
    Notices: {
        broken.NoticesThatForgetAloud: {"test_what_is_declared_is_there"},
        broken.TellsAgain: {
            "test_a_notice_that_is_handed_over_twice_arrives_once",
            "test_a_notice_that_is_overtaken_by_its_repetition_arrives_once",
            "test_a_notice_whose_answer_was_lost_does_not_arrive_twice",
            "test_the_same_key_twice_arrives_once",
            "test_two_workers_that_send_one_key_at_once_tell_it_once",
        },
        broken.TellsEachArrival: {"test_a_notice_that_is_handed_over_twice_arrives_once"},
        broken.TellsAgainWhenItHeardNothing: {"test_a_notice_that_is_overtaken_by_its_repetition_arrives_once"},
        broken.TakesGarbageForYes: {"test_an_answer_nobody_can_read_leaves_the_outcome_unknown"},
        broken.TellsEachTextOnce: {"test_two_keys_are_two_messages_even_with_one_text"},
        broken.SpeaksLatin: {"test_letters_of_every_script_arrive"},
        broken.WritesToShop: {"test_what_is_for_the_shop_goes_to_its_own_people"},
        broken.TakesManyReceivers: {"test_nothing_in_a_message_adds_a_receiver_or_a_message"},
        broken.CutsTheText: {"test_a_notice_arrives_once_and_as_it_was_written"},
        broken.NoticesGiveUp: {"test_what_did_not_get_through_can_be_sent_again"},
        broken.ClaimsNothingWasSent: {
            "test_a_notice_whose_answer_was_lost_does_not_arrive_twice",
            "test_an_answer_nobody_can_read_leaves_the_outcome_unknown",
        },
        broken.TellsTheReceiver: {"test_neither_secrets_nor_what_is_written_stand_in_a_message_of_failure"},
    },
    Taxes: {
        broken.UntaxedWhenDown: {
            "test_a_source_that_is_out_of_reach_never_means_untaxed",
            "test_an_answer_nobody_can_read_never_means_untaxed",
        },
        broken.UntaxedAbroad: {
            "test_a_place_without_a_rate_is_refused_and_not_untaxed",
            "test_one_category_without_a_rate_refuses_the_whole_question",
        },
        broken.SortsCategories: {"test_there_is_one_rate_per_category_in_the_order_asked"},
        broken.TellsPercent: {
            "test_a_moment_in_another_zone_has_the_same_rate",
            "test_a_rate_is_a_part_of_the_net_amount",
            "test_a_source_that_is_out_of_reach_never_means_untaxed",
            "test_known_rates_are_told_exactly",
            "test_there_is_one_rate_per_category_in_the_order_asked",
        },
        broken.LooksAtTheLocalDay: {"test_a_moment_in_another_zone_has_the_same_rate"},
        broken.WantsACategory: {"test_no_categories_have_no_rates"},
        broken.TaxesTellTheirKey: {"test_secrets_stand_in_no_message"},
        broken.ChangesItsMind: {
            "test_a_moment_in_another_zone_has_the_same_rate",
            "test_the_same_question_has_the_same_answer",
            "test_there_is_one_rate_per_category_in_the_order_asked",
        },
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
