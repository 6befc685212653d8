"""Balanced journal entries and the plain chart of accounts they use.

An entry is a list of postings that sum to zero in every currency; a positive amount is a debit. Entries are made by
the rules in `billing.posting` and never changed afterwards: a mistake is corrected by another entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from omscore.errors import InputError
from omscore.money import Money
from omscore.records import frozen


class Account(StrEnum):
    """The accounts the library posts to; a host maps them to its own chart."""

    RECEIVABLE = "Assets:Receivable"
    """What customers owe."""
    CLEARING = "Assets:PaymentClearing"
    """Money at payment providers, on its way to or from the bank."""
    INVENTORY = "Assets:Inventory"
    """Stock, at its unit cost."""
    GOODS_RECEIVED = "Liabilities:GoodsReceived"
    """Goods received that no supplier's bill has come for."""
    TAX = "Liabilities:Tax"
    """Tax on what was sold."""
    CARRIER_PAYABLE = "Liabilities:Carriers"
    """What carriers are owed for labels."""
    SALES = "Income:Sales"
    """Goods sold, without tax."""
    SHIPPING = "Income:Shipping"
    """Shipping that customers pay, without tax."""
    CHARGES = "Income:Charges"
    """Other charges that customers pay, without tax, and money earned that belongs to no order."""
    COST_OF_GOODS = "Expenses:CostOfGoods"
    """The cost of goods that left for customers."""
    POSTAGE = "Expenses:Postage"
    """What labels cost."""
    STOCK_LOSS = "Expenses:StockLoss"
    """Stock found or lost by counts and write-offs."""
    FEES = "Expenses:Fees"
    """Fees paid that belong to no order, as providers of payments take them."""


@frozen
class Posting:
    """One line of an entry: a positive amount is a debit, a negative one a credit."""

    account: Account
    amount: Money


@frozen(kw_only=True)
class JournalEntry:
    """One balanced booking with its moment and its cause.

    Holds: the postings of an entry sum to zero in every currency.
    Raises: InputError when they do not.

    >>> from datetime import UTC
    >>> five = Money(500, "EUR")
    >>> JournalEntry(entry_id="e1", at=datetime(2026, 3, 1, tzinfo=UTC), says="capture", reference="ord_1",
    ...     postings=(Posting(Account.CLEARING, five), Posting(Account.RECEIVABLE, -five))).entry_id
    'e1'
    """

    entry_id: str
    at: datetime
    says: str
    reference: str
    postings: tuple[Posting, ...]

    def __attrs_post_init__(self) -> None:
        off = {currency: minor for currency, minor in balances(self.postings).items() if minor}
        if off:
            raise InputError(
                f"journal entry {self.entry_id!r} does not balance: {off} minor units over; every debit needs its "
                "credit",
                code="journal.unbalanced",
                entry_id=self.entry_id,
            )


_SALE = frozenset({Account.RECEIVABLE, Account.SALES, Account.SHIPPING, Account.CHARGES, Account.TAX})


def is_invoiced(entry: JournalEntry) -> bool:
    """True for the entry of a shipment or of goods taken back, which is what an invoice or a credit note bills.

    >>> is_invoiced(JournalEntry(entry_id="o1.f1.sale", at=datetime.max, says="", reference="o1", postings=()))
    True
    """
    is_named = entry.entry_id.endswith(".sale") or ".credit." in entry.entry_id
    return is_named and all(posting.account in _SALE for posting in entry.postings)


def balances(postings: Iterable[Posting]) -> dict[str, int]:
    """Debits less credits per currency, in minor units.

    >>> balances([Posting(Account.CLEARING, Money(500, "EUR"))])
    {'EUR': 500}
    """
    sums: dict[str, int] = {}
    for posting in postings:
        sums[posting.amount.currency] = sums.get(posting.amount.currency, 0) + posting.amount.minor
    return sums
