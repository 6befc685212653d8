"""From a placed order to one that may be worked on: money is set aside, holds come and go."""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never

from omscore.flows.channelling import came_from, told
from omscore.flows.notices import notice
from omscore.flows.world import Event, Later, Reaction, RouteOrder, TaskKind, World, on
from omscore.fulfillment.commands import HoldWork, ReleaseWork
from omscore.ids import PaymentId
from omscore.orders import commands as c
from omscore.orders import events as e
from omscore.orders.model import HoldKind, Order
from omscore.parties import NewsKind
from omscore.payments.commands import RequestAuthorisation, RequestStep
from omscore.payments.events import AuthorisationRequested, StepDeclined, StepRequested, StepSucceeded
from omscore.payments.model import Payment, Step
from omscore.records import maker
from omscore.returns.commands import NoteExchange

_new_request_authorisation = maker(RequestAuthorisation)
_new_attach_payment = maker(c.AttachPayment)
_new_route_order = maker(RouteOrder)
_new_later = maker(Later)

_PAYMENT = TaskKind.PAYMENT  # by a name of its own: a member is looked up in its enum for as long as a record takes


def _placed(event: e.OrderPlaced, world: World) -> Reaction:
    order = world.order(event.order_id)
    if event.payment_provider:
        total = order.total
        if not total.minor:
            yield c.ReleaseHold(order_id=event.order_id, kind=HoldKind.PAYMENT, says="nothing to pay", at=event.at)
        else:
            payment_id = PaymentId(f"{event.order_id}.p1")
            yield _new_attach_payment(order_id=event.order_id, payment_id=payment_id, at=event.at)
            yield _new_request_authorisation(
                payment_id=payment_id,
                order_id=event.order_id,
                provider=event.payment_provider,
                method=event.payment_method,
                amount=total,
                at=event.at,
            )
    if event.exchange_for is not None:
        rma = world.rma(event.exchange_for)
        # Written to the return, so that whoever takes its goods in at this moment learns of the order that waits.
        yield NoteExchange(return_id=event.exchange_for, exchange_id=event.order_id, at=event.at)
        if rma.came_in_full:
            says = f"return {event.exchange_for} had arrived"
            yield c.ReleaseHold(order_id=event.order_id, kind=HoldKind.AWAITING_RETURN, says=says, at=event.at)
    yield _new_route_order(order_id=event.order_id, at=event.at)
    if event.attributes and came_from(order, world, NewsKind.ORDER):
        yield told(order, NewsKind.ORDER, f"{event.order_id}.told.placed", event, is_first="yes")
    yield notice("order_placed", f"{event.order_id}.placed", order, event.at)


def _asked_of_provider(event: AuthorisationRequested | StepRequested, _world: World) -> Reaction:
    payload = {"payment_id": event.payment_id, "key": event.key}
    return (_new_later(task_id=event.key, kind=_PAYMENT, due_at=event.at, payload=payload),)


def _succeeded(event: StepSucceeded, world: World) -> Reaction:
    if event.step is Step.AUTHORISE:
        return _authorised(event, world)
    return void_rest(world.order(event.order_id), world, event) if event.step is Step.CAPTURE else ()


def _authorised(event: StepSucceeded, world: World) -> Reaction:
    order = world.order(event.order_id)
    for kind in (HoldKind.PAYMENT, HoldKind.PAYMENT_DECLINED):
        if order.has_hold(kind):
            yield c.ReleaseHold(order_id=event.order_id, kind=kind, says=f"{event.amount} authorised", at=event.at)
    yield from void_rest(world.order(event.order_id), world, event)


def _step_declined(event: StepDeclined, world: World) -> Reaction:
    match event.step:
        case Step.AUTHORISE:
            return _declined(event, world)
        case Step.CAPTURE:
            return _not_captured(event, world)
        case Step.REFUND:
            order = world.order(event.order_id)
            return (notice("refund_failed", event.key, order, event.at, says=event.says),)
        case Step.VOID:
            return ()
        case _:
            assert_never(event.step)


def _declined(event: StepDeclined, world: World) -> Reaction:
    order = world.order(event.order_id)
    if order.has_hold(HoldKind.PAYMENT):
        yield c.PlaceHold(order_id=event.order_id, kind=HoldKind.PAYMENT_DECLINED, says=event.says, at=event.at)
        yield c.ReleaseHold(order_id=event.order_id, kind=HoldKind.PAYMENT, says=event.says, at=event.at)
    yield Later(
        task_id=f"{event.key}.unpaid",
        kind=TaskKind.CANCEL_UNPAID,
        due_at=event.at + timedelta(hours=world.policy.cancel_unpaid_after_hours),
        payload={"order_id": event.order_id},
    )
    yield notice("payment_declined", event.key, order, event.at, says=event.says)


def _not_captured(event: StepDeclined, world: World) -> Reaction:
    yield c.PlaceHold(
        order_id=event.order_id,
        kind=HoldKind.CAPTURE_FAILED,
        says=f"capture of {event.amount} was declined: {event.says}",
        at=event.at,
    )
    yield notice("capture_failed", event.key, world.order(event.order_id), event.at, says=event.says)


def _held(event: e.HoldPlaced, world: World) -> Reaction:
    order = world.order(event.order_id)
    if not order.has_hold(event.hold.kind):
        return  # lifted in the same breath, as with an order that has nothing to pay
    for fulfillment_id in order.fulfillments:
        work = world.work(fulfillment_id)
        if work.shipped_at is None and not work.on_hold:
            yield HoldWork(fulfillment_id=fulfillment_id, at=event.at)


def _released(event: e.HoldReleased, world: World) -> Reaction:
    order = world.order(event.order_id)
    if order.holds:
        return
    for fulfillment_id in order.fulfillments:
        if world.work(fulfillment_id).on_hold:
            yield ReleaseWork(fulfillment_id=fulfillment_id, at=event.at)


def _fewer_to_ship(event: e.UnitsCancelled | e.LinesShipped, world: World) -> Reaction:
    return void_rest(world.order(event.order_id), world, event)


def paying(order: Order, world: World) -> tuple[Payment, ...]:
    """The payments of an order that were authorised, in the order they were made."""
    payments = (world.payment(payment_id) for payment_id in order.payments)
    return tuple(payment for payment in payments if payment.authorised.minor)


def void_rest(order: Order, world: World, event: Event) -> Reaction:
    """Let go of what will never be captured, once nothing is left to ship and no capture is without its answer."""
    if not order.is_settled:
        return
    for payment in paying(order, world):
        key = f"{payment.payment_id}.void"
        # A void ends the whole authorisation, so it must never overtake a capture that is still under way.
        if payment.capturable.minor > 0 and payment.under_way(Step.CAPTURE).is_zero and payment.attempt(key) is None:
            yield RequestStep(
                payment_id=payment.payment_id,
                key=key,
                step=Step.VOID,
                amount=payment.capturable,
                at=event.at,
            )


HANDLERS = (
    on(e.OrderPlaced, _placed),
    on(e.HoldPlaced, _held),
    on(e.HoldReleased, _released),
    on(AuthorisationRequested, _asked_of_provider),
    on(StepRequested, _asked_of_provider),
    on(StepSucceeded, _succeeded),
    on(StepDeclined, _step_declined),
    on(e.UnitsCancelled, _fewer_to_ship),
    on(e.LinesShipped, _fewer_to_ship),
)
"""Payments, holds and their consequences."""
