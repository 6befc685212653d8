"""The kits of invoices and of sales reject every broken adapter, by exactly the laws it breaks, and no sound one."""

from __future__ import annotations

import attrs
import pytest

from omscore.plugins import Capability
from omscore.testing.conformance.erp import ErpConformance
from omscore.testing.conformance.invoices import InvoiceConformance
from omscore.testing.conformance.ports import PortLaws
from omscore.testing.conformance.sales import SaleConformance
from omscore_adapters import erp_beancount
from tests.testing import broken_documents as broken
from tests.testing.port_kits import laws_of, rejected_by, skipped_by
from tests.testing.sound_documents import SoundDocuments, SoundInvoices, SoundSales

PROVIDER = attrs.evolve(
    erp_beancount.PROVIDER,
    name="sound",
    capabilities=frozenset({Capability.INVOICES_ENTERED, Capability.SALES_ENTERED, Capability.NUMBERS_TOLD}),
)


class Invoices(InvoiceConformance):
    """All laws of invoices."""

    provider = PROVIDER


class Sales(SaleConformance):
    """All laws of sales."""

    provider = PROVIDER


SOUND: dict[type[PortLaws], type[SoundDocuments]] = {Invoices: SoundInvoices, Sales: SoundSales}

ONCE = "test_a_document_is_entered_once_with_its_lines_and_sums"
SUMS = "test_documents_of_any_amounts_have_the_same_sums_to_the_cent"
AGAIN = "test_a_document_entered_twice_is_entered_once"
DOUBLE = "test_a_document_that_comes_twice_in_one_call_is_entered_once"
LEFT = "test_a_document_entered_already_is_left_as_it_is"
WORKERS = "test_two_workers_that_enter_one_document_at_once_enter_it_once"
EMPTY = "test_no_documents_are_no_error"
ARTICLE = "test_an_article_nobody_knows_is_named_and_holds_up_no_other_document"
CUSTOMER = "test_a_customer_nobody_knows_is_named_and_holds_up_no_other_document"
NUMBERS = "test_the_number_the_books_gave_is_told_every_time"
LOST = "test_what_was_entered_before_the_answer_was_lost_is_not_entered_again"
TWICE = "test_a_call_that_arrives_twice_enters_each_document_once"
LATE = "test_a_call_that_is_overtaken_by_its_repetition_enters_each_once"
PART = "test_a_call_of_which_only_a_part_was_entered_is_not_taken_for_done"
GARBAGE = "test_an_answer_nobody_can_read_is_no_sign_that_nothing_was_entered"
DOWN = "test_what_did_not_get_through_can_be_entered_again"
SCRIPTS = "test_texts_of_every_script_are_kept_as_they_are"
SECRETS = "test_secrets_stand_in_no_message"
DECLARED = "test_what_is_declared_is_there"
CREDIT = "test_a_credit_note_takes_back_to_the_cent_what_its_invoice_billed"
REST = "test_what_is_taken_back_leaves_the_rest_of_the_sale"
WHOLE = "test_a_sale_that_is_taken_back_whole_comes_to_nothing_whoever_comes_late_with_it"
ALONG = "test_what_is_taken_back_before_its_sale_was_told_brings_the_sale_along"
BACK_AGAIN = "test_what_is_taken_back_twice_is_taken_back_once"
BACK_WORKERS = "test_two_workers_that_sell_and_take_back_at_once_come_to_the_rest"
BACK_LOST = "test_what_was_taken_back_before_the_answer_was_lost_is_not_taken_back_again"
NOTHING_BACK = "test_of_a_sale_nobody_can_enter_nothing_is_taken_back"
BACK_NUMBERS = "test_the_numbers_of_the_sale_and_of_what_is_taken_back_are_told"

ANY: dict[type[SoundDocuments], tuple[set[str], set[str]]] = {
    broken.EntersAgain: (
        {AGAIN, DOUBLE, LEFT, WORKERS, NUMBERS, LOST, TWICE, LATE, PART, GARBAGE},
        {REST, WHOLE, ALONG, BACK_AGAIN, BACK_WORKERS, BACK_LOST},
    ),
    broken.EntersDoublesOfACall: ({DOUBLE}, set()),
    broken.EntersEachArrival: ({TWICE}, set()),
    broken.EntersBehindItself: ({LATE}, set()),
    broken.EntersOver: ({LEFT}, set()),
    broken.LooksThenEnters: ({WORKERS}, {BACK_WORKERS}),
    broken.TakesSomeForAll: ({PART}, set()),
    broken.RefusesEmptyCalls: ({EMPTY}, set()),
    broken.OneBadStopsAll: ({ARTICLE, CUSTOMER}, set()),
    broken.SaysOnlyThat: ({ARTICLE, CUSTOMER}, {NOTHING_BACK}),
    broken.ForgetsTheCustomer: ({CUSTOMER}, set()),
    broken.LeavesLinesOut: ({ARTICLE}, {NOTHING_BACK}),
    broken.SpeaksLatinOnly: ({SCRIPTS}, set()),
    broken.RoundsPrices: ({SUMS}, set()),
    broken.WorksTaxOutAnew: ({SUMS}, set()),
    broken.LosesALine: (
        {ONCE, SUMS, AGAIN, DOUBLE, LEFT, EMPTY, ARTICLE, CUSTOMER, LOST, TWICE, LATE, PART, GARBAGE, DOWN},
        set(),
    ),
    broken.TellsNumbersOnce: ({NUMBERS}, set()),
    broken.TellsNoNumbers: ({NUMBERS}, {BACK_NUMBERS}),
    broken.ClaimsNothingWasEntered: ({LOST, GARBAGE}, {BACK_LOST}),
    broken.GivesUpWhenDown: ({DOWN}, set()),
    broken.TellsItsPassword: ({SECRETS}, set()),
}
"""What is wrong with documents of any sort: the laws of both kits that it breaks, and those of sales besides."""

