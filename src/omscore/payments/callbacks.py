"""What a payment provider tells of its own accord: each event once, for ever, and held against what we asked for.

A callback never decides anything alone. It may come before our own attempt is recorded (it is kept), after we have the
answer already (nothing happens), for something we never asked (refused), or against what is recorded (a person looks).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from omscore.errors import DamageError, InputError, NotFoundError, RefusedError
from omscore.ids import PaymentId
from omscore.money import Money
from omscore.payments.model import AttemptState, Payment
from omscore.records import changed, frozen

LONGEST_ID = 200


class CallbackState(StrEnum):
    """What became of a callback; `kept` waits for the attempt it speaks of."""

    KEPT = "kept"
    APPLIED = "applied"
    AGREED = "agreed"
    REFUSED = "refused"
    CONTRADICTS = "contradicts"


@frozen(kw_only=True)
class RecordCallback:
    """Note what a provider told about one attempt, after its signature was checked; told twice it is noted once.

    Shape: `key` is the key of our own attempt, which the provider was given with the request; `event_id` is the
    provider's id of this message.
    """

    provider: str
    event_id: str
    payment_id: PaymentId
    key: str
    succeeded: bool
    amount: Money
    at: datetime
    reference: str = ""
    says: str = ""

    @property
    def callback_id(self) -> str:
        return f"{self.provider}:{self.event_id}"


@frozen(kw_only=True)
class SettleCallback:
    """Say what became of a callback that was kept."""

    callback_id: str
    state: CallbackState
    says: str
    at: datetime


CallbackCommand = RecordCallback | SettleCallback


@frozen(kw_only=True)
class CallbackReceived:
    callback_id: str
    provider: str
    payment_id: PaymentId
    key: str
    succeeded: bool
    amount: Money
    reference: str
    says: str
    at: datetime


@frozen(kw_only=True)
class CallbackSettled:
    callback_id: str
    payment_id: PaymentId
    key: str
    state: CallbackState
    says: str
    at: datetime


CallbackEvent = CallbackReceived | CallbackSettled


@frozen(kw_only=True)
class Callback:
    """One message of a provider. Shape: `verdict` says why it was refused or needs a person."""

    callback_id: str
    provider: str
    payment_id: PaymentId
    key: str
    succeeded: bool
    amount: Money
    reference: str
    says: str
    received_at: datetime
    state: CallbackState = CallbackState.KEPT
    verdict: str = ""


def decide_callback(callback: Callback | None, command: CallbackCommand) -> Sequence[CallbackEvent]:
    """The events that follow from a command. Holds: a callback is received once and settled once."""
    match command:
        case RecordCallback():
            return _received(callback, command)
        case SettleCallback():
            if callback is None:
                raise NotFoundError(f"there is no callback {command.callback_id}", code="callback.unknown")
            if callback.state is not CallbackState.KEPT:
                return []
            return [
                CallbackSettled(
                    callback_id=callback.callback_id,
                    payment_id=callback.payment_id,
                    key=callback.key,
                    state=command.state,
                    says=command.says,
                    at=command.at,
                )
            ]
        case _:
            assert_never(command)


def _received(callback: Callback | None, command: RecordCallback) -> Sequence[CallbackEvent]:
    for name in ("event_id", "payment_id", "key"):
        text = getattr(command, name)
        if not text.strip() or len(text) > LONGEST_ID:
            raise InputError(
                f"{name} must be 1 to {LONGEST_ID} visible characters, not {text!r}", code="input.callback"
            )
    event = CallbackReceived(
        callback_id=command.callback_id,
        provider=command.provider,
        payment_id=command.payment_id,
        key=command.key,
        succeeded=command.succeeded,
        amount=command.amount,
        reference=command.reference,
        says=command.says,
        at=command.at,
    )
    if callback is None:
        return [event]
    told_before = evolve_callback(None, changed(event, at=callback.received_at))
    if changed(callback, state=told_before.state, verdict="") != told_before:
        raise RefusedError(
            f"{command.provider} told event {command.event_id} before with other content; the first one stands",
            code="callback.differs",
        )
    return []


def evolve_callback(callback: Callback | None, event: CallbackEvent) -> Callback:
    """The callback as it is after the event."""
    if isinstance(event, CallbackReceived):
        return Callback(
            callback_id=event.callback_id,
            provider=event.provider,
            payment_id=event.payment_id,
            key=event.key,
            succeeded=event.succeeded,
            amount=event.amount,
            reference=event.reference,
            says=event.says,
            received_at=event.at,
        )
    if callback is None:
        raise DamageError(f"{type(event).__name__} came before CallbackReceived", code="damage.first_event")
    return changed(callback, state=event.state, verdict=event.says)


def verdict_of(callback: Callback, payment: Payment | None) -> tuple[CallbackState, str]:
    """What a callback comes to, given the payment it speaks of, and why it is not simply applied.

    Shape: KEPT while there is no such attempt yet.
    """
    attempt = payment.attempt(callback.key) if payment is not None else None
    if payment is None or attempt is None:
        return CallbackState.KEPT, ""
    told = f"{callback.provider} says that {attempt.step} {callback.amount} " + (
        "succeeded" if callback.succeeded else "was declined"
    )
    if payment.provider != callback.provider:
        return CallbackState.REFUSED, f"{told}, but {payment.provider} was asked; nothing was changed"
    if not attempt.may_be(callback.amount):
        return CallbackState.REFUSED, f"{told}, but {attempt.due} was asked; nothing was changed"
    if attempt.state is AttemptState.REQUESTED:
        return CallbackState.APPLIED, ""
    if callback.succeeded is (attempt.state is AttemptState.SUCCEEDED):
        return CallbackState.AGREED, ""
    with_reference = f" (reference {callback.reference})" if callback.reference else ""
    return (
        CallbackState.CONTRADICTS,
        f"{told}{with_reference}, but it is recorded as {attempt.state}; settle it at the provider by hand",
    )
