"""The books of the company: balanced journal entries out, each posted once under its own id; invoices where wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from omscore.billing.invoices import Invoice, InvoiceKind, InvoiceLine
from omscore.billing.journal import Account, JournalEntry, Posting, is_invoiced

__all__ = [
    "Account",
    "ErpPort",
    "Invoice",
    "InvoiceBooks",
    "InvoiceKind",
    "InvoiceLine",
    "JournalEntry",
    "Posting",
    "is_invoiced",
]


class ErpPort(Protocol):
    """One accounting system."""

    def post(self, entries: Sequence[JournalEntry]) -> None:
        """Books every entry; an entry id that is booked already is left as it is.

        Shape: when this returns, all entries are booked. After an error some may be, and the same call is made again.
        Raises: PortRefusedError naming what these books cannot take; PortTransientError and PortUnknownError.
        """
        ...


@runtime_checkable
class InvoiceBooks(Protocol):
    """An accounting system that enters invoices as well, and then books by them what `is_invoiced`."""

    @property
    def takes_invoices(self) -> bool:
        """Whether it is set to."""
        ...

    def post_invoices(self, invoices: Sequence[Invoice]) -> None:
        """Enters every invoice and credit note; a number that is there already is left as it is."""
        ...