_OF_AMOUNTS = {broken.RoundsPrices, broken.WorksTaxOutAnew, broken.LosesALine}
"""Those who break the law of credit notes as well, whose invoices are of any amounts too."""

REJECTED_BY: dict[tuple[type[PortLaws], type[SoundDocuments]], set[str]] = {
    **{
        (Invoices, type(adapter.__name__, (adapter, SoundInvoices), {})): laws
        | ({CREDIT} if adapter in _OF_AMOUNTS else set())
        for adapter, (laws, _) in ANY.items()
    },
    **{
        (Sales, type(adapter.__name__, (adapter, SoundSales), {})): laws | of_sales
        for adapter, (laws, of_sales) in ANY.items()
    },
    (Invoices, broken.BillsReturns): {CREDIT},
    (Invoices, broken.BooksTwice): {"test_what_an_invoice_books_is_not_booked_as_an_entry_too"},
    (Invoices, broken.IsNotSetToInvoices): {DECLARED},
    (Sales, broken.IsNotSetToSales): {DECLARED},
    (Sales, broken.TakesBackAgain): {BACK_AGAIN, BACK_WORKERS, BACK_LOST},
    (Sales, broken.TakesBackAlone): {ALONG, BACK_AGAIN, NOTHING_BACK, BACK_NUMBERS},
    (Sales, broken.TakesBackTheWrongWay): {REST, WHOLE, ALONG, BACK_AGAIN, BACK_WORKERS, BACK_LOST},
    (Sales, broken.TakesBackTheWhole): {REST, ALONG, BACK_AGAIN, BACK_WORKERS, BACK_LOST},
    (Sales, broken.ForgetsCancelledSales): {WHOLE},
    (Sales, broken.TellsTheNumberOfTheSaleAlone): {BACK_NUMBERS},
}


@pytest.mark.parametrize(
    ("kit", "adapter"), REJECTED_BY, ids=[f"{kit.__name__}-{adapter.__name__}" for kit, adapter in REJECTED_BY]
)
def test_a_broken_adapter_is_rejected_by_exactly_the_laws_it_breaks(
    kit: type[PortLaws], adapter: type[SoundDocuments]
) -> None:
    assert rejected_by(kit, adapter) == REJECTED_BY[kit, adapter]


@pytest.mark.parametrize("kit", SOUND, ids=lambda kit: kit.__name__)
def test_a_sound_adapter_is_rejected_by_no_law_and_no_law_is_skipped(kit: type[PortLaws]) -> None:
    assert (rejected_by(kit, SOUND[kit]), skipped_by(kit, SOUND[kit])) == (set(), {})


@pytest.mark.parametrize("kit", SOUND, ids=lambda kit: kit.__name__)
def test_every_law_rejects_something(kit: type[PortLaws]) -> None:
    rejecting = set().union(*[laws for (its_kit, _), laws in REJECTED_BY.items() if its_kit is kit])
    assert rejecting == set(laws_of(kit))


def test_books_that_enter_documents_must_declare_it_and_those_that_do_not_have_no_laws_about_their_numbers() -> None:
    class Plain(ErpConformance):
        provider = erp_beancount.PROVIDER

    class Silent(InvoiceConformance):
        provider = attrs.evolve(PROVIDER, capabilities=frozenset({Capability.INVOICES_ENTERED}))

    for books in (SoundInvoices, SoundSales):
        assert rejected_by(Plain, books) == {DECLARED}
    assert Plain.left_out == {
        "test_no_invoices_are_no_error": "beancount does not declare invoices entered",
        "test_no_sales_are_no_error": "beancount does not declare sales entered",
        "test_the_number_of_every_entry_is_told_every_time": "beancount does not declare numbers told",
    }
    assert Silent.left_out == {NUMBERS: "sound does not declare numbers told"}
    assert rejected_by(Silent, SoundInvoices) == set()
