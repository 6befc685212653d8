"""What an ERP is given: journal entries, invoices and sales, each of which it keeps once.

What it calls them is recorded with the end of the task. A number that nobody could keep undoes nothing: the task is
done, with a note.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from omscore.billing.externals import DocumentSort, RecordExternalId, check_external
from omscore.billing.journal import JournalEntry
from omscore.billing.sales import Cancelling
from omscore.engine.desk import Desk
from omscore.engine.meter import adapter_name
from omscore.engine.outcome import Outcome, given_up
from omscore.engine.trail import may_repeat
from omscore.engine.unit import Unit
from omscore.errors import InputError
from omscore.flows.selling import sale_of, taken_back
from omscore.orders.model import Order
from omscore.ports.erp import ErpPort, Invoice, InvoiceBooks, Numbers, SalesBooks
from omscore.ports.storage import Task


def takes_invoices(erp: ErpPort | None) -> bool:
    """Whether there is an accounting system that is set to take invoices."""
    return isinstance(erp, InvoiceBooks) and erp.takes_invoices


def takes_sales(erp: ErpPort | None) -> bool:
    """Whether there is an ERP that is set to take sales."""
    return isinstance(erp, SalesBooks) and erp.takes_sales


def post_entries(desk: Desk, erp: ErpPort | None, task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
    """The entries of one commit booked."""
    if erp is None:
        return Outcome(note="no accounting system is configured")
    if not may_repeat(erp, task):
        return given_up("outcome unknown: the entries may have been booked, and this backend would book them twice")
    entries = [desk.codec.record(payload[number], JournalEntry) for number in sorted(payload, key=int)]
    numbers = desk.meter.call(_name(desk), "post", erp.post, entries)
    about = {entry.entry_id: entry.reference or entry.entry_id for entry in entries}
    return _numbered(desk, DocumentSort.ENTRY, numbers, about, now)


def post_invoice(desk: Desk, erp: ErpPort | None, task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
    """One invoice or credit note entered."""
    if not (isinstance(erp, InvoiceBooks) and erp.takes_invoices):
        return Outcome(note="no accounting system that takes invoices is configured")
    if not may_repeat(erp, task):
        return given_up("outcome unknown: the invoice may be there, and this backend would enter it twice")
    invoice = Unit(desk, now).get(Invoice, payload["number"])
    numbers = desk.meter.call(_name(desk), "post invoices", erp.post_invoices, [invoice])
    return _numbered(desk, DocumentSort.INVOICE, numbers, {invoice.number: invoice.order_id}, now)


def post_sale(desk: Desk, erp: ErpPort | None, task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
    """One order entered as a sale, or what was cancelled of it."""
    if not (isinstance(erp, SalesBooks) and erp.takes_sales):
        return Outcome(note="no ERP that takes sales is configured")
    if not may_repeat(erp, task):
        return given_up("outcome unknown: the sale may be there, and this backend would enter it twice")
    order = Unit(desk, now).get(Order, payload["order_id"])
    sale = sale_of(order)
    if "cancelled" in payload:
        cancelled = taken_back(order, desk.codec.record(payload["cancelled"], Cancelling))
        numbers = desk.meter.call(_name(desk), "take back", erp.take_back, sale, cancelled)
        about = {sale.sale_id: order.order_id, cancelled.sale_id: order.order_id}
    else:
        numbers = desk.meter.call(_name(desk), "post sales", erp.post_sales, [sale])
        about = {sale.sale_id: order.order_id}
    return _numbered(desk, DocumentSort.SALE, numbers, about, now)


def _numbered(
    desk: Desk, sort: DocumentSort, numbers: Numbers | None, about: Mapping[str, str], now: datetime
) -> Outcome:
    """Done, with what the ERP calls those of our documents that it told of."""
    commands: list[RecordExternalId] = []
    notes: list[str] = []
    told = numbers if isinstance(numbers, Mapping) else {}  # whatever else an adapter answers is no number
    for our_id in about:
        if our_id not in told:
            continue
        command = RecordExternalId(
            system=_name(desk),
            sort=sort,
            our_id=our_id,
            external_id=told[our_id],
            about=about[our_id],
            at=now,
        )
        try:
            check_external(command)
        except InputError as error:
            notes.append(f"{sort} {our_id} is booked; what it is called there is not kept: {error}")
        else:
            commands.append(command)
    return Outcome(commands=tuple(commands), note="; ".join(notes))


def _name(desk: Desk) -> str:
    return adapter_name("erp", desk.shop.erp)
