"""Journal entries as rows of a CSV file: one posting a row, text that no spreadsheet runs, numbers that add up."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC
from decimal import Decimal

from omscore.billing.inbase import PostingInBase
from omscore.billing.journal import JournalEntry
from omscore.border.cells import cell_text
from omscore.money import Money

COLUMNS = ("entry", "at", "reference", "says", "account", "debit", "credit", "currency")
BASE_COLUMNS = ("base_debit", "base_credit", "base_currency", "rate", "rate_at", "rate_source")
"""What stands beside each posting where the journal is given in one currency as well; no rate where none was needed."""


def head_row(*, in_base: bool = False) -> str:
    """The first line of the file.

    >>> head_row()
    '"entry","at","reference","says","account","debit","credit","currency"\\r\\n'
    """
    return _lines([(*COLUMNS, *BASE_COLUMNS) if in_base else COLUMNS])


def entry_rows(entry: JournalEntry, based: Sequence[PostingInBase] = ()) -> str:
    """The lines of one entry, in the order of its postings; with what each comes to, if that is given for all of them.

    Units: debit and credit are in the currency's own unit with all its decimals, and never below zero.
    """
    rows = [
        (
            *map(cell_text, (entry.entry_id, entry.at.astimezone(UTC).isoformat(), entry.reference, entry.says)),
            posting.account.value,
            *_sides(posting.amount),
            *(_base_cells(based[at]) if based else ()),
        )
        for at, posting in enumerate(entry.postings)
    ]
    return _lines(rows)


def _sides(amount: Money) -> tuple[Decimal, Decimal, str]:
    """Debit, credit, currency."""
    zero = Money.zero(amount.currency)
    return _number(max(amount, zero)), _number(max(-amount, zero)), amount.currency


def _base_cells(posting: PostingInBase) -> tuple[str | Decimal, ...]:
    rate = posting.rate
    told = ("", "", "") if rate is None else (rate.rate, rate.at.astimezone(UTC).isoformat(), cell_text(rate.source))
    return (*_sides(posting.base), *told)


def _number(amount: Money) -> Decimal:
    return Decimal(str(amount).partition(" ")[0])


def _lines(rows: Iterable[tuple[str | Decimal, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return text.getvalue()
