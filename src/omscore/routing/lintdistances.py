"""Bounds of distance that reach none, or next to none, of the orders they are asked about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from omscore.places import direction, kms_between
from omscore.routing.choices import Rulebook
from omscore.routing.findings import Finding, warning
from omscore.routing.model import RoutingRequest
from omscore.routing.network import Network
from omscore.routing.rules import MaxDistance

FEWEST_ORDERS = 20
"""That a bound reaches none of fewer orders tells nothing."""

ALMOST_NONE = 100
"""One order in so many is next to none. A bound of a single location is held to none at all: in a large chain a small
shop has no more of the orders near it.
"""


class _Bound:
    """One bound, and how many orders it reached of those it was asked about."""

    def __init__(self, path: str, says: str, km: int, *, almost: bool = True) -> None:
        self.path, self._says, self._km, self._almost = path, says, km, almost
        self._orders = self._reached = 0
        self._nearest_km: int | None = None

    def ask(self, ways_km: Iterable[int]) -> None:
        """An order and how far it is to each location that could ship it otherwise; it counts if there is any."""
        km = min(ways_km, default=None)
        if km is not None:
            self._orders += 1
            self._reached += km <= self._km
            self._nearest_km = km if self._nearest_km is None else min(self._nearest_km, km)

    def finding(self) -> Finding | None:
        few = self._almost and self._reached * ALMOST_NONE <= self._orders
        if self._orders < FEWEST_ORDERS or (self._reached and not few):
            return None
        return warning(
            self.path,
            f"{self._says} of {self._km} km reaches {self._reached or 'none'} of {self._orders} orders that could ship "
            f"otherwise, the nearest of them {self._nearest_km} km away; raise it or leave it out",
        )


class Distances:
    """All bounds of distance of a shop: of its locations, its groups, and its profiles."""

    def __init__(self, rulebook: Rulebook, network: Network) -> None:
        self._network = network
        self._of_location = {
            each.location_id: _Bound(
                f"locations.{at}.max_distance_km",
                f"location {each.location_id}: max_distance_km",
                each.max_distance_km,
                almost=False,
            )
            for at, each in enumerate(network.locations)
            if each.max_distance_km is not None
        }
        self._of_group = [
            (
                frozenset(group.locations),
                _Bound(
                    f"routing.groups.{number}.max_distance_km",
                    f"group {group.name}: max_distance_km",
                    group.max_distance_km,
                ),
            )
            for number, group in enumerate(network.groups)
            if group.max_distance_km is not None
        ]
        self._of_profile = {
            profile.name: [
                _Bound(f"routing.profiles.{number}.filters.{at}", f"profile {profile.name}: max_distance", rule.km)
                for at, rule in enumerate(profile.filters)
                if isinstance(rule, MaxDistance)
            ]
            for number, profile in enumerate(rulebook.profiles)
        }

    def look(self, request: RoutingRequest) -> None:
        """Ask the bounds about an order whose destination has a point."""
        if request.destination.point is None:
            return
        of_profile = self._of_profile.get(request.profile.name, [])
        if not (self._of_location or self._of_group or of_profile):
            return
        able, _ = self._network.sorted_out(request.channel, request.allowed_locations, request.destination.country)
        there, sites = direction(request.destination.point), self._network.sites
        kms = kms_between(there, [sites[each.location_id].direction for each in able])
        ways_km: dict[str, int] = {each.location_id: round(km) for each, km in zip(able, kms, strict=True)}
        for location_id, bound in self._of_location.items():
            bound.ask([ways_km[location_id]] if location_id in ways_km else [])
        for names, bound in self._of_group:
            bound.ask([ways_km[name] for name in names if name in ways_km])
        for bound in of_profile:
            bound.ask(ways_km.values())

    def findings(self) -> Iterator[Finding]:
        """The bounds that reach too few, those of locations first."""
        of_profiles = [bound for bounds in self._of_profile.values() for bound in bounds]
        for bound in (*self._of_location.values(), *[bound for _, bound in self._of_group], *of_profiles):
            found = bound.finding()
            if found is not None:
                yield found
