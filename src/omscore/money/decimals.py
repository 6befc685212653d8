"""The narrow gate between decimal fractions and whole minor units.

Decimals enter as plain ASCII text or as finite, sensibly sized `Decimal`; they leave through `rounded_minor`, which
has to be told how to round. The arithmetic is exact and does not depend on anybody's decimal context.
"""

from __future__ import annotations

import decimal
import re
from decimal import Decimal
from enum import Enum

from omscore.border.cards import without_card_numbers
from omscore.errors import InputError

MAX_TEXT = 40
"""The longest text that is read as a decimal number."""

_PLAIN_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")

# A checked decimal has at most 27 digits and is multiplied with at most 15 more, so 60 digits are always exact.
_EXACT = decimal.Context(prec=60, Emin=-999, Emax=999, traps=[decimal.InvalidOperation, decimal.Overflow])


class Rounding(Enum):
    """How a decimal fraction becomes whole minor units; named wherever it happens.

    >>> Rounding("ROUND_HALF_EVEN").name
    'HALF_EVEN'
    """

    HALF_EVEN = decimal.ROUND_HALF_EVEN
    HALF_UP = decimal.ROUND_HALF_UP
    HALF_DOWN = decimal.ROUND_HALF_DOWN
    UP = decimal.ROUND_UP
    DOWN = decimal.ROUND_DOWN
    CEILING = decimal.ROUND_CEILING
    FLOOR = decimal.ROUND_FLOOR


def checked_decimal(value: object, *, what: str) -> Decimal:
    """The decimal itself when it is finite, below 10^15 and has an exponent from -12 to 15.

    Raises: InputError for floats, integers, text, NaN, infinities and oversized numbers.

    >>> checked_decimal(Decimal("0.19"), what="tax rate")
    Decimal('0.19')
    """
    if type(value) is not Decimal:
        raise InputError(
            f'{what} must be a Decimal, not {type(value).__name__}; build it from text, as in Decimal("0.19")',
            code="money.decimal",
            what=what,
        )
    if not value.is_finite():
        raise InputError(f"{what} must be a finite number, not {value}", code="money.decimal", what=what)
    exponent = value.as_tuple().exponent
    # `adjusted` is the power of ten of the first digit: it bounds the size without building the number.
    if not isinstance(exponent, int) or not -12 <= exponent <= 15 or (value and value.adjusted() >= 15):
        raise InputError(
            f"{what} must be below 10^15 with at most 12 decimals; this one has the exponent {exponent}",
            code="money.decimal",
            what=what,
        )
    return value


def decimal_from_text(text: object, *, what: str) -> Decimal:
    """The number a plain decimal text stands for: digits, at most one point, a leading minus.

    Raises: InputError for blanks, underscores, exponents, plus signs, digits of other scripts and over 40 characters.

    >>> decimal_from_text("-2.550", what="price")
    Decimal('-2.550')
    """
    if type(text) is not str:
        raise InputError(
            f'{what} must be text such as "12.34", not {type(text).__name__}', code="money.text", what=what
        )
    if len(text) > MAX_TEXT:
        raise InputError(
            f"{what} has {len(text)} characters; give a number of at most {MAX_TEXT}", code="money.text", what=what
        )
    if _PLAIN_NUMBER.fullmatch(text) is None:
        raise InputError(
            f"{what} {without_card_numbers(text)!a} is not a plain decimal number; write digits with a point, as in "
            "12.34",
            code="money.text",
            what=what,
        )
    return checked_decimal(Decimal(text), what=what)


def product(left: Decimal, right: Decimal | int) -> Decimal:
    """The exact product of a checked decimal and a checked decimal or whole number.

    >>> product(Decimal("2.55"), 3)
    Decimal('7.65')
    """
    return _EXACT.multiply(left, right)


def rounded_minor(amount: Decimal, exponent: int, rounding: Rounding) -> int:
    """The amount in whole minor units, rounded the way it is told.

    >>> rounded_minor(Decimal("2.345"), 2, Rounding.HALF_EVEN), rounded_minor(Decimal("2.345"), 2, Rounding.HALF_UP)
    (234, 235)
    """
    if type(rounding) is not Rounding:
        raise InputError(
            f"rounding must be one of {', '.join(way.name for way in Rounding)}, not {type(rounding).__name__}",
            code="money.rounding",
        )
    minor = _EXACT.scaleb(amount, exponent)
    whole = int(minor)
    if whole == minor:  # mostly: prices are in whole minor units
        return whole
    return int(minor.to_integral_value(rounding=rounding.value, context=_EXACT))


def exact_minor(amount: object, exponent: int, *, what: str) -> int:
    """The amount in whole minor units when it is one exactly; nothing is rounded.

    Shape: text may not even show more decimals than the minor unit has; a Decimal is judged by its value.
    Raises: InputError for anything else than plain text or a Decimal, and for amounts finer than the minor unit.

    >>> exact_minor("12.3", 2, what="amount"), exact_minor(Decimal("12.340"), 2, what="amount")
    (1230, 1234)
    """
    is_text = type(amount) is str
    value = decimal_from_text(amount, what=what) if is_text else checked_decimal(amount, what=what)
    minor = rounded_minor(value, exponent, Rounding.DOWN)
    shows_more = is_text and len(str(amount).partition(".")[2]) > exponent
    if shows_more or product(value, 10**exponent) != minor:
        decimals = "no decimals" if exponent == 0 else f"{exponent} decimals"
        raise InputError(
            f"{what} has {decimals}, {amount} has more; round it first or use a UnitPrice",
            code="money.too_fine",
            what=what,
            decimals=exponent,
        )
    return minor


def half_even(numerator: int, denominator: int) -> int:
    """The quotient of two integers, rounded half to even.

    >>> [half_even(n, 2) for n in (1, 3, 5, -1)]
    [0, 2, 2, 0]
    """
    quotient, remainder = divmod(numerator, denominator)
    return quotient + (2 * remainder > denominator or (2 * remainder == denominator and quotient % 2 == 1))


def shown_whole(number: int) -> str:
    """The number as messages show it; one too long to print is described instead.

    >>> shown_whole(1234), shown_whole(10**40)
    ('1234', 'a number of 133 bits')
    """
    return str(number) if number.bit_length() < 100 else f"a number of {number.bit_length()} bits"
