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

from omscore.engine.books import post_entries, post_invoice, post_sale, takes_invoices, takes_sales
from omscore.engine.charges import charge
from omscore.engine.desk import Desk
from omscore.engine.goods import goods_of
from omscore.engine.handovers import book_pickup, cancel_pickup, manifest
from omscore.engine.labelsets import label_set
from omscore.engine.letters import SHOP_LETTERS, letter
from omscore.engine.meter import adapter_name
from omscore.engine.news import send_news, write_down
from omscore.engine.observing import occurrence_of
from omscore.engine.outcome import Outcome, again, given_up, resting
from omscore.engine.outdated import as_of_today, why_outdated
from omscore.engine.parcels import label, track
from omscore.engine.people import find_person
from omscore.engine.plans.hearing import KEPT_FOR, LOOK_EVERY
from omscore.engine.plans.wishes import ApplyCallback, CancelUnpaid, CancelWaiting, LookAtStock, TimeOutCart
from omscore.engine.queues import before, run_queue, stay_over
from omscore.engine.retry import wait_after
from omscore.engine.reviews import review
from omscore.engine.tally import AdapterRestsError
from omscore.engine.trail import Trail, may_repeat
from omscore.engine.turns import in_turn, passed_over
from omscore.engine.unit import Unit
from omscore.engine.voids import void_label
from omscore.errors import (
    NotFoundError,
    OmsError,
    PortRefusedError,
    PortTransientError,
    PortUnknownError,
    SetupError,
)
from omscore.flows.world import AppointRun, PromiseWaiting, RouteOrder, TaskKind
from omscore.ids import CartId, OrderId
from omscore.orders.carts import Cart
from omscore.orders.model import Order
from omscore.payments.callbacks import Callback, CallbackState, verdict_of
from omscore.payments.model import Captures, Payment
from omscore.ports.carriers import CarrierPort, MultiPiece
from omscore.ports.channels import ChannelPort
from omscore.ports.erp import ErpPort
from omscore.ports.handovers import CarrierCollections, CarrierManifests
from omscore.ports.letters import Letter, LetterPort, LetterWish
from omscore.ports.notices import Notice, NoticePort
from omscore.ports.observers import ObserverPort
from omscore.ports.payments import PaymentPort
from omscore.ports.rates import RatePort
from omscore.ports.reviews import ReviewPort
from omscore.ports.storage import Task, TaskOutcome
from omscore.records import frozen
from omscore.secrets import Secret

log = logging.getLogger(__name__)


@frozen(kw_only=True)
class Ports:
    """The opened backends of one shop, and the secrets they were opened with, which nothing they say may tell.

    Shape: `captures` says when money is captured at a payment provider, with each shipment unless it is named.
    """

    payments: Mapping[str, PaymentPort]
    carrier: CarrierPort
    notices: NoticePort | None = None
    letters: LetterPort | None = None
    observers: ObserverPort | None = None
    erp: ErpPort | None = None
    reviewers: Mapping[str, ReviewPort] = attrs.field(factory=dict)
    rates: RatePort | None = None
    channels: Mapping[str, ChannelPort] = attrs.field(factory=dict)
    secrets: tuple[Secret, ...] = ()
    captures: Mapping[str, Captures] = attrs.field(factory=dict)


def served_by(ports: Ports) -> frozenset[TaskKind]:
    """The kinds of task somebody is there for; the others are not asked for."""
    missing = {
        TaskKind.NOTICE: ports.notices is None,
        TaskKind.ERP: ports.erp is None,
        TaskKind.ERP_INVOICE: not takes_invoices(ports.erp),
        TaskKind.ERP_SALE: not takes_sales(ports.erp),
        TaskKind.LABEL_SET: not isinstance(ports.carrier, MultiPiece),
        TaskKind.MANIFEST: not isinstance(ports.carrier, CarrierManifests),
        TaskKind.PICKUP: not isinstance(ports.carrier, CarrierCollections),
    }
    return frozenset(kind for kind in TaskKind if not missing.get(kind))


