"""Which messages are due: each names its template and its order; who it goes to stays in the vault until it is sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from omscore.flows.world import Later, Reaction, TaskKind, World, on
from omscore.orders.carts import CartAbandoned
from omscore.orders.events import LinesBackordered, PromiseBroken
from omscore.orders.model import Order
from omscore.orders.promises import promised_on
from omscore.payments.callbacks import CallbackSettled, CallbackState
from omscore.payments.events import StepRequested
from omscore.payments.model import Step
from omscore.records import maker

_new_later = maker(Later)

_NOTICE = TaskKind.NOTICE  # by a name of its own: a member is looked up in its enum for as long as a record takes


def _abandoned(event: CartAbandoned, world: World) -> Reaction:
    yield alert(
        "cart_abandoned",
        f"{event.cart_id}.abandoned",
        event.at,
        cart_id=event.cart_id,
        channel=event.channel,
        units=str(event.units),
    )
    yield from _remind_of_cart(event, world)


def _broken(event: PromiseBroken, world: World) -> Reaction:
    if world.policy.tell_delayed:
        order = world.order(event.order_id)
        waiting = sum([line.quantities.waiting for line in order.lines])
        day = str(promised_on(order.promises, waiting) or "")
        yield notice("delayed", f"{event.order_id}.delayed.{day}", order, event.at, arrives_on=day)


def _callback_settled(event: CallbackSettled, _world: World) -> Reaction:
    if event.state in (CallbackState.REFUSED, CallbackState.CONTRADICTS):
        yield alert(
            f"callback_{event.state}",
            f"callback.{event.callback_id}",
            event.at,
            callback_id=event.callback_id,
            payment_id=event.payment_id,
            says=event.says,
        )


def _backordered(event: LinesBackordered, _world: World) -> Reaction:
    yield alert(
        "backorder",
        f"{event.decision_id}.backorder",
        event.at,
        order_id=event.order_id,
        units=str(sum(count for _, count in event.units)),
    )


def _remind_of_cart(event: CartAbandoned, world: World) -> Reaction:
    """One letter a cart, to a customer who agreed to it."""
    if world.policy.remind_cart_after_hours and event.remind is not None:
        yield Later(
            task_id=f"{event.cart_id}.notice.cart_reminder",
            kind=TaskKind.NOTICE,
            due_at=event.at + timedelta(hours=world.policy.remind_cart_after_hours),
            payload={
                "template": "cart_reminder",
                "person_id": event.remind,
                "cart_id": event.cart_id,
                "channel": event.channel,
                "left_at": event.at.isoformat(),
            },
        )


def _remind_of_invoice(event: StepRequested, world: World) -> Reaction:
    """As many letters as the shop wants; each looks whether the money has come before it is sent."""
    if event.step is not Step.CAPTURE or not world.policy.remind_invoice_days:
        return
    payment = world.payment(event.payment_id)
    if not world.pays_later(payment.provider):
        return
    due_at = event.at + timedelta(days=world.policy.invoice_due_days)
    for number, days in enumerate(world.policy.remind_invoice_days, 1):
        yield notice(
            "invoice_due",
            f"{event.key}.reminder.{number}",
            world.order(payment.order_id),
            due_at + timedelta(days=days),
            payment_id=event.payment_id,
            attempt_key=event.key,
            amount=str(event.amount),
            owed_at=due_at.isoformat(),
        )


def notice(template: str, key: str, order: Order, due_at: datetime, **fields: str) -> Later:
    """A message about an order to its customer."""
    payload = {"template": template, "order_id": order.order_id, "person_id": order.person_id or "", **fields}
    return _new_later(task_id=f"{key}.notice.{template}", kind=_NOTICE, due_at=due_at, payload=payload)


def alert(template: str, key: str, due_at: datetime, **fields: str) -> Later:
    """A message to the shop."""
    payload = {"template": template, "person_id": "", **fields}
    return Later(task_id=f"{key}.notice.{template}@", kind=TaskKind.NOTICE, due_at=due_at, payload=payload)


HANDLERS = (
    on(CartAbandoned, _abandoned),
    on(PromiseBroken, _broken),
    on(StepRequested, _remind_of_invoice),
    on(CallbackSettled, _callback_settled),
    on(LinesBackordered, _backordered),
)
"""Alerts for the shop's own people, and letters about what did not come as expected."""
