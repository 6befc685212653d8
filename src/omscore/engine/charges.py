"""One step of a payment at its provider: sent once, looked up ever after.

A key is sent again only while nothing can have come of it: because no attempt reached the provider, or because the
provider still knows the key and gives one answer for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from omscore.border import tamed
from omscore.engine.desk import Desk
from omscore.engine.outcome import Outcome, given_up
from omscore.engine.retry import wait_after
from omscore.engine.trail import Trail
from omscore.engine.unit import Unit
from omscore.errors import PortRefusedError, SetupError
from omscore.ids import PaymentId
from omscore.payments.commands import RecordAnswer
from omscore.payments.events import AuthorisationRequested, StepRequested
from omscore.payments.model import Attempt, AttemptState, Payment
from omscore.ports.keys import key_ttl
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentPort, PaymentRequest, PaymentStep
from omscore.ports.storage import Task, TaskOutcome


def charge(
    desk: Desk, ports: Mapping[str, PaymentPort], task: Task, payload: Mapping[str, str], now: datetime
) -> Outcome:
    """Ask the provider, or find out what it answered when it was asked before."""
    payment = Unit(desk, now).get(Payment, payload["payment_id"])
    attempt = payment.attempt(payload["key"])
    if attempt is None or attempt.state is not AttemptState.REQUESTED:
        return Outcome(note="answered already")
    if not attempt.is_due:
        return Outcome(note="nothing is owed any more: the goods came back")
    port = ports.get(payment.provider)
    if port is None:
        raise SetupError(f"payment.{payment.provider} is not configured any more; payment {payment.payment_id} waits")
    adapter = f"payment.{payment.provider}"
    answer = desk.meter.call(adapter, "look up", port.look_up, attempt.key) if task.attempt > 1 else None
    if answer is None:
        if not Trail.before(task).is_sure and _is_forgotten(desk, port, payment, attempt.key, now):
            return given_up(_never_heard_of(port, payment, attempt.key))
        answer = _sent(desk, port, payment, attempt)
    if answer.outcome is PaymentOutcome.PENDING:
        # Asking is harmless and nobody else can answer, so patience has no end here.
        waits = wait_after(task.tries, task.task_id)
        return Outcome(settled=TaskOutcome.RETRY, again_at=now + waits, note="the provider has not decided yet")
    return Outcome(
        commands=(
            RecordAnswer(
                payment_id=PaymentId(payload["payment_id"]),
                key=attempt.key,
                succeeded=answer.outcome is PaymentOutcome.SUCCEEDED,
                amount=answer.amount,
                reference=answer.reference,
                says=tamed(desk.meter.scrubber.text(answer.says)),
                at=now,
            ),
        )
    )


def _sent(desk: Desk, port: PaymentPort, payment: Payment, attempt: Attempt) -> PaymentAnswer:
    request = PaymentRequest(
        key=attempt.key,
        step=PaymentStep(attempt.step.value),
        payment_id=payment.payment_id,
        amount=attempt.amount,
        method=payment.method,
        authorisation=payment.authorisation,
    )
    try:
        return desk.meter.call(f"payment.{payment.provider}", request.step.value, port.send, request)
    except PortRefusedError as error:
        # A definite no of the provider is an answer like any other, not a broken task.
        return PaymentAnswer(outcome=PaymentOutcome.DECLINED, amount=attempt.amount, says=str(error))


def _is_forgotten(desk: Desk, port: PaymentPort, payment: Payment, key: str, now: datetime) -> bool:
    """Whether the provider may have forgotten the key; counted from the request, which no send came before."""
    for stored in desk.storage.events(stream=f"payment/{payment.payment_id}"):
        event = desk.codec.event(stored.name, stored.at, stored.body)
        if isinstance(event, AuthorisationRequested | StepRequested) and event.key == key:
            return now - event.at >= key_ttl(port)
    return True


def _never_heard_of(port: PaymentPort, payment: Payment, key: str) -> str:
    hours = key_ttl(port) // timedelta(hours=1)
    return (
        f"outcome unknown: {payment.provider} does not know {key}, but it may have been sent, and a key older than "
        f"{hours} h is never sent again; find it in the provider's own list and tell the answer (RecordCallback)"
    )
