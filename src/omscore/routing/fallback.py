"""What a shipment is taken to cost when its carrier cannot say: a flat amount, and more for what is heavy."""

from __future__ import annotations

from decimal import Context, Decimal

from omscore.errors import InputError
from omscore.money import Money, Rounding, UnitPrice
from omscore.money.decimals import checked_decimal
from omscore.records import frozen

_EXACT = Context(prec=60)
"""Wide enough that nothing a configuration can hold is rounded."""


def fallback_amount(mass: Decimal, *, up_to: Decimal, flat: Decimal, per_mass: Decimal) -> Decimal:
    """The flat amount up to the threshold, and so much per unit of mass beyond it; never rounded.

    Units: any unit of mass, the same for `mass`, `up_to` and `per_mass`.

    >>> fallback_amount(Decimal(10), up_to=Decimal(5), flat=Decimal(8), per_mass=Decimal("0.75"))
    Decimal('11.75')
    """
    beyond = max(Decimal(0), _EXACT.subtract(mass, up_to))
    return _EXACT.add(flat, _EXACT.multiply(beyond, per_mass))


@frozen(kw_only=True)
class FallbackRate:
    """The rate of a shop for shipments whose carrier gives no price.

    Units: `flat` and `per_kg` in the currency the shop counts in.
    Raises: InputError for a value below zero.

    >>> str(FallbackRate(up_to_g=5000, flat=Decimal(8), per_kg=Decimal("0.75")).price(5_750, "EUR"))
    '8.56 EUR'
    """

    up_to_g: int
    flat: Decimal
    per_kg: Decimal

    def __attrs_post_init__(self) -> None:
        checked_decimal(self.flat, what="flat of the fallback rate")
        checked_decimal(self.per_kg, what="per_kg of the fallback rate")
        for name, value in (("up_to_g", self.up_to_g), ("flat", self.flat), ("per_kg", self.per_kg)):
            if not value >= 0:
                raise InputError(f"{name} of the fallback rate must be zero or more, and is {value}")

    def price(self, mass_g: int, currency: str) -> Money:
        """The price of one shipment, rounded half up to the minor unit."""
        amount = fallback_amount(
            Decimal(mass_g), up_to=Decimal(self.up_to_g), flat=self.flat, per_mass=self.per_kg.scaleb(-3, _EXACT)
        )
        return UnitPrice(amount, currency).extend(1, rounding=Rounding.HALF_UP)
