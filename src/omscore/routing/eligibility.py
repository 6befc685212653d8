"""Which locations an order may ship from at all, and why the others may not: a location is refused once."""

from __future__ import annotations

from collections.abc import Sequence

from omscore.places import Location
from omscore.routing import explain
from omscore.routing.arrivals import arrives_in_days
from omscore.routing.candidates import Candidate
from omscore.routing.model import Reason, Room, RoutingRequest
from omscore.routing.network import Network
from omscore.routing.rules import Filter, refusal


def eligible_for(
    request: RoutingRequest, network: Network, rules: Sequence[Filter]
) -> tuple[Sequence[Location], dict[str, Reason]]:
    """The locations these filters leave, by id, and the reason why each other one was refused.

    Raises: InputError for an allowed location the network does not have.
    """
    able, refused = network.sorted_out(request.channel, request.allowed_locations, request.destination.country)
    reasons: dict[str, Reason] = {}
    for reason in refused:
        reasons[reason.location_id] = reason
    is_bounded = network.has_bounds and not request.is_by_hand
    if not rules and not is_bounded and not request.excluded and not request.rooms:
        return able, reasons
    excluded = dict(request.excluded)
    rooms = {room.location_id: room for room in request.rooms}
    left: list[Location] = []
    for location in able:
        says = excluded.get(location.location_id)
        if says is None:
            why = _reason(location, request, network, rules, rooms.get(location.location_id))
        else:
            why = Reason(location_id=location.location_id, rule="excluded", says=says)
        if why is None:
            left.append(location)
        else:
            reasons[location.location_id] = why
    return left, reasons


def _reason(
    location: Location, request: RoutingRequest, network: Network, rules: Sequence[Filter], room: Room | None
) -> Reason | None:
    location_id = location.location_id
    site = network.sites[location_id]
    for downtime in location.downtimes:
        if request.at is not None and downtime.since <= request.at < downtime.until:
            until = downtime.until.isoformat(sep=" ", timespec="minutes")
            return Reason(
                location_id=location_id, rule="downtime", says=f"takes no work before {until}: {downtime.says}"
            )
    if room is not None and 0 in (room.orders_left, room.units_left):
        return explain.is_full(location, room)
    km = network.km(location, request.destination)
    if km is not None and site.reach_km is not None and km > site.reach_km:
        says = f"is {km} km away and sends no further than {site.reach_km} km"
        return Reason(location_id=location_id, rule="distance", says=says)
    if rules:
        candidate = Candidate(
            location,
            groups=site.groups,
            destination=request.destination,
            km=km,
            channel=request.channel,
            arrives_in_days=lambda: arrives_in_days(location, request, network),
        )
        for rule in rules:
            if says := refusal(rule, candidate):
                return Reason(location_id=location_id, rule=rule.rule, says=says)
    return None
