"""Journal entries as rows of a CSV file: one posting a row, text that no spreadsheet runs, numbers that add up."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC
from decimal import Decimal

from omscore.billing.journal import JournalEntry
from omscore.border.cells import cell_text
from omscore.money import Money

COLUMNS = ("entry", "at", "reference", "says", "account", "debit", "credit", "currency")


def head_row() -> str:
    """The first line of the file.

    >>> head_row()
    '"entry","at","reference","says","account","debit","credit","currency"\\r\\n'
    """
    return _lines([COLUMNS])


def entry_rows(entry: JournalEntry) -> str:
    """The lines of one entry, in the order of its postings.

    Units: debit and credit are in the currency's own unit with all its decimals, and never below zero.
    """
    rows = [
        (
            *map(cell_text, (entry.entry_id, entry.at.astimezone(UTC).isoformat(), entry.reference, entry.says)),
            posting.account.value,
            _number(posting.amount if posting.amount.minor > 0 else Money.zero(posting.amount.currency)),
            _number(-posting.amount if posting.amount.minor < 0 else Money.zero(posting.amount.currency)),
            posting.amount.currency,
        )
        for posting in entry.postings
    ]
    return _lines(rows)


def _number(amount: Money) -> Decimal:
    return Decimal(str(amount).partition(" ")[0])


def _lines(rows: Iterable[tuple[str | Decimal, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return text.getvalue()
