"""Formatting shows what is recorded, with our own decimals, in the reader's locale."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from babel.core import Locale
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.money import Money, currency_exponent
from omscore.money.formatting import format_date, format_datetime, format_money
from tests.basics.draws import every_currency, minors

LOCALES = ["de_DE", "en-US", "en_IN", "fr_FR", "de_CH", "ja_JP", "ar_EG", "he_IL", "nl_NL", "sr_Latn_RS", "fa_IR"]


@pytest.mark.parametrize(
    ("money", "locale", "shown"),
    [
        (Money(123456789, "EUR"), "de_DE", "1.234.567,89\xa0€"),
        (Money(123456789, "EUR"), "de-DE", "1.234.567,89\xa0€"),
        (Money(-5, "USD"), "en_US", "-$0.05"),
        (Money(123456789, "INR"), "en_IN", "₹12,34,567.89"),
        (Money(9899, "JPY"), "ja_JP", "￥9,899"),
        (Money(9899, "JPY"), "en_US", "¥9,899"),
        (Money(1234, "KWD"), "en_US", "KWD\xa01.234"),
        (Money(12345, "CLF"), "en_US", "CLF\xa01.2345"),
        (Money(0, "EUR"), "de_DE", "0,00\xa0€"),
    ],
)
def test_money_reads_as_the_locale_writes_it(money: Money, locale: str, shown: str) -> None:
    # Whether a blank stands between a code and its number has changed between releases of the locale data.
    assert format_money(money, locale).replace("\xa0", "") == shown.replace("\xa0", "")


@pytest.mark.parametrize(("code", "decimals"), [("UGX", 0), ("ISK", 0), ("HUF", 2), ("IQD", 3), ("LBP", 2), ("IRR", 2)])
def test_decimals_come_from_iso_not_from_the_locale_data(code: str, decimals: int) -> None:
    shown = format_money(Money(10**6 + 1, code), "en_US")
    assert len(shown.partition(".")[2]) == decimals


@given(minors, every_currency, st.sampled_from(LOCALES))
def test_the_digits_shown_are_the_digits_recorded(minor: int, currency: str, locale: str) -> None:
    shown = format_money(Money(minor, currency), locale)
    digits = "".join(character for character in shown if character in "0123456789")
    assert digits == str(abs(minor)).rjust(currency_exponent(currency) + 1, "0")


def test_formatting_leaves_the_shared_locale_data_alone() -> None:
    before = Locale.parse("en_US").currency_formats["standard"].frac_prec
    format_money(Money(1, "KWD"), "en_US")
    assert Locale.parse("en_US").currency_formats["standard"].frac_prec == before
    assert format_money(Money(1, "USD"), "en_US") == "$0.01"


def test_days_and_moments_read_as_the_locale_writes_them() -> None:
    moment = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)
    assert format_date(date(2026, 3, 29), "de_DE") == "29.03.2026"
    assert format_date(date(2026, 3, 29), "en-GB") == "29 Mar 2026"
    assert format_datetime(moment, "Europe/Berlin", "de_DE") == "29.03.2026, 01:59:59"
    assert format_datetime(moment.replace(hour=1, minute=0), "Europe/Berlin", "de_DE") == "29.03.2026, 03:00:59"


@pytest.mark.parametrize("locale", ["xx_XX", "", "de_DE.UTF-8", "../../etc", "tlh", "d", None, 5, "de" * 1000, "de\n"])
def test_an_unknown_locale_is_refused(locale: object) -> None:
    shows: tuple[Callable[[], str], ...] = (
        lambda: format_money(Money(1, "EUR"), locale),  # type: ignore[arg-type]
        lambda: format_date(date(2026, 1, 1), locale),  # type: ignore[arg-type]
        lambda: format_datetime(datetime(2026, 1, 1, tzinfo=UTC), "UTC", locale),  # type: ignore[arg-type]
    )
    for show in shows:
        with pytest.raises(InputError, match="locale") as refusal:
            show()
        assert refusal.value.code == "locale.unknown"


def test_a_moment_needs_a_zone_and_is_not_a_day() -> None:
    with pytest.raises(InputError, match="no time zone"):
        format_datetime(datetime(2026, 1, 1), "UTC", "de_DE")
    with pytest.raises(InputError, match="Mars/Base"):
        format_datetime(datetime(2026, 1, 1, tzinfo=UTC), "Mars/Base", "de_DE")
    with pytest.raises(InputError, match="format_datetime"):
        format_date(datetime(2026, 1, 1, tzinfo=UTC), "de_DE")
