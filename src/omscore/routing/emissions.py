"""What the services of carriers emit, so that the CO2e of a parcel depends on who carries it and not only on where it
leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

import attrs

from omscore.errors import InputError, SetupError
from omscore.records import frozen

WRONG_EMISSION = "rates.emission"
"""The code of the error for an emission that does not fit the rate card."""

_MOST_PER_TONNE_KM = 100_000
_MOST_PER_PARCEL = 1_000_000


class RatedLane(NamedTuple):
    """One service in one zone of the rate card."""

    carrier: str
    service: str
    zone: str


def _up_to(name: str, most: int) -> Callable[[object, object, int | None], None]:
    def check(_instance: object, _field: object, value: int | None) -> None:
        if value is not None and (type(value) is not int or not 0 <= value <= most):
            raise InputError(f"{name} must be a whole number from 0 to {most}, and is {value!r}")

    return check


@frozen(kw_only=True)
class Emission:
    """What some services emit for the goods they carry, for each parcel, or both.

    Shape: an empty list asks nothing; the first emission that fits a service in a zone is its own. Without
    `g_per_tonne_km` that of the location the goods leave counts.
    Units: grams of CO2e; kilometres as the crow flies.
    Raises: InputError for a value out of bounds, or when neither is given.

    >>> by_air = Emission(services=("express",), zones=("abroad",), g_per_tonne_km=600, g_per_parcel=200)
    >>> by_air.is_of(RatedLane("post", "express", "abroad")), by_air.is_of(RatedLane("post", "express", "home"))
    (True, False)
    """

    carriers: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    g_per_tonne_km: int | None = attrs.field(default=None, validator=_up_to("g_per_tonne_km", _MOST_PER_TONNE_KM))
    g_per_parcel: int = attrs.field(default=0, validator=_up_to("g_per_parcel", _MOST_PER_PARCEL))

    def __attrs_post_init__(self) -> None:
        if self.g_per_tonne_km is None and not self.g_per_parcel:
            raise InputError("an emission says nothing; give g_per_tonne_km, g_per_parcel or both")

    def is_of(self, lane: RatedLane) -> bool:
        """Whether it tells of that service in that zone."""
        return (
            (not self.carriers or lane.carrier in self.carriers)
            and (not self.services or lane.service in self.services)
            and (not self.zones or lane.zone in self.zones)
        )


def emission_of(emissions: Collection[Emission], lane: RatedLane) -> Emission | None:
    """What the service says it emits in the zone; None when nobody said."""
    return next((each for each in emissions if each.is_of(lane)), None)


def check_emissions(emissions: Collection[Emission], lanes: Collection[RatedLane]) -> None:
    """Refuse an emission that is of no service, or only of such as others before it are of.

    Raises: SetupError naming its place in the list, the first being 0.
    """
    found = [emission_of(emissions, lane) for lane in lanes]
    for number, each in enumerate(emissions):
        if lanes and not any([one is each for one in found]):
            there = ", ".join([f"{lane.service} of {lane.carrier} in {lane.zone}" for lane in sorted(set(lanes))])
            says = "fits no service" if not any(map(each.is_of, lanes)) else "comes after others that fit its services"
            raise SetupError(
                f"emission {number} {says} of the rate card, which has {there}; correct its carriers, services and "
                "zones, or take it out",
                code=WRONG_EMISSION,
            )
