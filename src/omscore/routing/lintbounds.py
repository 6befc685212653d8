"""Filters and scores that the rate card and the groups of a shop's locations leave nothing to decide.

The linter asks for each profile with the locations its hard filters let pass; what is said here holds for every order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from omscore.places import Location
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
