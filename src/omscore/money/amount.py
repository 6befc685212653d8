"""Money is a whole number of minor units of one currency.

Sums never round. Where a decimal factor makes new money, the caller names the rounding; where an amount is taken in
parts, the parts are cut from the running total so that they always sum to the whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, final

import attrs

from omscore.errors import InputError
from omscore.money.currencies import SPENDABLE, currency_exponent
from omscore.money.decimals import (
    Rounding,
    checked_decimal,
    exact_minor,
    half_even,
    product,
    rounded_minor,
    shown_whole,
)

MAX_MINOR = 10**15
"""No amount reaches this many minor units in either direction."""

_EXPONENTS = dict(SPENDABLE)  # a plain dict: looked into for every amount that is made


class _Slots:
    """The two fields of Money while they are still being written."""

    __slots__ = ("currency", "minor")


@final
@attrs.frozen(init=False, weakref_slot=False)  # no further slot: `_Slots` must keep the layout of Money
class Money(_Slots):
    """An exact amount: so many minor units of a currency.

    Units: `minor` counts cents, yen, fils: the currency's smallest unit in ISO 4217.
    Holds: sums are exact and stay within one currency.
    Raises: InputError for floats, booleans, decimals, unknown currencies and amounts beyond MAX_MINOR.

    >>> Money(1234, "EUR") + Money(66, "EUR") == Money.of("13.00", "EUR")
    True
    >>> str(Money(-5, "EUR")), str(Money(9899, "JPY")), str(Money(1234, "KWD"))
    ('-0.05 EUR', '9899 JPY', '1.234 KWD')
    """

    minor: int
    currency: str

    def __init__(self, minor: int, currency: str) -> None:
        if type(minor) is not int or not -(10**15) < minor < 10**15:
            raise _bad_minor(minor)
        if type(currency) is not str or currency not in _EXPONENTS:
            currency_exponent(currency)
        _set_minor(self, minor)
        _set_currency(self, currency)

    @classmethod
    def of(cls, amount: str | Decimal | int, currency: str) -> Money:
        """The money a number of whole currency units stands for, never rounded.

        Shape: text may not show more decimals than the currency has ("1.000" EUR could mean a thousand); a Decimal
        is judged by its value.
        Raises: InputError for floats, text that is no plain number, and amounts finer than the minor unit.

        >>> Money.of("12.34", "EUR").minor, Money.of(12, "EUR").minor
        (1234, 1200)
        """
        exponent = currency_exponent(currency)
        if type(amount) is int:
            return Money(amount * 10**exponent, currency)
        return Money(exact_minor(amount, exponent, what=f"amount in {currency}"), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in a currency; one record for each."""
        nothing = _NOTHING.get(currency) if type(currency) is str else None
        if nothing is None:
            nothing = Money(0, currency)
            _NOTHING[currency] = nothing
        return nothing

    @classmethod
    def total(cls, parts: Iterable[Money], currency: str) -> Money:
        """The sum of the parts, zero when there are none.

        Raises: InputError when a part is in another currency.

        >>> str(Money.total([Money(5, "EUR"), Money(7, "EUR")], "EUR"))
        '0.12 EUR'
        """
        minor = 0
        for part in parts:
            if part.currency != currency:
                raise _mixed(currency, part.currency)
            minor += part.minor
        return whole_money(minor, currency)

    @property
    def is_zero(self) -> bool:
        return self.minor == 0

    @property
    def amount(self) -> Decimal:
        """The amount in whole currency units, with the currency's decimals."""
        # Built from digits, not by dividing: independent of the precision of the decimal context in force.
        digits = tuple(map(int, str(abs(self.minor))))
        return Decimal((int(self.minor < 0), digits, -_EXPONENTS[self.currency]))

    def __add__(self, other: Money) -> Money:
        # Sums are the hot path. Both sides were checked when they were made, so the constructor is skipped; the fields
        # are written while the record is not yet Money, because writing past the guard of a frozen record costs more.
        # What is no money has not both fields, which is found without asking for its class.
        try:
            currency = self.currency
            if currency is other.currency or currency == other.currency:
                minor = self.minor + other.minor
                # MAX_MINOR, spelled out: the compiler folds it. Most sums are small; those are told by a comparison of
                # one machine word.
                if (minor < 2**29 and minor > -(2**29)) or -(10**15) < minor < 10**15:
                    fresh = _fresh()
                    fresh.minor = minor
                    fresh.currency = currency
                    fresh.__class__ = Money
                    return fresh  # type: ignore[no-any-return]
                raise _bad_minor(minor)
            raise _mixed(currency, other.currency)
        except AttributeError:
            return NotImplemented

    def __sub__(self, other: Money) -> Money:
        try:
            currency = self.currency
            if currency is other.currency or currency == other.currency:
                minor = self.minor - other.minor
                if (minor < 2**29 and minor > -(2**29)) or -(10**15) < minor < 10**15:
                    fresh = _fresh()
                    fresh.minor = minor
                    fresh.currency = currency
                    fresh.__class__ = Money
                    return fresh  # type: ignore[no-any-return]
                raise _bad_minor(minor)
            raise _mixed(currency, other.currency)
        except AttributeError:
            return NotImplemented

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return self if self.minor >= 0 else -self

    def __mul__(self, count: int) -> Money:
        if type(count) is not int:
            raise InputError(
                f"money is multiplied by whole numbers, not by {type(count).__name__}; "
                "for a Decimal factor use times(money, factor, rounding=...)",
                code="money.factor",
            )
        return Money(self.minor * count, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self._comparable(other) and self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        return self._comparable(other) and self.minor <= other.minor

    def __gt__(self, other: Money) -> bool:
        return self._comparable(other) and self.minor > other.minor

    def __ge__(self, other: Money) -> bool:
        return self._comparable(other) and self.minor >= other.minor

    def _comparable(self, other: Money) -> bool:
        if type(other) is not Money:
            raise InputError(f"money is compared with money, not with {type(other).__name__}", code="money.compared")
        if self.currency != other.currency:
            raise _mixed(self.currency, other.currency)
        return True

    def __str__(self) -> str:
        exponent, sign = _EXPONENTS[self.currency], "-" if self.minor < 0 else ""
        if not exponent:
            return f"{self.minor} {self.currency}"
        whole, part = divmod(abs(self.minor), 10**exponent)
        return f"{sign}{whole}.{part:0{exponent}} {self.currency}"

    def part(self, done: int, units: int, of: int) -> Money:
        """The value of the next `units` of `of` equal units, after `done` of them were taken.

        Holds: the parts of all `of` units sum to the whole, in whatever steps they are taken.
        Raises: InputError when more units are taken than there are.

        >>> bill = Money(100, "EUR")
        >>> [bill.part(done, 1, 3).minor for done in range(3)]
        [33, 34, 33]
        """
        if not (type(done) is int and type(units) is int and type(of) is int):
            raise InputError(
                "units to take, units taken before and units in all must be whole numbers", code="money.part"
            )
        if of <= 0 or done < 0 or units < 0 or done + units > of:
            raise InputError(
                f"cannot take {shown_whole(units)} units after {shown_whole(done)} of {shown_whole(of)}; "
                "take 0 or more, and in all no more than there are",
                code="money.part",
            )
        return Money(half_even(self.minor * (done + units), of) - half_even(self.minor * done, of), self.currency)


# The slots' own setters: they write a fresh record without the guard that keeps a finished one frozen.
_set_minor: Any = _Slots.__dict__["minor"].__set__
_set_currency: Any = _Slots.__dict__["currency"].__set__
_fresh: Any = _Slots

_NOTHING: dict[str, Money] = {}


def whole_money(minor: int, currency: str) -> Money:
    """The money of a whole number that was just worked out, in half the time; everything about it is checked as ever.

    Shape: for sums at every order. A class that is called hands its arguments on through C, which costs more than
    writing two fields.
    """
    if type(minor) is not int or not -(10**15) < minor < 10**15:
        return Money(minor, currency)
    if type(currency) is not str or currency not in _EXPONENTS:
        return Money(minor, currency)
    fresh = _fresh()
    fresh.minor = minor
    fresh.currency = currency
    fresh.__class__ = Money
    return fresh  # type: ignore[no-any-return]


def times(money: Money, factor: Decimal, *, rounding: Rounding) -> Money:
    """The money multiplied by a decimal factor (a tax rate, a percentage), rounded to the minor unit as named.

    >>> str(times(Money(1050, "EUR"), Decimal("0.19"), rounding=Rounding.HALF_UP))
    '2.00 EUR'
    """
    return Money(
        rounded_minor(product(Decimal(money.minor), checked_decimal(factor, what="factor")), 0, rounding),
        money.currency,
    )


def _bad_minor(minor: object) -> InputError:
    if type(minor) is not int:
        return InputError(
            f"minor units must be a whole number, not {type(minor).__name__}; "
            'for decimal amounts use Money.of("12.34", currency)',
            code="money.minor",
        )
    return InputError(f"amounts stay below 10^15 minor units, this is {shown_whole(minor)}", code="money.too_large")


def _mixed(one: str, other: str) -> InputError:
    return InputError(
        f"cannot mix {one} and {other}; exchange one of them first or keep a total per currency",
        code="money.mixed_currencies",
        currencies=(one, other),
    )
