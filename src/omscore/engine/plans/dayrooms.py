"""What locations that do only so much on a day may still take on, and when they may take on more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from omscore.capacity import ORDERS, UNITS, capacity_sku
from omscore.engine.unit import Unit
from omscore.flows.world import Later, TaskKind
from omscore.fulfillment.capacity import SetCapacity, WorkDay, day_id
from omscore.fulfillment.model import FulfillmentOrder
from omscore.orders.model import Order
from omscore.routing import Decision, RoutingRequest
from omscore.routing.model import Room


def rooms_of(unit: Unit, at: datetime, own: Sequence[FulfillmentOrder]) -> tuple[Room, ...]:
    """What each such location may still take on the day it would do work given now; `own` work counts as not given."""
    network = unit.desk.network
    days = {location.location_id: network.timetable.leaves_on(location, at) for location in network.limited}
    levels = unit.stock([capacity_sku(day) for day in sorted(set(days.values()))])
    taken = {(level.sku, level.location, level.pool): level.allocated for level in levels}
    for work in own:
        if work.share is not None:
            to_pick = sum([each.units for each in work.to_pick])  # what is picked keeps its place
            for pool, count in work.share.places(orders=int(0 < to_pick == work.live_units), units=to_pick):
                cell = (capacity_sku(work.share.day), work.location_id, pool)
                taken[cell] = taken.get(cell, 0) - count
    rooms = []
    for location in network.limited:
        location_id, day = location.location_id, days[location.location_id]
        sku = capacity_sku(day)
        rooms.append(
            Room(
                location_id=location_id,
                day=day,
                orders_left=_left(location.orders_per_day, taken.get((sku, location_id, ORDERS), 0)),
                units_left=_left(location.units_per_day, taken.get((sku, location_id, UNITS), 0)),
            )
        )
    return tuple(rooms)


def count_in(unit: Unit, decision: Decision, at: datetime) -> None:
    """Let the days be counted that a decision takes places of, by the limits of now."""
    unit.prepare([f"capacity/{day_id(location_id, share.day)}" for location_id, share in decision.shares])
    for location_id, share in decision.shares:
        location = unit.desk.network.location(location_id)
        known = unit.find(WorkDay, day_id(location_id, share.day))
        if known is not None and (known.orders, known.units) == (location.orders_per_day, location.units_per_day):
            continue  # as it is for all but the first order of a day
        levels = [level for level in unit.stock([capacity_sku(share.day)]) if level.location == location_id]
        free = {level.pool: level.sellable for level in levels}
        taken = {level.pool: level.allocated for level in levels}
        unit.run(
            SetCapacity(
                location_id=location.location_id,
                day=share.day,
                orders=location.orders_per_day,
                units=location.units_per_day,
                at=at,
                orders_free=free.get(ORDERS, 0),
                units_free=free.get(UNITS, 0),
                orders_taken=taken.get(ORDERS, 0),
                units_taken=taken.get(UNITS, 0),
            )
        )


def look_when_there_is_room(
    unit: Unit, order: Order, request: RoutingRequest, decision: Decision, at: datetime
) -> None:
    """Units that wait while a location is full are looked at as soon as its day is over, the oldest order first."""
    wanted = sum([demand.units for demand in request.demands])
    ends = [
        unit.desk.network.location(room.location_id).day_ends(room.day)
        for room in request.rooms
        if room.orders_left == 0 or (room.units_left is not None and room.units_left < wanted)
    ]
    due_at = min([moment for moment in ends if moment > at], default=None)
    if decision.leftovers and due_at is not None:
        skus = dict.fromkeys([leftover.sku for leftover in decision.leftovers])
        unit.later(
            Later(
                task_id=f"room.{order.placed_at:%Y%m%dT%H%M%S}.{order.order_id}.{due_at:%Y%m%dT%H%M}",
                kind=TaskKind.FILL_BACKORDERS,
                due_at=due_at,
                payload={str(number): sku for number, sku in enumerate(skus)},
            )
        )


def _left(limit: int | None, taken: int) -> int | None:
    """What is left of a limit, whatever it was when the day was first counted."""
    return None if limit is None else max(0, limit - taken)
