"""Filters, scores and bounds that the rate card, the groups and the places of locations leave nothing to decide.

The linter asks for each profile with the locations its hard filters let pass; what is said here holds for every order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from omscore.places import ANYWHERE, Location
from omscore.routing.extents import least_km
from omscore.routing.findings import Finding, Severity, warning
from omscore.routing.network import Network
from omscore.routing.profiles import Profile
from omscore.routing.rules import ArrivesWithin
from omscore.routing.scores import ClearanceScore


def lint_days(path: str, profile: Profile, passing: Sequence[Location], network: Network) -> Iterator[Finding]:
    """Each arrives_within that no service of the rate card keeps from any of the locations.

    Holds: goods never arrive sooner than the carrier's days after the order, whatever the calendars say, so what is
    found here refuses every location for every order. Calendars, which depend on the moment, are not looked at.
    """
    least = min([days for each in passing for days in _transit_days(each, network)], default=None)
    if least is None:
        return
    for at, rule in enumerate(profile.filters):
        if isinstance(rule, ArrivesWithin) and rule.days < least:
            stops = rule.hard and not profile.otherwise
            outcome = "it never ships" if rule.hard else "it is soft and always gives way"
            yield Finding(
                Severity.ERROR if stops else Severity.WARNING,
                f"{path}.filters.{at}",
                f"profile {profile.name}: arrives_within of {rule.days} is less than the fewest transit_days of any "
                f"rate from its locations, {least}; {outcome}",
            )


def lint_clearance(path: str, profile: Profile, passing: Sequence[Location], network: Network) -> Iterator[Finding]:
    """Each clearance score by groups that none of the locations is in, or all of them are."""
    for at, score in enumerate(profile.scores):
        if not isinstance(score, ClearanceScore) or not score.groups:
            continue
        inside = [each for each in passing if set(network.sites[each.location_id].groups) & set(score.groups)]
        of = f"profile {profile.name}: clearance names the groups {', '.join(score.groups)}"
        if not inside:
            yield warning(f"{path}.scores.{at}", f"{of}, and none of its locations is in them; no unit counts")
        elif len(inside) == len(passing) and not score.pools:
            yield warning(f"{path}.scores.{at}", f"{of}, and all of its locations are in them; it tells none apart")


def lint_reach(network: Network) -> Iterator[Finding]:
    """Each bound of distance of a location or a group that is less than the way to any country they ship to.

    Holds: what is found here is refused whenever the destination has a point.
    """
    for at, location in enumerate(network.locations):
        km = _least_km([location])
        if location.max_distance_km is not None and location.max_distance_km < km:
            path, what = f"locations.{at}.max_distance_km", f"location {location.location_id}"
            yield warning(path, _too_near(what, location.max_distance_km, km))
    for number, group in enumerate(network.groups):
        km = _least_km([network.sites[name].location for name in group.locations])
        if group.max_distance_km is not None and group.max_distance_km < km:
            path, what = f"routing.groups.{number}.max_distance_km", f"group {group.name}"
            yield warning(path, _too_near(what, group.max_distance_km, km))


def _least_km(locations: Sequence[Location]) -> int:
    """How far it is at least from any of the locations to any country it ships to; 0 from one that ships anywhere."""
    ways = [
        0.0 if country == ANYWHERE else least_km(each.point, country)
        for each in locations
        if each.may_ship
        for country in each.ships_to
    ]
    return int(min(ways, default=0.0))


def _too_near(what: str, bound_km: int, km: int) -> str:
    return (
        f"{what}: max_distance_km of {bound_km} is less than the way to any country it ships to, {km} km at least; "
        "raise it or leave it out"
    )


def _transit_days(location: Location, network: Network) -> Iterator[int]:
    """The days of every rate that may take goods from the location to a country it ships to."""
    zones = {
        rule.zone
        for rule in network.rates.zones
        if any(
            rule.matches(location.country, country)
            for country in (
                location.ships_to if "*" not in location.ships_to else (*rule.destinations, location.country)
            )
        )
    }
    for row in network.rates.rows:
        if row.zone in zones:
            yield row.transit_days
