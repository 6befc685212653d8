"""Where the table is, whose it is, and how old a rate may grow."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from omscore.errors import InputError, SetupError
from omscore.money import currency_exponent
from omscore.records import frozen
from omscore.text import checked_text


@frozen(kw_only=True)
class RateRow:
    """What one unit of the table's base currency bought on a day. Units: whole units of `currency`."""

    on: date
    currency: str
    rate: Decimal


@frozen(kw_only=True)
class RatesTableSettings:
    """One table. Shape: every rate is from `base`; a rate stands until the next one, but for `most_days` at most."""

    source: str
    base: str
    path: Path | None = None
    rows: tuple[RateRow, ...] = ()
    most_days: int = 7

    def __attrs_post_init__(self) -> None:
        currency_exponent(self.base)
        checked_text(self.source, what="source", max_length=100)
        if self.path is None and not self.rows:
            raise SetupError("rates.table has neither a path nor rows; give the file of a table, or rows of your own")
        for row in self.rows:
            try:
                currency_exponent(row.currency)
            except InputError as error:  # in a file it may be a currency that is long gone; a row was written today
                raise SetupError(f"rates.table.rows: {row.currency} on {row.on}: {error}") from error
        if not 1 <= self.most_days <= 3_660:
            raise SetupError(f"rates.table.most_days must be from 1 to 3660, not {self.most_days}")
