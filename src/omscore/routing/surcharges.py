"""What carriers add to their rates: for fuel, for far-off places, for dangerous goods.

What a surcharge comes to depends on the service, the destination, what sort of items are in the shipment, and the
rate; nothing else, so that it can be part of the price of a mass.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from omscore.errors import InputError, SetupError
from omscore.items import ItemFlag
from omscore.money import Money
from omscore.money.decimals import checked_decimal
from omscore.places import checked_country
from omscore.records import frozen
from omscore.routing.profiles import checked_name

MOST_PERCENT = 1_000
WRONG_SURCHARGE = "rates.surcharge"
"""The code of the error for a surcharge that does not fit the rate card."""

_AREA_LETTERS = 4
"""No destination keeps more of a postcode than this (`destination_of`)."""


@frozen(kw_only=True)
class Surcharge:
    """An amount that carriers add to the price of a shipment, or a share of it, or both.

    Shape: an empty list asks nothing; `postcode_areas` are beginnings of postcodes in the `countries`, which a
    destination of unknown postcode has none of; with `flags` it falls due when the shipment has an item with one of
    them. Units: `fixed` in the currency of the rate card, once per shipment however many parcels it is; `percent` of
    the rate before any surcharge, rounded half up to the minor unit.
    Raises: InputError for a value out of bounds.

    >>> fuel = Surcharge(name="fuel", percent=Decimal("8.5"))
    >>> remote = Surcharge(name="remote", fixed=Decimal(6), countries=("GB",), postcode_areas=("HS", "ZE"))
    >>> fuel.goes_to("DE", ""), remote.goes_to("GB", "ZE2"), remote.goes_to("GB", "EH1")
    (True, True, False)
    """

    name: str
    fixed: Decimal | None = None
    percent: Decimal | None = None
    carriers: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    postcode_areas: tuple[str, ...] = ()
    flags: tuple[ItemFlag, ...] = ()

    def __attrs_post_init__(self) -> None:
        checked_name(self.name, what="the name of a surcharge")
        for what, amount, most in (("fixed", self.fixed, None), ("percent", self.percent, MOST_PERCENT)):
            if amount is None:
                continue
            checked_decimal(amount, what=f"{what} of surcharge {self.name}")
            if not (amount > 0 and (most is None or amount <= most)):
                raise InputError(
                    f"{what} of surcharge {self.name} must be above zero"
                    f"{'' if most is None else f' and at most {most}'}, and is {amount}"
                )
        if self.fixed is None and self.percent is None:
            raise InputError(f"surcharge {self.name} adds nothing; give `fixed`, `percent` or both")
        for country in self.countries:
            checked_country(country)
        for area in self.postcode_areas:
            if area != postcode_start(area) or not 1 <= len(area) <= _AREA_LETTERS:
                raise InputError(
                    f"postcode area {area!r} of surcharge {self.name} must be 1 to {_AREA_LETTERS} capital letters and "
                    "digits: no more of a postcode is known"
                )
        if self.postcode_areas and not self.countries:
            raise InputError(f"surcharge {self.name} names postcode areas; name their countries too")

    def carried_by(self, carrier: str, service: str) -> bool:
        """Whether the service asks for it."""
        return (not self.carriers or carrier in self.carriers) and (not self.services or service in self.services)

    def goes_to(self, country: str, area: str) -> bool:
        """Whether it is asked for there; the area as `postcode_start` gives it."""
        return (not self.countries or country in self.countries) and (
            not self.postcode_areas or area.startswith(self.postcode_areas)
        )

    def concerns(self, flags: Collection[ItemFlag]) -> bool:
        """Whether it is asked for a shipment whose items have these flags."""
        return not self.flags or any([flag in flags for flag in self.flags])


@frozen
class Addition:
    """A surcharge as one service asks for it, in whole numbers."""

    name: str
    fixed_minor: int
    numerator: int
    denominator: int

    def on(self, rate_minor: int) -> int:
        """What it comes to on a rate. Units: minor.

        >>> Addition("fuel", 0, 85, 1000).on(700), Addition("fuel", 0, 1, 200).on(100)  # 59.5 and 0.5
        (60, 1)
        """
        return self.fixed_minor + (2 * rate_minor * self.numerator + self.denominator) // (2 * self.denominator)


def additions_of(surcharges: Collection[Surcharge], currency: str) -> tuple[Addition, ...]:
    """The surcharges as amounts in the currency of the rates, in the same order.

    Raises: SetupError for an amount the currency does not have.
    """
    found = []
    for surcharge in surcharges:
        try:
            fixed = Money.of(surcharge.fixed or 0, currency)
        except InputError as error:
            raise SetupError(f"surcharge {surcharge.name}: {error}", code=WRONG_SURCHARGE) from error
        numerator, denominator = (surcharge.percent or Decimal(0)).as_integer_ratio()
        found.append(Addition(surcharge.name, fixed.minor, numerator, 100 * denominator))
    return tuple(found)


def check_surcharges(surcharges: Collection[Surcharge], services: Collection[tuple[str, str]]) -> None:
    """Refuse names that are there twice and services no carrier has. Shape: `services` are (carrier, service).

    Raises: SetupError naming the surcharge.
    """
    names = [surcharge.name for surcharge in surcharges]
    for surcharge in surcharges:
        if names.count(surcharge.name) > 1:
            raise SetupError(f"surcharge {surcharge.name} is there twice; rename one", code=WRONG_SURCHARGE)
        if services and not any([surcharge.carried_by(*each) for each in services]):
            there = ", ".join([f"{service} of {carrier}" for carrier, service in sorted(services)])
            raise SetupError(
                f"surcharge {surcharge.name} fits no service of the rate card, which has {there}; correct its carriers "
                "and services",
                code=WRONG_SURCHARGE,
            )


def postcode_start(area: str) -> str:
    """The beginning of a postcode in capital letters and digits alone.

    >>> postcode_start("sw1a"), postcode_start("1-23")
    ('SW1A', '123')
    """
    return "".join([character for character in area.upper() if character.isalnum()])
