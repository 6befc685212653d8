"""A journal entry in another currency: every posting keeps its own amount, what it comes to, and the rate between.

The debits of a currency are exchanged together and the whole is shared among them, and the credits in the same way; so
an entry that balances in its own currencies balances in the other one too, to the last minor unit.
"""

from __future__ import annotations

from collections.abc import Callable

from omscore.billing.journal import Account, JournalEntry
from omscore.money import ExchangeRate, Money, Rounding, exchange, share
from omscore.records import frozen


@frozen(kw_only=True)
class PostingInBase:
    """One posting, and what it comes to. Shape: `rate` is None where there was nothing to exchange."""

    account: Account
    amount: Money
    base: Money
    rate: ExchangeRate | None = None


def in_base(entry: JournalEntry, currency: str, rate_of: Callable[[str], ExchangeRate]) -> tuple[PostingInBase, ...]:
    """The postings of an entry in one currency, in their order; `rate_of` is asked once for each other one.

    Holds: they sum to zero, and each is less than one and a half minor units from its own exchange.
    Raises: whatever `rate_of` raises where there is no rate.

    >>> from datetime import UTC, datetime
    >>> from decimal import Decimal
    >>> from omscore.billing.journal import Posting
    >>> noon, five = datetime(2026, 3, 2, 12, tzinfo=UTC), Money(500, "USD")
    >>> entry = JournalEntry(entry_id="e1", at=noon, says="capture", reference="ord_1",
    ...     postings=(Posting(Account.CLEARING, five), Posting(Account.RECEIVABLE, -five)))
    >>> rate = ExchangeRate("USD", "EUR", Decimal("0.8"), "by hand", noon)
    >>> [str(each.base) for each in in_base(entry, "EUR", lambda _: rate)]
    ['4.00 EUR', '-4.00 EUR']
    """
    bases: dict[int, Money] = {}
    rates: dict[str, ExchangeRate] = {}
    for foreign in dict.fromkeys([each.amount.currency for each in entry.postings]):
        places = [at for at, each in enumerate(entry.postings) if each.amount.currency == foreign]
        if foreign == currency:
            bases |= {at: entry.postings[at].amount for at in places}
            continue
        rates[foreign] = rate = rate_of(foreign)
        for sign in (1, -1):
            side = [at for at in places if entry.postings[at].amount.minor * sign > 0]
            weights = [abs(entry.postings[at].amount.minor) for at in side]
            if side:
                whole = exchange(Money(sum(weights), foreign), rate, rounding=Rounding.HALF_EVEN).bought
                parts = share(whole, weights)
                bases |= {at: part if sign > 0 else -part for at, part in zip(side, parts, strict=True)}
    return tuple(
        [
            PostingInBase(
                account=each.account,
                amount=each.amount,
                base=bases.get(at, Money.zero(currency)),
                rate=rates.get(each.amount.currency),
            )
            for at, each in enumerate(entry.postings)
        ]
    )
