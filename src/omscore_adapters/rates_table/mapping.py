"""From the text of a table to rates by currency, in the order of their days.

The first column is the day, and every other one the rate of a currency: the layout in which central banks publish
theirs. A cell that is empty or `N/A` says nothing. A rate of two currencies of the table goes by way of its base.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Context, Decimal

from omscore.errors import InputError, SetupError
from omscore.money import currency_exponent
from omscore.money.decimals import decimal_from_text
from omscore_adapters.rates_table.settings import RateRow

_DIGITS = Context(prec=12)
"""A rate that is worked out has twelve digits: enough for any amount that is ever paid."""
_DECIMALS = Decimal("1e-12")
_NOTHING = frozenset({"", "N/A"})


def rows_of(text: str) -> Iterator[RateRow]:
    """Every rate in the text. Raises: SetupError naming the line and the column of what cannot be one.

    >>> [(row.currency, str(row.rate)) for row in rows_of("Date,USD,JPY\\n2026-03-02,1.0825,N/A\\n")]
    [('USD', '1.0825')]
    """
    lines = csv.reader(io.StringIO(text, newline=""))
    head = [cell.strip() for cell in next(lines, [])]
    if head[:1] != ["Date"] or len(head) < 2:
        raise SetupError("rates.table.path: the first line must be Date and the codes of currencies, with commas")
    columns = list(enumerate(head))[1:]
    if not any(_is_known(currency) for currency in head[1:]):
        raise SetupError(f"rates.table.path: the first line names no currency of today: {', '.join(head[1:])}")
    for number, cells in enumerate(lines, start=2):
        if not any(cells):
            continue
        try:
            day = date.fromisoformat(cells[0].strip())
            for at, currency in columns:
                cell = cells[at].strip() if at < len(cells) else ""
                if currency and cell not in _NOTHING:
                    yield RateRow(on=day, currency=currency, rate=decimal_from_text(cell, what=f"rate of {currency}"))
        except (ValueError, InputError) as error:
            raise SetupError(f"rates.table.path: line {number}: {error}", path="rates.table.path") from error


def by_currency(rows: Iterable[RateRow], base: str) -> dict[str, list[tuple[date, Decimal]]]:
    """The rates of each currency, the earliest first.

    Raises: SetupError for a rate of the base itself, one that is not above zero, and two of one day.
    """
    found: dict[str, dict[date, Decimal]] = {}
    for row in rows:
        days = found.setdefault(row.currency, {})
        if row.currency == base or row.rate <= 0 or row.on in days:
            why = (
                f"{base} is the base of the table"
                if row.currency == base
                else f"the rate {row.rate} is not above zero"
                if row.rate <= 0
                else "there are two rates of that day"
            )
            raise SetupError(f"rates.table: {row.currency} on {row.on}: {why}")
        days[row.on] = row.rate
    return {currency: sorted(days.items()) for currency, days in found.items() if _is_known(currency)}


def _is_known(currency: str) -> bool:
    """Whether money can be in it; tables name currencies that are long gone."""
    try:
        currency_exponent(currency)
    except InputError:
        return False
    return True


def crossed(of_base: Decimal, of_quote: Decimal) -> Decimal:
    """What a unit of one currency buys of another, when a unit of the table's base buys so much of each.

    >>> str(crossed(Decimal("1.25"), Decimal(1)))
    '0.8'
    """
    rate = _DIGITS.divide(of_quote, of_base)
    exponent = rate.as_tuple().exponent
    return rate.quantize(_DECIMALS) if isinstance(exponent, int) and exponent < -12 else rate
