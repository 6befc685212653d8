"""Amounts as Stripe counts them, which is not ISO 4217 for every currency; exact in both directions or refused.

Source: docs.stripe.com/currencies (zero-decimal currencies, three-decimal currencies, special cases), read 2026-11.
"""

from __future__ import annotations

from omscore.errors import InputError
from omscore.money import Money, currency_exponent

_WHOLE = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
"""Counted in whole units. The ariary has hundredths in ISO 4217 and none at Stripe."""

_HUNDREDTHS_OF_NOTHING = frozenset({"ISK", "UGX"})
"""Whole units in ISO 4217, which Stripe still counts in hundredths that must be zero."""

_THOUSANDTHS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""Counted in thousandths, the last of which must be zero."""


def stripe_amount(amount: Money) -> tuple[int, str]:
    """The number and the currency word Stripe takes for an amount.

    Raises: InputError for a currency Stripe does not count, and for an amount finer than it can be charged there.

    >>> stripe_amount(Money(500, "JPY")), stripe_amount(Money(5, "UGX")), stripe_amount(Money(5_120, "KWD"))
    ((500, 'jpy'), (500, 'ugx'), (5120, 'kwd'))
    """
    units, ours, step = _scale(amount.currency)
    number, rest = divmod(amount.minor * units, ours)
    if rest or number % step:
        raise InputError(
            f"Stripe cannot charge {amount} exactly: {amount.currency} is counted there in steps of "
            f"{Money(step * ours // units, amount.currency)}; round the price to such a step",
            code="input.amount_too_fine",
        )
    return number, amount.currency.lower()


def amount_of(number: int, currency: str) -> Money:
    """The amount Stripe means by a number and a currency word.

    Raises: InputError for a currency it does not count, and for a number that is no whole count of our minor units.

    >>> str(amount_of(500, "isk")), str(amount_of(500, "mga"))
    ('5 ISK', '500.00 MGA')
    """
    code = currency.upper()
    units, ours, _ = _scale(code)
    minor, rest = divmod(number * ours, units)
    if rest:
        raise InputError(f"Stripe tells of {number} {currency}, which is no whole amount of {code}")
    return Money(minor, code)


def _scale(currency: str) -> tuple[int, int, int]:
    """Stripe's units that make up so many of our minor units, and the step an amount must be a multiple of."""
    exponent = currency_exponent(currency)
    if currency in _HUNDREDTHS_OF_NOTHING:
        return 100, 1, 100
    if currency in _WHOLE:
        return 1, int(10**exponent), 1
    if currency in _THOUSANDTHS:
        return 1, 1, 10
    if exponent == 2:
        return 1, 1, 1
    raise InputError(
        f"Stripe takes no payments in {currency}; charge another currency", code="input.currency_unsupported"
    )
