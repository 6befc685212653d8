"""What would have made another location ship: single changes, each the smallest of its sort, each tried before it is
told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from omscore.money import Money
from omscore.places import Location, Point
from omscore.records import changed, frozen
from omscore.routing.engine import route
from omscore.routing.model import Decision, RoutingRequest, Stock
from omscore.routing.network import Network
from omscore.routing.ranked import route_ranked

MOST_UNITS = 1_000
"""How many further units of an article are tried at most."""


@frozen(kw_only=True)
class Question:
    """All that a decision is made from."""

    request: RoutingRequest
    network: Network
    stock: Stock

    def decide(self) -> Decision:
        """The decision."""
        return route(self.request, self.network, self.stock)

    def ranked(self, plans: int) -> tuple[Decision, ...]:
        """The decision and those that come next, so many different plans at most (`route_ranked`)."""
        return route_ranked(self.request, self.network, self.stock, plans)


@frozen(kw_only=True)
class WhatIf:
    """One change that would make a location ship, and the decision it leads to.

    Shape: `change` is one of stock, distance, price, priority, filter, score, channel, may_ship, ships_to, downtime,
    reach, refuses; `says` tells it with its amount.
    """

    change: str
    says: str
    decision: Decision


def what_would_ship_from(location_id: str, question: Question) -> tuple[WhatIf, ...]:
    """The single changes that would make the location ship some of the order; empty when it does so already.

    Shape: at most one change of each sort (of `stock`, `filter` and `score` one for each article, filter and score),
    the smallest that does. Units: whole units, kilometres and minor units.
    Holds: `decision` is what routing says once the change is made, and the location ships in it.
    Raises: InputError for a location the network does not have.
    """
    location = question.network.location(location_id)
    if _ships(question.decide(), location_id):
        return ()
    found: list[WhatIf] = []
    for change, says, candidate in _candidates(location, question):
        decision = candidate.decide()
        if _ships(decision, location_id):
            found.append(WhatIf(change=change, says=says, decision=decision))
    found += _least_stock(location, question)
    found += _least(location, question, "distance", _closer(location, question))
    found += _least(location, question, "price", _cheaper(location, question))
    order = {name: place for place, name in enumerate(("stock", "distance", "price"))}
    return tuple(sorted(found, key=lambda each: order.get(each.change, len(order))))


def _ships(decision: Decision, location_id: str) -> bool:
    return any(part.location_id == location_id for part in decision.assignments)


def _with(question: Question, location: Location) -> Question:
    """The question with this location in place of the one of its id."""
    network = question.network
    locations = tuple([location if each.location_id == location.location_id else each for each in network.locations])
    return changed(question, network=changed(network, locations=locations))


def _candidates(location: Location, question: Question) -> Iterator[tuple[str, str, Question]]:
    """Changes that are made or not, without an amount."""
    request, network = question.request, question.network
    country = request.destination.country
    if not location.may_ship:
        yield "may_ship", "if it shipped at all", _with(question, changed(location, may_ship=True))
    if not location.ships_to_country(country):
        wider = changed(location, ships_to=(*location.ships_to, country))
        yield "ships_to", f"if it shipped to {country}", _with(question, wider)
    if request.allowed_locations and location.location_id not in request.allowed_locations:
        allowed = (*request.allowed_locations, location.location_id)
        says = f"if channel {request.channel} could use it"
        yield "channel", says, changed(question, request=changed(request, allowed_locations=allowed))
    if location.downtimes:
        yield "downtime", "if it were not down", _with(question, changed(location, downtimes=()))
    if location.refuses:
        yield "refuses", "if it refused no items", _with(question, changed(location, refuses=()))
    if network.sites[location.location_id].reach_km is not None:
        unbound = _with(question, changed(location, max_distance_km=None))
        groups = tuple([changed(group, max_distance_km=None) for group in network.groups])
        far = changed(unbound, network=changed(unbound.network, groups=groups))
        yield "reach", "if its reach were not bounded", far
    if request.profile.strategy == "in_order":
        first = min(site.rank[1] for site in network.sites.values()) - 1
        yield "priority", f"with a priority of {first}", _with(question, changed(location, priority=first))
    for rule in request.profile.filters:
        rest = tuple([each for each in request.profile.filters if each is not rule])
        eased = changed(request, profile=changed(request.profile, filters=rest))
        yield "filter", f"without the filter {rule.rule}", changed(question, request=eased)
    for score in request.profile.scores:
        unweighed = tuple([each for each in request.profile.scores if each is not score])
        eased = changed(request, profile=changed(request.profile, scores=unweighed))
        yield "score", f"without the score {score.score}", changed(question, request=eased)


def _least_stock(location: Location, question: Question) -> Iterator[WhatIf]:
    """For each article the fewest further units that would make the location ship."""
    pool = question.request.pools[0]
    for sku in dict.fromkeys(demand.sku for demand in question.request.demands):

        def more(units: int, sku: str = sku) -> Question:
            level = dict(question.stock.get(sku, {}))
            cell = (location.location_id, pool)
            level[cell] = level.get(cell, 0) + units
            stock: Mapping[str, Mapping[tuple[str, str], int]] = {**question.stock, sku: level}
            return changed(question, stock=stock)

        yield from _least(location, question, "stock", (MOST_UNITS, more, _units_of(sku)))


def _units_of(sku: str) -> Callable[[int], str]:
    return lambda units: f"with {units} more {'unit' if units == 1 else 'units'} of {sku}"


_Amounts = tuple[int, Callable[[int], Question], Callable[[int], str]]
"""The largest amount that makes sense, the question after a change by an amount, and the change in words."""


def _least(location: Location, question: Question, change: str, amounts: _Amounts | None) -> Iterator[WhatIf]:
    """The smallest amount of a change that makes the location ship, if any does."""
    if amounts is None:
        return
    most, changed_by, says = amounts
    decisions: dict[int, Decision] = {}

    def suffices(amount: int) -> bool:
        decisions[amount] = changed_by(amount).decide()
        return _ships(decisions[amount], location.location_id)

    amount = _first(most, suffices)
    if amount:
        yield WhatIf(change=change, says=says(amount), decision=decisions[amount])


def _first(most: int, suffices: Callable[[int], bool]) -> int:
    """An amount up to `most` that suffices while one less does not; 0 when none of those tried does.

    >>> _first(100, lambda amount: amount >= 37), _first(100, lambda amount: False)
    (37, 0)
    """
    if most < 1:
        return 0
    high = 1
    while not suffices(high):
        if high == most:
            return 0
        high = min(high * 2, most)
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        if suffices(middle):
            high = middle
        else:
            low = middle
    return high


def _closer(location: Location, question: Question) -> _Amounts | None:
    """The location moved towards the destination."""
    destination = question.request.destination
    km = question.network.km(location, destination)
    if km is None or not km or destination.point is None:
        return None
    there = destination.point

    def moved(closer_km: int) -> Location:
        here, part = location.point, closer_km / km
        east = (there.lon - here.lon + 180) % 360 - 180  # the short way round
        lon = (here.lon + east * part + 180) % 360 - 180
        lat = max(-90.0, min(90.0, here.lat + (there.lat - here.lat) * part))
        return changed(location, point=Point(lat, lon))

    def says(closer_km: int) -> str:
        left = question.network.km(moved(closer_km), destination) or 0
        return f"{km - left} km closer"

    return km, lambda closer_km: _with(question, moved(closer_km)), says


def _cheaper(location: Location, question: Question) -> _Amounts | None:
    """Parcels from the location for less, down to nothing."""
    network, request = question.network, question.request
    ladder = network.ladder(location, request.destination, 0)
    if ladder is None:
        return None

    def cheaper(minor: int) -> Question:
        rebates = {**network.rebates, location.location_id: network.rebates.get(location.location_id, 0) + minor}
        return changed(question, network=changed(network, rebates=rebates))

    least = ladder.floors[0] + network.fixed_minor(location, request.destination)
    return least, cheaper, lambda minor: f"if a parcel from there cost {Money(minor, network.currency)} less"
