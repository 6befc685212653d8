"""An invoice bills what left in one shipment, a credit note what came back at once; once issued neither ever changes.

The net amounts are those of the books. Tax is worked out on the sum of each category and rate, as EN 16931 wants it;
what that differs from the tax that was charged line by line stands in `rounding`, so the sum is what the customer owes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from omscore.billing.sellers import Seller, TaxCategory
from omscore.errors import RefusedError
from omscore.ids import OrderId, PersonId
from omscore.money import Money, UnitPrice
from omscore.places import Address
from omscore.records import frozen


class InvoiceKind(StrEnum):
    """Whether the customer owes money or gets it back."""

    INVOICE = "invoice"
    """The customer owes its total."""
    CREDIT_NOTE = "credit_note"
    """The customer gets its total back."""


@frozen(kw_only=True)
class Buyer:
    """Who is billed, as it was when the invoice was issued: kept in the vault, never in the log.

    Shape: `reference` is what the buyer wants to find on invoices, such as the name of a department.
    """

    name: str
    address: Address
    vat_id: str = ""
    reference: str = ""


@frozen(kw_only=True)
class InvoiceLine:
    """Units of one order line.

    Units: `price` is without tax, for `price_units` units and before the `discount`.
    Holds: the price of all units less the discount is `net`.
    """

    line_id: int
    sku: str
    title: str
    units: int
    price: UnitPrice
    price_units: int
    discount: Money
    net: Money
    category: TaxCategory
    rate: Decimal


@frozen(kw_only=True)
class InvoiceCharge:
    """What is billed besides the goods, without tax: shipping or other charges."""

    what: str
    net: Money
    category: TaxCategory
    rate: Decimal


@frozen(kw_only=True)
class InvoiceTax:
    """The tax of one category and rate. Holds: `tax` is `net` times `rate`, rounded half up once."""

    category: TaxCategory
    rate: Decimal
    net: Money
    tax: Money
    reason: str


@frozen(kw_only=True)
class Invoice:
    """An invoice or a credit note, whose amounts are those to be given back.

    Shape: `entry_id` is the journal entry that books the same; `corrects` are the numbers of the invoices a credit note
    takes back from. `delivered_on` is the day the goods left, `country` where they went.
    Units: `owed` is what the books say; `paid` of it was paid when it was issued.
    Holds: net + tax + rounding = owed; owed - paid = payable.
    """

    number: str
    kind: InvoiceKind
    order_id: OrderId
    reference: str
    entry_id: str
    person_id: PersonId
    seller: Seller
    issued_on: date
    due_on: date
    delivered_on: date
    country: str
    lines: tuple[InvoiceLine, ...]
    charges: tuple[InvoiceCharge, ...]
    taxes: tuple[InvoiceTax, ...]
    owed: Money
    paid: Money
    corrects: tuple[str, ...] = ()

    @property
    def currency(self) -> str:
        return self.owed.currency

    @property
    def goods_net(self) -> Money:
        """The sum of the lines without tax."""
        return Money.total((line.net for line in self.lines), self.currency)

    @property
    def charges_net(self) -> Money:
        """The sum of what is billed besides the goods, without tax."""
        return Money.total((charge.net for charge in self.charges), self.currency)

    @property
    def net(self) -> Money:
        return self.goods_net + self.charges_net

    @property
    def tax(self) -> Money:
        return Money.total((each.tax for each in self.taxes), self.currency)

    @property
    def rounding(self) -> Money:
        """What is added so that the sum is what the books say."""
        return self.owed - self.net - self.tax

    @property
    def payable(self) -> Money:
        return self.owed - self.paid


@frozen(kw_only=True)
class IssueInvoices:
    """Issue an invoice for each shipment and a credit note for each return of an order that has none yet."""

    order_id: OrderId
    at: datetime


@frozen(kw_only=True)
class IssueInvoice:
    """Issue one document under the number it bears."""

    invoice: Invoice
    at: datetime


@frozen(kw_only=True)
class InvoiceIssued:
    invoice: Invoice
    at: datetime


def decide_invoice(invoice: Invoice | None, command: IssueInvoice) -> Sequence[InvoiceIssued]:
    """The document issued. Raises: RefusedError when its number is that of another one."""
    if invoice is not None:
        raise RefusedError(f"there is an invoice {invoice.number} already", code="invoice.exists")
    return [InvoiceIssued(invoice=command.invoice, at=command.at)]


def evolve_invoice(_: Invoice | None, event: InvoiceIssued) -> Invoice:
    """The document itself."""
    return event.invoice
