"""When an order would arrive from a location that sent all of it, by the service that asks the least for it."""

from __future__ import annotations

from datetime import date

from omscore.calendars import local_date
from omscore.places import Location
from omscore.routing.candidates import Candidate
from omscore.routing.model import RoutingRequest
from omscore.routing.network import Network


def arrives_on(location: Location, request: RoutingRequest, network: Network) -> date | None:
    """The day all of the order would arrive; None when nobody carries it or nobody knows when it is asked."""
    if request.at is None:
        return None
    billed_g = sum([line.units * network.billed_g(line.mass_g, line.volume_mm3) for line in request.demands])
    flags = frozenset([flag for line in request.demands for flag in line.flags])
    carried = network.cheapest(location, request.destination, billed_g, flags)
    if carried is None:
        return None
    leaving = network.timetable.leaving(location, request.at, carried.carrier)
    return network.timetable.arrives_on(location, leaving.on, carried.transit_days)


def candidate_of(location: Location, request: RoutingRequest, network: Network) -> Candidate:
    """The location as filters, scores and strategies see it for the order."""
    return Candidate(
        location,
        groups=network.sites[location.location_id].groups,
        destination=request.destination,
        km=network.km(location, request.destination),
        channel=request.channel,
        arrives_in_days=lambda: arrives_in_days(location, request, network),
    )


def arrives_in_days(location: Location, request: RoutingRequest, network: Network) -> int | None:
    """The same in days from the day it is there when the order is routed."""
    day = arrives_on(location, request, network)
    if day is None or request.at is None:
        return None
    return (day - local_date(request.at, location.calendar.timezone)).days
