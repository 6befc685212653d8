"""The entries of one order or one stock document, and what they come to per account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from omscore.billing.journal import Account, JournalEntry
from omscore.errors import RefusedError
from omscore.records import frozen


class Balance(NamedTuple):
    """Debits less credits of one account in one currency, in minor units."""

    account: Account
    currency: str
    minor: int


@frozen(kw_only=True)
class Ledger:
    """The balances of one owner's entries. Shape: `entry_ids` in posting order; accounts at zero are left out."""

    owner: str
    entry_ids: tuple[str, ...] = ()
    balances: tuple[Balance, ...] = ()

    def balance_minor(self, account: Account, currency: str) -> int:
        """Debits less credits, zero when the account was never used."""
        return next((each.minor for each in self.balances if each[:2] == (account, currency)), 0)


@frozen(kw_only=True)
class PostEntry:
    """Book an entry for an owner; the same entry id again is refused."""

    owner: str
    entry: JournalEntry
    at: datetime


@frozen(kw_only=True)
class EntryPosted:
    owner: str
    entry: JournalEntry
    at: datetime


def decide_ledger(ledger: Ledger | None, command: PostEntry) -> Sequence[EntryPosted]:
    """The booking. Raises: RefusedError when the entry id was booked before."""
    if ledger is not None and command.entry.entry_id in ledger.entry_ids:
        raise RefusedError(f"entry {command.entry.entry_id} is booked already", code="journal.booked")
    return [EntryPosted(owner=command.owner, entry=command.entry, at=command.at)]


def evolve_ledger(ledger: Ledger | None, event: EntryPosted) -> Ledger:
    """The ledger after one more entry."""
    ledger = ledger or Ledger(owner=event.owner)
    sums = {(each.account, each.currency): each.minor for each in ledger.balances}
    for posting in event.entry.postings:
        key = (posting.account, posting.amount.currency)
        sums[key] = sums.get(key, 0) + posting.amount.minor
    return Ledger(
        owner=ledger.owner,
        entry_ids=(*ledger.entry_ids, event.entry.entry_id),
        balances=tuple(
            Balance(account, currency, minor) for (account, currency), minor in sorted(sums.items()) if minor
        ),
    )
