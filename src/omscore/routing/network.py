"""What routing knows about a shop: its locations, what shipping costs, and what a split costs.

A shipment costs the cheapest rate for its mass with its surcharges, the location's handling, and a charge for the
distance when the destination's point is known. Only the rate depends on the mass, which is what makes exact routing
quick. The mass is the billed one: unit by unit what it weighs, or what a carrier takes its room to weigh if that is
more, so that the mass of a shipment is a sum over its units whatever is in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import pairwise
from operator import attrgetter

import attrs

from omscore.errors import InputError, SetupError
from omscore.items import ItemFlag
from omscore.money import Money
from omscore.places import Destination, Direction, Location, direction, distance_km, kms_between
from omscore.records import frozen
from omscore.routing import explain
from omscore.routing.ladders import Ladder
from omscore.routing.model import Reason
from omscore.routing.profiles import checked_name
from omscore.routing.rates import Carried, Quote, RateTable
from omscore.routing.timetable import Timetable

_HANDLING_MINOR = attrgetter("handling_minor")

MOST_SORTED_OUT = 1_024
"""For how many pairs of allowed locations and country it is remembered who may ship."""


@frozen(kw_only=True)
class LocationGroup:
    """Locations that rules speak of together. A lower `priority` is asked first, before that of its locations.

    Units: `max_distance_km` bounds how far its locations may send, beside their own bound; the stricter one holds.
    """

    name: str
    locations: tuple[str, ...]
    priority: int = 0
    max_distance_km: int | None = None

    def __attrs_post_init__(self) -> None:
        checked_name(self.name, what="the name of a group")
        if not self.locations:
            raise InputError(f"group {self.name} must name at least one location")
        if self.max_distance_km is not None and self.max_distance_km <= 0:
            raise InputError(f"max_distance_km of group {self.name} must be above zero")


@frozen(kw_only=True)
class Site:
    """What routing keeps of one location.

    Shape: `rank` is its place in the list that `in_order` follows; `reach_km` the strictest of its bounds.
    """

    location: Location
    groups: tuple[str, ...]
    rank: tuple[int, int, str]
    reach_km: int | None
    direction: Direction


@frozen(kw_only=True)
class Network:
    """The places that may ship and their prices, all in the shop's base currency.

    Shape: `locations` in any order; ids are unique; a location may be in several `groups`; on `carrier_holidays`
    nothing travels.
    Units: minor units of `currency`; `split_penalty_minor` is charged for every shipment after the first,
    `distance_minor_per_100km` per shipment on whole kilometres, rounded half up; `rebates` by location id come off
    every shipment; routing refuses one that would cost less than nothing.
    Raises: SetupError for a repeated location, a rate in another currency or a negative charge.
    """

    locations: tuple[Location, ...]
    rates: RateTable
    currency: str
    split_penalty_minor: int = 0
    distance_minor_per_100km: int = 0
    groups: tuple[LocationGroup, ...] = ()
    rebates: Mapping[str, int] = attrs.field(factory=dict)
    carrier_holidays: tuple[date, ...] = ()
    dim_divisor_cm3_per_kg: int | None = None
    by_id: tuple[Location, ...] = attrs.field(init=False, repr=False, eq=False)
    """The same locations sorted by id, the order in which ties end."""
    sites: dict[str, Site] = attrs.field(init=False, repr=False, eq=False, factory=dict)
    has_bounds: bool = attrs.field(init=False, repr=False, eq=False, default=False)
    """Whether any location has a bound of distance or a downtime, which are looked at order by order."""
    limited: tuple[Location, ...] = attrs.field(init=False, repr=False, eq=False, default=())
    """The locations that take only so much on a day, by id."""
    timetable: Timetable = attrs.field(init=False, repr=False, eq=False)
    _sorted_out: dict[tuple[tuple[str, ...], str], tuple[tuple[Location, ...], dict[str, Reason]]] = attrs.field(
        init=False, repr=False, eq=False, factory=dict
    )

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "by_id", tuple(sorted(self.locations, key=lambda location: location.location_id)))
        ids = [location.location_id for location in self.by_id]
        if twice := {one for one, other in pairwise(ids) if one == other}:
            raise SetupError(f"location {min(twice)!r} is in the network twice; keep one", code="routing.network")
        for group in self.groups:
            if unknown := set(group.locations).difference(ids):
                raise SetupError(
                    f"group {group.name!r} names location {min(unknown)!r}, which the network does not have; "
                    "add it to the network or take it from the group",
                    code="routing.group",
                )
        self.sites.update({location.location_id: self._site(location) for location in self.by_id})
        bounded = any(site.reach_km is not None or site.location.downtimes for site in self.sites.values())
        object.__setattr__(self, "has_bounds", bounded)
        object.__setattr__(self, "limited", tuple([location for location in self.by_id if location.is_limited]))
        object.__setattr__(self, "timetable", Timetable(self.carrier_holidays))
        if self.rates.currency not in (None, self.currency):
            raise SetupError(
                f"the rate table is in {self.rates.currency} but the shop counts in {self.currency}; convert the table",
                code="routing.currency",
            )
        self._check_pickups()
        charges = [self.split_penalty_minor, self.distance_minor_per_100km]
        if min(charges + [location.handling_minor for location in self.locations] + list(self.rebates.values())) < 0:
            raise SetupError(
                "a split, distance or handling charge or a rebate is below zero; use zero or more",
                code="routing.network",
            )
        if self.dim_divisor_cm3_per_kg is not None and self.dim_divisor_cm3_per_kg < 1:
            raise SetupError(
                f"dim_divisor_cm3_per_kg must be 1 or more, and is {self.dim_divisor_cm3_per_kg}; carriers name it, "
                "such as 5000",
                code="routing.network",
            )

    def _check_pickups(self) -> None:
        collected = [(location.location_id, entry.carrier) for location in self.by_id for entry in location.pickups]
        carriers = sorted({row.carrier for row in self.rates.rows}) if collected else []
        for location_id, carrier in collected:
            if carrier not in carriers:
                raise SetupError(
                    f"location {location_id} has pickups of {carrier!r}, which no rate names; "
                    f"known carriers: {', '.join(carriers) or 'none'}",
                    code="routing.pickup",
                )

    def _site(self, location: Location) -> Site:
        groups = [group for group in self.groups if location.location_id in group.locations]
        bounds = [location.max_distance_km, *[group.max_distance_km for group in groups]]
        return Site(
            location=location,
            groups=tuple([group.name for group in groups]),
            rank=(min([group.priority for group in groups], default=0), location.priority, location.location_id),
            reach_km=min([km for km in bounds if km is not None], default=None),
            direction=direction(location.point),
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
    ) -> tuple[tuple[Location, ...], dict[str, Reason]]:
        """The locations that may ship there and have a rate, by id, and the reasons by id why the others do not.

        Shape: kept for the next order; whoever adds to the reasons takes a copy.
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
    ) -> tuple[tuple[Location, ...], dict[str, Reason]]:
        allowed = frozenset(allowed_locations)
        if allowed and (unknown := allowed.difference([location.location_id for location in self.by_id])):
            raise InputError(
                f"channel {channel!r} may use location {min(unknown)!r}, which the network does not have; "
                "add it to the network or take it from the channel",
                code="routing.location",
            )
        eligible: list[Location] = []
        reasons: dict[str, Reason] = {}
        for location in self.by_id:
            refused = _refusal(location, country, allowed)
            if refused is None and not self.rates.serves(location.country, country):
                refused = explain.no_rate(location.location_id, location.country, country)
            if refused is None:
                eligible.append(location)
            else:
                reasons[location.location_id] = refused
        return tuple(eligible), reasons

    def fixed_minor(self, location: Location, destination: Destination) -> int:
        """What a shipment costs at this location whatever its mass: handling and distance."""
        return self.all_fixed_minor((location,), destination)[0]

    def all_fixed_minor(self, locations: Sequence[Location], destination: Destination) -> list[int]:
        """The same for many locations at once."""
        fixed = [*map(_HANDLING_MINOR, locations)]
        if self.rebates:
            for k, location in enumerate(locations):
                fixed[k] -= self.rebates.get(location.location_id, 0)
        per_100km, point = self.distance_minor_per_100km, destination.point
        if per_100km and point is not None:
            sites = self.sites
            kms = kms_between(direction(point), [sites[location.location_id].direction for location in locations])
            return [each + (round(km) * per_100km + 50) // 100 for each, km in zip(fixed, kms, strict=True)]
        return fixed

    def km(self, location: Location, destination: Destination) -> int | None:
        """How far the destination is in whole kilometres; None when its point is not known."""
        return None if destination.point is None else round(distance_km(location.point, destination.point))

    def billed_g(self, mass_g: int, volume_mm3: int) -> int:
        """The mass a unit is billed by: what it weighs or what its room counts for, whichever is more.

        Units: the dimensional mass is rounded up to whole grams; a divisor in cm3 per kg is one in mm3 per g.
        """
        if self.dim_divisor_cm3_per_kg is None:
            return mass_g
        return max(mass_g, -(-volume_mm3 // self.dim_divisor_cm3_per_kg))

    def quotes(
        self, location: Location, destination: Destination, billed_g: int, flags: Collection[ItemFlag] = ()
    ) -> tuple[Quote, ...]:
        """What the services of the table ask for a shipment with items of these flags, the cheapest first."""
        return self.rates.quotes(
            location.country, destination.country, billed_g, postcode_area=destination.postcode_area, flags=flags
        )

    def ladder(
        self, location: Location, destination: Destination, billed_g: int, flags: Collection[ItemFlag] = ()
    ) -> Ladder | None:
        """The cheapest prices up to that mass, for shipments with items of these flags; None without a rate."""
        return self.rates.ladder(
            location.country, destination.country, billed_g, postcode_area=destination.postcode_area, flags=flags
        )

    def cheapest(
        self, location: Location, destination: Destination, billed_g: int, flags: Collection[ItemFlag] = ()
    ) -> Carried | None:
        """Who carries such a shipment for the least; None without a rate."""
        return self.rates.cheapest(
            location.country, destination.country, billed_g, postcode_area=destination.postcode_area, flags=flags
        )

    def shipment_cost(
        self, location: Location, destination: Destination, billed_g: int, flags: Collection[ItemFlag] = ()
    ) -> Money | None:
        """What one shipment of that mass costs the shop; None when no rate serves the lane."""
        quote = next(iter(self.quotes(location, destination, billed_g, flags)), None)
        if quote is None:
            return None
        return Money(quote.price.minor + self.fixed_minor(location, destination), self.currency)


def _refusal(location: Location, country: str, allowed: Collection[str]) -> Reason | None:
    """Why the location may not ship to the country for this channel; None when it may, which empty `allowed` allows."""
    if allowed and location.location_id not in allowed:
        return Reason(location_id=location.location_id, rule="channel", says="outside the channel's locations")
    if not location.may_ship:
        return Reason(location_id=location.location_id, rule="may_ship", says="may not ship")
    if not location.ships_to_country(country):
        return Reason(location_id=location.location_id, rule="ships_to", says=f"does not ship to {country}")
    return None
