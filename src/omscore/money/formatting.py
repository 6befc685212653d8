"""Amounts, days and moments as people of a locale read them; the only home of babel.

Decimals come from our own currency table, never from the locale: what is shown is exactly what is recorded. Nothing
here is imported by the rest of the package, so that locale data loads only for those who print.
"""

from __future__ import annotations

import functools
import re
from datetime import date, datetime

from babel import dates
from babel.core import Locale, UnknownLocaleError
from babel.numbers import NumberPattern, parse_pattern

from omscore.calendars import checked_moment, zone
from omscore.errors import InputError
from omscore.money.amount import Money
from omscore.money.currencies import currency_exponent

_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[_-][A-Za-z0-9]{2,8}){0,3}")


def format_money(money: Money, locale: str) -> str:
    """The amount with symbol, separators and sign where readers of the locale expect them.

    Holds: every decimal of the currency's minor unit is shown, and no more.
    Raises: InputError for unknown locales.

    >>> format_money(Money(123456, "USD"), "en_US"), format_money(Money(9899, "JPY"), "en_US")
    ('$1,234.56', '¥9,899')
    """
    place = _locale(locale)
    pattern = _money_pattern(locale, currency_exponent(money.currency))
    return str(pattern.apply(money.amount, place, currency=money.currency, currency_digits=False))


def format_date(day: date, locale: str) -> str:
    """The day in the locale's medium form.

    Raises: InputError for unknown locales, and for moments: which day they fall on depends on the time zone.

    >>> format_date(date(2026, 3, 29), "de_DE")
    '29.03.2026'
    """
    if type(day) is not date:
        raise InputError(
            f"a day must be a date, not {type(day).__name__}; use format_datetime for moments", code="time.day"
        )
    return dates.format_date(day, format="medium", locale=_locale(locale))


def format_datetime(moment: datetime, tz: str, locale: str) -> str:
    """The moment as the clock in that time zone shows it, in the locale's medium form.

    Raises: InputError for unknown locales or time zones and for moments without a time zone.

    >>> from datetime import UTC
    >>> format_datetime(datetime(2026, 3, 29, 12, tzinfo=UTC), "Europe/Berlin", "de_DE")
    '29.03.2026, 14:00:00'
    """
    return dates.format_datetime(checked_moment(moment), format="medium", tzinfo=zone(tz), locale=_locale(locale))


@functools.lru_cache(maxsize=256)
def _known_locale(name: str) -> Locale:
    return Locale.parse(name.replace("-", "_"))


def _locale(name: object) -> Locale:
    if type(name) is str and _LOCALE.fullmatch(name):
        try:
            return _known_locale(name)
        except (UnknownLocaleError, ValueError):
            pass
    shown = repr(name[:40]) if type(name) is str else type(name).__name__
    raise InputError(f"{shown} is no known locale; give one such as de_DE or en-GB", code="locale.unknown")


@functools.lru_cache(maxsize=256)
def _money_pattern(locale: str, decimals: int) -> NumberPattern:
    # Parsed anew rather than taken from the locale's data, which all users of babel in this program share.
    pattern = parse_pattern(_locale(locale).currency_formats["standard"].pattern)
    pattern.frac_prec = (decimals, decimals)
    return pattern
