"""What each kind of task does outside, and which command records the answer.

No effect runs while a commit is open. Each ends in an `Outcome`: commands to record, and whether the task is done, is
to be tried again, or is given up. An effect whose answer was lost is looked up before it is ever sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs

from omscore.billing.journal import JournalEntry
from omscore.border import tamed
from omscore.engine.desk import Desk
from omscore.engine.letters import SHOP_LETTERS, letter
from omscore.engine.outcome import Outcome, again
from omscore.engine.parcels import label, track
from omscore.engine.people import find_person
from omscore.engine.plans.wishes import CancelUnpaid, TimeOutCart
from omscore.engine.retry import wait_after
from omscore.engine.unit import Unit
from omscore.errors import (
    NotFoundError,
    OmsError,
    PortRefusedError,
    PortTransientError,
    PortUnknownError,
    SetupError,
)
from omscore.flows.world import RouteOrder, TaskKind
from omscore.ids import CartId, OrderId, PaymentId
from omscore.orders.model import Order
from omscore.payments.commands import RecordAnswer
from omscore.payments.model import AttemptState, Payment, Step
from omscore.ports.carriers import CarrierPort
from omscore.ports.erp import ErpPort
from omscore.ports.notices import Notice, NoticePort
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentPort, PaymentRequest, PaymentStep
from omscore.ports.storage import Task, TaskOutcome

log = logging.getLogger(__name__)


@attrs.frozen(kw_only=True)
class Ports:
    """The opened backends of one shop."""

    payments: Mapping[str, PaymentPort]
    carrier: CarrierPort
    notices: NoticePort | None = None
    erp: ErpPort | None = None


class Effects:
    """All effects of one shop."""

    def __init__(self, desk: Desk, ports: Ports) -> None:
        self._desk = desk
        self._ports = ports
        self._by_kind: Mapping[TaskKind, Callable[[Task, Mapping[str, str], datetime], Outcome]] = {
            TaskKind.PAYMENT: self._payment,
            TaskKind.LABEL: lambda _, payload, now: label(desk, ports.carrier, payload, now),
            TaskKind.TRACK: lambda _, payload, now: track(desk, ports.carrier, payload, now),
            TaskKind.NOTICE: self._notice,
            TaskKind.ERP: self._erp,
            TaskKind.CART_TIMEOUT: lambda _, payload, now: Outcome(
                commands=(TimeOutCart(cart_id=CartId(payload["cart_id"]), at=now),)
            ),
            TaskKind.CANCEL_UNPAID: lambda _, payload, now: Outcome(
                commands=(CancelUnpaid(order_id=OrderId(payload["order_id"]), at=now),)
            ),
            TaskKind.FILL_BACKORDERS: self._fill_backorders,
            TaskKind.ROUTE_AGAIN: self._route_again,
        }

    def attempt(self, task: Task, now: datetime) -> Outcome:
        """Try a leased task once."""
        try:
            payload = self._desk.codec.record(task.payload, dict[str, str])
            return self._by_kind[TaskKind(task.kind)](task, payload, now)
        except PortTransientError as error:
            return again(task, now, f"nothing happened: {error}")
        except PortUnknownError as error:
            return again(task, now, f"outcome unknown: {error}")
        except (PortRefusedError, NotFoundError) as error:
            return Outcome(settled=TaskOutcome.DEAD, note=str(error))
        except OmsError as error:
            return again(task, now, str(error))
        except Exception as error:
            # Not one of the promised errors: its text may hold anything, so only the log is told.
            log.exception("task %s: the backend failed in a way it must not", task.task_id)
            return again(task, now, f"the backend failed ({type(error).__name__}); see the log")

    def _payment(self, task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
        payment = self._get(Payment, payload["payment_id"], now)
        attempt = payment.attempt(payload["key"])
        if attempt is None or attempt.state is not AttemptState.REQUESTED:
            return Outcome(note="answered already")
        port = self._ports.payments.get(payment.provider)
        if port is None:
            raise SetupError(
                f"payment.{payment.provider} is not configured any more; payment {payment.payment_id} waits"
            )
        answer = port.look_up(attempt.key) if task.attempt > 1 else None
        if answer is None:
            answer = self._send(port, payment, attempt.key, attempt.step)
        if answer.outcome is PaymentOutcome.PENDING:
            # Asking is harmless and nobody else can answer, so patience has no end here.
            waits = wait_after(task.attempt, task.task_id)
            note = "the provider has not decided yet"
            return Outcome(settled=TaskOutcome.RETRY, again_at=now + waits, note=note)
        return Outcome(
            commands=(
                RecordAnswer(
                    payment_id=PaymentId(payload["payment_id"]),
                    key=attempt.key,
                    succeeded=answer.outcome is PaymentOutcome.SUCCEEDED,
                    amount=answer.amount,
                    reference=answer.reference,
                    says=tamed(answer.says),
                    at=now,
                ),
            )
        )

    def _send(self, port: PaymentPort, payment: Payment, key: str, step: Step) -> PaymentAnswer:
        attempt = payment.attempt(key)
        if attempt is None:
            raise NotFoundError(f"payment {payment.payment_id} has no attempt {key}", code="payment.unknown_key")
        request = PaymentRequest(
            key=key,
            step=PaymentStep(step.value),
            payment_id=payment.payment_id,
            amount=attempt.amount,
            method=payment.method,
            authorisation=payment.authorisation,
        )
        try:
            return port.send(request)
        except PortRefusedError as error:
            # A definite no of the provider is an answer like any other, not a broken task.
            return PaymentAnswer(outcome=PaymentOutcome.DECLINED, amount=attempt.amount, says=str(error))

    def _notice(self, task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
        if self._ports.notices is None:
            return Outcome(note="nobody is configured to send notices")
        template = payload["template"]
        if template in SHOP_LETTERS:
            to, person = "shop", None
        else:
            person = find_person(self._desk, payload["person_id"])
            if person is None or not person.mail:
                return Outcome(note="nobody to tell")
            to = person.mail
        order_id = payload.get("order_id")
        order = self._get(Order, order_id, now) if order_id else None
        subject, text = letter(template, shop=self._desk.shop, person=person, order=order, fields=payload)
        self._ports.notices.send(Notice(key=task.task_id, to=to, subject=subject, text=text, at=now))
        return Outcome()

    def _erp(self, _task: Task, payload: Mapping[str, str], _now: datetime) -> Outcome:
        if self._ports.erp is None:
            return Outcome(note="no accounting system is configured")
        numbers = sorted(payload, key=int)
        self._ports.erp.post([self._desk.codec.record(payload[number], JournalEntry) for number in numbers])
        return Outcome()

    def _fill_backorders(self, _task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
        """First come, first served: the orders that wait for a SKU are routed again in the order they were placed."""
        streams = self._desk.storage.listed("waiting", payload["sku"], limit=1_000_000)
        return Outcome(
            commands=tuple(RouteOrder(order_id=OrderId(stream.partition("/")[2]), at=now) for stream in streams)
        )

    def _route_again(self, _task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
        """An order that waits is looked at again and again until it waits no more."""
        order = self._get(Order, payload["order_id"], now)
        if not any(line.quantities.waiting for line in order.lines):
            return Outcome()
        return Outcome(
            commands=(RouteOrder(order_id=order.order_id, at=now),),
            settled=TaskOutcome.RETRY,
            again_at=now + timedelta(hours=self._desk.shop.flows.route_again_after_hours),
            note="waits for stock",
        )

    def _get(self, kind: type[Any], identity: str, now: datetime) -> Any:
        return Unit(self._desk, now).get(kind, identity)
