"""Prices and factors: rounded once, the way the caller names."""

from __future__ import annotations

import decimal
import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.money import Money, Rounding, UnitPrice, currency_exponent, times
from tests.basics.draws import currencies, small_minors

prices = st.decimals(min_value=-(10**6), max_value=10**6, places=5, allow_nan=False)
factors = st.decimals(min_value=-10, max_value=10, places=12, allow_nan=False)
roundings = st.sampled_from(Rounding)


def rounded(value: Fraction, rounding: Rounding) -> int:
    """The whole number a fraction rounds to, told from the definition of each way of rounding."""
    low, high = math.floor(value), math.ceil(value)
    toward_zero, away = (low, high) if value >= 0 else (high, low)
    match rounding:
        case Rounding.FLOOR:
            return low
        case Rounding.CEILING:
            return high
        case Rounding.DOWN:
            return toward_zero
        case Rounding.UP:
            return away
        case Rounding.HALF_EVEN:
            return round(value)
        case Rounding.HALF_UP:
            return away if abs(value - toward_zero) * 2 >= 1 else toward_zero
        case Rounding.HALF_DOWN:
            return away if abs(value - toward_zero) * 2 > 1 else toward_zero


@given(prices, currencies, st.integers(0, 10**4), roundings)  # even in CLF below the bound of money
@example(Decimal("0.125"), "EUR", 1, Rounding.HALF_EVEN)
@example(Decimal("0.125"), "EUR", 1, Rounding.HALF_DOWN)
@example(Decimal("-0.125"), "EUR", 1, Rounding.HALF_UP)
@example(Decimal("0.5"), "JPY", 3, Rounding.HALF_EVEN)
def test_extending_rounds_once_at_the_end(price: Decimal, currency: str, units: int, rounding: Rounding) -> None:
    exact = Fraction(price) * units * 10 ** currency_exponent(currency)
    extended = UnitPrice(price, currency).extend(units, rounding=rounding)
    assert extended == Money(rounded(exact, rounding), currency)


@given(small_minors, currencies, factors, roundings)
@example(5, "EUR", Decimal("0.5"), Rounding.HALF_EVEN)
@example(-5, "EUR", Decimal("0.5"), Rounding.HALF_UP)
@example(15, "EUR", Decimal("0.1"), Rounding.HALF_DOWN)
@example(10**12 + 3, "EUR", Decimal("0.500000000001"), Rounding.HALF_EVEN)  # the 24th digit decides
def test_a_factor_makes_money_rounded_as_named(minor: int, currency: str, factor: Decimal, rounding: Rounding) -> None:
    made = times(Money(minor, currency), factor, rounding=rounding)
    assert made == Money(rounded(minor * Fraction(factor), rounding), currency)


def test_a_careless_decimal_context_changes_no_price_and_no_tax() -> None:
    price, money, rate = UnitPrice.of("123456789.123456", "EUR"), Money(99_999_999_999, "EUR"), Decimal("0.1900001")
    expected = price.extend(1001, rounding=Rounding.HALF_EVEN), times(money, rate, rounding=Rounding.HALF_EVEN)
    with decimal.localcontext() as context:
        context.prec = 3
        context.rounding = decimal.ROUND_UP
        context.traps[decimal.Inexact] = True
        again = price.extend(1001, rounding=Rounding.HALF_EVEN), times(money, rate, rounding=Rounding.HALF_EVEN)
    assert again == expected


@pytest.mark.parametrize("read", ["2.55", Decimal("2.55")])
def test_a_price_keeps_its_decimals(read: str | Decimal) -> None:
    assert UnitPrice.of(read, "GBP") == UnitPrice(Decimal("2.55"), "GBP")
    assert str(UnitPrice.of("0.000000000001", "GBP").amount) == "1E-12"
    assert UnitPrice.of(3, "GBP").amount == 3


@pytest.mark.parametrize(
    "amount",
    [
        *(2.55, True, None, b"1", 10**15),
        *("2,55", "1e3", "\u0663", "0.0000000000001"),
        *(Decimal("NaN"), Decimal("Infinity"), Decimal("1E-13"), Decimal("1E+15"), Decimal("0E+16"), Decimal(10) ** 15),
    ],
    ids=repr,
)
def test_a_price_that_is_no_sensible_decimal_is_refused(amount: object) -> None:
    with pytest.raises(InputError):
        UnitPrice.of(amount, "GBP")  # type: ignore[arg-type]


@pytest.mark.parametrize("amount", [2.55, 2, "2.55", Decimal("NaN")], ids=repr)
def test_the_constructor_of_a_price_takes_only_decimals(amount: object) -> None:
    with pytest.raises(InputError):
        UnitPrice(amount, "GBP")  # type: ignore[arg-type]


def test_a_price_needs_a_currency_money_can_be_in() -> None:
    with pytest.raises(InputError, match="XAU"):
        UnitPrice.of("1", "XAU")


@pytest.mark.parametrize("units", [-1, 1.0, True, "1"], ids=repr)
def test_a_price_is_extended_by_a_count_of_units_only(units: object) -> None:
    with pytest.raises(InputError, match="units"):
        UnitPrice.of("1", "EUR").extend(units, rounding=Rounding.HALF_EVEN)  # type: ignore[arg-type]


@pytest.mark.parametrize("factor", [0.19, 1, True, "0.19", Decimal("NaN"), Decimal("1E-13")], ids=repr)
def test_a_factor_that_is_no_sensible_decimal_is_refused(factor: object) -> None:
    with pytest.raises(InputError, match="factor"):
        times(Money(100, "EUR"), factor, rounding=Rounding.HALF_EVEN)  # type: ignore[arg-type]


@pytest.mark.parametrize("rounding", ["ROUND_HALF_EVEN", None, 4], ids=repr)
def test_rounding_is_named_by_the_enum(rounding: object) -> None:
    with pytest.raises(InputError, match="HALF_EVEN"):
        times(Money(100, "EUR"), Decimal("0.19"), rounding=rounding)  # type: ignore[arg-type]


def test_money_made_from_a_factor_stays_below_the_bound() -> None:
    with pytest.raises(InputError, match="below"):
        times(Money(10**14, "EUR"), Decimal(999_999_999_999_999), rounding=Rounding.DOWN)
    with pytest.raises(InputError, match="below"):
        UnitPrice(Decimal(999_999_999_999_999), "CLF").extend(10**9, rounding=Rounding.DOWN)
