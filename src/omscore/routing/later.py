"""What can be promised of goods that are due: the days to come are routed one by one, each on what will be there then.

The rules are those of any order, so what comes to a location that may not ship it is promised to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, TypeAlias

from omscore.calendars import at_local
from omscore.records import changed
from omscore.routing.begun import gone_on
from omscore.routing.engine import route
from omscore.routing.model import Assignment, Decision, RoutingRequest
from omscore.routing.network import Network
from omscore.routing.promise import LaterShipment, LaterUnits, promised

_ONE_DAY = timedelta(days=1)


class Coming(NamedTuple):
    """What may be promised of a pool at a location from a day on, all before included, and what comes on that day."""

    day: date
    units: int
    supplies: tuple[str, ...]


Due: TypeAlias = Mapping[str, Mapping[tuple[str, str], tuple[Coming, ...]]]
"""By SKU, then (location, pool), what may be promised day by day."""


def promised_later(request: RoutingRequest, network: Network, due: Due) -> tuple[LaterShipment, ...]:
    """The shipments that what is due allows for the demands of a request, as early as the rules of the order let them.

    Shape: by the day the goods are there, then location. Goods due on a day are there at its end, so their location
    starts on them as if they were ordered at the midnight after. Nothing more is kept back of what comes, and the room
    of days to come is not looked at.
    Holds: no more is taken of a pool at a location by any day than may be promised by then.
    """
    left = {demand.line_id: demand.units for demand in request.demands}
    used: dict[tuple[str, tuple[str, str]], int] = {}
    found: list[LaterShipment] = []
    for day in sorted({step.day for cells in due.values() for steps in cells.values() for step in steps}):
        stock = {
            sku: {cell: max(0, _by(steps, day).units - used.get((sku, cell), 0)) for cell, steps in cells.items()}
            for sku, cells in due.items()
        }
        if not any([units for cells in stock.values() for units in cells.values()]):
            continue
        wanted = tuple([changed(each, units=left[each.line_id]) for each in request.demands if left[each.line_id]])
        there = datetime.combine(day + _ONE_DAY, time.min, UTC)
        asked = changed(request, demands=wanted, threshold_units=0, rooms=(), at=there)
        decision = route(asked, network, stock)
        for part in decision.assignments:
            left[part.line_id] -= part.units
            cell = (part.location_id, part.pool)
            used[part.sku, cell] = used.get((part.sku, cell), 0) + part.units
        request = gone_on(request, decision.assignments)
        found.extend(_shipments(decision, asked, network, day, due))
        if not any(left.values()):
            break
    return tuple(found)


def _by(steps: tuple[Coming, ...], day: date) -> Coming:
    """What may be promised by a day; nothing before the first."""
    return next((step for step in reversed(steps) if step.day <= day), Coming(day, 0, ()))


def _shipments(
    decision: Decision, request: RoutingRequest, network: Network, day: date, due: Due
) -> list[LaterShipment]:
    by_location: dict[str, list[Assignment]] = {}
    for part in decision.assignments:
        by_location.setdefault(part.location_id, []).append(part)
    shipments = []
    for location_id, parts in sorted(by_location.items()):
        zone = network.location(location_id).calendar.timezone
        there = at_local(day + _ONE_DAY, time.min, zone)
        (shipment,) = promised(changed(decision, assignments=tuple(parts)), request, network, there).shipments
        units = []
        for part in parts:
            step = _by(due[part.sku][part.location_id, part.pool], day)
            units.append(
                LaterUnits(part.line_id, part.sku, part.units, part.location_id, part.pool, step.day, step.supplies)
            )
        shipments.append(LaterShipment(there_on=day, units=tuple(units), shipment=shipment))
    return shipments
