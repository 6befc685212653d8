"""When a cart's holds run out: an appointment is made with every hold, kept only by the latest."""

from __future__ import annotations

from datetime import datetime

from omscore.flows.world import Event, Later, Reaction, TaskKind, World
from omscore.orders.carts import CartLineSet, CheckoutBegun


def react(event: Event, _world: World) -> Reaction:
    """Appointments to look at a cart again."""
    match event:
        case CartLineSet():
            yield _appointment(event.cart_id, event.line.expires_at)
        case CheckoutBegun():
            yield _appointment(event.cart_id, event.expires_at)
        case _:
            return


def _appointment(cart_id: str, due_at: datetime) -> Later:
    return Later(
        task_id=f"{cart_id}.timeout.{due_at.isoformat()}",
        kind=TaskKind.CART_TIMEOUT,
        due_at=due_at,
        payload={"cart_id": cart_id},
    )
