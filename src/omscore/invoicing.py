"""Issued invoices as documents for others: the record from the log, who was billed from the vault."""

from __future__ import annotations

from omscore.app import Oms
from omscore.billing.invoices import Buyer, Invoice
from omscore.billing.ubl import ubl_document
from omscore.codec import Codec
from omscore.engine.plans.invoicing import buyer_document
from omscore.errors import RefusedError
from omscore.ports.storage import StorageReading


def ubl_invoice(oms: Oms, number: str) -> str:
    """The invoice or credit note of that number as a UBL 2.1 document by EN 16931: the same text every time.

    Raises: NotFoundError for a number that was never issued; RefusedError once its customer is forgotten.
    """
    return ubl_of(oms.storage, oms.codec, oms.look(Invoice, number))


def ubl_of(storage: StorageReading, codec: Codec, invoice: Invoice) -> str:
    """The same, from a store alone."""
    return ubl_document(invoice, buyer_of(storage, codec, invoice))


def buyer_of(storage: StorageReading, codec: Codec, invoice: Invoice) -> Buyer:
    """Who was billed. Raises: RefusedError once they are forgotten."""
    text = storage.vault_get(invoice.person_id, buyer_document(invoice.number))
    if text is None:
        raise RefusedError(
            f"invoice {invoice.number} cannot be written any more: its customer was forgotten; keep the documents you "
            "send for as long as the law asks",
            code="invoice.forgotten",
        )
    return codec.record(text, Buyer)
