"""A unit price is a decimal as fine as the price list has it; it becomes money once, when the units are known.

Rounding one unit first and multiplying then would lose up to half a cent per unit.
"""

from __future__ import annotations

from decimal import Decimal

from omscore.money.amount import Money, whole_money
from omscore.money.currencies import currency_exponent
from omscore.money.decimals import Rounding, checked_decimal, decimal_from_text, product, rounded_minor
from omscore.quantities import checked_units
from omscore.records import frozen


@frozen
class UnitPrice:
    """What one unit costs, as fine as the price list has it; not money until it is extended.

    Raises: InputError for floats, NaN, infinities, unknown currencies and oversized numbers.

    >>> str(UnitPrice.of("0.0125", "EUR").extend(3, rounding=Rounding.HALF_UP))
    '0.04 EUR'
    """

    amount: Decimal
    currency: str

    def __attrs_post_init__(self) -> None:
        checked_decimal(self.amount, what="unit price")
        currency_exponent(self.currency)

    @classmethod
    def of(cls, amount: str | Decimal | int, currency: str) -> UnitPrice:
        """The price a plain decimal text, a Decimal or a whole number stands for."""
        if type(amount) is int:
            return cls(Decimal(amount), currency)
        if isinstance(amount, Decimal):
            return cls(amount, currency)
        return cls(decimal_from_text(amount, what="unit price"), currency)

    def extend(self, units: int, *, rounding: Rounding) -> Money:
        """The money for so many units, rounded once at the end.

        >>> str(UnitPrice.of("2.555", "GBP").extend(3, rounding=Rounding.HALF_EVEN))
        '7.66 GBP'
        """
        checked_units(units, least=0)
        exponent = currency_exponent(self.currency)
        return whole_money(rounded_minor(product(self.amount, units), exponent, rounding), self.currency)
