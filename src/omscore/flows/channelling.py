"""What channels are told of the orders that came from them: that one was taken, what was cancelled, what was sent."""

from __future__ import annotations

from omscore.flows.world import Event, Later, Reaction, TaskKind, World, on
from omscore.fulfillment.events import ShipmentHandedOver
from omscore.orders.attributes import CHANNEL_MESSAGE
from omscore.orders.events import UnitsCancelled
from omscore.orders.model import Order
from omscore.orders.outbox import NewsNumbered
from omscore.parties import NewsKind


def _cancelled(event: UnitsCancelled, world: World) -> Reaction:
    order = world.order(event.order_id)
    if came_from(order, world, NewsKind.ORDER):
        yield told(order, NewsKind.ORDER, f"{event.order_id}.told.cancelled@", event)


def _handed_over(event: ShipmentHandedOver, world: World) -> Reaction:
    order = world.order(event.order_id)
    if came_from(order, world, NewsKind.SHIPMENT):
        key = f"{event.fulfillment_id}.told.sent"
        yield told(order, NewsKind.SHIPMENT, key, event, fulfillment_id=event.fulfillment_id)


def _numbered(event: NewsNumbered, _world: World) -> Reaction:
    yield Later(
        task_id=f"{event.channel}.news.{event.number}",
        kind=TaskKind.NEWS_OUT,
        due_at=event.at,
        payload={
            "channel": event.channel,
            "number": str(event.number),
            "kind": event.kind.value,
            "at": event.at.isoformat(),
            "body": event.body,
        },
    )


def came_from(order: Order, world: World, kind: NewsKind) -> bool:
    """Whether the order came as a message of a channel that wants to hear of this."""
    return world.tells(order.channel, kind) and any(key == CHANNEL_MESSAGE for key, _ in order.attributes)


def told(order: Order, kind: NewsKind, task_id: str, event: Event, **more: str) -> Later:
    """A message about an order, to be written down soon."""
    payload = {"channel": order.channel, "kind": kind.value, "order_id": order.order_id, **more}
    return Later(task_id=task_id, kind=TaskKind.NEWS, due_at=event.at, payload=payload)


HANDLERS = (
    on(UnitsCancelled, _cancelled),
    on(ShipmentHandedOver, _handed_over),
    on(NewsNumbered, _numbered),
)
"""Messages to be written down, and those to be sent."""
