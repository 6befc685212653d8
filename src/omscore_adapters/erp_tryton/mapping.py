"""Journal entries as Tryton's moves: pure functions from our records to what its JSON-RPC takes.

A move's description is the id of our entry and nothing else, so that it can be looked up; what the entry is about and
says stands on each of its lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date

from omscore.border import JsonValue
from omscore.calendars import checked_moment
from omscore.errors import InputError, PortRefusedError
from omscore.money import Money
from omscore.ports.erp import Account, JournalEntry
from omscore.records import frozen
from omscore.text import checked_text


@frozen(kw_only=True)
class LedgerAccount:
    """One account in Tryton, and whether its lines must name a party."""

    number: int
    needs_party: bool


@frozen(kw_only=True)
class Chart:
    """The numbers of the records in Tryton that every entry needs.

    Shape: `party` is None where the settings name none.
    """

    company: int
    currency: str
    currency_number: int
    journal: int
    accounts: Mapping[Account, LedgerAccount]
    party: int | None

    @property
    def context(self) -> dict[str, JsonValue]:
        """What every request says: for which company it is."""
        return {"company": self.company}


def booking_day(entry: JournalEntry) -> date:
    """The day an entry is booked on: the day of its moment in UTC."""
    return checked_moment(entry.at, what=f"moment of entry {entry.entry_id!r}").astimezone(UTC).date()


def checked_entry_id(entry: JournalEntry) -> str:
    """The id as Tryton keeps it. Raises: PortRefusedError for one that could not be looked up again."""
    try:
        found = checked_text(entry.entry_id, what="entry id")
    except InputError as error:
        raise PortRefusedError(f"{error}; the books name every entry by its id", code="port.refused.entry") from error
    if found != entry.entry_id or found != found.strip():
        raise PortRefusedError(
            f"entry id {entry.entry_id!r} has blanks at an end or is not in composed form (NFC)",
            code="port.refused.entry",
        )
    return found


def move_values(entry: JournalEntry, chart: Chart, period: int) -> dict[str, JsonValue]:
    """The move of one entry, with its lines.

    Raises: PortRefusedError for another currency than the company's, and for an account that asks for a party when the
    settings name none.
    """
    lines: list[JsonValue] = []
    for posting in entry.postings:
        amount = posting.amount
        if amount.currency != chart.currency:
            raise PortRefusedError(
                f"it is in {amount.currency}, and the company's books in Tryton are in {chart.currency}; book it by"
                " hand at the rate your accountant says"
            )
        account = chart.accounts[posting.account]
        line: dict[str, JsonValue] = {
            "account": account.number,
            "debit": decimal(amount if amount.minor > 0 else Money.zero(amount.currency)),
            "credit": decimal(-amount if amount.minor < 0 else Money.zero(amount.currency)),
            "description": f"{entry.reference} {entry.says}".strip(),
        }
        if account.needs_party:
            if chart.party is None:
                raise PortRefusedError(
                    f"Tryton's account for {posting.account.value} asks for a party; set erp.tryton.party to the code"
                    " of one"
                )
            line["party"] = chart.party
        lines.append(line)
    return {
        "company": chart.company,
        "journal": chart.journal,
        "period": period,
        "date": day_value(booking_day(entry)),
        "description": checked_entry_id(entry),
        "lines": [["create", lines]],
    }


def decimal(amount: Money) -> dict[str, JsonValue]:
    """An amount as Tryton's JSON writes a Decimal: exact, as text.

    >>> decimal(Money(-1230, "EUR"))
    {'__class__': 'Decimal', 'decimal': '-12.30'}
    """
    return {"__class__": "Decimal", "decimal": str(amount).partition(" ")[0]}


def day_value(day: date) -> dict[str, JsonValue]:
    """A day as Tryton's JSON writes it.

    >>> day_value(date(2026, 3, 1))
    {'__class__': 'date', 'year': 2026, 'month': 3, 'day': 1}
    """
    return {"__class__": "date", "year": day.year, "month": day.month, "day": day.day}