class Effects:
    """All effects of one shop."""

    def __init__(self, desk: Desk, ports: Ports) -> None:
        self._desk = desk
        self._ports = ports
        self._by_kind: Mapping[TaskKind, Callable[[Task, Mapping[str, str], datetime], Outcome]] = {
            TaskKind.PAYMENT: lambda task, payload, now: charge(desk, ports.payments, task, payload, now),
            TaskKind.LABEL: lambda task, payload, now: label(desk, ports.carrier, task, payload, now),
            TaskKind.LABEL_SET: lambda task, payload, now: label_set(desk, ports.carrier, task, payload, now),
            TaskKind.MANIFEST: lambda task, payload, now: manifest(desk, ports.carrier, task, payload, now),
            TaskKind.PICKUP: lambda task, payload, now: book_pickup(desk, ports.carrier, task, payload, now),
            TaskKind.CANCEL_PICKUP: lambda _, payload, now: cancel_pickup(desk, ports.carrier, payload, now),
            TaskKind.VOID_LABEL: lambda task, payload, now: void_label(desk, ports.carrier, task, payload, now),
            TaskKind.TRACK: lambda _, payload, now: track(desk, ports.carrier, payload, now),
            TaskKind.REVIEW: lambda task, payload, now: review(desk, ports.reviewers, task, payload, now),
            TaskKind.NOTICE: self._notice,
            TaskKind.ERP: lambda task, payload, now: post_entries(desk, ports.erp, task, payload, now),
            TaskKind.ERP_INVOICE: lambda task, payload, now: post_invoice(desk, ports.erp, task, payload, now),
            TaskKind.ERP_SALE: lambda task, payload, now: post_sale(desk, ports.erp, task, payload, now),
            TaskKind.CART_TIMEOUT: lambda _, payload, now: Outcome(
                commands=(TimeOutCart(cart_id=CartId(payload["cart_id"]), at=now),)
            ),
            TaskKind.CALLBACK: self._callback,
            TaskKind.CANCEL_UNPAID: lambda _, payload, now: Outcome(
                commands=(CancelUnpaid(order_id=OrderId(payload["order_id"]), at=now),)
            ),
            TaskKind.FILL_BACKORDERS: self._fill_backorders,
            TaskKind.QUEUE_RUN: lambda _, payload, now: run_queue(desk, payload["queue"], now),
            TaskKind.QUEUE_OVER: lambda _, payload, now: stay_over(desk, payload, now),
            TaskKind.ROUTE_AGAIN: self._route_again,
            TaskKind.PROMISE_AGAIN: self._promise_again,
            TaskKind.TELL: self._tell,
            TaskKind.NEWS: lambda _, payload, now: write_down(payload, now),
            TaskKind.NEWS_OUT: lambda _, payload, now: send_news(desk, ports.channels, payload),
            TaskKind.STOCK_LOOK: lambda _, payload, now: Outcome(
                commands=(LookAtStock(skus=tuple(payload.values()), at=now),)
            ),
        }

    def attempt(self, task: Task, now: datetime) -> Outcome:
        """Try a leased task once."""
        try:
            payload = self._desk.codec.record(task.payload, dict[str, str])
            return self._by_kind[TaskKind(task.kind)](task, payload, now)
        except AdapterRestsError as error:
            return resting(task, error)
        except PortTransientError as error:
            return again(task, now, f"nothing happened: {error}", is_sure=Trail.before(task).is_sure)
        except SetupError as error:
            return again(task, now, str(error), is_sure=Trail.before(task).is_sure)
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

    def _notice(self, task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
        if self._ports.notices is None:
            return Outcome(note="nobody is configured to send notices")
        if not may_repeat(self._ports.notices, task):
            return given_up("outcome unknown: the message may have been sent, and this backend would send it twice")
        adapter = adapter_name("notices", self._desk.shop.notices)
        self._desk.meter.hold_back(adapter, "send")
        template = payload["template"]
        if template in SHOP_LETTERS:
            to, person = "shop", None
        else:
            person = find_person(self._desk, payload["person_id"])
            if person is None or not person.mail:
                return Outcome(note="nobody to tell")
            to = person.mail
        unit = Unit(self._desk, now)
        if why := why_outdated(unit, template, payload):
            return Outcome(note=f"not told: {why}")
        about: Order | Cart | None = None
        if "order_id" in payload:
            about = unit.get(Order, payload["order_id"])
        elif template == "cart_reminder":
            about = unit.get(Cart, payload["cart_id"])
        payload = as_of_today(unit, template, payload)
        writer = self._ports.letters
        said = letter(
            template,
            shop=self._desk.shop,
            person=person,
            about=about,
            lines=goods_of(unit, about, payload),
            fields=payload,
            write=None if writer is None else self._writing(writer),
        )
        message = Notice(key=task.task_id, to=to, subject=said.subject, text=said.text, html=said.html, at=now)
        self._desk.meter.call(adapter, "send", self._ports.notices.send, message)
        return Outcome()

    def _writing(self, writer: LetterPort) -> Callable[[LetterWish], Letter]:
        adapter = adapter_name("letters", self._desk.shop.letters)
        return lambda wish: self._desk.meter.call(adapter, "write", writer.write, wish)

    def _tell(self, _task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
        if self._ports.observers is None or payload["receiver"] not in self._ports.observers.wanted:
            return Outcome(note="nobody of that name is configured to be told")
        # Each receiver is somebody else: one that is down keeps no news from the others.
        receiver = payload["receiver"]
        adapter = f"{adapter_name('observers', self._desk.shop.observers)}/{receiver}"
        self._desk.meter.call(adapter, "tell", self._ports.observers.tell, receiver, occurrence_of(payload), now)
        return Outcome()

    def _callback(self, task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
        """A callback that came early is looked at again until its attempt is there, or its time is over."""
        callback = self._get(Callback, payload["callback_id"], now)
        payment = Unit(self._desk, now).find(Payment, callback.payment_id)
        is_early = verdict_of(callback, payment)[0] is CallbackState.KEPT
        if callback.state is CallbackState.KEPT and is_early and now - callback.received_at < KEPT_FOR:
            again_at = min(now + min(wait_after(task.tries, task.task_id), LOOK_EVERY), callback.received_at + KEPT_FOR)
            note = "the attempt it speaks of is not recorded yet"
            return Outcome(settled=TaskOutcome.RETRY, again_at=again_at, note=note, is_sure=True)
        return Outcome(commands=(ApplyCallback(callback_id=callback.callback_id, at=now),))

    def _fill_backorders(self, _task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
        """First come, first served: the orders that wait for these SKUs are routed again in their turn.

        Who was promised what came, and finds nothing left on the shelf, is promised anew.
        """
        orders = in_turn(self._desk, payload.values(), now)
        late = passed_over(self._desk, payload.values(), orders, now)
        return Outcome(
            commands=(
                *[RouteOrder(order_id=order_id, at=now) for order_id in orders],
                *[PromiseWaiting(order_id=order_id, at=now) for order_id in late],
            )
        )

    def _route_again(self, _task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
        """An order that waits is looked at again and again until it waits no more, after those who came before it."""
        order: Order = self._get(Order, payload["order_id"], now)
        skus = [line.sku for line in order.lines if line.quantities.waiting]
        if not skus:
            return Outcome()
        if order.queue is not None and self._desk.shop.queue(order.queue.name) is not None:
            return Outcome(  # its queue tries it; here it is only seen to that the queue has its run, and of late goods
                commands=(
                    AppointRun(queue=order.queue.name, at=now),
                    *([PromiseWaiting(order_id=order.order_id, at=now)] if order.promises else []),
                ),
                settled=TaskOutcome.RETRY,
                again_at=now + timedelta(hours=self._desk.shop.flows.route_again_after_hours),
                note=f"waits in the queue {order.queue.name}",
            )
        days = self._desk.shop.flows.cancel_waiting_after_days
        if days and now >= order.placed_at + timedelta(days=days):
            reason = f"no stock within {days} days"
            return Outcome(commands=(CancelWaiting(order_id=order.order_id, reason=reason, at=now),))
        turns = (*before(self._desk, order, skus, now), order.order_id)
        return Outcome(
            commands=tuple([RouteOrder(order_id=order_id, at=now) for order_id in turns]),
            settled=TaskOutcome.RETRY,
            again_at=now + timedelta(hours=self._desk.shop.flows.route_again_after_hours),
            note="waits for stock",
        )

    def _promise_again(self, _task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
        """What is due has changed: the orders that wait for the article are promised anew in their turn.

        Nobody is served here: what lies on the shelf goes to those whose turn it is, whatever they wait for.
        """
        streams = self._desk.reader.listed("waiting", payload["sku"], limit=1_000_000)
        orders = [OrderId(stream.partition("/")[2]) for stream in streams]
        return Outcome(commands=tuple([PromiseWaiting(order_id=order_id, at=now) for order_id in orders]))

    def _get(self, kind: type[Any], identity: str, now: datetime) -> Any:
        return Unit(self._desk, now).get(kind, identity)
