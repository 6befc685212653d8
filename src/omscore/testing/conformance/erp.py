"""The laws of an accounting system, one per test, to be run against any adapter of `omscore.ports.erp`.

An author subclasses `ErpConformance`, names the provider, and gives the fixture `harness`: the opened adapter and the
books behind it, as another program would read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from itertools import permutations
from typing import Protocol

from omscore.errors import PortError, PortTransientError, PortUnknownError
from omscore.money import Money
from omscore.plugins import Capability
from omscore.ports.erp import Account, ErpPort, InvoiceBooks, JournalEntry, Posting, SalesBooks
from omscore.records import changed
from omscore.testing.conformance.ports import (
    NOON,
    Harness,
    PortLaws,
    Promise,
    hides,
    needs,
    not_denied,
    refused,
    skipped,
    try_again_is_right,
)
from omscore.testing.faults import Fault

__all__ = ["ErpConformance", "ErpHarness"]


class ErpHarness(Harness, Protocol):
    """An adapter for books, and the books, used by nobody else.

    Shape: `booked` has one element for each time an entry really stands in the books, with its postings in any order.
    `unbookable` makes an entry these books refuse (an account that is closed, a day before the first); None when they
    take every entry that balances.
    """

    @property
    def port(self) -> ErpPort: ...

    @property
    def currencies(self) -> tuple[str, ...]: ...

    def booked(self, entry_id: str) -> Sequence[Sequence[Posting]]: ...

    def unbookable(self, entry: JournalEntry) -> JournalEntry | None: ...


class ErpConformance(PortLaws):
    """Every law that holds for every accounting system."""

    def entry(self, harness: ErpHarness, name: str = "e1", minor: int = 12_341, currency: str = "") -> JournalEntry:
        """A balanced entry of three postings."""
        amount = Money(minor, currency or harness.currencies[0])
        one = Money(1, amount.currency)
        return JournalEntry(
            entry_id=self.key(name),
            at=NOON,
            says="goods sent",
            reference="ord_1",
            postings=(
                Posting(Account.RECEIVABLE, amount),
                Posting(Account.SALES, one - amount),
                Posting(Account.TAX, -one),
            ),
        )

    def test_an_entry_is_booked_once_with_all_its_postings(self, harness: ErpHarness) -> None:
        entry = self.entry(harness)
        harness.port.post([entry])
        self._stands_once(harness, entry)

    @needs(Promise.KEYS)
    def test_an_entry_posted_twice_is_booked_once(self, harness: ErpHarness) -> None:
        entry = self.entry(harness)
        harness.port.post([entry])
        harness.port.post([entry])
        self._stands_once(harness, entry)

    def test_an_entry_that_comes_twice_in_one_call_is_booked_once(self, harness: ErpHarness) -> None:
        entry = self.entry(harness)
        harness.port.post([entry, entry])
        self._stands_once(harness, entry)

    @needs(Promise.KEYS)
    def test_an_entry_booked_already_is_left_as_it_is(self, harness: ErpHarness) -> None:
        entry, next_one = self.entry(harness), self.entry(harness, "e2", 77)
        harness.port.post([entry])
        try:
            harness.port.post([self.entry(harness, minor=99), next_one])
        except PortError:  # books may also say that the entry differs; what stands must not change
            harness.port.post([next_one])
        self._stands_once(harness, entry)
        self._stands_once(harness, next_one)

    @needs(Promise.KEYS)
    def test_two_workers_that_post_one_entry_at_once_book_it_once(self, harness: ErpHarness) -> None:
        entries = [self.entry(harness, f"e{number}", 100 + number) for number in range(3)]
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(harness.port.post, permutations(entries)))
        for entry in entries:
            self._stands_once(harness, entry)

    def test_entries_may_come_in_any_order(self, harness: ErpHarness) -> None:
        later = changed(self.entry(harness, "later"), at=NOON + timedelta(days=3))
        harness.port.post([later])
        earlier = self.entry(harness, "after-all")
        harness.port.post([earlier])
        for entry in (later, earlier):
            self._stands_once(harness, entry)

    def test_no_entries_are_no_error(self, harness: ErpHarness) -> None:
        harness.port.post([])
        entry = self.entry(harness)
        harness.port.post([entry])
        self._stands_once(harness, entry)

    def test_amounts_are_exact_in_every_currency_taken(self, harness: ErpHarness) -> None:
        assert harness.currencies, "the harness names no currency"
        # The last digit is not zero on purpose, and one amount is as large as an amount can be.
        for minor in (12_341, 999_999_999_999_989):
            for currency in harness.currencies:
                entry = self.entry(harness, f"{currency}-{minor}", minor, currency)
                harness.port.post([entry])
                self._stands_once(harness, entry)

    def test_an_entry_the_books_cannot_take_is_told_and_holds_up_no_other(self, harness: ErpHarness) -> None:
        bad = harness.unbookable(self.entry(harness, "bad"))
        if bad is None:
            skipped(f"{self.provider.name} books every entry that balances")
        good = self.entry(harness, "good")
        for entries in ([good, bad], [bad, good]):
            with refused("an entry the books cannot take"):
                harness.port.post(entries)
            assert list(harness.booked(bad.entry_id)) == []
        harness.port.post([good])  # some books take it at once, some when it comes without the bad one
        self._stands_once(harness, good)

    @needs(Fault.LOST_ANSWER)
    def test_what_was_booked_before_the_answer_was_lost_is_not_booked_again(self, harness: ErpHarness) -> None:
        entries = [self.entry(harness, "e1"), self.entry(harness, "e2")]
        self.broken(harness, Fault.LOST_ANSWER)
        not_denied(lambda: harness.port.post(entries), "an answer lost after booking")
        if not self.keeps_keys:
            return
        harness.port.post(entries)
        for entry in entries:
            self._stands_once(harness, entry)

    @needs(Promise.KEYS, Fault.TWICE)
    def test_a_call_that_arrives_twice_books_each_entry_once(self, harness: ErpHarness) -> None:
        entries = [self.entry(harness, "e1"), self.entry(harness, "e2")]
        self.broken(harness, Fault.TWICE)
        self._posted_after_all(harness, entries)

    @needs(Promise.KEYS, Fault.LATE)
    def test_a_call_that_is_overtaken_by_its_repetition_books_each_entry_once(self, harness: ErpHarness) -> None:
        entries = [self.entry(harness, "e1"), self.entry(harness, "e2")]
        self.broken(harness, Fault.LATE)
        self._posted_after_all(harness, entries)

    @needs(Fault.PARTIAL)
    def test_a_call_of_which_only_a_part_was_booked_is_not_taken_for_done(self, harness: ErpHarness) -> None:
        entries = [self.entry(harness, f"e{number}") for number in range(4)]
        self.broken(harness, Fault.PARTIAL)
        try_again_is_right(lambda: harness.port.post(entries), "a call of which a part was booked")
        if not self.keeps_keys:
            return
        harness.port.post(entries)
        for entry in entries:
            self._stands_once(harness, entry)

    @needs(Fault.GARBAGE)
    def test_an_answer_nobody_can_read_is_no_sign_that_nothing_was_booked(self, harness: ErpHarness) -> None:
        self.broken(harness, Fault.GARBAGE)
        entry = self.entry(harness)
        not_denied(lambda: harness.port.post([entry]), "an answer that is garbage")
        self._stands_once(harness, entry)

    @needs(Fault.DOWN)
    def test_what_did_not_get_through_can_be_posted_again(self, harness: ErpHarness) -> None:
        entry = self.entry(harness)
        self.broken(harness, Fault.DOWN)
        try_again_is_right(lambda: harness.port.post([entry]), "books that are out of reach")
        assert list(harness.booked(entry.entry_id)) == []
        harness.port.post([entry])
        self._stands_once(harness, entry)

    def test_what_is_declared_is_there(self, harness: ErpHarness) -> None:
        self.declares_keys(harness.port)
        self.declares(Capability.INVOICES_ENTERED, offers=isinstance(harness.port, InvoiceBooks))
        self.declares(Capability.SALES_ENTERED, offers=isinstance(harness.port, SalesBooks))

    @needs(Capability.INVOICES_ENTERED)
    def test_no_invoices_are_no_error(self, harness: ErpHarness) -> None:
        """Their other laws are a kit of their own."""
        assert isinstance(harness.port, InvoiceBooks)
        assert not harness.port.post_invoices([])

    @needs(Capability.SALES_ENTERED)
    def test_no_sales_are_no_error(self, harness: ErpHarness) -> None:
        """Their other laws are a kit of their own."""
        assert isinstance(harness.port, SalesBooks)
        assert not harness.port.post_sales([])

    @needs(Capability.NUMBERS_TOLD)
    def test_the_number_of_every_entry_is_told_every_time(self, harness: ErpHarness) -> None:
        entries = [self.entry(harness, "e1"), self.entry(harness, "e2")]
        first = dict(harness.port.post(entries) or {})
        assert set(first) == {entry.entry_id for entry in entries} and all(first.values())
        assert len({*first.values()}) == 2, "two entries bear one number"
        assert dict(harness.port.post([*reversed(entries)]) or {}) == first

    def test_secrets_stand_in_no_message(self, harness: ErpHarness) -> None:
        secrets = self.told_secrets(harness)
        errors: list[BaseException] = []
        for number, fault in enumerate(sorted(harness.faults)):
            harness.break_next(fault)
            try:
                harness.port.post([self.entry(harness, f"e{number}")])
            except PortError as error:
                errors.append(error)
        hides(errors, secrets, harness.port)

    def _posted_after_all(self, harness: ErpHarness, entries: Sequence[JournalEntry]) -> None:
        """Posts until nothing is open, and once more; each entry then stands once."""
        for _ in range(2):
            with suppress(PortTransientError, PortUnknownError):
                harness.port.post(entries)
        harness.port.post(entries)
        for entry in entries:
            self._stands_once(harness, entry)

    def _stands_once(self, harness: ErpHarness, entry: JournalEntry) -> None:
        found = [sorted(map(_plain, postings)) for postings in harness.booked(entry.entry_id)]
        assert found == [sorted(map(_plain, entry.postings))]


def _plain(posting: Posting) -> tuple[str, int, str]:
    return (posting.account.value, posting.amount.minor, posting.amount.currency)
