"""The shelf as a unit of work sees it: sellable units by cell, and the expired holds that still stand on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from omscore.engine.unit import Unit
from omscore.inventory.availability import Shelf, expired_among
from omscore.inventory.model import Reservation
from omscore.records import maker
from omscore.routing.model import Decision

_new_shelf = maker(Shelf)


def shelves_of(unit: Unit, skus: Iterable[str], at: datetime) -> dict[str, Shelf]:
    """One shelf per SKU. Holds are only looked at where units are reserved at all."""
    wanted = sorted(set(skus))
    sellable: dict[str, list[tuple[str, str, int]]] = {sku: [] for sku in wanted}
    reserved = set()
    for level in unit.stock(wanted):
        if level.sellable:
            sellable[level.sku].append((level.location, level.pool, level.sellable))
        if level.reserved:
            reserved.add(level.sku)
    return {
        sku: _new_shelf(
            sku=sku, sellable=tuple(cells), expired=_expired_holds(unit, sku, at) if sku in reserved else ()
        )
        for sku, cells in sellable.items()
    }


def taken_cells(decision: Decision) -> dict[str, list[tuple[str, str, int]]]:
    """The units a decision takes, by SKU, then as (location, pool, units)."""
    taken: dict[str, list[tuple[str, str, int]]] = {}
    for each in decision.assignments:
        taken.setdefault(each.sku, []).append((each.location_id, each.pool, each.units))
    return taken


def _expired_holds(unit: Unit, sku: str, at: datetime) -> tuple[Reservation, ...]:
    streams = unit.desk.reader.listed("hold", sku, limit=1_000)
    unit.prepare(streams)
    found = (unit.find(Reservation, stream.partition("/")[2]) for stream in streams)
    return expired_among((each for each in found if each is not None), at)
