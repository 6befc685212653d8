"""Which payment facts follow from a wish or from a provider's answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from omscore.errors import InputError, NotFoundError, RefusedError
from omscore.money import Money
from omscore.payments import commands as c
from omscore.payments import events as e
from omscore.payments.model import Attempt, AttemptState, Payment, Step
from omscore.records import maker

_new_authorisation_requested = maker(e.AuthorisationRequested)


def decide(payment: Payment | None, command: c.PaymentCommand) -> Sequence[e.PaymentEvent]:
    """The events that follow from a command.

    Holds: refunded <= captured, captured + voided <= authorised.
    Raises: RefusedError when an amount is more than is left to capture, void or refund.
    """
    if isinstance(command, c.RequestAuthorisation):
        return _authorise(payment, command)
    if payment is None:
        raise NotFoundError(f"there is no payment {command.payment_id}", code="payment.unknown")
    match command:
        case c.RequestStep():
            return _request(payment, command)
        case c.LowerCapture():
            return _lower(payment, command)
        case c.RecordAnswer():
            return _answer(payment, command)
        case _:
            assert_never(command)


def _authorise(payment: Payment | None, command: c.RequestAuthorisation) -> Sequence[e.PaymentEvent]:
    if payment is not None:
        raise RefusedError(f"payment {command.payment_id} exists already", code="payment.exists")
    if command.amount.minor <= 0:
        raise InputError(f"cannot authorise {command.amount}; the amount must be above zero", code="payment.amount")
    return [
        _new_authorisation_requested(
            payment_id=command.payment_id,
            order_id=command.order_id,
            provider=command.provider,
            method=command.method,
            key=f"{command.payment_id}.authorise",
            amount=command.amount,
            at=command.at,
        )
    ]


def _request(payment: Payment, command: c.RequestStep) -> Sequence[e.PaymentEvent]:
    known = payment.attempt(command.key)
    if known is not None:
        if (known.step, known.amount) != (command.step, command.amount):
            raise RefusedError(
                f"key {command.key} of payment {payment.payment_id} was used to {known.step} {known.amount}, "
                f"not to {command.step} {command.amount}; use another key",
                code="payment.key_reused",
            )
        return []
    if not command.key.startswith(f"{payment.payment_id}."):
        raise InputError(
            f"key {command.key!r} may be another payment's too; start it with this one's id, such as "
            f"{payment.payment_id}.{command.key or 'goodwill'}",
            code="payment.key",
        )
    match command.step:
        case Step.CAPTURE | Step.VOID:
            left = payment.capturable
        case Step.REFUND:
            left = payment.refundable
        case Step.AUTHORISE:
            raise InputError("an authorisation opens a payment; request it as such", code="payment.step")
        case _:
            assert_never(command.step)
    if command.amount.minor <= 0 or command.amount > left:
        raise RefusedError(
            f"payment {payment.payment_id}: cannot {command.step} {command.amount}, {left} is left to {command.step}",
            code=f"payment.{command.step}_too_much",
            left=left,
        )
    return [
        e.StepRequested(
            payment_id=payment.payment_id,
            order_id=payment.order_id,
            key=command.key,
            step=command.step,
            amount=command.amount,
            at=command.at,
        )
    ]


def _lower(payment: Payment, command: c.LowerCapture) -> Sequence[e.PaymentEvent]:
    attempt = payment.attempt(command.key)
    due = attempt.due if attempt is not None and attempt.step is Step.CAPTURE and attempt.is_due else None
    if due is None or not 0 < command.amount.minor <= due.minor:
        raise RefusedError(
            f"payment {payment.payment_id}: {command.key} cannot be lowered by {command.amount}, "
            f"{due or 'nothing'} is due under it",
            code="payment.not_due",
        )
    return [
        e.CaptureLowered(
            payment_id=payment.payment_id,
            order_id=payment.order_id,
            key=command.key,
            amount=command.amount,
            due=due - command.amount,
            at=command.at,
        )
    ]


def _answer(payment: Payment, command: c.RecordAnswer) -> Sequence[e.PaymentEvent]:
    attempt = payment.attempt(command.key)
    if attempt is None:
        raise NotFoundError(
            f"payment {payment.payment_id} never asked under key {command.key}", code="payment.unknown_key"
        )
    if attempt.state is not AttemptState.REQUESTED:
        if command.succeeded:
            _check_amount(payment, attempt, command.amount)
        return _again(payment, attempt.state, command)
    if not command.succeeded and not attempt.is_due:
        return []  # nobody waits for it any more, so nothing failed
    if not command.succeeded:
        return [
            e.StepDeclined(
                payment_id=payment.payment_id,
                order_id=payment.order_id,
                key=command.key,
                step=attempt.step,
                amount=attempt.due,
                says=command.says,
                at=command.at,
            )
        ]
    _check_amount(payment, attempt, command.amount)
    return [
        e.StepSucceeded(
            payment_id=payment.payment_id,
            order_id=payment.order_id,
            key=command.key,
            step=attempt.step,
            amount=command.amount,
            reference=command.reference,
            at=command.at,
        )
    ]


def _again(payment: Payment, state: AttemptState, command: c.RecordAnswer) -> Sequence[e.PaymentEvent]:
    if command.succeeded is (state is AttemptState.SUCCEEDED):
        return []
    raise RefusedError(
        f"attempt {command.key} of payment {payment.payment_id} already {state}; the provider now says otherwise, "
        "look at it by hand",
        code="payment.contradiction",
    )


def _check_amount(payment: Payment, attempt: Attempt, answered: Money) -> None:
    if not attempt.may_be(answered):
        raise RefusedError(
            f"payment {payment.payment_id}: the provider answered for {answered}, {attempt.due} was asked; look at it "
            "by hand",
            code="payment.amount_differs",
        )
