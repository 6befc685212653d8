"""Which entry each money fact makes; pure functions from amounts to balanced postings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import assert_never

from omscore.billing.journal import Account, JournalEntry, Posting
from omscore.money import Money
from omscore.quantities import Move, Outside, StockState


def sale_entry(
    *, entry_id: str, at: datetime, reference: str, says: str, goods: Money, shipping: Money, charges: Money, tax: Money
) -> JournalEntry:
    """Goods sold: the customer owes the gross amount, the shop has earned the net and owes the tax.

    Shape: `goods`, `shipping` and `charges` are net amounts; give them negative for goods taken back.
    """
    return _entry(
        entry_id,
        at,
        reference,
        says,
        (Account.RECEIVABLE, goods + shipping + charges + tax),
        (Account.SALES, -goods),
        (Account.SHIPPING, -shipping),
        (Account.CHARGES, -charges),
        (Account.TAX, -tax),
    )


def payment_entry(*, entry_id: str, at: datetime, reference: str, says: str, amount: Money) -> JournalEntry:
    """Money captured (or, when negative, refunded): it lies with the payment provider and settles what the customer
    owes."""
    return _entry(entry_id, at, reference, says, (Account.CLEARING, amount), (Account.RECEIVABLE, -amount))


def postage_entry(*, entry_id: str, at: datetime, reference: str, says: str, amount: Money) -> JournalEntry:
    """A label bought: the carrier is owed its price."""
    return _entry(entry_id, at, reference, says, (Account.POSTAGE, amount), (Account.CARRIER_PAYABLE, -amount))


def fee_entry(*, entry_id: str, at: datetime, reference: str, says: str, amount: Money) -> JournalEntry:
    """A charge that belongs to no order: a fee paid when positive, money earned when negative."""
    if amount.minor >= 0:
        return _entry(entry_id, at, reference, says, (Account.FEES, amount), (Account.CLEARING, -amount))
    return _entry(entry_id, at, reference, says, (Account.CLEARING, -amount), (Account.CHARGES, amount))


def value_entry(
    *, entry_id: str, at: datetime, reference: str, says: str, moves: Iterable[Move], costs: Mapping[str, Money]
) -> JournalEntry | None:
    """What moves across the house's border do to the value of the stock, at standard cost; None when nothing has a
    cost.

    Holds: the inventory account is worth the units on hand at their standard cost.
    """
    worth: dict[tuple[Account, str], int] = {}
    for sku, units, origin, target in moves:
        cost = costs.get(sku)
        if cost is None or owned(origin.state) == owned(target.state):
            continue
        incoming = owned(target.state)
        outside = origin.state if incoming else target.state
        minor = cost.minor * units * (1 if incoming else -1)
        for account, amount in ((Account.INVENTORY, minor), (_other_side(outside), -minor)):
            worth[account, cost.currency] = worth.get((account, cost.currency), 0) + amount
    amounts = [(account, Money(minor, currency)) for (account, currency), minor in sorted(worth.items()) if minor]
    return _entry(entry_id, at, reference, says, *amounts) if amounts else None


def owned(state: StockState | Outside) -> bool:
    """True for units that are the shop's own: on hand, or on the way between its own locations."""
    return isinstance(state, StockState)


def _other_side(outside: StockState | Outside) -> Account:
    match outside:
        case Outside.SUPPLIER:
            return Account.GOODS_RECEIVED
        case Outside.CUSTOMER:
            return Account.COST_OF_GOODS
        case Outside.ADJUSTMENT | Outside.WRITE_OFF:
            return Account.STOCK_LOSS
        case StockState():
            raise ValueError(f"{outside} is not outside")
        case _:
            assert_never(outside)


def _entry(entry_id: str, at: datetime, reference: str, says: str, *amounts: tuple[Account, Money]) -> JournalEntry:
    postings = tuple(Posting(account, amount) for account, amount in amounts if not amount.is_zero)
    return JournalEntry(entry_id=entry_id, at=at, says=says, reference=reference, postings=postings)
