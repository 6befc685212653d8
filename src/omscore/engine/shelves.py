"""The shelf as a unit of work sees it: sellable units by cell, and the expired holds that still stand on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeAlias

from omscore.engine.unit import Unit
from omscore.inventory.availability import Shelf, expired_among
from omscore.inventory.model import Reservation, ReservationState
from omscore.ports.storage import StockLevel
from omscore.records import maker
from omscore.routing.model import Decision

_new_shelf = maker(Shelf)

_MOST_HOLDS = 1_000


Stock: TypeAlias = dict[str, dict[tuple[str, str], int]]
"""Units by SKU and cell."""


def on_hand_of(unit: Unit, skus: Iterable[str], at: datetime) -> tuple[Stock, dict[str, Shelf]]:
    """What can be had of these SKUs, expired holds counted as free, and the shelves on which such holds stand.

    Shape: where no units are reserved they are what the levels say.
    Holds: as `shelves_of`.
    """
    wanted = sorted(set(skus))
    levels = unit.stock(wanted)
    stock: Stock = {}
    for sku in wanted:
        stock[sku] = {}
    for level in levels:
        sku, location, pool, sellable, reserved, *_ = level
        if reserved:
            shelves = _shelves(unit, wanted, levels, at)
            return (
                {sku: shelf.units_by_cell() for sku, shelf in shelves.items()},
                {sku: shelf for sku, shelf in shelves.items() if shelf.expired},
            )
        if sellable:
            stock[sku][location, pool] = sellable
    return stock, {}


def shelves_of(unit: Unit, skus: Iterable[str], at: datetime) -> dict[str, Shelf]:
    """One shelf per SKU. Holds are only looked at where units are reserved at all.

    Holds: no unit that was there all the time is missing. What another program let go of between the shelf and its
    holds would be in neither; where they do not agree the shelf is looked at again, after its holds.
    """
    wanted = sorted(set(skus))
    return _shelves(unit, wanted, unit.stock(wanted), at)


def _shelves(unit: Unit, wanted: Sequence[str], levels: Sequence[StockLevel], at: datetime) -> dict[str, Shelf]:
    reserved: Counter[str] = Counter()
    for level in levels:
        if level.reserved:
            reserved[level.sku] += level.reserved
    holds = {sku: _live_holds(unit, sku) for sku in reserved}
    if any([len(held) < _MOST_HOLDS and _units(held) != reserved[sku] for sku, held in holds.items()]):
        levels = unit.stock_anew(wanted)
    sellable: dict[str, list[tuple[str, str, int]]] = {sku: [] for sku in wanted}
    for level in levels:
        if level.sellable:
            sellable[level.sku].append((level.location, level.pool, level.sellable))
    return {
        sku: _new_shelf(sku=sku, sellable=tuple(cells), expired=expired_among(holds.get(sku, ()), at))
        for sku, cells in sellable.items()
    }


def taken_cells(decision: Decision) -> dict[str, list[tuple[str, str, int]]]:
    """The units a decision takes, by SKU, then as (location, pool, units)."""
    taken: dict[str, list[tuple[str, str, int]]] = {}
    for each in decision.assignments:
        taken.setdefault(each.sku, []).append((each.location_id, each.pool, each.units))
    return taken


def _live_holds(unit: Unit, sku: str) -> list[Reservation]:
    streams = unit.desk.reader.listed("hold", sku, limit=_MOST_HOLDS)
    unit.prepare(streams)
    found = [unit.find(Reservation, stream.partition("/")[2]) for stream in streams]
    return [each for each in found if each is not None and each.state is ReservationState.LIVE]


def _units(holds: Iterable[Reservation]) -> int:
    return sum([part.units for each in holds for part in each.held])
