"""Sharing instead of dividing: a whole is cut by weights and no cent is lost or invented.

The method is largest remainder: everybody gets the rounded-down share, and the cents left over go one each to those
whose share was cut most, the earlier position first among equals.
"""

from __future__ import annotations

from collections.abc import Sequence

from omscore.errors import InputError
from omscore.money.amount import Money


def share(total: Money, weights: Sequence[int]) -> tuple[Money, ...]:
    """The total cut into one share per weight, in the order of the weights.

    Holds: shares sum to the whole, a zero weight gets zero; sharing the negated total negates every share.
    Raises: InputError when a weight is negative or no whole number, or when all of them are zero.

    >>> [str(part) for part in share(Money(100, "EUR"), (1, 1, 1))]
    ['0.34 EUR', '0.33 EUR', '0.33 EUR']
    """
    for position, weight in enumerate(weights):
        if type(weight) is not int or weight < 0:
            raise InputError(
                f"weight {position} must be a whole number of at least 0, not {type(weight).__name__}"
                + (" below 0" if type(weight) is int else ""),
                code="money.weight",
                position=position,
            )
    whole = sum(weights)
    if whole == 0:
        raise InputError(
            f"cannot share {total} over {len(weights)} weights that are all zero; give at least one above 0",
            code="money.no_weight",
        )
    sign = -1 if total.minor < 0 else 1
    cuts = [divmod(abs(total.minor) * weight, whole) for weight in weights]
    shares = [cut for cut, _ in cuts]
    # Every remainder is below `whole` and together they make `left * whole`, so more than `left` of them are above
    # zero (unless left is 0): a zero weight, whose remainder is 0, is never reached.
    left = abs(total.minor) - sum(shares)
    for position in sorted(range(len(cuts)), key=lambda index: (-cuts[index][1], index))[:left]:
        shares[position] += 1
    return tuple(Money(sign * minor, total.currency) for minor in shares)
