"""Articles that run low: shelves are looked at once units came or went, and the shop is told once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from omscore.flows.notices import alert
from omscore.flows.world import Later, Reaction, TaskKind, World, on
from omscore.fulfillment.events import UnitsDropped
from omscore.inventory import events as stock
from omscore.inventory.reorder import ReorderPointSet, StockRanLow, StockRecovered
from omscore.returns.events import ReturnDisposed


def _ran_low(event: StockRanLow, world: World) -> Reaction:
    yield alert(
        "low_stock",
        f"{event.sku}.low",
        event.at,
        sku=event.sku,
        units=str(event.units),
        point=str(event.point),
    )
    yield from _look_once_more(event, world)


def _recovered(event: StockRecovered, world: World) -> Reaction:
    return _look_once_more(event, world)


def _listed(event: stock.StockReceived | stock.TransferSent | stock.TransferReceived, world: World) -> Reaction:
    return look_at([line.sku for line in event.lines], world, f"stock/{event.document_id}", event.at)


def _counted(event: stock.StockAdjusted | stock.StockCounted, world: World) -> Reaction:
    return look_at([event.sku], world, f"stock/{event.document_id}", event.at)


def _dropped(event: UnitsDropped, world: World) -> Reaction:
    return look_at([each.sku for each in event.units], world, f"work/{event.fulfillment_id}", event.at)


def _disposed(event: ReturnDisposed, world: World) -> Reaction:
    return look_at(event.skus, world, f"return/{event.return_id}", event.at)


def _point_set(event: ReorderPointSet, world: World) -> Reaction:
    return look_at([event.sku], world, f"reorder/{event.sku}", event.at)


def _look_once_more(event: StockRanLow | StockRecovered, world: World) -> Reaction:
    """Units are counted before the word is committed: those that went meanwhile may be the last that ever do."""
    yield from look_at([event.sku], world, f"reorder/{event.sku}", event.at)


def look_at(skus: Iterable[str], world: World, source: str, at: datetime) -> Reaction:
    """One task for all articles whose units came or went, if the shop wants to hear of it."""
    if world.policy.tell_low_stock:
        payload = {str(number): sku for number, sku in enumerate(dict.fromkeys(skus), 1)}
        yield Later(task_id=f"{source}.look@", kind=TaskKind.STOCK_LOOK, due_at=at, payload=payload)


HANDLERS = (
    on(StockRanLow, _ran_low),
    on(StockRecovered, _recovered),
    on(stock.StockReceived, _listed),
    on(stock.TransferSent, _listed),
    on(stock.TransferReceived, _listed),
    on(stock.StockAdjusted, _counted),
    on(stock.StockCounted, _counted),
    on(UnitsDropped, _dropped),
    on(ReturnDisposed, _disposed),
    on(ReorderPointSet, _point_set),
)
"""Appointments to look at shelves, and the word that one runs low."""
