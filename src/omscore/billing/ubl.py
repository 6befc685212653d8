"""Invoices and credit notes as UBL 2.1 documents that keep the rules of EN 16931.

Source: EN 16931-1:2017 with its syntax binding to UBL (CEN/TS 16931-3-2); OASIS UBL 2.1.
"""

from __future__ import annotations

from decimal import Decimal

from omscore.billing.drawing import SHIPPING, check_decimals, percent
from omscore.billing.invoices import Buyer, Invoice, InvoiceCharge, InvoiceKind, InvoiceLine, InvoiceTax
from omscore.billing.sellers import Seller, TaxCategory
from omscore.billing.xmltext import branch, leaf
from omscore.money import Money
from omscore.places import Address

CUSTOMIZATION = "urn:cen.eu:en16931:2017"
_NAMES = "urn:oasis:names:specification:ubl:schema:xsd:"
_TYPE_CODE = {InvoiceKind.INVOICE: "380", InvoiceKind.CREDIT_NOTE: "381"}  # UNTDID 1001
_PIECE = "H87"  # UN/ECE recommendation 20
_DISCOUNT, _FREIGHT = "95", "FC"  # UNTDID 5189 and 7161
_TRANSFER, _SEPA_TRANSFER = "30", "58"  # UNTDID 4461


def ubl_document(invoice: Invoice, buyer: Buyer) -> str:
    """The whole document as text; the same invoice and buyer give the same text.

    Raises: RefusedError for amounts with more than two decimals; InputError for text that no XML document may hold.
    """
    check_decimals(_amounts(invoice))
    is_invoice = invoice.kind is InvoiceKind.INVOICE
    root = "Invoice" if is_invoice else "CreditNote"
    head = (
        f' xmlns="{_NAMES}{root}-2"'
        f' xmlns:cac="{_NAMES}CommonAggregateComponents-2" xmlns:cbc="{_NAMES}CommonBasicComponents-2"'
    )
    charges = [line for charge in invoice.charges for line in _charge(charge)]
    means = _payment_means(invoice)
    lines = branch(
        root,
        leaf("cbc:CustomizationID", CUSTOMIZATION),
        leaf("cbc:ID", invoice.number),
        leaf("cbc:IssueDate", invoice.issued_on.isoformat()),
        leaf("cbc:DueDate", invoice.due_on.isoformat() if is_invoice and invoice.payable.minor > 0 else ""),
        leaf(f"cbc:{root}TypeCode", _TYPE_CODE[invoice.kind]),
        leaf("cbc:DocumentCurrencyCode", invoice.currency),
        leaf("cbc:BuyerReference", buyer.reference),
        branch(
            "cac:OrderReference",
            leaf("cbc:ID", invoice.reference or invoice.order_id),
            leaf("cbc:SalesOrderID", invoice.order_id),
        ),
        *(
            branch("cac:BillingReference", branch("cac:InvoiceDocumentReference", leaf("cbc:ID", number)))
            for number in invoice.corrects
        ),
        branch("cac:AccountingSupplierParty", _seller(invoice.seller)),
        branch("cac:AccountingCustomerParty", _buyer(buyer)),
        branch(
            "cac:Delivery",
            leaf("cbc:ActualDeliveryDate", invoice.delivered_on.isoformat()),
            branch("cac:DeliveryLocation", branch("cac:Address", _country(invoice.country))),
        ),
        means,
        branch("cac:PaymentTerms", leaf("cbc:Note", _terms(invoice))),
        charges,
        branch(
            "cac:TaxTotal",
            _amount("cbc:TaxAmount", invoice.tax),
            *(_subtotal(tax) for tax in invoice.taxes),
        ),
        branch(
            "cac:LegalMonetaryTotal",
            _amount("cbc:LineExtensionAmount", invoice.goods_net),
            _amount("cbc:TaxExclusiveAmount", invoice.net),
            _amount("cbc:TaxInclusiveAmount", invoice.net + invoice.tax),
            _amount("cbc:ChargeTotalAmount", invoice.charges_net) if invoice.charges else [],
            [] if invoice.paid.is_zero else _amount("cbc:PrepaidAmount", invoice.paid),
            [] if invoice.rounding.is_zero else _amount("cbc:PayableRoundingAmount", invoice.rounding),
            _amount("cbc:PayableAmount", invoice.payable),
        ),
        *(_line(number, line, invoice.kind) for number, line in enumerate(invoice.lines, 1)),
        head=head,
    )
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *lines, ""])


def amount_text(money: Money) -> str:
    """The amount as the document writes it: at most two decimals.

    >>> amount_text(Money(1_250, "KWD")), amount_text(Money(-5, "EUR")), amount_text(Money(1_250, "JPY"))
    ('1.25', '-0.05', '1250')
    """
    text = str(money).partition(" ")[0]
    whole, point, decimals = text.partition(".")
    return f"{whole}{point}{decimals[:2]}"


def _amounts(invoice: Invoice) -> list[Money]:
    """All amounts but prices, which may be as fine as they are."""
    return [
        *(amount for line in invoice.lines for amount in (line.net, line.discount)),
        *(charge.net for charge in invoice.charges),
        *(amount for tax in invoice.taxes for amount in (tax.net, tax.tax)),
        *(invoice.owed, invoice.paid),
    ]


