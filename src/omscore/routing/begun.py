"""An order of which some units are sent already: what waits keeps to the caps of its profile together with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from omscore.places import Location
from omscore.records import changed
from omscore.routing.explain import counted
from omscore.routing.model import Assignment, Reason, RoutingRequest, Stock
from omscore.routing.profiles import Profile


class Begun(NamedTuple):
    """What the caps leave of the locations, of the stock, and of how many locations there may be; 0 is no cap."""

    eligible: Sequence[Location]
    stock: Stock
    most: int


def is_capped(request: RoutingRequest) -> bool:
    """Whether a profile that is tried has a cap, so that it matters where units are sent from already."""
    return any([each.is_capped(request.value) for each in (request.profile, *request.otherwise)])


def gone_on(request: RoutingRequest, sent: Iterable[Assignment]) -> RoutingRequest:
    """The request for what is left of an order once these units are sent."""
    if not is_capped(request):
        return request
    begun = {*request.begun, *[(part.sku, part.location_id) for part in sent]}
    return changed(request, begun=tuple(sorted(begun)))


def within_caps(
    request: RoutingRequest, profile: Profile, eligible: Sequence[Location], reasons: dict[str, Reason], stock: Stock
) -> Begun:
    """What is left for the rest of an order by the caps of its profile; `reasons` are told why others may not ship.

    Shape: a location that ships already counts anew where the cap leaves room for another one.
    """
    most = profile.most_locations(request.value)
    if not request.begun or not profile.is_capped(request.value):
        return Begun(eligible, stock, most)
    places = sorted({location_id for _, location_id in request.begun})
    from_where: dict[str, set[str]] = {}
    for sku, location_id in request.begun:
        from_where.setdefault(sku, set()).add(location_id)
    left: list[Location] = []
    for location in eligible:
        location_id = location.location_id
        if most and len(places) >= most and location_id not in places:
            says = f"the order ships from {', '.join(places)} already, and from {counted(most, 'location')} at most"
            reasons[location_id] = Reason(location_id=location_id, rule="max_locations", says=says)
        elif not profile.split_lines and all(
            [location_id not in from_where.get(each.sku, {location_id}) for each in request.demands]
        ):
            says = f"the units sent already come from {', '.join(places)}, and no article is split"
            reasons[location_id] = Reason(location_id=location_id, rule="split_lines", says=says)
        else:
            left.append(location)
    if not profile.split_lines:
        stock = dict(stock)
        for sku, bound in from_where.items():
            stock[sku] = {cell: units for cell, units in stock.get(sku, {}).items() if cell[0] in bound}
    return Begun(left, stock, most - len(places) if most > len(places) else most)
