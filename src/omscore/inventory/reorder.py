"""When an article runs low: its reorder point, and whether it was under it when its shelves were last looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from omscore.quantities import checked_units
from omscore.records import changed, frozen


@frozen(kw_only=True)
class SetReorderPoint:
    """Say at how many sellable units of an article, all locations and pools together, the shop is told; None: never."""

    sku: str
    units: int | None
    at: datetime


@frozen(kw_only=True)
class NoteStock:
    """Hold what can be sold of an article against its reorder point."""

    sku: str
    units: int
    at: datetime


ReorderCommand = SetReorderPoint | NoteStock


@frozen(kw_only=True)
class ReorderPointSet:
    sku: str
    units: int | None
    at: datetime


@frozen(kw_only=True)
class StockRanLow:
    """Units: `units` are left of the article, `point` is its reorder point."""

    sku: str
    units: int
    point: int
    at: datetime


@frozen(kw_only=True)
class StockRecovered:
    sku: str
    units: int
    at: datetime


ReorderEvent = ReorderPointSet | StockRanLow | StockRecovered


@frozen(kw_only=True)
class ReorderPoint:
    """The reorder point of an article. Shape: `low_since` is set from when it ran low until it was above the point."""

    sku: str
    units: int | None
    low_since: datetime | None = None


def decide_reorder(known: ReorderPoint | None, command: ReorderCommand) -> Sequence[ReorderEvent]:
    """What is new: an article runs low once, until it was above its point again. Raises: InputError for no count."""
    match command:
        case SetReorderPoint():
            if command.units is not None:
                checked_units(command.units, what=f"reorder point of {command.sku}", least=0)
            if command.units == (known.units if known else None):
                return []
            return [ReorderPointSet(sku=command.sku, units=command.units, at=command.at)]
        case NoteStock():
            if known is None or known.units is None:
                return []
            is_low = command.units <= known.units
            if is_low and known.low_since is None:
                return [StockRanLow(sku=command.sku, units=command.units, point=known.units, at=command.at)]
            if known.low_since is not None and not is_low:
                return [StockRecovered(sku=command.sku, units=command.units, at=command.at)]
            return []
        case _:
            assert_never(command)


def evolve_reorder(known: ReorderPoint | None, event: ReorderEvent) -> ReorderPoint:
    """The point after one more fact; a new point begins anew."""
    match event:
        case ReorderPointSet():
            return ReorderPoint(sku=event.sku, units=event.units)
        case StockRanLow():
            before = known or ReorderPoint(sku=event.sku, units=event.point)
            return changed(before, low_since=event.at)
        case StockRecovered():
            before = known or ReorderPoint(sku=event.sku, units=None)
            return changed(before, low_since=None)
        case _:
            assert_never(event)
