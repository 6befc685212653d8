"""What channels are told of the orders that came from them: that one was taken, what was cancelled, what was sent."""

from __future__ import annotations

from omscore.flows.world import Event, Later, Reaction, TaskKind, World
from omscore.fulfillment.events import ShipmentHandedOver
from omscore.orders.attributes import CHANNEL_MESSAGE
from omscore.orders.events import UnitsCancelled
from omscore.orders.model import Order
from omscore.orders.outbox import NewsNumbered
from omscore.parties import NewsKind


def react(event: Event, world: World) -> Reaction:
    """Messages to be written down, and those to be sent."""
    match event:
        case UnitsCancelled():
            order = world.order(event.order_id)
            if came_from(order, world, NewsKind.ORDER):
                yield told(order, NewsKind.ORDER, f"{event.order_id}.told.cancelled@", event)
        case ShipmentHandedOver():
            order = world.order(event.order_id)
            if came_from(order, world, NewsKind.SHIPMENT):
                key = f"{event.fulfillment_id}.told.sent"
                yield told(order, NewsKind.SHIPMENT, key, event, fulfillment_id=event.fulfillment_id)
        case NewsNumbered():
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
        case _:
            return


def came_from(order: Order, world: World, kind: NewsKind) -> bool:
    """Whether the order came as a message of a channel that wants to hear of this."""
    return world.tells(order.channel, kind) and any(key == CHANNEL_MESSAGE for key, _ in order.attributes)


def told(order: Order, kind: NewsKind, task_id: str, event: Event, **more: str) -> Later:
    """A message about an order, to be written down soon."""
    payload = {"channel": order.channel, "kind": kind.value, "order_id": order.order_id, **more}
    return Later(task_id=task_id, kind=TaskKind.NEWS, due_at=event.at, payload=payload)
