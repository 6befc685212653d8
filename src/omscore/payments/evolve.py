"""The payment after one more fact."""

from __future__ import annotations

from typing import assert_never

from omscore.errors import DamageError
from omscore.money import Money
from omscore.payments import events as e
from omscore.payments.model import Attempt, AttemptState, Payment, Step
from omscore.records import changed, maker

_new_payment = maker(Payment)
_new_attempt = maker(Attempt)

_AUTHORISE = Step.AUTHORISE  # by a name of its own: a member is looked up in its enum for as long as a record takes


def evolve(payment: Payment | None, event: e.PaymentEvent) -> Payment:
    """The payment as it is after the event."""
    if isinstance(event, e.AuthorisationRequested):
        nothing = Money.zero(event.amount.currency)
        return _new_payment(
            payment_id=event.payment_id,
            order_id=event.order_id,
            provider=event.provider,
            method=event.method,
            authorised=nothing,
            captured=nothing,
            voided=nothing,
            refunded=nothing,
            attempts=(_new_attempt(key=event.key, step=_AUTHORISE, amount=event.amount),),
        )
    if payment is None:
        raise DamageError(f"{type(event).__name__} came before AuthorisationRequested", code="damage.first_event")
    match event:
        case e.StepRequested():
            attempt = _new_attempt(key=event.key, step=event.step, amount=event.amount)
            return changed(payment, attempts=(*payment.attempts, attempt))
        case e.CaptureLowered():
            lowered = [_lowered(each, event) if each.key == event.key else each for each in payment.attempts]
            return changed(payment, attempts=tuple(lowered))
        case e.StepSucceeded():
            return _succeeded(payment, event)
        case e.StepDeclined():
            return _settled(payment, event.key, AttemptState.DECLINED, says=event.says)
        case _:
            assert_never(event)


def _succeeded(payment: Payment, event: e.StepSucceeded) -> Payment:
    payment = _settled(_paid(payment, event), event.key, AttemptState.SUCCEEDED, reference=event.reference)
    match event.step:
        case Step.AUTHORISE:
            return changed(payment, authorised=event.amount, authorisation=event.reference)
        case Step.CAPTURE:
            return changed(payment, captured=payment.captured + event.amount)
        case Step.VOID:
            return changed(payment, voided=payment.voided + event.amount)
        case Step.REFUND:
            return changed(payment, refunded=payment.refunded + event.amount)
        case _:
            assert_never(event.step)


def _lowered(attempt: Attempt, event: e.CaptureLowered) -> Attempt:
    """Less is due; what was due until now may be on its way."""
    asked = (*attempt.asked_minor, attempt.due.minor) if attempt.lowered_minor else attempt.asked_minor
    return changed(attempt, lowered_minor=attempt.lowered_minor + event.amount.minor, asked_minor=asked)


def _paid(payment: Payment, event: e.StepSucceeded) -> Payment:
    """Of an attempt that was lowered, what was paid; what is over it is known from the amount asked for at first."""
    asked = payment.attempt(event.key)
    if asked is None or event.amount == asked.amount:
        return payment
    paid = [
        changed(each, amount=event.amount, lowered_minor=event.amount.minor - each.due.minor, asked_minor=())
        if each.key == event.key
        else each
        for each in payment.attempts
    ]
    return changed(payment, attempts=tuple(paid))


def _settled(payment: Payment, key: str, state: AttemptState, *, reference: str = "", says: str = "") -> Payment:
    return changed(
        payment,
        attempts=tuple(
            changed(each, state=state, reference=reference, says=says) if each.key == key else each
            for each in payment.attempts
        ),
    )
