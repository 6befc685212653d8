"""Reorder points: what can be sold of an article is held against its point after units came or went."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from omscore.engine.plans.kits import check_stocked
from omscore.engine.plans.wishes import LookAtStock
from omscore.engine.shelves import shelves_of
from omscore.engine.unit import Unit
from omscore.inventory.reorder import NoteStock, ReorderPoint, SetReorderPoint


def set_reorder_point(unit: Unit, command: SetReorderPoint) -> None:
    """Check that the article is known and has stock of its own. Raises: NotFoundError; InputError for a kit."""
    check_stocked(unit.items([command.sku]))
    unit.decide(command)


def look_at_stock(unit: Unit, command: LookAtStock) -> None:
    """Note which of these articles run low and which recovered; those nobody set a point for are passed over.

    Shape: it is counted inside the commit, so that waiting orders which were served before are counted in.
    """
    unit.prepare([f"reorder/{sku}" for sku in command.skus])
    points = [unit.find(ReorderPoint, sku) for sku in command.skus]
    watched = [point.sku for point in points if point is not None and point.units is not None]
    for sku, units in sellable_units(unit, watched, command.at).items():
        unit.decide(NoteStock(sku=sku, units=units, at=command.at))


def sellable_units(unit: Unit, skus: Iterable[str], at: datetime) -> dict[str, int]:
    """What can be sold of each article, all locations and pools together; holds whose time is up count as free."""
    shelves = shelves_of(unit, skus, at)
    return {sku: sum([max(0, units) for units in shelf.units_by_cell().values()]) for sku, shelf in shelves.items()}
