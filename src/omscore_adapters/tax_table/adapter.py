"""Tax rates from a table in the shop's configuration.

The most particular row speaks: country and category, then country and any category, then any country. A place no row
speaks for is refused rather than taken for untaxed: a missing row must not become a missing tax.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache

from omscore.calendars import checked_moment
from omscore.errors import PortRefusedError
from omscore.places import Destination
from omscore.ports.taxes import TaxRate
from omscore_adapters.tax_table.settings import ANY, TaxRow, TaxTableSettings

MOST_KEPT = 1_024
"""How many answers are kept: all orders of a day to one country ask for the same few."""


class TableTaxes:
    """The rates of one table.

    >>> from decimal import Decimal
    >>> row = TaxRow(country="GB", category="*", code="GB20", rate=Decimal("0.20"))
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> TableTaxes(TaxTableSettings(rates=(row,))).rates(["standard"], Destination(country="GB"), noon)[0].code
    'GB20'
    """

    def __init__(self, settings: TaxTableSettings) -> None:
        self._rows: dict[tuple[str, str], list[tuple[date, TaxRate]]] = {}
        for row in sorted(settings.rates, key=_first_day):
            self._rows.setdefault((row.country, row.category), []).append(
                (row.since, TaxRate(code=row.code, rate=row.rate))
            )
        self._rate = lru_cache(maxsize=MOST_KEPT)(self._rate_in_force)

    def rates(self, categories: Sequence[str], destination: Destination, at: datetime) -> tuple[TaxRate, ...]:
        """One rate per category, in the order asked, as in force on the day of `at` in UTC.

        Raises: PortRefusedError naming the country and category no row speaks for on that day.
        """
        moment = checked_moment(at, what="moment of the tax")
        day = (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).date()
        return tuple([self._rate(category, destination.country, day) for category in categories])

    def _rate_in_force(self, category: str, country: str, day: date) -> TaxRate:
        for place in ((country, category), (country, ANY), (ANY, category), (ANY, ANY)):
            rows = self._rows.get(place)
            if rows is None:
                continue
            in_force = bisect_right(rows, day, key=_since)
            if in_force == 0:
                raise PortRefusedError(
                    f"the tax rate of category {category!r} in {country} starts on {rows[0][0]}, not by {day};"
                    " add a row with an earlier `since`",
                    code="port.refused.tax",
                    country=country,
                    category=category,
                )
            return rows[in_force - 1][1]
        raise PortRefusedError(
            f"no tax rate for category {category!r} in country {country}; add a row to taxes.table.rates with"
            f' country = "{country}" (or "*" for every other country) and category = "{category}"',
            code="port.refused.tax",
            country=country,
            category=category,
        )


def _first_day(row: TaxRow) -> date:
    return row.since


def _since(row: tuple[date, TaxRate]) -> date:
    return row[0]
