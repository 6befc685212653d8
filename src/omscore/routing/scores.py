"""The scores a profile may weigh beside money: each measures what a location would do and gives the measure a price.

What a score counts is added to the cost while plans are compared, and to nothing else: it is no money, nobody pays it.
A measure is taken for every unit a location gives or for every shipment from it, so that exact routing can add it up. A
plugin adds scores of its own as classes that extend `OwnScore`.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, TypeAlias, assert_never

import attrs

from omscore.errors import InputError
from omscore.records import frozen
from omscore.routing.bounds import not_below_zero
from omscore.routing.candidates import Candidate

MILLIONTHS = 1_000_000
"""Scores are rounded to millionths of the smallest coin: a gram of CO2e costs far less than a cent."""

MAX_PRICE = Decimal(1_000_000)

_NONE = Fraction(0)


@frozen(kw_only=True)
class Offer:
    """What one location could give of one article of an order.

    Shape: `held` units may be taken here, `most_held` where there are most; `weeks` is how long `held` would last here,
    None where none are sold. Units: `mass_g` of one unit.
    """

    sku: str
    pool: str
    mass_g: int
    held: int
    most_held: int
    weeks: Decimal | None


def _price(_instance: object, field: attrs.Attribute[Decimal], value: Decimal) -> None:
    if not (value.is_finite() and 0 < value <= MAX_PRICE):
        raise InputError(f"{field.name} must be above zero and at most {MAX_PRICE}, and is {value}")


@frozen(kw_only=True)
class CarbonScore:
    """The CO2e of carrying the goods: their mass times the distance times what the service emits, and its parcels.

    Units: `price_per_tonne` of CO2e. Where no emission tells of the service, the location's `co2e_g_per_tonne_km`
    counts; where it says none either, `g_per_tonne_km` does. To a destination whose point is not known the way counts
    nothing.
    """

    score: ClassVar[str] = "carbon"
    measures: ClassVar[str] = "g CO2e"

    price_per_tonne: Decimal = attrs.field(validator=_price)
    g_per_tonne_km: int = attrs.field(default=100, validator=not_below_zero)


@frozen(kw_only=True)
class ClearanceScore:
    """A bonus for each unit that leaves a place that is to be cleared.

    Shape: a unit counts when it is at a location of one of the `groups`, drawn from one of the `pools` and of one of
    the `skus`, as far as these are named.
    Raises: InputError when neither groups nor pools are named: then every plan would earn the same.
    """

    score: ClassVar[str] = "clearance"
    measures: ClassVar[str] = "units on clearance"

    bonus_per_unit: Decimal = attrs.field(validator=_price)
    groups: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if not self.groups and not self.pools:
            raise InputError("clearance must name groups or pools; a bonus on every unit anywhere changes no plan")


@frozen(kw_only=True)
class StockBalanceScore:
    """A price for taking units where there are few: by how much less a location holds than the one that holds most.

    Units: `price_per_unit` for a unit where next to none are left; half of it where there are half as many.
    """

    score: ClassVar[str] = "stock_balance"
    measures: ClassVar[str] = "units short"

    price_per_unit: Decimal = attrs.field(validator=_price)


@frozen(kw_only=True)
class WeeksOfSupplyScore:
    """A price for taking units where they sell out soon: for each week that those held last less than `weeks`.

    Units: per unit and week. A location that sells none of an article is never short of it.
    """

    score: ClassVar[str] = "weeks_of_supply"
    measures: ClassVar[str] = "weeks short"

    price_per_week: Decimal = attrs.field(validator=_price)
    weeks: int = attrs.field(validator=not_below_zero)


@frozen(kw_only=True)
class DistanceScore:
    """A price for each shipment by how far it goes. Units: kilometres as the crow flies."""

    score: ClassVar[str] = "distance"
    measures: ClassVar[str] = "km"

    price_per_100km: Decimal = attrs.field(validator=_price)


@frozen(kw_only=True)
class PriorityScore:
    """A price for each shipment from a location that is not asked first: for each step its priority is higher.

    Shape: the priority of a location and the lowest of those of its groups are added; steps are counted from the lowest
    sum among the locations that could ship.
    """

    score: ClassVar[str] = "priority"
    measures: ClassVar[str] = "steps of priority"

    price_per_step: Decimal = attrs.field(validator=_price)


@frozen(kw_only=True)
class DaysScore:
    """A price for each shipment by when it could arrive: for each day after the `free_days`.

    Units: calendar days from the day of routing, for the whole order from there by the service that asks the least.
    """

    score: ClassVar[str] = "days"
    measures: ClassVar[str] = "days late"

    price_per_day: Decimal = attrs.field(validator=_price)
    free_days: int = attrs.field(default=0, validator=not_below_zero)


@frozen(kw_only=True)
class OwnScore(ABC):
    """What a score of a plugin extends: a frozen record of its settings with a name of its own and what it `measures`.

    Shape: it gives `per_unit`, `per_shipment` or both; `price` is that of one of what it measures, negative is a bonus.
    Holds: it is asked in any order, and must say the same each time.
    """

    score: ClassVar[str]
    measures: ClassVar[str]

    price: Decimal

    def per_unit(self, candidate: Candidate, offer: Offer) -> int | Decimal | Fraction:
        """What each unit measures that the location gives of the article."""
        return 0

    def per_shipment(self, candidate: Candidate) -> int | Decimal | Fraction:
        """What a shipment from the location measures."""
        return 0


Score: TypeAlias = (
    CarbonScore
    | ClearanceScore
    | StockBalanceScore
    | WeeksOfSupplyScore
    | DistanceScore
    | PriorityScore
    | DaysScore
    | OwnScore
)

SCORES: Mapping[str, type[Score]] = {
    kind.score: kind
    for kind in (
        CarbonScore,
        ClearanceScore,
        StockBalanceScore,
        WeeksOfSupplyScore,
        DistanceScore,
        PriorityScore,
        DaysScore,
    )
}
"""The scores by the name they have in a configuration, those of plugins aside."""


def price_of_one(score: Score) -> Fraction:
    """What one of what the score measures counts, in the major unit of the shop's currency."""
    match score:
        case CarbonScore():
            return Fraction(score.price_per_tonne) / 1_000_000
        case ClearanceScore():
            return -Fraction(score.bonus_per_unit)
        case StockBalanceScore():
            return Fraction(score.price_per_unit)
        case WeeksOfSupplyScore():
            return Fraction(score.price_per_week)
        case DistanceScore():
            return Fraction(score.price_per_100km) / 100
        case PriorityScore():
            return Fraction(score.price_per_step)
        case DaysScore():
            return Fraction(score.price_per_day)
        case OwnScore():
            return Fraction(score.price)
        case _:
            assert_never(score)


