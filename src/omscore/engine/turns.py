"""Whose turn it is when units come free: orders that wait are served in the order they were placed, those in front of
them that a tag puts first in their queue.

An order that waits for several articles competes with those before it for each of them. So whoever is to be routed is
routed after all who came earlier and could want the same, and those after the ones they compete with.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from omscore.engine.desk import Desk
from omscore.engine.unit import Unit
from omscore.ids import OrderId
from omscore.orders.model import Order
from omscore.routing.queues import UNRANKED


def in_turn(desk: Desk, skus: Iterable[str], at: datetime, *, running: str = "") -> tuple[OrderId, ...]:
    """The orders that wait for these articles or compete with one that does, earliest first.

    Shape: articles of which nothing lies on a shelf are passed over, for nobody can be served with them; so are orders
    in queues that are only served when they run, but for the queue that is `running`.
    Holds: an order comes after every earlier one that could be served with units it could take.
    """
    unit = Unit(desk, at)
    found: dict[str, Order] = {}
    asked: set[str] = set()
    new = dict.fromkeys(skus)
    while new:
        asked.update(new)
        there = {level.sku for level in unit.stock(tuple(new)) if level.sellable or level.reserved}
        streams = [stream for sku in sorted(there) for stream in desk.reader.listed("waiting", sku, limit=1_000_000)]
        streams = [stream for stream in dict.fromkeys(streams) if stream not in found]
        unit.prepare(streams)
        new = {}
        for stream in streams:
            order = found[stream] = unit.get(Order, stream.partition("/")[2])
            if not _has_turn(desk, order, running):
                continue
            new.update({line.sku: None for line in order.lines if line.quantities.waiting and line.sku not in asked})
    waiting = [order for order in found.values() if _has_turn(desk, order, running)]
    earliest = sorted(waiting, key=lambda order: (_rank(desk, order), order.placed_at.astimezone(UTC), order.order_id))
    return tuple([order.order_id for order in earliest])


def passed_over(desk: Desk, skus: Iterable[str], turns: Iterable[OrderId], at: datetime) -> tuple[OrderId, ...]:
    """The orders that were promised units of these articles and are not among those whose turn it is: somebody was
    faster at the shelf. Shape: by order id; none in queues that are only served when they run.
    """
    if not desk.shop.flows.promise_from_supply:
        return ()
    unit, served = Unit(desk, at), frozenset(turns)
    streams = [stream for sku in dict.fromkeys(skus) for stream in desk.reader.listed("waiting", sku, limit=1_000_000)]
    streams = sorted({stream for stream in streams if stream.partition("/")[2] not in served})
    unit.prepare(streams)
    orders = [unit.get(Order, stream.partition("/")[2]) for stream in streams]
    return tuple([order.order_id for order in orders if order.promises and _has_turn(desk, order, "")])


def _has_turn(desk: Desk, order: Order, running: str) -> bool:
    if order.queue is None or order.queue.name == running:
        return True
    rules = desk.shop.queue(order.queue.name)
    return rules is None or not rules.only_at_runs


def _rank(desk: Desk, order: Order) -> int:
    rules = None if order.queue is None else desk.shop.queue(order.queue.name)
    return UNRANKED if rules is None else rules.rank(order.tags)