def _amount(name: str, money: Money) -> list[str]:
    return leaf(name, amount_text(money), currencyID=money.currency)


def _address(address: Address) -> list[str]:
    first, second, *others = (*address.lines, "")
    return branch(
        "cac:PostalAddress",
        leaf("cbc:StreetName", first),
        leaf("cbc:AdditionalStreetName", second),
        leaf("cbc:CityName", address.city),
        leaf("cbc:PostalZone", address.postcode),
        leaf("cbc:CountrySubentity", address.region),
        branch("cac:AddressLine", leaf("cbc:Line", ", ".join(filter(None, others)))),
        _country(address.country),
    )


def _country(code: str) -> list[str]:
    return branch("cac:Country", leaf("cbc:IdentificationCode", code))


def _scheme(name: str) -> list[str]:
    return branch("cac:TaxScheme", leaf("cbc:ID", name))


def _tax_id(number: str, scheme: str) -> list[str]:
    return branch("cac:PartyTaxScheme", leaf("cbc:CompanyID", number), _scheme(scheme)) if number else []


def _seller(seller: Seller) -> list[str]:
    return branch(
        "cac:Party",
        _address(seller.address),
        _tax_id(seller.vat_id, "VAT"),
        _tax_id(seller.tax_number, "FC"),
        branch(
            "cac:PartyLegalEntity",
            leaf("cbc:RegistrationName", seller.address.recipient),
            leaf("cbc:CompanyID", seller.registration),
        ),
    )


def _buyer(buyer: Buyer) -> list[str]:
    return branch(
        "cac:Party",
        _address(buyer.address),
        _tax_id(buyer.vat_id, "VAT"),
        branch("cac:PartyLegalEntity", leaf("cbc:RegistrationName", buyer.name)),
    )


def _payment_means(invoice: Invoice) -> list[str]:
    """Where to pay what is still owed; nothing when it is paid, or somebody is to be paid back."""
    if invoice.kind is InvoiceKind.CREDIT_NOTE or invoice.payable.minor <= 0 or not invoice.seller.iban:
        return []
    return branch(
        "cac:PaymentMeans",
        leaf("cbc:PaymentMeansCode", _SEPA_TRANSFER if invoice.currency == "EUR" else _TRANSFER),
        leaf("cbc:PaymentID", invoice.number),
        branch("cac:PayeeFinancialAccount", leaf("cbc:ID", invoice.seller.iban)),
    )


def _terms(invoice: Invoice) -> str:
    if invoice.payable.minor <= 0:
        return ""
    if invoice.kind is InvoiceKind.CREDIT_NOTE:
        return "The amount is paid back to the customer."
    return f"Payable by {invoice.due_on.isoformat()}."


def _category(name: str, category: TaxCategory, rate: Decimal, reason: str = "") -> list[str]:
    return branch(
        name,
        leaf("cbc:ID", category.value),
        leaf("cbc:Percent", percent(rate)),
        leaf("cbc:TaxExemptionReason", reason),
        _scheme("VAT"),
    )


def _subtotal(tax: InvoiceTax) -> list[str]:
    return branch(
        "cac:TaxSubtotal",
        _amount("cbc:TaxableAmount", tax.net),
        _amount("cbc:TaxAmount", tax.tax),
        _category("cac:TaxCategory", tax.category, tax.rate, tax.reason),
    )


def _charge(charge: InvoiceCharge) -> list[str]:
    return branch(
        "cac:AllowanceCharge",
        leaf("cbc:ChargeIndicator", "true"),
        leaf("cbc:AllowanceChargeReasonCode", _FREIGHT if charge.what == SHIPPING else ""),
        leaf("cbc:AllowanceChargeReason", charge.what),
        _amount("cbc:Amount", charge.net),
        _category("cac:TaxCategory", charge.category, charge.rate),
    )


def _discount(discount: Money) -> list[str]:
    if discount.is_zero:
        return []
    return branch(
        "cac:AllowanceCharge",
        leaf("cbc:ChargeIndicator", "false"),
        leaf("cbc:AllowanceChargeReasonCode", _DISCOUNT),
        leaf("cbc:AllowanceChargeReason", "Discount"),
        _amount("cbc:Amount", discount),
    )


def _line(number: int, line: InvoiceLine, kind: InvoiceKind) -> list[str]:
    name, quantity = (
        ("cac:InvoiceLine", "cbc:InvoicedQuantity")
        if kind is InvoiceKind.INVOICE
        else ("cac:CreditNoteLine", "cbc:CreditedQuantity")
    )
    base = leaf("cbc:BaseQuantity", str(line.price_units), unitCode=_PIECE) if line.price_units > 1 else []
    return branch(
        name,
        leaf("cbc:ID", str(number)),
        leaf(quantity, str(line.units), unitCode=_PIECE),
        _amount("cbc:LineExtensionAmount", line.net),
        branch("cac:OrderLineReference", leaf("cbc:LineID", str(line.line_id))),
        _discount(line.discount),
        branch(
            "cac:Item",
            leaf("cbc:Name", line.title),
            branch("cac:SellersItemIdentification", leaf("cbc:ID", line.sku)),
            _category("cac:ClassifiedTaxCategory", line.category, line.rate),
        ),
        branch(
            "cac:Price",
            leaf("cbc:PriceAmount", f"{line.price.amount:f}", currencyID=line.price.currency),
            base,
        ),
    )
