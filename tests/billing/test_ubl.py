"""Invoices as UBL: right by the official schema and rules, and to the cent what the books say, whatever was sold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random

import pytest

from omscore.app import Oms
from omscore.billing.invoices import Invoice, InvoiceKind, IssueInvoices
from omscore.billing.journal import Account, JournalEntry
from omscore.billing.ledger import EntryPosted
from omscore.errors import RefusedError
from omscore.ids import OrderId
from omscore.invoicing import ubl_invoice
from omscore.money import Money
from omscore.money.currencies import currency_exponent
from omscore.orders.model import Order
from tests.billing.sales import any_order, arrive, give_back, invoicing_shop, issued, line, placed, send
from tests.kit.einvoice import Document, broken_rules
from tests.kit.shops import receive

TOTAL = "cac:LegalMonetaryTotal/cbc:"
ORDERS = 60


@pytest.fixture
def oms(tmp_path: Path) -> Iterator[Oms]:
    with invoicing_shop(tmp_path) as shop:
        yield shop


def booked(oms: Oms) -> dict[str, JournalEntry]:
    """The journal by the ids of its entries."""
    events = (oms.codec.event(row.name, row.at, row.body) for row in oms.storage.events())
    return {event.entry.entry_id: event.entry for event in events if isinstance(event, EntryPosted)}


def posted(entry: JournalEntry, *accounts: Account) -> Decimal:
    return sum((each.amount.amount for each in entry.postings if each.account in accounts), Decimal(0))


def sell(oms: Oms, random: Random, order_id: str) -> None:
    """An order that is sent, invoiced at once or later, and taken back in part, in lots, invoiced between or not."""
    oms.do(any_order(oms, random, order_id))
    send(oms, order_id)
    if random.random() < 0.5:
        _issue(oms, order_id)
    if random.random() < 0.6:
        arrive(oms, order_id)
        there = {each.line_id: each.quantities.delivered for each in oms.look(Order, order_id).lines}
        units = {
            line_id: random.randint(1, count) for line_id, count in there.items() if count and random.random() < 0.7
        }
        if units:
            give_back(oms, order_id, units, return_id=f"ret_{order_id}", lots=random.choice((1, 2, 3)))
        if random.random() < 0.5:
            oms.run_due()


def _issue(oms: Oms, order_id: str) -> None:
    try:
        oms.do(IssueInvoices(order_id=OrderId(order_id), at=oms.clock.now()))
    except RefusedError as error:
        order = oms.look(Order, order_id)
        match error.code:
            case "invoice.decimals":
                assert currency_exponent(order.currency) > 2
            case "invoice.nothing":
                assert not any(each.amounts.gross.minor for each in order.lines)
            case _:
                raise


@pytest.mark.parametrize("seed", [1, 2])
def test_every_document_keeps_the_official_rules_and_is_owed_what_the_books_say(oms: Oms, seed: int) -> None:
    random, seen = Random(seed), Counter[str]()  # noqa: S311 (orders, no secrets)
    for number in range(ORDERS):
        sell(oms, random, f"ord_{seed}_{number}")
    for order_id in oms.listed(Order, "placed"):
        _issue(oms, order_id)
    journal = booked(oms)
    for order_id in oms.listed(Order, "placed"):
        for invoice in issued(oms, order_id):
            text = ubl_invoice(oms, invoice.number)
            assert broken_rules(text) == [], text
            check_against_the_books(Document(text), invoice, journal[invoice.entry_id])
            check_arithmetic(Document(text), invoice.currency)
            seen.update({invoice.kind.value, invoice.currency, *(tax.category.value for tax in invoice.taxes)})
            seen["rounded"] += not invoice.rounding.is_zero
            seen["several rates"] += len(invoice.taxes) > 1
            seen["to pay"] += invoice.payable.minor > 0
            seen["paid"] += invoice.payable.is_zero
            seen["discount"] += any(each.discount.minor for each in invoice.lines)
    for what in ("invoice", "credit_note", "EUR", "JPY", "GBP", "KWD", "S", "E", "K", "G", "AE", "Z"):
        assert seen[what], f"no document with {what} was drawn: {seen}"
    for what in ("rounded", "several rates", "to pay", "paid", "discount"):
        assert seen[what], f"no document that is {what} was drawn: {seen}"


def check_against_the_books(document: Document, invoice: Invoice, entry: JournalEntry) -> None:
    """The journal entry of the same shipment is the reference: what is owed, and what of it is earned."""
    sign = 1 if document.kind == "Invoice" else -1
    owed = document.number(f"{TOTAL}PayableAmount") + document.number(f"{TOTAL}PrepaidAmount")
    assert owed == sign * posted(entry, Account.RECEIVABLE)
    earned = (Account.SALES, Account.SHIPPING, Account.CHARGES)
    assert document.number(f"{TOTAL}TaxExclusiveAmount") == -sign * posted(entry, *earned)
    tax_and_rounding = document.number("cac:TaxTotal/cbc:TaxAmount") + document.number(f"{TOTAL}PayableRoundingAmount")
    assert tax_and_rounding == -sign * posted(entry, Account.TAX)
    assert (document.kind == "Invoice") is (invoice.kind is InvoiceKind.INVOICE)


def check_arithmetic(document: Document, currency: str) -> None:
    """What the standard says in words, worked out anew: without the leeway of a whole unit its published rules have."""
    cent = Decimal(1).scaleb(-min(2, currency_exponent(currency)))
    lines = document.each(f"cac:{document.kind}Line")
    quantity = "cbc:InvoicedQuantity" if document.kind == "Invoice" else "cbc:CreditedQuantity"
    for each in lines:
        price = each.number("cac:Price/cbc:PriceAmount") / (each.number("cac:Price/cbc:BaseQuantity") or 1)
        value = (price * each.number(quantity)).quantize(cent, ROUND_HALF_UP)
        assert each.number("cbc:LineExtensionAmount") == value - each.number("cac:AllowanceCharge/cbc:Amount")
    sorts = Counter[tuple[str, str]]()
    for each in [*lines, *document.each("cac:AllowanceCharge")]:
        place = "cac:TaxCategory" if each.kind == "AllowanceCharge" else "cac:Item/cac:ClassifiedTaxCategory"
        net = each.number("cbc:Amount" if each.kind == "AllowanceCharge" else "cbc:LineExtensionAmount")
        sorts[each.text(f"{place}/cbc:ID"), each.text(f"{place}/cbc:Percent")] += net  # type: ignore[assignment]
    for each in document.each("cac:TaxTotal/cac:TaxSubtotal"):
        sort = (each.text("cac:TaxCategory/cbc:ID"), each.text("cac:TaxCategory/cbc:Percent"))
        assert each.number("cbc:TaxableAmount") == sorts.pop(sort)
        tax = each.number("cbc:TaxableAmount") * Decimal(sort[1]) / 100
        assert each.number("cbc:TaxAmount") == tax.quantize(cent, ROUND_HALF_UP)
    assert not sorts, "each sort of tax is in the breakdown"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('<cbc:PayableAmount currencyID="EUR">', '<cbc:PayableAmount currencyID="EUR">1', "BR-CO-16"),
        ('<cbc:TaxInclusiveAmount currencyID="EUR">', '<cbc:TaxInclusiveAmount currencyID="EUR">1', "BR-CO-15"),
        ("<cbc:Percent>19<", "<cbc:Percent>29<", "BR-CO-17"),
        ("<cbc:InvoiceTypeCode>380<", "<cbc:InvoiceTypeCode>999<", "BR-CL-01"),
        ("<cbc:IdentificationCode>DE<", "<cbc:IdentificationCode>UK<", "BR-CL-14"),
        ("cbc:IssueDate", "cbc:DateOfIssue", "XSD"),
    ],
)
def test_a_document_that_was_tampered_with_breaks_the_rule_about_it(oms: Oms, old: str, new: str, rule: str) -> None:
    """The rules that say nothing against ours do say something."""
    oms.do(placed(oms, "ord_1", (line("CUP", 3, "9.99"),)))
    send(oms, "ord_1")
    _issue(oms, "ord_1")
    text = ubl_invoice(oms, issued(oms, "ord_1")[0].number)
    assert broken_rules(text) == []
    assert old in text
    broken = broken_rules(text.replace(old, new))
    assert any(found.startswith(rule) for found in broken), broken


def test_what_differs_by_rounding_line_by_line_is_told_and_not_hidden(oms: Oms) -> None:
    """Ten cups at 10.00 with 19 % inside bear 1.60 each, and 19 % of 84.00 is 15.96."""
    oms.do(placed(oms, "ord_1", tuple(line("CUP", 1, "10.00") for _ in range(10)), payment=None))
    send(oms, "ord_1")
    _issue(oms, "ord_1")
    document = Document(ubl_invoice(oms, issued(oms, "ord_1")[0].number))
    amounts = ("TaxExclusiveAmount", "TaxInclusiveAmount", "PayableRoundingAmount", "PayableAmount")
    assert [document.text(TOTAL + each) for each in amounts] == ["84.00", "99.96", "0.04", "100.00"]


def test_an_invoice_says_who_owes_what_until_when_and_where_to_pay(oms: Oms) -> None:
    oms.do(placed(oms, "ord_1", (line("CUP", 2, "10.00"),), payment=None, reference="PO-7"))
    send(oms, "ord_1")
    _issue(oms, "ord_1")
    document = Document(ubl_invoice(oms, "2026-000001"))
    buyer = "cac:AccountingCustomerParty/cac:Party/"
    assert document.text("cbc:DueDate") == "2026-03-16"
    assert document.text("cac:OrderReference/cbc:ID") == "PO-7"
    assert document.text(f"{buyer}cac:PartyLegalEntity/cbc:RegistrationName") == "Zo\u00eb & Söhne <DE> ]]>"
    assert document.text(f"{buyer}cac:PostalAddress/cbc:StreetName") == "2 Square", "the address called billing"
    assert document.text("cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID") == "DE89370400440532013000"
    assert document.text("cac:PaymentMeans/cbc:PaymentMeansCode") == "58"


def test_a_credit_note_names_the_invoices_it_takes_back_from_and_what_is_paid_back(oms: Oms) -> None:
    oms.do(placed(oms, "ord_1", (line("CUP", 3, "10.00"), line("TEA", 1, "5.00"))))
    send(oms, "ord_1")
    oms.run_due()
    arrive(oms, "ord_1")
    give_back(oms, "ord_1", {1: 2}, return_id="ret_1")
    oms.run_due()
    _issue(oms, "ord_1")
    invoice, credit = issued(oms, "ord_1")
    assert (credit.kind, credit.corrects) == (InvoiceKind.CREDIT_NOTE, (invoice.number,))
    assert (credit.owed, credit.paid, invoice.paid) == (Money(2_000, "EUR"), Money(2_000, "EUR"), invoice.owed)
    text = ubl_invoice(oms, credit.number)
    assert broken_rules(text) == []
    document = Document(text)
    assert document.texts("cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID") == [invoice.number]
    assert document.text("cac:CreditNoteLine/cbc:CreditedQuantity") == "2"
    assert document.text(f"{TOTAL}PayableAmount") == "0.00"


def test_a_parcel_for_each_shipment_is_an_invoice_for_each_and_together_they_are_the_order(oms: Oms) -> None:
    oms.do(placed(oms, "ord_1", (line("CUP", 5_003, "0.37"),), payment=None, shipping=Money(499, "EUR")))
    send(oms, "ord_1")
    _issue(oms, "ord_1")
    receive(oms, "MUC", {"CUP": 2}, document="more")
    send(oms, "ord_1")
    receive(oms, "MUC", {"CUP": 1}, document="again")
    send(oms, "ord_1")
    _issue(oms, "ord_1")
    documents = issued(oms, "ord_1")
    assert [sum(each.units for each in invoice.lines) for invoice in documents] == [5_000, 2, 1]
    assert Money.total([each.owed for each in documents], "EUR") == oms.look(Order, "ord_1").total
    assert all(broken_rules(ubl_invoice(oms, each.number)) == [] for each in documents)
