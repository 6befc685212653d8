"""Invoices: numbered without a gap, each number one document, each document the amount that the books have for it."""

from __future__ import annotations

from collections.abc import Iterable

from omscore.audit.findings import Findings, Law
from omscore.billing.invoices import Invoice, InvoiceKind
from omscore.billing.journal import Account
from omscore.billing.ledger import EntryPosted
from omscore.billing.series import NumberTaken


class InvoiceBook:
    """The documents met so far that no ledger or no series has answered for. Documents must be seen first."""

    def __init__(self, found: Findings) -> None:
        self._found = found
        self._unbooked: dict[str, tuple[str, int]] = {}
        self._unnumbered: set[str] = set()

    def invoice(self, invoice: Invoice) -> None:
        """Note a document, and check that its own sums agree."""
        self._unnumbered.add(invoice.number)
        sign = 1 if invoice.kind is InvoiceKind.INVOICE else -1
        self._unbooked[invoice.entry_id] = (invoice.number, sign * invoice.owed.minor)
        taxed = sum(tax.net.minor for tax in invoice.taxes)
        if taxed != invoice.net.minor:
            self._add(invoice.number, f"its lines and charges come to {invoice.net}, its taxes are on another sum")

    def ledger(self, events: Iterable[object]) -> None:
        """Hold the entries of a ledger against the documents that bill the same."""
        for event in events:
            billed = self._unbooked.pop(event.entry.entry_id, None) if isinstance(event, EntryPosted) else None
            if billed is not None and isinstance(event, EntryPosted):
                number, minor = billed
                booked = [each.amount for each in event.entry.postings if each.account is Account.RECEIVABLE]
                if [each.minor for each in booked] != [minor]:
                    self._add(number, f"it is not over what entry {event.entry.entry_id} says the customer owes")

    def series(self, events: Iterable[object]) -> None:
        """Check that a series was counted from 1, and that each number has its document."""
        taken = [event for event in events if isinstance(event, NumberTaken)]
        for count, event in enumerate(taken, 1):
            where = f"series/{event.series}"
            if event.number != count:
                self._found.add(Law.BOOKS, where, f"number {count} is missing; the series goes on with {event.number}")
            if event.invoice_no not in self._unnumbered:
                self._found.add(
                    Law.BOOKS, where, f"number {event.number} was taken for {event.invoice_no}: no document"
                )
            self._unnumbered.discard(event.invoice_no)

    def end(self) -> None:
        """Report the documents that no ledger or no series knows of."""
        for entry_id, (number, _) in sorted(self._unbooked.items()):
            self._add(number, f"there is no journal entry {entry_id}, which it bills")
        for number in sorted(self._unnumbered):
            self._add(number, "no series has counted it")

    def _add(self, number: str, says: str) -> None:
        self._found.add(Law.BOOKS, f"invoice/{number}", says)
