"""Which messages are due: each names its template and its order; who it goes to stays in the vault until it is sent."""

from __future__ import annotations

from datetime import datetime

from omscore.flows.world import Event, Later, Reaction, TaskKind, World
from omscore.orders.carts import CartAbandoned
from omscore.orders.events import LinesBackordered
from omscore.orders.model import Order
from omscore.payments.callbacks import CallbackSettled, CallbackState


def react(event: Event, _world: World) -> Reaction:
    """Alerts for the shop's own people."""
    match event:
        case CartAbandoned():
            yield alert(
                "cart_abandoned",
                f"{event.cart_id}.abandoned",
                event.at,
                cart_id=event.cart_id,
                channel=event.channel,
                units=str(event.units),
            )
        case CallbackSettled(state=CallbackState.REFUSED | CallbackState.CONTRADICTS):
            yield alert(
                f"callback_{event.state}",
                f"callback.{event.callback_id}",
                event.at,
                callback_id=event.callback_id,
                payment_id=event.payment_id,
                says=event.says,
            )
        case LinesBackordered():
            yield alert(
                "backorder",
                f"{event.decision_id}.backorder",
                event.at,
                order_id=event.order_id,
                units=str(sum(count for _, count in event.units)),
            )
        case _:
            return


def notice(template: str, key: str, order: Order, due_at: datetime, **fields: str) -> Later:
    """A message about an order to its customer."""
    payload = {"template": template, "order_id": order.order_id, "person_id": order.person_id or "", **fields}
    return Later(task_id=f"{key}.notice.{template}", kind=TaskKind.NOTICE, due_at=due_at, payload=payload)


def alert(template: str, key: str, due_at: datetime, **fields: str) -> Later:
    """A message to the shop."""
    payload = {"template": template, "person_id": "", **fields}
    return Later(task_id=f"{key}.notice.{template}@", kind=TaskKind.NOTICE, due_at=due_at, payload=payload)