def measure_of_unit(score: Score, candidate: Candidate, offer: Offer, least_g_per_tonne_km: int) -> Fraction:
    """What a unit measures that the location gives of the article; the least is what any service there emits."""
    match score:
        case CarbonScore():
            return Fraction(least_g_per_tonne_km * offer.mass_g * (candidate.km or 0), 1_000_000)
        case ClearanceScore():
            counts = (
                (not score.groups or set(score.groups) & set(candidate.groups))
                and (not score.pools or offer.pool in score.pools)
                and (not score.skus or offer.sku in score.skus)
            )
            return Fraction(1 if counts else 0)
        case StockBalanceScore():
            return Fraction(offer.most_held - offer.held, offer.most_held)
        case WeeksOfSupplyScore():
            return _NONE if offer.weeks is None else max(_NONE, score.weeks - Fraction(offer.weeks))
        case DistanceScore() | PriorityScore() | DaysScore():
            return _NONE
        case OwnScore():
            return _checked(score, score.per_unit(candidate, offer))
        case _:
            assert_never(score)


def measure_of_shipment(score: Score, candidate: Candidate, steps: int) -> Fraction:
    """What a shipment from the location measures; `steps` are those of its priority."""
    match score:
        case DistanceScore():
            return Fraction(candidate.km or 0)
        case PriorityScore():
            return Fraction(steps)
        case DaysScore():
            days = candidate.arrives_in_days
            return _NONE if days is None else Fraction(max(0, days - score.free_days))
        case CarbonScore() | ClearanceScore() | StockBalanceScore() | WeeksOfSupplyScore():
            return _NONE
        case OwnScore():
            return _checked(score, score.per_shipment(candidate))
        case _:
            assert_never(score)


def _checked(score: OwnScore, measure: object) -> Fraction:
    """What a plugin measured, exactly. Raises: InputError for a float, an infinity or anything that is no number."""
    if type(measure) is int or isinstance(measure, Fraction) or (isinstance(measure, Decimal) and measure.is_finite()):
        return Fraction(measure)
    raise InputError(
        f"score {score.score} measured {measure!r}; it must give a whole number, a finite Decimal or a Fraction",
        code="routing.score",
    )
