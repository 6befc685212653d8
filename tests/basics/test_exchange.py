"""Exchange: both amounts, the rate, its source and its moment stay together."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.money import Exchange, ExchangeRate, Money, Rounding, currency_exponent, exchange
from tests.basics.draws import currencies

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
TO_YEN = ExchangeRate("EUR", "JPY", Decimal("163.52"), "ECB", NOON)


def test_an_exchange_keeps_both_amounts_and_the_rate() -> None:
    done = exchange(Money.of("10.00", "EUR"), TO_YEN, rounding=Rounding.HALF_EVEN)
    assert done == Exchange(Money(1000, "EUR"), Money(1635, "JPY"), TO_YEN)
    assert (done.rate.source, done.rate.at) == ("ECB", NOON)


@given(
    st.integers(-(10**7), 10**7),  # with these rates even yen to CLF, the widest pair, stay below the bound of money
    currencies,
    currencies,
    st.decimals(min_value="0.000001", max_value=1000, places=6, allow_nan=False),
)
def test_the_bought_amount_is_the_rate_times_the_sold_amount_rounded_once(
    minor: int, base: str, quote: str, rate: Decimal
) -> None:
    money = Money(minor, base)
    bought = exchange(money, ExchangeRate(base, quote, rate, "table", NOON), rounding=Rounding.HALF_EVEN).bought
    exact = Fraction(minor, 10 ** currency_exponent(base)) * Fraction(rate) * 10 ** currency_exponent(quote)
    assert bought == Money(round(exact), quote)


def test_an_exchange_that_would_reach_the_bound_of_money_is_refused() -> None:
    rate = ExchangeRate("JPY", "CLF", Decimal("999.999990"), "table", NOON)
    with pytest.raises(InputError, match="below"):
        exchange(Money(100_000_001, "JPY"), rate, rounding=Rounding.HALF_EVEN)


def test_money_of_another_currency_is_refused_and_both_are_named() -> None:
    with pytest.raises(InputError, match=r"EUR.*USD") as refusal:
        exchange(Money(1, "USD"), TO_YEN, rounding=Rounding.HALF_EVEN)
    assert refusal.value.code == "money.mixed_currencies"


def test_amounts_that_do_not_fit_the_rate_are_refused() -> None:
    with pytest.raises(InputError, match="EUR to JPY"):
        Exchange(Money(1, "JPY"), Money(1, "EUR"), TO_YEN)


@pytest.mark.parametrize(
    "rate", [Decimal(0), Decimal("-1"), Decimal("NaN"), Decimal("Infinity"), 1.1, 1, "1.1"], ids=repr
)
def test_a_rate_that_is_no_decimal_above_zero_is_refused(rate: object) -> None:
    with pytest.raises(InputError, match="exchange rate"):
        ExchangeRate("EUR", "JPY", rate, "ECB", NOON)  # type: ignore[arg-type]


def test_a_rate_needs_a_moment_with_a_zone_two_currencies_and_a_source() -> None:
    with pytest.raises(InputError, match="no time zone"):
        ExchangeRate("EUR", "JPY", Decimal(1), "ECB", datetime(2026, 1, 2))
    with pytest.raises(InputError, match="datetime"):
        ExchangeRate("EUR", "JPY", Decimal(1), "ECB", "2026-01-02")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="source"):
        ExchangeRate("EUR", "JPY", Decimal(1), "", NOON)
    with pytest.raises(InputError, match="XAU"):
        ExchangeRate("EUR", "XAU", Decimal(1), "ECB", NOON)
    with pytest.raises(InputError, match="'eur'"):
        ExchangeRate("eur", "JPY", Decimal(1), "ECB", NOON)
