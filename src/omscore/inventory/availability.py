"""How many units can be had, and from which cells: pure questions to a snapshot of the shelf.

An expired hold counts for nobody: its units are offered again whether or not a sweeper has run. Whoever takes them
expires the hold in the same commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from omscore.inventory.model import HeldUnits, Reservation
from omscore.records import frozen


@frozen(kw_only=True)
class Shelf:
    """The sellable units of one SKU by (location, pool), as a channel may draw on them.

    Shape: `expired` are the holds whose time is up but whose units still stand as reserved.
    """

    sku: str
    sellable: tuple[tuple[str, str, int], ...]
    expired: tuple[Reservation, ...] = ()

    def units_by_cell(self) -> dict[tuple[str, str], int]:
        """Units by (location, pool), expired holds counted as free."""
        units = {(location, pool): count for location, pool, count in self.sellable}
        for reservation in self.expired:
            for location, pool, count in reservation.held:
                units[location, pool] = units.get((location, pool), 0) + count
        return units


def sellable_units(shelf: Shelf, *, pools: Sequence[str], locations: Sequence[str] = (), threshold: int = 0) -> int:
    """Units a channel can sell now: its pools at its locations, `threshold` units kept back in each cell.

    >>> sellable_units(Shelf(sku="TEA", sellable=(("MUC", "general", 5), ("LYS", "web", 2))), pools=("general",))
    5
    """
    return sum(
        max(0, count - threshold)
        for (location, pool), count in shelf.units_by_cell().items()
        if pool in pools and (not locations or location in locations)
    )


def choose_cells(
    shelf: Shelf, units: int, *, pools: Sequence[str], locations: Sequence[str] = (), threshold: int = 0
) -> tuple[HeldUnits, ...]:
    """The cells to hold units in: pools in the channel's order, the fullest location first; short when there is not
    enough.

    >>> choose_cells(Shelf(sku="TEA", sellable=(("A", "general", 1), ("B", "general", 3))), 4, pools=("general",))
    (HeldUnits(location_id='B', pool='general', units=3), HeldUnits(location_id='A', pool='general', units=1))
    """
    cells = [
        (pools.index(pool), -(count - threshold), location, pool)
        for (location, pool), count in shelf.units_by_cell().items()
        if count > threshold and pool in pools and (not locations or location in locations)
    ]
    chosen, left = [], units
    for _, negative, location, pool in sorted(cells):
        taken = min(left, -negative)
        if taken:
            chosen.append(HeldUnits(location, pool, taken))  # type: ignore[arg-type]
            left -= taken
    return tuple(chosen)


def needed_expiries(shelf: Shelf, taken: Iterable[tuple[str, str, int]]) -> tuple[Reservation, ...]:
    """The expired holds whose units are needed to take these units; empty when the free units are enough.

    >>> needed_expiries(Shelf(sku="TEA", sellable=(("MUC", "general", 5),)), [("MUC", "general", 5)])
    ()
    """
    free = {(location, pool): count for location, pool, count in shelf.sellable}
    short = set()
    for location, pool, units in taken:
        free[location, pool] = free.get((location, pool), 0) - units
        if free[location, pool] < 0:
            short.add((location, pool))
    return tuple(
        reservation
        for reservation in shelf.expired
        if any((location, pool) in short for location, pool, _ in reservation.held)
    )


def expired_among(reservations: Iterable[Reservation], at: datetime) -> tuple[Reservation, ...]:
    """Those that still hold units although their time is up, by id."""
    return tuple(
        sorted(
            (each for each in reservations if each.state == "live" and not each.is_live(at)),
            key=lambda each: each.reservation_id,
        )
    )
