"""Invoices: looked up in the order's story, drawn up, and issued under the next numbers of the shop's series.

Every document is written out before its number is taken, so that no number is used up by one that cannot be written.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from omscore.billing.countries import checked_iso_country
from omscore.billing.drawing import drawn_up
from omscore.billing.invoices import Buyer, Invoice, InvoiceKind, IssueInvoice, IssueInvoices
from omscore.billing.sellers import Invoicing, TaxCategory, checked_vat_id
from omscore.billing.series import NumberSeries, TakeNumber
from omscore.billing.ubl import ubl_document
from omscore.calendars import local_date
from omscore.customers.model import Customer
from omscore.engine.unit import Unit
from omscore.errors import RefusedError, SetupError
from omscore.flows.invoicing import Bill, bills_of
from omscore.ids import PersonId
from omscore.money import Money
from omscore.orders.model import Order
from omscore.payments.model import AttemptState, Payment, Step

BILLING_ADDRESS = "billing"
"""The address of a person that invoices go to; without one it is that of the order."""
BUYER_REFERENCE = "buyer_reference"
"""The attribute of an order that holds what the buyer wants to find on its invoices."""
_BUYER_NAMED = frozenset({TaxCategory.WITHIN_EU, TaxCategory.REVERSE_CHARGE})
_SELLER_NAMED = _BUYER_NAMED | {TaxCategory.EXPORT}


def issue_invoices(unit: Unit, command: IssueInvoices) -> None:
    """Issue what is missing, in the order in which it happened.

    Raises: RefusedError while nothing has left, and for what a document must say and nobody knows.
    """
    invoicing = unit.desk.shop.invoicing
    if invoicing is None:
        raise SetupError("invoicing: say who sends the invoices; add a table [invoicing.seller]", path="invoicing")
    order = unit.get(Order, command.order_id)
    stream = f"order/{order.order_id}"
    codec = unit.desk.codec
    events = [codec.event(row.name, row.at, row.body) for row in unit.desk.reader.events(stream)]
    bills = bills_of(order, events)
    if not bills:
        raise RefusedError(
            f"order {order.order_id} has nothing to invoice: nothing that costs anything has left; ask again after the "
            "first shipment",
            code="invoice.nothing",
        )
    issued = issued_of(unit, order)
    done = {invoice.entry_id for invoice in issued}
    missing = [bill for bill in bills if bill.entry_id not in done]
    if not missing:
        return
    person_id, buyer = _buyer(unit, order)
    for bill in missing:
        invoice = _drawn(unit, order, bill, issued, invoicing, person_id, command)
        _check_categories(invoice, buyer)
        ubl_document(invoice, buyer)
        unit.decide(
            TakeNumber(
                series=invoicing.series,
                number=_next(unit, invoicing),
                invoice_no=invoice.number,
                issued_on=invoice.issued_on,
                at=command.at,
            )
        )
        unit.begin(f"invoice/{invoice.number}")  # somebody may have issued it since the series was looked at
        unit.decide(IssueInvoice(invoice=invoice, at=command.at))
        unit.claim(invoiced_name(bill.entry_id), f"invoice/{invoice.number}")
        unit.keep_private(person_id, buyer_document(invoice.number), codec.text(buyer))
        issued.append(invoice)


def issued_of(unit: Unit, order: Order) -> list[Invoice]:
    """The documents issued for an order so far, in the order of their numbers."""
    streams = unit.desk.reader.listed("invoiced", order.order_id, limit=1_000_000)
    return [unit.get(Invoice, stream.partition("/")[2]) for stream in streams]


def invoiced_name(entry_id: str) -> str:
    """The unique name that sees to it that nothing is billed twice."""
    return f"invoiced:{entry_id}"


def buyer_document(number: str) -> str:
    """Under which name the vault keeps who was billed."""
    return f"invoice:{number}"


def _next(unit: Unit, invoicing: Invoicing) -> int:
    series = unit.find(NumberSeries, invoicing.series)
    return 1 if series is None else series.last + 1


def _day(unit: Unit, invoicing: Invoicing, at: datetime) -> date:
    """The day of a moment, or that of the number before where a clock was ahead: days go up as numbers do."""
    day = local_date(at, unit.desk.shop.timezone)
    series = unit.find(NumberSeries, invoicing.series)
    return day if series is None else max(day, series.last_on)


def _drawn(
    unit: Unit,
    order: Order,
    bill: Bill,
    issued: list[Invoice],
    invoicing: Invoicing,
    person_id: PersonId,
    command: IssueInvoices,
) -> Invoice:
    issued_on = _day(unit, invoicing, command.at)
    happened_on = local_date(bill.at, unit.desk.shop.timezone)
    drawn = drawn_up(bill.billed, invoicing, order.currency)
    lines = {line.line_id for line in drawn.lines}
    corrected: list[Invoice] = []
    if bill.kind is InvoiceKind.CREDIT_NOTE:
        corrected = [
            each
            for each in issued
            if each.kind is InvoiceKind.INVOICE and lines & {line.line_id for line in each.lines}
        ]
    return Invoice(
        number=invoicing.number(_next(unit, invoicing)),
        kind=bill.kind,
        order_id=order.order_id,
        reference=order.reference,
        entry_id=bill.entry_id,
        person_id=person_id,
        seller=invoicing.seller,
        issued_on=issued_on,
        due_on=max(issued_on, happened_on + timedelta(days=unit.policy.invoice_due_days)),
        delivered_on=corrected[-1].delivered_on if corrected else happened_on,
        country=checked_iso_country(order.destination.country, what=f"the country order {order.order_id} goes to"),
        lines=drawn.lines,
        charges=drawn.charges,
        taxes=drawn.taxes,
        owed=bill.owed,
        paid=min(bill.owed, _paid(unit, order, bill, issued)),
        corrects=tuple([each.number for each in corrected]),
    )


def _paid(unit: Unit, order: Order, bill: Bill, issued: list[Invoice]) -> Money:
    """What was captured and no earlier invoice counts, or what was paid back for this very return."""
    payments = [unit.get(Payment, payment_id) for payment_id in order.payments]
    if bill.return_id is None:
        captured = Money.total([payment.captured for payment in payments], order.currency)
        counted = [each.paid for each in issued if each.kind is InvoiceKind.INVOICE]
        return captured - Money.total(counted, order.currency)
    refund = f".refund.{bill.return_id}.{bill.entry_id.rpartition('.')[2]}"
    return Money.total(
        [
            attempt.amount
            for payment in payments
            for attempt in payment.attempts
            if attempt.step is Step.REFUND
            and attempt.state is AttemptState.SUCCEEDED
            and attempt.key == f"{payment.payment_id}{refund}"
        ],
        order.currency,
    )


def _buyer(unit: Unit, order: Order) -> tuple[PersonId, Buyer]:
    """Raises: RefusedError when nobody knows who bought, or where they are."""
    person = unit.person(order.person_id) if order.person_id is not None else None
    customer = unit.find(Customer, order.person_id) if order.person_id is not None else None
    if person is None or (customer is not None and customer.forgotten_at is not None):
        raise RefusedError(
            f"order {order.order_id} cannot be invoiced: an invoice names the buyer and the address, and "
            + ("its customer is not known (forgotten?)" if order.person_id else "it was placed without a customer"),
            code="invoice.buyer",
        )
    names = [name for name, _ in person.addresses]
    address = person.address(BILLING_ADDRESS if BILLING_ADDRESS in names else order.address_name)
    checked_iso_country(address.country, what=f"the country of customer {person.person_id}")
    if person.vat_id:
        checked_vat_id(person.vat_id, what=f"the VAT id of customer {person.person_id}")
    reference = next((value for key, value in order.attributes if key == BUYER_REFERENCE), "")
    return person.person_id, Buyer(name=person.name, address=address, vat_id=person.vat_id, reference=reference)


def _check_categories(invoice: Invoice, buyer: Buyer) -> None:
    """Refuse what the rules of a category ask for and nobody knows."""
    for tax in invoice.taxes:
        category = tax.category
        if category in _SELLER_NAMED and not invoice.seller.vat_id:
            raise RefusedError(
                f"an invoice of category {category.value} names the seller's VAT id: set invoicing.seller.vat_id",
                code="invoice.vat_id",
            )
        if category in _BUYER_NAMED and not buyer.vat_id:
            raise RefusedError(
                f"an invoice of category {category.value} names the buyer's VAT id, and customer {invoice.person_id} "
                "has none: register it (RegisterCustomer with vat_id), or charge tax",
                code="invoice.vat_id",
            )
