"""The books of the company: balanced journal entries out, each once by its own id; invoices and sales where wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from omscore.billing.invoices import Invoice, InvoiceKind, InvoiceLine
from omscore.billing.journal import Account, JournalEntry, Posting, is_invoiced
from omscore.billing.sales import Sale, SaleLine, SaleTax

__all__ = [
    "Account",
    "ErpPort",
    "Invoice",
    "InvoiceBooks",
    "InvoiceKind",
    "InvoiceLine",
    "JournalEntry",
    "Numbers",
    "Posting",
    "Sale",
    "SaleLine",
    "SaleTax",
    "SalesBooks",
    "is_invoiced",
]

Numbers: TypeAlias = Mapping[str, str]
"""What an accounting system calls the documents it was given: its own number by our id.

Shape: told on each call, also of what was there already; a document that has no number there is left out. The shop
keeps them, see `omscore.external_ids`.
"""


class ErpPort(Protocol):
    """One accounting system."""

    def post(self, entries: Sequence[JournalEntry]) -> Numbers | None:
        """Books every entry; an entry id that is booked already is left as it is.

        Shape: when this returns, all entries are booked. After an error some may be, and the same call is made again.
        The answer is None where these books tell no numbers.
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

    def post_invoices(self, invoices: Sequence[Invoice]) -> Numbers | None:
        """Enters every invoice and credit note; a number that is there already is left as it is.

        Raises: PortRefusedError naming each that these books do not take, and what in it, after the others are entered.
        """
        ...


@runtime_checkable
class SalesBooks(Protocol):
    """A system that enters what was sold as well: each order when it is placed, and units that are cancelled later."""

    @property
    def takes_sales(self) -> bool:
        """Whether it is set to."""
        ...

    def post_sales(self, sales: Sequence[Sale]) -> Numbers | None:
        """Enters every sale; one whose id is there already is left as it is.

        Raises: PortRefusedError naming each that these books do not take, and what in it, after the others are entered.
        """
        ...

    def take_back(self, sale: Sale, cancelled: Sale) -> Numbers | None:
        """Enters what was cancelled of a sale, once; the sale itself too when it is not there yet.

        Shape: `cancelled` holds the units and amounts to take back, which may be all of the sale.
        Holds: what stands of both comes to what was sold less what was taken back.
        """
        ...
