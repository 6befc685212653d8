"""How much a location may take on for one of its days, as far as its days are counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from omscore.capacity import ORDERS, UNITS, capacity_sku, free_place
from omscore.ids import LocationId
from omscore.quantities import SUPPLIER, Move
from omscore.records import frozen


def day_id(location_id: str, day: date) -> str:
    """The id under which a location's day is kept.

    >>> day_id("MUC", date(2026, 3, 2))
    'MUC@2026-03-02'
    """
    return f"{location_id}@{day.isoformat()}"


@frozen(kw_only=True)
class SetCapacity:
    """Let a location take on so much for a day; None is no bound.

    Shape: `orders_free` and `units_free` are the places there are and not taken yet, `orders_taken` and `units_taken`
    those that are.
    """

    location_id: LocationId
    day: date
    orders: int | None
    units: int | None
    at: datetime
    orders_free: int = 0
    units_free: int = 0
    orders_taken: int = 0
    units_taken: int = 0

    @property
    def day_id(self) -> str:
        return day_id(self.location_id, self.day)


@frozen(kw_only=True)
class CapacitySet:
    """The location may take on so much for the day. Shape: `more_orders` and `more_units` are below zero for fewer."""

    location_id: LocationId
    day: date
    orders: int | None
    units: int | None
    more_orders: int
    more_units: int
    at: datetime

    @property
    def day_id(self) -> str:
        return day_id(self.location_id, self.day)

    def moves(self) -> Iterator[Move]:
        sku = capacity_sku(self.day)
        for pool, more in ((ORDERS, self.more_orders), (UNITS, self.more_units)):
            free = free_place(self.location_id, pool)
            if more > 0:
                yield Move(sku, more, SUPPLIER, free)
            elif more < 0:
                yield Move(sku, -more, free, SUPPLIER)


@frozen(kw_only=True)
class WorkDay:
    """How much a location may take on for one of its days."""

    location_id: LocationId
    day: date
    orders: int | None
    units: int | None


def decide_capacity(work_day: WorkDay | None, command: SetCapacity) -> list[CapacitySet]:
    """The change as a fact; none when nothing changes. Holds: places that are taken stay taken."""
    if work_day is not None and (work_day.orders, work_day.units) == (command.orders, command.units):
        return []
    return [
        CapacitySet(
            location_id=command.location_id,
            day=command.day,
            orders=command.orders,
            units=command.units,
            more_orders=_more(command.orders, command.orders_free, command.orders_taken),
            more_units=_more(command.units, command.units_free, command.units_taken),
            at=command.at,
        )
    ]


def _more(limit: int | None, free: int, taken: int) -> int:
    """How many places are to be added, or taken away if below zero, so that what is taken and free makes the limit."""
    return 0 if limit is None else max(0, limit - taken) - free


def evolve_capacity(work_day: WorkDay | None, event: CapacitySet) -> WorkDay:
    """The day after the change."""
    return WorkDay(location_id=event.location_id, day=event.day, orders=event.orders, units=event.units)
