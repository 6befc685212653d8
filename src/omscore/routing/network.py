"""What routing knows about a shop: its locations, what shipping costs, and what a split costs.

A shipment costs the cheapest rate for its mass, the location's handling, and a charge for the distance when the
destination's point is known. Only the rate depends on the mass, which is what makes exact routing quick.
"""

from __future__ import annotations

from itertools import pairwise

import attrs

from omscore.errors import InputError, SetupError
from omscore.money import Money
from omscore.places import Destination, Location, distance_km
from omscore.records import frozen
from omscore.routing import explain
from omscore.routing.model import Reason
from omscore.routing.rates import RateTable
from omscore.routing.rules import refusal

MOST_SORTED_OUT = 1_024
"""For how many pairs of allowed locations and country it is remembered who may ship."""


@frozen(kw_only=True)
class Network:
    """The places that may ship and their prices, all in the shop's base currency.

    Shape: `locations` in any order; ids are unique. Units: minor units of `currency`; `split_penalty_minor` is charged
    for every shipment after the first, `distance_minor_per_100km` per shipment on whole kilometres, rounded half up.
    Raises: SetupError for a repeated location, a rate in another currency or a negative charge.
    """

    locations: tuple[Location, ...]
    rates: RateTable
    currency: str
    split_penalty_minor: int = 0
    distance_minor_per_100km: int = 0
    by_id: tuple[Location, ...] = attrs.field(init=False, repr=False, eq=False)
    """The same locations sorted by id, the order in which ties end."""
    _sorted_out: dict[tuple[tuple[str, ...], str], tuple[tuple[Location, ...], tuple[Reason, ...]]] = attrs.field(
        init=False, repr=False, eq=False, factory=dict
    )

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "by_id", tuple(sorted(self.locations, key=lambda location: location.location_id)))
        ids = [location.location_id for location in self.by_id]
        if twice := {one for one, other in pairwise(ids) if one == other}:
            raise SetupError(f"location {min(twice)!r} is in the network twice; keep one", code="routing.network")
        if self.rates.currency not in (None, self.currency):
            raise SetupError(
                f"the rate table is in {self.rates.currency} but the shop counts in {self.currency}; convert the table",
                code="routing.currency",
            )
        charges = [self.split_penalty_minor, self.distance_minor_per_100km]
        if min(charges + [location.handling_minor for location in self.locations]) < 0:
            raise SetupError(
                "a split, distance or handling charge is below zero; use zero or more", code="routing.network"
            )

    def location(self, location_id: str) -> Location:
        """The location with that id.

        Raises: InputError when the network has none.
        """
        for location in self.by_id:
            if location.location_id == location_id:
                return location
        raise InputError(
            f"the network has no location {location_id!r}; add it or correct the id", code="routing.location"
        )

    def sorted_out(
        self, channel: str, allowed_locations: tuple[str, ...], country: str
    ) -> tuple[tuple[Location, ...], tuple[Reason, ...]]:
        """The locations that may ship there and have a rate, by id, and the reasons why the others do not.

        Raises: InputError for an allowed location the network does not have.
        """
        found = self._sorted_out.get((allowed_locations, country))
        if found is None:
            if len(self._sorted_out) >= MOST_SORTED_OUT:
                self._sorted_out.clear()
            found = self._sorted_out[allowed_locations, country] = self._sort_out(channel, allowed_locations, country)
        return found

    def _sort_out(
        self, channel: str, allowed_locations: tuple[str, ...], country: str
    ) -> tuple[tuple[Location, ...], tuple[Reason, ...]]:
        allowed = frozenset(allowed_locations)
        if allowed and (unknown := allowed.difference([location.location_id for location in self.by_id])):
            raise InputError(
                f"channel {channel!r} may use location {min(unknown)!r}, which the network does not have; "
                "add it to the network or take it from the channel",
                code="routing.location",
            )
        eligible: list[Location] = []
        reasons: list[Reason] = []
        for location in self.by_id:
            refused = refusal(location, country, allowed)
            if refused is None and not self.rates.serves(location.country, country):
                refused = explain.no_rate(location.location_id, location.country, country)
            if refused is None:
                eligible.append(location)
            else:
                reasons.append(refused)
        return tuple(eligible), tuple(reasons)

    def fixed_minor(self, location: Location, destination: Destination) -> int:
        """What a shipment costs at this location whatever its mass: handling and distance."""
        if destination.point is None or not self.distance_minor_per_100km:
            return location.handling_minor
        whole_km = round(distance_km(location.point, destination.point))
        return location.handling_minor + (whole_km * self.distance_minor_per_100km + 50) // 100

    def shipment_cost(self, location: Location, destination: Destination, mass_g: int) -> Money | None:
        """What one shipment of that mass costs the shop; None when no rate serves the lane."""
        quote = self.rates.quote(location.country, destination.country, mass_g)
        if quote is None:
            return None
        return Money(quote.price.minor + self.fixed_minor(location, destination), self.currency)
