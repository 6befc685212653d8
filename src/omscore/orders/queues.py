"""The queue an order waits in: at most one, for as long as units of it wait; every move is a fact with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from omscore.errors import RefusedError
from omscore.orders import events as e
from omscore.orders.commands import LeaveQueue, QueueOrder
from omscore.orders.model import Order


def queue_order(order: Order, command: QueueOrder) -> Sequence[e.OrderQueued]:
    """The order in that queue, out of the one it was in; nothing when it is there already.

    Raises: RefusedError when no unit waits.
    """
    if not any([line.quantities.waiting for line in order.lines]):
        raise RefusedError(
            f"order {order.order_id} has no unit that waits for a location; only such orders are put in a queue",
            code="order.nothing_waits",
        )
    before = order.queue.name if order.queue is not None else ""
    if before == command.queue:
        return []
    return [
        e.OrderQueued(
            order_id=order.order_id,
            queue=command.queue,
            before=before,
            reason=command.reason,
            until=command.until,
            by=command.by,
            at=command.at,
        )
    ]


def leave_queue(order: Order, command: LeaveQueue) -> Sequence[e.OrderLeftQueue]:
    """The order out of its queue; nothing when it is in none."""
    if order.queue is None:
        return []
    return [
        e.OrderLeftQueue(
            order_id=order.order_id, queue=order.queue.name, reason=command.reason, by=command.by, at=command.at
        )
    ]
