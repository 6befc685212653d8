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
from omscore.engine.desk import Desk
from omscore.engine.letters import SHOP_LETTERS, letter
from omscore.engine.plans.wishes import CancelUnpaid, KeepLabel, TimeOutCart
from omscore.engine.retry import MOST_ATTEMPTS, wait_after
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
from omscore.fulfillment.commands import RecordDelivery, RecordLabel
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import CartId, FulfillmentId, OrderId, PaymentId, PersonId
from omscore.orders.model import Order
from omscore.parties import Person
from omscore.payments.commands import RecordAnswer
from omscore.payments.model import AttemptState, Payment, Step
from omscore.places import Address
from omscore.ports.carriers import CarrierPort, LabelRequest, Parcel, TrackingRequest, TrackingStatus
from omscore.ports.erp import ErpPort
from omscore.ports.notices import Notice, NoticePort
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentPort, PaymentRequest, PaymentStep
from omscore.ports.storage import Task, TaskOutcome

log = logging.getLogger(__name__)

TRACK_AGAIN = timedelta(hours=12)
TRACK_AT_MOST = timedelta(days=60)


@attrs.frozen(kw_only=True)
class Ports:
    """The opened backends of one shop."""

    payments: Mapping[str, PaymentPort]
    carrier: CarrierPort
    notices: NoticePort | None = None
    erp: ErpPort | None = None


@attrs.frozen(kw_only=True)
class Outcome:
    """What one attempt came to. Shape: `again_at` is set for RETRY; `note` says why a task waits or was given up."""

    commands: tuple[Any, ...] = ()
    settled: TaskOutcome = TaskOutcome.DONE
    again_at: datetime | None = None
    note: str = ""


class Effects:
    """All effects of one shop."""

    def __init__(self, desk: Desk, ports: Ports) -> None:
        self._desk = desk
        self._ports = ports
        self._by_kind: Mapping[TaskKind, Callable[[Task, Mapping[str, str], datetime], Outcome]] = {
            TaskKind.PAYMENT: self._payment,
            TaskKind.LABEL: self._label,
            TaskKind.TRACK: self._track,
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
                    says=answer.says,
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

    def _label(self, _task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
        work = self._get(FulfillmentOrder, payload["fulfillment_id"], now)
        package = work.package(payload["package_id"])
        if package.is_labelled:
            return Outcome(note="labelled already")
        location = self._desk.shop.location(work.location_id)
        parcel = Parcel(
            mass_g=package.mass_g,
            length_mm=package.length_mm,
            width_mm=package.width_mm,
            height_mm=package.height_mm,
        )
        quotes = self._ports.carrier.quotes(location.country, work.destination, parcel)
        if not quotes:
            raise PortRefusedError(
                f"no service takes a parcel of {parcel.mass_g} g from {location.country} to "
                f"{work.destination.country}; "
                "add a rate or repack it"
            )
        request = LabelRequest(
            key=package.package_id,
            reference=work.order_id,
            parcel=parcel,
            sender=location.address,
            recipient=self._recipient(work),
            service=quotes[0].service,
            at=now,
        )
        label = self._ports.carrier.buy_label(request)
        record = RecordLabel(
            fulfillment_id=FulfillmentId(payload["fulfillment_id"]),
            package_id=package.package_id,
            tracking_number=label.tracking_number,
            carrier=label.carrier,
            service=label.service,
            transit_days=label.transit_days,
            postage=label.price,
            at=now,
        )
        owner = work.person_id or PersonId(work.order_id)
        return Outcome(commands=(KeepLabel(record=record, owner=owner, documents=label.documents, at=now),))

    def _recipient(self, work: FulfillmentOrder) -> Address:
        """The customer's address from the vault; a parcel for nobody known goes out under its order number."""
        if work.person_id is None:
            return Address(
                recipient=f"Order {work.order_id}",
                lines=("to be collected",),
                city=work.destination.postcode_area or work.destination.country,
                country=work.destination.country,
            )
        return self._person(work.person_id).address(work.address_name)

    def _track(self, task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
        work = self._get(FulfillmentOrder, payload["fulfillment_id"], now)
        package = work.package(payload["package_id"])
        if package.delivered_at is not None or work.shipped_at is None:
            return Outcome(note="nothing to follow")
        scans = self._ports.carrier.track(
            TrackingRequest(
                tracking_number=package.tracking_number,
                service=package.service,
                origin_country=self._desk.shop.location(work.location_id).country,
                destination=work.destination,
                handed_over_at=work.shipped_at,
                at=now,
            )
        )
        for scan in scans:
            if scan.status is TrackingStatus.DELIVERED:
                delivery = RecordDelivery(fulfillment_id=work.fulfillment_id, package_id=package.package_id, at=scan.at)
                return Outcome(commands=(delivery,))
        if now - work.shipped_at > TRACK_AT_MOST:
            return Outcome(settled=TaskOutcome.DEAD, note=f"no delivery within {TRACK_AT_MOST.days} days")
        return Outcome(settled=TaskOutcome.RETRY, again_at=now + TRACK_AGAIN, note="under way")

    def _notice(self, task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
        if self._ports.notices is None:
            return Outcome(note="nobody is configured to send notices")
        template = payload["template"]
        if template in SHOP_LETTERS:
            to, person = "shop", None
        else:
            person = self._find_person(payload["person_id"])
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

    def _find_person(self, person_id: str) -> Person | None:
        text = self._desk.storage.vault_get(PersonId(person_id), "person") if person_id else None
        return self._desk.codec.record(text, Person) if text else None

    def _person(self, person_id: PersonId) -> Person:
        person = self._find_person(person_id)
        if person is None:
            raise NotFoundError(f"customer {person_id} is not in the vault (forgotten?)", code="customer.unknown")
        return person


def again(task: Task, now: datetime, note: str) -> Outcome:
    """Another attempt after the usual wait, or the end of patience."""
    if task.attempt >= MOST_ATTEMPTS:
        return Outcome(settled=TaskOutcome.DEAD, note=f"given up after {task.attempt} attempts; {note}")
    return Outcome(settled=TaskOutcome.RETRY, again_at=now + wait_after(task.attempt, task.task_id), note=note)
