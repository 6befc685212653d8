"""What follows when an order comes into a queue: a look when its time there is over, and the queue's next run."""

from __future__ import annotations

from omscore.flows.world import AppointRun, Event, Later, Reaction, TaskKind, World
from omscore.orders.events import OrderQueued


def react(event: Event, _world: World) -> Reaction:
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
        case _:
            return
