"""What follows when an order comes into a queue: a look when its time there is over, and the queue's next run.

One that a person takes out of its queue has no run to wait for: it is served with the others at once.
"""

from __future__ import annotations

from omscore.flows.world import AppointRun, Event, Later, Reaction, TaskKind, World
from omscore.orders.events import OrderLeftQueue, OrderQueued


def react(event: Event, world: World) -> Reaction:
    """Appointments of an order in a queue."""
    match event:
        case OrderQueued():
            yield Later(
                task_id=f"{event.order_id}.queue_over@",
                kind=TaskKind.QUEUE_OVER,
                due_at=event.until,
                payload={"order_id": event.order_id, "queue": event.queue, "since": event.at.isoformat()},
            )
            yield AppointRun(queue=event.queue, at=event.at)
        case OrderLeftQueue(by=str(by)) if by:
            lines = world.order(event.order_id).lines
            waiting = dict.fromkeys([line.sku for line in lines if line.quantities.waiting])
            yield Later(
                task_id=f"{event.order_id}.fill@",
                kind=TaskKind.FILL_BACKORDERS,
                due_at=event.at,
                payload={str(number): sku for number, sku in enumerate(waiting, 1)},
            )
        case _:
            return
