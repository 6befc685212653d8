"""What follows when an order comes into a queue: a look when its time there is over, and the queue's next run.

An order that may go for another reason than new stock is served in its turn at once: a person has taken it out of its
queue or is done with reviewing it, or what it lacked was cancelled.
"""

from __future__ import annotations

from datetime import datetime

from omscore.flows.world import AppointRun, Later, Reaction, TaskKind, World, on
from omscore.ids import OrderId
from omscore.orders.events import HoldReleased, OrderLeftQueue, OrderQueued, UnitsCancelled
from omscore.orders.model import HoldKind


def _queued(event: OrderQueued, _world: World) -> Reaction:
    yield Later(
        task_id=f"{event.order_id}.queue_over@",
        kind=TaskKind.QUEUE_OVER,
        due_at=event.until,
        payload={"order_id": event.order_id, "queue": event.queue, "since": event.at.isoformat()},
    )
    yield AppointRun(queue=event.queue, at=event.at)


def _left(event: OrderLeftQueue, world: World) -> Reaction:
    return _serve(event.order_id, event.at, world) if event.by else ()


def _released(event: HoldReleased, world: World) -> Reaction:
    return _serve(event.order_id, event.at, world) if event.kind is HoldKind.REVIEW else ()


def _cancelled(event: UnitsCancelled, world: World) -> Reaction:
    return _serve(event.order_id, event.at, world) if event.from_backordered else ()


def _serve(order_id: OrderId, at: datetime, world: World) -> Reaction:
    """Let all that wait for what the order waits for be tried, whoever comes first; nothing when it waits no more."""
    lines = world.order(order_id).lines
    skus = dict.fromkeys([line.sku for line in lines if line.quantities.waiting])
    if skus:
        payload = {str(number): sku for number, sku in enumerate(skus, 1)}
        yield Later(task_id=f"{order_id}.fill@", kind=TaskKind.FILL_BACKORDERS, due_at=at, payload=payload)


HANDLERS = (
    on(OrderQueued, _queued),
    on(OrderLeftQueue, _left),
    on(HoldReleased, _released),
    on(UnitsCancelled, _cancelled),
)
"""Appointments of an order in a queue."""
