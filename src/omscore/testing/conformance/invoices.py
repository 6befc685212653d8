"""The laws of books that enter invoices (`ports.erp.InvoiceBooks`), for adapters with `Capability.INVOICES_ENTERED`.

An author subclasses `InvoiceConformance` beside `ErpConformance`, names the provider, and gives the fixture `harness`:
the adapter, opened so that it takes invoices, and the books behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from omscore.money import Money
from omscore.plugins import Capability
from omscore.ports.erp import Account, ErpPort, Invoice, InvoiceBooks, InvoiceKind, JournalEntry, Posting
from omscore.testing.conformance.documents import DocumentHarness, DocumentLaws, Entered, EnteredLine
from omscore.testing.conformance.papers import Ware, invoice_of, wares
from omscore.testing.conformance.ports import NOON

__all__ = ["Entered", "EnteredLine", "InvoiceConformance", "InvoiceHarness"]


class InvoiceHarness(DocumentHarness, Protocol):
    """An adapter that enters invoices, and the books.

    Shape: `is_booked` tells whether a journal entry of that id stands in the books as an entry of its own.
    """

    def is_booked(self, entry_id: str) -> bool: ...


class InvoiceConformance(DocumentLaws[Invoice]):
    """Every law that holds for all books that enter invoices."""

    about = frozenset({Capability.INVOICES_ENTERED})

    def made(
        self,
        harness: DocumentHarness,
        name: str,
        goods: Sequence[Ware] = (),
        *,
        person_id: str = "",
        currency: str = "",
    ) -> Invoice:
        return invoice_of(
            self.key(name),
            tuple(goods) or (Ware(harness.skus[0]), Ware(harness.skus[1], 3, 1_000, "0.07", 399)),
            currency=currency or harness.currencies[0],
            person_id=person_id or harness.person_id,
        )

    def enter(self, port: ErpPort, documents: Sequence[Invoice]) -> Mapping[str, str] | None:
        assert isinstance(port, InvoiceBooks), "it declares that it enters invoices, and has no post_invoices"
        return port.post_invoices(documents)

    def stated(self, document: Invoice) -> Entered:
        sign = 1 if document.kind is InvoiceKind.INVOICE else -1
        lines = [EnteredLine(sku=line.sku, says=line.title, net=line.net * sign) for line in document.lines]
        return Entered(lines=tuple(lines), net=document.net * sign, gross=document.owed * sign)

    def test_a_credit_note_takes_back_to_the_cent_what_its_invoice_billed(self, harness: InvoiceHarness) -> None:
        goods, currency = wares(harness.skus, seed=7), harness.currencies[0]
        bill = self.made(harness, "bill", goods)
        note = invoice_of(
            self.key("note"), goods, currency=currency, person_id=harness.person_id, kind=InvoiceKind.CREDIT_NOTE
        )
        self.enter(harness.port, [bill, note])
        self.stands_once(harness, "bill", bill)
        self.stands_once(harness, "note", note)
        sums = [each.gross for name in ("bill", "note") for each in harness.entered(self.key(name))]
        assert Money.total(sums, currency).is_zero

    def test_what_an_invoice_books_is_not_booked_as_an_entry_too(self, harness: InvoiceHarness) -> None:
        amount = Money(1_200, harness.currencies[0])
        billed, other = (
            JournalEntry(
                entry_id=self.key(name),
                at=NOON,
                says=says,
                reference="ord_1",
                postings=(Posting(debit, amount), Posting(credit, -amount)),
            )
            for name, says, debit, credit in (
                ("f1.sale", "goods sent", Account.RECEIVABLE, Account.SALES),
                ("f1.postage", "label bought", Account.POSTAGE, Account.CARRIER_PAYABLE),
            )
        )
        harness.port.post([billed, other])
        assert [harness.is_booked(entry.entry_id) for entry in (billed, other)] == [False, True]

    def test_what_is_declared_is_there(self, harness: InvoiceHarness) -> None:
        self.declares_keys(harness.port)
        self.declares(Capability.INVOICES_ENTERED, offers=isinstance(harness.port, InvoiceBooks))
        assert isinstance(harness.port, InvoiceBooks) and harness.port.takes_invoices, (
            "the harness opens the adapter so that it takes invoices"
        )
