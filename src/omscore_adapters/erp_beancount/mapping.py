"""Journal entries as transactions in beancount's text format.

Every transaction stands between two comment lines naming its entry. The second one seals it: a transaction without it
was torn by a crash and was never booked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date

from omscore.calendars import checked_moment
from omscore.errors import InputError, PortRefusedError
from omscore.money import Money
from omscore.ports.erp import Account, JournalEntry
from omscore.text import checked_text

FIRST_LINE = "; omscore books, format 1: `; entry` and `; end` lines mark what was booked, please leave them"
_NOT_IN_LINKS = re.compile(r"[^A-Za-z0-9\-_/.]+", re.ASCII)
_ACCOUNT_WIDTH = max(len(account) for account in Account) + 2


def quoted(text: str) -> str:
    """The text as one quoted string on one line; line breaks and control characters become blanks.

    >>> quoted('say "hi"')
    '"say \\\\"hi\\\\""'
    """
    plain = "".join(
        " " if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} else character for character in text
    )
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquoted(text: str) -> str:
    """The text a quoted string stands for. Holds: unquoted(quoted(text)) is the text when it is one plain line."""
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def amount_text(money: Money) -> str:
    """The amount with exactly the decimals of its currency, as in `-12.30 EUR`, `990 JPY`."""
    return str(money)


def booking_day(entry: JournalEntry) -> date:
    """The day an entry is booked on: the day of its moment in UTC."""
    return checked_moment(entry.at, what=f"moment of entry {entry.entry_id!r}").astimezone(UTC).date()


def head_text(opened: date) -> str:
    """The beginning of new books: every account opened on one day."""
    opens = "".join(open_line(account, opened) for account in Account)
    return f"{FIRST_LINE}\n\n{opens}\n"


def open_line(account: Account, opened: date) -> str:
    """The line that opens one account."""
    return f"{opened.isoformat()} open {account.value}\n"


def entry_text(entry: JournalEntry) -> str:
    """The transaction of one entry, between its two marks and followed by an empty line.

    Raises: PortRefusedError for an entry id that is not one plain line.

    >>> from datetime import datetime
    >>> from omscore.ports.erp import Posting
    >>> five = Money(500, "EUR")
    >>> print(entry_text(JournalEntry(entry_id="e1", at=datetime(2026, 3, 1, tzinfo=UTC), says="capture",
    ...     reference="ord_1", postings=(Posting(Account.CLEARING, five), Posting(Account.RECEIVABLE, -five)))), end="")
    ; entry "e1"
    2026-03-01 * "ord_1" "capture" ^e1 ^ord_1
      entry-id: "e1"
      Assets:PaymentClearing      5.00 EUR
      Assets:Receivable          -5.00 EUR
    ; end "e1"
    <BLANKLINE>
    """
    try:
        name = quoted(checked_text(entry.entry_id, what="entry id"))
    except InputError as error:
        raise PortRefusedError(f"{error}; the books name every entry by its id", code="port.refused.entry") from error
    if unquoted(name) != entry.entry_id:
        raise PortRefusedError(
            f"entry id {entry.entry_id!r} is not in composed form (NFC); compose it", code="port.refused.entry"
        )
    lines = [
        f"; entry {name}",
        f"{booking_day(entry).isoformat()} * {quoted(entry.reference)} {quoted(entry.says)}{_links(entry)}",
        f"  entry-id: {name}",
        *_postings(entry),
        f"; end {name}",
    ]
    return "\n".join(lines) + "\n\n"


def _postings(entry: JournalEntry) -> Iterable[str]:
    amounts = [amount_text(posting.amount) for posting in entry.postings]
    # The currencies line up when the numbers end in one column.
    width = max((amount.index(" ") for amount in amounts), default=0)
    for posting, amount in zip(entry.postings, amounts, strict=True):
        number, currency = amount.split(" ")
        yield f"  {posting.account.value:<{_ACCOUNT_WIDTH}}{number:>{width}} {currency}"


def _links(entry: JournalEntry) -> str:
    """Links to the entry and to what it is about, in the few characters a link may have."""
    names = dict.fromkeys(_NOT_IN_LINKS.sub("-", text).strip("-") for text in (entry.entry_id, entry.reference))
    return "".join(f" ^{name}" for name in names if name)
