"""What a location may take on for one of its days, counted in the stock rows like anything else that runs out.

The places of a day are units of an article no shop can have: sellable while they are free, allocated once work has
taken them. So orders that come at once count against each other without waiting for each other, and what is taken can
never outgrow what there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from omscore.quantities import Move, StockPlace, StockState
from omscore.records import frozen

ORDERS: Final = "orders"
UNITS: Final = "units"
"""The pools in which the places of a day are counted."""

_NAME: Final = " capacity "
"""How the article begins that stands for the places of a day; the blank keeps it from being anybody's SKU."""


def capacity_sku(day: date) -> str:
    """The article whose units are the places of a day.

    >>> capacity_sku(date(2026, 3, 2))
    ' capacity 2026-03-02'
    """
    return f"{_NAME}{day.isoformat()}"


def is_capacity(sku: str) -> bool:
    """Whether units of it are places of a day instead of goods."""
    return sku.startswith(_NAME)


@frozen(kw_only=True)
class DayShare:
    """How work counts for the day on which it leaves a location: as an order, by its units, or both."""

    day: date
    by_order: bool
    by_unit: bool

    def places(self, *, orders: int, units: int) -> list[tuple[str, int]]:
        """The places that so much work takes, by pool."""
        counted = ((ORDERS, orders if self.by_order else 0), (UNITS, units if self.by_unit else 0))
        return [(pool, count) for pool, count in counted if count]

    def taken(self, location_id: str, *, units: int) -> Iterator[Move]:
        """One order of so many units takes its places."""
        sku = capacity_sku(self.day)
        for pool, count in self.places(orders=1, units=units):
            yield Move(sku, count, free_place(location_id, pool), taken_place(location_id, pool))

    def given_back(self, location_id: str, *, units: int, is_all: bool) -> Iterator[Move]:
        """So many units need no places any more, nor does the order if that was all of it."""
        sku = capacity_sku(self.day)
        for pool, count in self.places(orders=int(is_all), units=units):
            yield Move(sku, count, taken_place(location_id, pool), free_place(location_id, pool))


def free_place(location_id: str, pool: str) -> StockPlace:
    """Where the places of a location's day lie that are not taken."""
    return StockPlace(location_id, pool, StockState.SELLABLE)


def taken_place(location_id: str, pool: str) -> StockPlace:
    """Where those lie that work has taken."""
    return StockPlace(location_id, pool, StockState.ALLOCATED)
