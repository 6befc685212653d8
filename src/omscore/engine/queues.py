"""The runs of queues, and what is due for an order in one: which commands they come to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import takewhile

from omscore.engine.desk import Desk
from omscore.engine.outcome import Outcome
from omscore.engine.plans.queueing import ends_at
from omscore.engine.plans.wishes import EndStay
from omscore.engine.turns import in_turn
from omscore.engine.unit import Unit
from omscore.flows.world import AppointRun, PromiseWaiting, RouteOrder
from omscore.ids import OrderId
from omscore.orders.model import Order
from omscore.ports.storage import TaskOutcome


def run_queue(desk: Desk, name: str, now: datetime) -> Outcome:
    """Every order in the queue is tried, in its turn among all that want the same; those whose time is over go on."""
    unit = Unit(desk, now)
    streams = desk.reader.listed("queue", name, limit=1_000_000)
    if not streams or desk.shop.queue(name) is None:
        return Outcome(note="nobody is in the queue")
    unit.prepare(streams)
    orders = [unit.get(Order, stream.partition("/")[2]) for stream in streams]
    skus = [line.sku for order in orders for line in order.lines if line.quantities.waiting]
    turns = in_turn(desk, skus, now, running=name)
    return Outcome(
        commands=(
            *[RouteOrder(order_id=order_id, at=now) for order_id in turns],
            *[  # what they were promised may have come since, and gone to others
                PromiseWaiting(order_id=order.order_id, at=now)
                for order in orders
                if order.promises and order.order_id not in turns
            ],
            *[
                EndStay(order_id=order.order_id, at=now)
                for order in orders
                if order.queue is not None and ends_at(desk.shop, order.queue) <= now
            ],
            AppointRun(queue=name, at=now),
        )
    )


def stay_over(desk: Desk, payload: Mapping[str, str], now: datetime) -> Outcome:
    """An order whose time in a queue is over goes on, after those who came before it had their turn."""
    order = Unit(desk, now).get(Order, payload["order_id"])
    stay = order.queue
    if stay is None or (stay.name, stay.since.isoformat()) != (payload["queue"], payload["since"]):
        return Outcome(note="it is not in that queue any more")
    if (until := ends_at(desk.shop, stay)) > now:
        return Outcome(settled=TaskOutcome.RETRY, again_at=until, note="its time is not over yet", is_sure=True)
    skus = [line.sku for line in order.lines if line.quantities.waiting]
    return Outcome(
        commands=(
            *[RouteOrder(order_id=each, at=now) for each in before(desk, order, skus, now)],
            EndStay(order_id=order.order_id, at=now),
        )
    )


def before(desk: Desk, order: Order, skus: list[str], now: datetime) -> tuple[OrderId, ...]:
    """The orders whose turn is before that of this one, as far as they want the same."""
    running = "" if order.queue is None else order.queue.name
    return tuple(takewhile(lambda order_id: order_id != order.order_id, in_turn(desk, skus, now, running=running)))
