"""The rows of a shop's own tax table."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from omscore.errors import InputError, SetupError
from omscore.places import checked_country
from omscore.records import frozen

ANY = "*"


@frozen(kw_only=True)
class TaxRow:
    """The rate of one category in one country from a day on.

    Shape: country is two capital letters or `*` for every country without a row of its own; category is a name or `*`.
    Units: rate 0.20 means 20 percent of the net amount.

    >>> TaxRow(country="GB", category="standard", code="GB20", rate=Decimal("0.20")).rate
    Decimal('0.20')
    """

    country: str
    category: str
    code: str
    rate: Decimal
    since: date = date.min

    def __attrs_post_init__(self) -> None:
        where = f"taxes.table.rates ({self.country!r}, {self.category!r})"
        if self.country != ANY:
            try:
                checked_country(self.country)
            except InputError as error:
                raise SetupError(f"{where}: {error}, or write * for every other country") from error
        if not self.category or not self.code:
            raise SetupError(f"{where}: category and code must not be empty")
        if type(self.rate) is not Decimal or not self.rate.is_finite() or not 0 <= self.rate <= 1:
            raise SetupError(f'{where}: rate {self.rate} is not from 0 to 1; write 20 percent as "0.20"')


@frozen(kw_only=True)
class TaxTableSettings:
    """The whole table. Holds: no two rows speak for the same country, category and first day."""

    rates: tuple[TaxRow, ...]

    def __attrs_post_init__(self) -> None:
        if not self.rates:
            raise SetupError("taxes.table.rates has no row; add one such as country, category, code, rate")
        seen: set[tuple[str, str, date]] = set()
        for row in self.rates:
            place = (row.country, row.category, row.since)
            if place in seen:
                raise SetupError(
                    f"taxes.table.rates has two rows for country {row.country!r}, category {row.category!r} since"
                    f" {row.since}; keep one of them"
                )
            seen.add(place)
