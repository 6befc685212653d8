"""Whose turn it is when units come free: orders that wait are served in the order they were placed.

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


def in_turn(desk: Desk, skus: Iterable[str], at: datetime) -> tuple[OrderId, ...]:
    """The orders that wait for these articles or compete with one that does, earliest first.

    Shape: articles of which nothing lies on a shelf are passed over, for nobody can be served with them.
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
            new.update({line.sku: None for line in order.lines if line.quantities.waiting and line.sku not in asked})
    earliest = sorted(found.values(), key=lambda order: (order.placed_at.astimezone(UTC), order.order_id))
    return tuple([order.order_id for order in earliest])
