"""Filters by which orders of the last time would find no location, whatever is in stock.

Stock, downtimes and the room of a day are not looked at: they pass, and a rule does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from omscore.routing.arrivals import candidate_of
from omscore.routing.candidates import Candidate
from omscore.routing.choices import Rulebook
from omscore.routing.clashes import clashing, leaving, told
from omscore.routing.explain import counted
from omscore.routing.findings import Finding, Severity
from omscore.routing.lintdistances import Distances
from omscore.routing.model import RoutingRequest
from omscore.routing.network import Network
from omscore.routing.profiles import Profile
from omscore.routing.rules import refusal

BOUNDS = "max_distance_km of the locations and their groups"
"""What their own bounds of distance are called among filters."""


class Stuck(NamedTuple):
    """Why an order finds no location: filters of the first profile that is tried, which leave none together.

    Shape: `filters` are their numbers in the profile, `names` tell them; the locations' own bounds of distance have no
    number.
    """

    profile: str
    filters: tuple[int, ...]
    names: tuple[str, ...]


def lint_orders(rulebook: Rulebook, network: Network, requests: Iterable[RoutingRequest]) -> Iterator[Finding]:
    """Filters that leave some of the orders no location, and bounds of distance that reach next to none of them.

    Holds: an order counts when no profile of its chain leaves it a location; of the filters that are named each is
    needed for that.
    """
    numbers = {profile.name: number for number, profile in enumerate(rulebook.profiles)}
    distances = Distances(rulebook, network)
    orders = 0
    found: dict[Stuck, list[RoutingRequest]] = {}
    for request in requests:
        orders += 1
        distances.look(request)
        if why := stuck(request, network):
            found.setdefault(why, []).append(request)
    told_of = set()
    for why, refused in found.items():
        path = "locations"
        if why.filters:
            path = f"routing.profiles.{numbers[why.profile]}.filters"
        if len(why.filters) == 1 == len(why.names):
            path = f"{path}.{why.filters[0]}"
        told_of.add(path)
        first = refused[0]
        yield Finding(
            Severity.ERROR,
            path,
            f"profile {why.profile}: {leaving(why.names)} no location for {len(refused)} of "
            f"{counted(orders, 'order')}, such as {first.order_id} to {first.destination.country}"
            f"{', nor do the profiles that are tried after it' if first.otherwise else ''}; "
            f"loosen {'it' if len(why.names) == 1 else 'one of them'}",
        )
    yield from [each for each in distances.findings() if each.path not in told_of]


def stuck(request: RoutingRequest, network: Network) -> Stuck | None:
    """Why the order finds no location by the rules; None when some profile leaves it one, or none ships there."""
    able, _ = network.sorted_out(request.channel, request.allowed_locations, request.destination.country)
    tried, candidates = (request.profile, *request.otherwise), []
    for place in able:  # most orders find one soon
        candidate = candidate_of(place, request, network)
        if any([_passes(profile, candidate, network) for profile in tried]):
            return None
        candidates.append(candidate)
    why = [_clash(profile, candidates, network) for profile in tried]
    return why[0] if able and None not in why else None


def _passes(profile: Profile, candidate: Candidate, network: Network) -> bool:
    return _reaches(candidate, network) and not any(refusal(rule, candidate) for rule in profile.filters if rule.hard)


def _clash(profile: Profile, candidates: list[Candidate], network: Network) -> Stuck | None:
    among = frozenset([each.location.location_id for each in candidates])
    hard = [(k, rule) for k, rule in enumerate(profile.filters) if rule.hard]
    left = [
        frozenset([each.location.location_id for each in candidates if not refusal(rule, each)]) for _, rule in hard
    ]
    names = [told(rule) for _, rule in hard]
    if network.has_bounds:
        left.append(frozenset([each.location.location_id for each in candidates if _reaches(each, network)]))
        names.append(BOUNDS)
    clash = clashing(left, among)
    if not clash:
        return None
    filters = tuple([hard[k][0] for k in clash if k < len(hard)])
    return Stuck(profile.name, filters, tuple([names[k] for k in clash]))


def _reaches(candidate: Candidate, network: Network) -> bool:
    reach_km = network.sites[candidate.location.location_id].reach_km
    return candidate.km is None or reach_km is None or candidate.km <= reach_km
