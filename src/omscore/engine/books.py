"""What an ERP is given: journal entries, invoices and sales, each of which it keeps once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from omscore.billing.journal import JournalEntry
from omscore.billing.sales import Cancelling
from omscore.engine.desk import Desk
from omscore.engine.meter import adapter_name
from omscore.engine.outcome import Outcome, given_up
from omscore.engine.trail import may_repeat
from omscore.engine.unit import Unit
from omscore.flows.selling import sale_of, taken_back
from omscore.orders.model import Order
from omscore.ports.erp import ErpPort, Invoice, InvoiceBooks, SalesBooks
from omscore.ports.storage import Task


def takes_invoices(erp: ErpPort | None) -> bool:
    """Whether there is an accounting system that is set to take invoices."""
    return isinstance(erp, InvoiceBooks) and erp.takes_invoices


def takes_sales(erp: ErpPort | None) -> bool:
    """Whether there is an ERP that is set to take sales."""
    return isinstance(erp, SalesBooks) and erp.takes_sales


def post_entries(desk: Desk, erp: ErpPort | None, task: Task, payload: Mapping[str, str]) -> Outcome:
    """The entries of one commit booked."""
    if erp is None:
        return Outcome(note="no accounting system is configured")
    if not may_repeat(erp, task):
        return given_up("outcome unknown: the entries may have been booked, and this backend would book them twice")
    entries = [desk.codec.record(payload[number], JournalEntry) for number in sorted(payload, key=int)]
    desk.meter.call(_name(desk), "post", erp.post, entries)
    return Outcome()


def post_invoice(desk: Desk, erp: ErpPort | None, task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
    """One invoice or credit note entered."""
    if not (isinstance(erp, InvoiceBooks) and erp.takes_invoices):
        return Outcome(note="no accounting system that takes invoices is configured")
    if not may_repeat(erp, task):
        return given_up("outcome unknown: the invoice may be there, and this backend would enter it twice")
    invoices = [Unit(desk, now).get(Invoice, payload["number"])]
    desk.meter.call(_name(desk), "post invoices", erp.post_invoices, invoices)
    return Outcome()


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
        desk.meter.call(_name(desk), "take back", erp.take_back, sale, cancelled)
    else:
        desk.meter.call(_name(desk), "post sales", erp.post_sales, [sale])
    return Outcome()


def _name(desk: Desk) -> str:
    return adapter_name("erp", desk.shop.erp)
