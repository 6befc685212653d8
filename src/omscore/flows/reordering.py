"""Articles that run low: shelves are looked at once units came or went, and the shop is told once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from omscore.flows.notices import alert
from omscore.flows.world import Event, Later, Reaction, TaskKind, World
from omscore.fulfillment.events import UnitsDropped
from omscore.inventory import events as stock
from omscore.inventory.reorder import ReorderPointSet, StockRanLow, StockRecovered
from omscore.returns.events import ReturnDisposed


def react(event: Event, world: World) -> Reaction:
    """Appointments to look at shelves, and the word that one runs low."""
    match event:
        case StockRanLow():
            yield alert(
                "low_stock",
                f"{event.sku}.low",
                event.at,
                sku=event.sku,
                units=str(event.units),
                point=str(event.point),
            )
            yield from _look_once_more(event, world)
        case StockRecovered():
            yield from _look_once_more(event, world)
        case stock.StockReceived() | stock.TransferSent() | stock.TransferReceived():
            yield from look_at([line.sku for line in event.lines], world, f"stock/{event.document_id}", event.at)
        case stock.StockAdjusted() | stock.StockCounted():
            yield from look_at([event.sku], world, f"stock/{event.document_id}", event.at)
        case UnitsDropped():
            yield from look_at([each.sku for each in event.units], world, f"work/{event.fulfillment_id}", event.at)
        case ReturnDisposed():
            yield from look_at(event.skus, world, f"return/{event.return_id}", event.at)
        case ReorderPointSet():
            yield from look_at([event.sku], world, f"reorder/{event.sku}", event.at)
        case _:
            return


def _look_once_more(event: StockRanLow | StockRecovered, world: World) -> Reaction:
    """Units are counted before the word is committed: those that went meanwhile may be the last that ever do."""
    yield from look_at([event.sku], world, f"reorder/{event.sku}", event.at)


def look_at(skus: Iterable[str], world: World, source: str, at: datetime) -> Reaction:
    """One task for all articles whose units came or went, if the shop wants to hear of it."""
    if world.policy.tell_low_stock:
        payload = {str(number): sku for number, sku in enumerate(dict.fromkeys(skus), 1)}
        yield Later(task_id=f"{source}.look@", kind=TaskKind.STOCK_LOOK, due_at=at, payload=payload)
