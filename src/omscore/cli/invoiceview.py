"""The invoices and credit notes of an order, as the commands list them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.padding import Padding

from omscore.billing.invoices import Invoice
from omscore.cli.records import Records
from omscore.cli.tables import table
from omscore.ids import OrderId


def invoices_of(records: Records, order_id: OrderId) -> list[Invoice]:
    """The documents issued for an order, in the order of their numbers."""
    streams = records.storage.listed("invoiced", order_id, limit=1_000_000)
    return [records.look(Invoice, stream.partition("/")[2]) for stream in streams]


def invoice_table(invoices: Sequence[Invoice]) -> Padding:
    """One row for each document."""
    headers = ("Number", "What", "Issued", "Sum", "Paid", "To pay")
    rows = [
        (each.number, each.kind.value.replace("_", " "), each.issued_on.isoformat(), each.owed, each.paid, each.payable)
        for each in invoices
    ]
    return table(headers, rows, right=headers[3:], keep=("Number",))
