"""Numbers of invoices, counted from 1 without a gap: one stream a series, so that nobody can take one twice.

A number is taken in the commit that issues its invoice, or not at all. Two who want the next one at once meet at the
version of the stream, and the slower one takes the number after.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from omscore.errors import ConflictError
from omscore.records import frozen


@frozen(kw_only=True)
class NumberSeries:
    """How far a series has been counted.

    Holds: `last` numbers were taken, from 1 on, none left out; none bears a day before that of the number before.
    """

    series: str
    last: int
    last_on: date


@frozen(kw_only=True)
class TakeNumber:
    """Take the next number of a series for an invoice."""

    series: str
    number: int
    invoice_no: str
    issued_on: date
    at: datetime


@frozen(kw_only=True)
class NumberTaken:
    series: str
    number: int
    invoice_no: str
    issued_on: date
    at: datetime


def decide_series(series: NumberSeries | None, command: TakeNumber) -> Sequence[NumberTaken]:
    """The number taken. Raises: ConflictError when it is not the next one."""
    following = 1 if series is None else series.last + 1
    if command.number != following:
        raise ConflictError(f"number {command.number} of series {command.series} is not the next one, {following} is")
    if series is not None and command.issued_on < series.last_on:
        raise ConflictError(f"series {command.series} has a number of {series.last_on}, after {command.issued_on}")
    return [
        NumberTaken(
            series=command.series,
            number=command.number,
            invoice_no=command.invoice_no,
            issued_on=command.issued_on,
            at=command.at,
        )
    ]


def evolve_series(_: NumberSeries | None, event: NumberTaken) -> NumberSeries:
    """The series after one more number."""
    return NumberSeries(series=event.series, last=event.number, last_on=event.issued_on)
