"""Satisfies omscore.ports.rates.RatePort from a table."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time
from decimal import Decimal

from omscore.calendars import checked_moment
from omscore.errors import PortRefusedError
from omscore.ports.rates import ExchangeRate
from omscore_adapters.rates_table.mapping import by_currency, crossed, rows_of
from omscore_adapters.rates_table.settings import RateRow as RateRow
from omscore_adapters.rates_table.settings import RatesTableSettings


class TableRates:
    """The rates of one table, those of the file and the rows beside it.

    >>> settings = RatesTableSettings(source="ECB", base="EUR", path=None, rows=(RateRow(on=date(2026, 3, 2),
    ...     currency="USD", rate=Decimal("1.25")),))
    >>> rate = TableRates(settings, "").rate("USD", "EUR", datetime(2026, 3, 3, 9, tzinfo=UTC))
    >>> str(rate.rate), rate.source, f"{rate.at:%Y-%m-%d}"
    ('0.8', 'ECB, by way of EUR', '2026-03-02')
    """

    def __init__(self, settings: RatesTableSettings, text: str) -> None:
        self._source, self._base, self._most_days = settings.source, settings.base, settings.most_days
        rows = [*(rows_of(text) if settings.path is not None else ()), *settings.rows]
        self._rates = by_currency(rows, settings.base)

    def rate(self, base: str, quote: str, at: datetime) -> ExchangeRate:
        """The rate in force on the day of `at` in UTC; one that is worked out says so in its source.

        Raises: PortRefusedError naming the currency, and the days it has rates of.
        """
        day = checked_moment(at, what="moment of the exchange rate").astimezone(UTC).date()
        if base == quote:
            raise PortRefusedError(f"{base} needs no exchange into itself", code="port.refused.rate")
        if base == self._base:
            since, rate = self._found(quote, day)
            source = self._source
        else:
            since, of_base = self._found(base, day)
            of_quote = Decimal(1)
            if quote != self._base:
                other, of_quote = self._found(quote, day)
                since = min(since, other)
            rate, source = crossed(of_base, of_quote), f"{self._source}, by way of {self._base}"
        return ExchangeRate(base, quote, rate, source, datetime.combine(since, time(), UTC))

    def _found(self, currency: str, day: date) -> tuple[date, Decimal]:
        rates = self._rates.get(currency)
        if rates is None:
            known = ", ".join(sorted(self._rates))
            raise PortRefusedError(
                f"the table has no rate of {currency}; it has {self._base} to {known}; add rows to rates.table",
                code="port.refused.rate",
                currency=currency,
            )
        place = bisect_right(rates, day, key=_day)
        if place == 0 or (day - rates[place - 1][0]).days > self._most_days:
            last = f"the last before it is of {rates[place - 1][0]}" if place else f"the first is of {rates[0][0]}"
            raise PortRefusedError(
                f"the table has no rate of {currency} for {day}: {last}; add newer rows, or let rates grow older "
                "(rates.table.most_days)",
                code="port.refused.rate",
                currency=currency,
            )
        return rates[place - 1]


def _day(rate: tuple[date, Decimal]) -> date:
    return rate[0]
