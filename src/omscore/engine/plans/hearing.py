"""A provider's callback: kept, held against the payment it speaks of, and applied at most once."""

from __future__ import annotations

from datetime import datetime, timedelta

from omscore.engine.plans.wishes import ApplyCallback
from omscore.engine.unit import Unit
from omscore.errors import InputError
from omscore.flows.world import Later, TaskKind
from omscore.orders.commands import PlaceHold
from omscore.orders.model import HoldKind, Order
from omscore.payments.callbacks import Callback, CallbackState, RecordCallback, SettleCallback, verdict_of
from omscore.payments.commands import RecordAnswer
from omscore.payments.model import Payment

KEPT_FOR = timedelta(hours=72)
"""How long a callback waits for the attempt it speaks of; its own request is recorded before it is sent, so seconds are
the rule."""

FIRST_LOOK = timedelta(seconds=1)
LOOK_EVERY = timedelta(hours=1)


def record_callback(unit: Unit, command: RecordCallback) -> None:
    """Note a callback and apply it, or keep it for the attempt that is not recorded yet."""
    if command.provider not in unit.desk.shop.payment:
        known = ", ".join(unit.desk.shop.payment) or "none"
        raise InputError(
            f"there is no payment provider {command.provider!r}; configured: {known}", code="callback.provider"
        )
    is_new = unit.find(Callback, command.callback_id) is None
    unit.decide(command)
    if is_new and not _applied(unit, command.callback_id, command.at):
        unit.later(
            Later(
                task_id=f"callback.{command.callback_id}",
                kind=TaskKind.CALLBACK,
                due_at=command.at + FIRST_LOOK,
                payload={"callback_id": command.callback_id},
            )
        )


def apply_callback(unit: Unit, command: ApplyCallback) -> None:
    """Apply a callback that was kept, or refuse it when its time is over."""
    callback = unit.get(Callback, command.callback_id)
    if not _applied(unit, command.callback_id, command.at) and command.at - callback.received_at >= KEPT_FOR:
        says = (
            f"{callback.provider} told of {callback.key}, which was never asked under payment {callback.payment_id}; "
            "nothing was changed, look at it at the provider"
        )
        unit.decide(
            SettleCallback(callback_id=command.callback_id, state=CallbackState.REFUSED, says=says, at=command.at)
        )


def _applied(unit: Unit, callback_id: str, at: datetime) -> bool:
    """False when it has to be kept."""
    callback = unit.get(Callback, callback_id)
    if callback.state is not CallbackState.KEPT:
        return True
    payment = unit.find(Payment, callback.payment_id)
    state, says = verdict_of(callback, payment)
    if payment is None or state is CallbackState.KEPT:
        return False
    unit.decide(SettleCallback(callback_id=callback_id, state=state, says=says, at=at))
    if state is CallbackState.APPLIED:
        unit.run(
            RecordAnswer(
                payment_id=callback.payment_id,
                key=callback.key,
                succeeded=callback.succeeded,
                amount=callback.amount,
                reference=callback.reference,
                says=callback.says,
                at=at,
            )
        )
    if state is CallbackState.CONTRADICTS and not unit.get(Order, payment.order_id).is_settled:
        unit.run(PlaceHold(order_id=payment.order_id, kind=HoldKind.REVIEW, says=says, at=at))
    return True
