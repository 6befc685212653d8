"""When a cart's holds run out: an appointment is made with every hold, kept only by the latest."""

from __future__ import annotations

from datetime import datetime

from omscore.flows.world import Later, Reaction, TaskKind, World, on
from omscore.orders.carts import CartLineSet, CheckoutBegun


def _line_set(event: CartLineSet, _world: World) -> Reaction:
    return (_appointment(event.cart_id, event.line.expires_at),)


def _begun(event: CheckoutBegun, _world: World) -> Reaction:
    return (_appointment(event.cart_id, event.expires_at),)


def _appointment(cart_id: str, due_at: datetime) -> Later:
    return Later(
        task_id=f"{cart_id}.timeout.{due_at.isoformat()}",
        kind=TaskKind.CART_TIMEOUT,
        due_at=due_at,
        payload={"cart_id": cart_id},
    )


HANDLERS = (
    on(CartLineSet, _line_set),
    on(CheckoutBegun, _begun),
)
"""Appointments to look at a cart again."""
