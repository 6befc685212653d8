"""The filters a profile may name: each looks at one location and lets it pass or says why not.

A hard filter always holds. A soft one holds while every unit still finds a location; when some do not, soft filters are
given up one after the other, in the order the profile names them. A plugin adds filters of its own as classes that
extend `OwnFilter`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar, TypeAlias, assert_never

import attrs

from omscore.errors import InputError
from omscore.places import LocationKind, checked_country
from omscore.records import frozen
from omscore.routing.bounds import above_zero, not_below_zero
from omscore.routing.candidates import Candidate


def _at_least_one(kind: str) -> Callable[[object, object, tuple[object, ...]], None]:
    def check(_instance: object, _field: object, value: tuple[object, ...]) -> None:
        if not value:
            raise InputError(f"{kind} must name at least one; leave the filter out to allow all")

    return check


@frozen(kw_only=True)
class MaxDistance:
    """Only locations so near. A destination whose point is not known lets every location pass.

    Units: whole kilometres as the crow flies.
    """

    rule: ClassVar[str] = "max_distance"

    km: int = attrs.field(validator=above_zero)
    hard: bool = True


@frozen(kw_only=True)
class OnlyGroups:
    """Only locations of these groups."""

    rule: ClassVar[str] = "only_groups"

    groups: tuple[str, ...] = attrs.field(validator=_at_least_one("groups"))
    hard: bool = True


@frozen(kw_only=True)
class OnlyKinds:
    """Only locations of these kinds."""

    rule: ClassVar[str] = "only_kinds"

    kinds: tuple[LocationKind, ...] = attrs.field(validator=_at_least_one("kinds"))
    hard: bool = True


@frozen(kw_only=True)
class SameMarket:
    """Only locations in the destination's country, or in another country of its market.

    Shape: `markets` are lists of countries that count as one.
    """

    rule: ClassVar[str] = "same_market"

    markets: tuple[tuple[str, ...], ...] = ()
    hard: bool = True

    def __attrs_post_init__(self) -> None:
        for market in self.markets:
            for country in market:
                checked_country(country)


@frozen(kw_only=True)
class SafetyStock:
    """Keeps so many units of every SKU back at every location, in each pool, besides what the channel keeps back."""

    rule: ClassVar[str] = "safety_stock"

    units: int = attrs.field(validator=above_zero)
    hard: bool = True


@frozen(kw_only=True)
class ArrivesWithin:
    """Only locations from which the whole order would arrive within so many days, by the service that asks the least.

    Units: calendar days from the day the order is routed; 0 is the same day.
    """

    rule: ClassVar[str] = "arrives_within"

    days: int = attrs.field(validator=not_below_zero)
    hard: bool = True


@frozen(kw_only=True)
class OwnFilter(ABC):
    """What a filter of a plugin extends: a frozen record of its settings with a name of its own.

    Holds: it is asked for one location at a time, in any order, and must say the same each time.
    """

    rule: ClassVar[str]

    hard: bool = True

    @abstractmethod
    def refusal(self, candidate: Candidate) -> str:
        """Why it refuses the location, as the rest of a sentence; empty when it lets it pass."""


Filter: TypeAlias = MaxDistance | OnlyGroups | OnlyKinds | SameMarket | SafetyStock | ArrivesWithin | OwnFilter

FILTERS: Mapping[str, type[Filter]] = {
    kind.rule: kind for kind in (MaxDistance, OnlyGroups, OnlyKinds, SameMarket, SafetyStock, ArrivesWithin)
}
"""The filters by the name they have in a configuration, those of plugins aside."""


def refusal(rule: Filter, candidate: Candidate) -> str:
    """Why the filter refuses the location; empty when it lets it pass."""
    location, km, country = candidate.location, candidate.km, candidate.destination.country
    match rule:
        case MaxDistance():
            return f"is {km} km away, {rule.km} km are allowed" if km is not None and km > rule.km else ""
        case OnlyGroups():
            return (
                "" if set(candidate.groups) & set(rule.groups) else f"is in none of the groups {', '.join(rule.groups)}"
            )
        case OnlyKinds():
            return "" if location.kind in rule.kinds else f"is a {location.kind}, not a {' or '.join(rule.kinds)}"
        case SameMarket():
            here = location.country
            if here == country or any(here in market and country in market for market in rule.markets):
                return ""
            return f"is in {here}, outside the market of {country}"
        case SafetyStock():
            return ""  # tells of cells, not of locations: see `kept_back`
        case ArrivesWithin():
            days = candidate.arrives_in_days
            late = days is not None and days > rule.days
            return f"would arrive after {days} days, {rule.days} are allowed" if late else ""
        case OwnFilter():
            return rule.refusal(candidate)
        case _:
            assert_never(rule)


def kept_back(rules: tuple[Filter, ...]) -> int:
    """The units these filters keep back in every cell: what the strictest of them asks."""
    return max((rule.units for rule in rules if isinstance(rule, SafetyStock)), default=0)
