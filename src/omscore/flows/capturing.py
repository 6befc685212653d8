"""When the money of an order is captured: with each shipment, or once for all where the provider cannot do that.

Once means when nothing is left to ship, and then what is owed: the worth of all that left, less what has come back by
then. A provider that can only capture everything captures everything, and gives back what is not owed.
"""

from __future__ import annotations

from omscore.flows.checkout import paying
from omscore.flows.world import Reaction, World, on
from omscore.money import Money
from omscore.orders.events import LinesShipped, UnitsCancelled
from omscore.orders.lines import worth_to_ship
from omscore.orders.model import Order
from omscore.payments.commands import RequestStep
from omscore.payments.events import StepSucceeded
from omscore.payments.model import AttemptState, Captures, Payment, Step


def _shipped(event: LinesShipped, world: World) -> Reaction:
    yield from _with_shipment(event, world)
    yield from _once(event, world)


def _cancelled(event: UnitsCancelled, world: World) -> Reaction:
    return _once(event, world)


def _succeeded(event: StepSucceeded, world: World) -> Reaction:
    if event.step is Step.AUTHORISE:
        return _left_before(event, world)
    return _give_back(event, world) if event.step is Step.CAPTURE else ()


def _with_shipment(event: LinesShipped, world: World) -> Reaction:
    """Ask for the shipment's worth, from the first payment that has it."""
    left = event.amounts.gross
    for payment in paying(world.order(event.order_id), world):
        amount = min(left, payment.capturable)
        if amount.minor > 0 and world.captures(payment.provider) is Captures.EACH_SHIPMENT:
            left = left - amount
            yield RequestStep(
                payment_id=payment.payment_id,
                key=f"{payment.payment_id}.capture.{event.fulfillment_id.rsplit('.', 1)[-1]}",
                step=Step.CAPTURE,
                amount=amount,
                at=event.at,
            )


def _left_before(event: StepSucceeded, world: World) -> Reaction:
    """Ask for what left before the money was set aside, because somebody let the order go: no shipment will ask again.

    Shape: what is still to be shipped comes first, for another payment may have been made for that alone.
    """
    order = world.order(event.order_id)
    if not any([line.quantities.handed_over for line in order.lines]):
        return
    payment = world.payment(event.payment_id)
    if world.captures(payment.provider) is not Captures.EACH_SHIPMENT:
        yield from _once(event, world)
        return
    spare = payment.capturable - worth_to_ship(order)
    amount = min(_due(order, paying(order, world), world), spare)
    if amount.minor > 0:
        key = f"{payment.payment_id}.capture.before"
        yield RequestStep(payment_id=payment.payment_id, key=key, step=Step.CAPTURE, amount=amount, at=event.at)


def _once(event: LinesShipped | UnitsCancelled | StepSucceeded, world: World) -> Reaction:
    """Ask for all that is owed when nothing is left to ship, from the payments that can be captured from only once."""
    order = world.order(event.order_id)
    if not order.is_settled:
        return
    payments = paying(order, world)
    waiting = [each for each in payments if world.captures(each.provider) is not Captures.EACH_SHIPMENT]
    if not waiting:
        return
    left = _due(order, payments, world)
    for payment in waiting:
        key = f"{payment.payment_id}.capture.all"
        amount = min(left, payment.capturable)
        if amount.minor > 0 and payment.attempt(key) is None:
            left = left - amount
            is_whole = world.captures(payment.provider) is Captures.WHOLE
            yield RequestStep(
                payment_id=payment.payment_id,
                key=key,
                step=Step.CAPTURE,
                amount=payment.capturable if is_whole else amount,
                at=event.at,
            )


def _give_back(event: StepSucceeded, world: World) -> Reaction:
    """Of a capture that had to be of everything, ask back what is not owed."""
    payment = world.payment(event.payment_id)
    if world.captures(payment.provider) is not Captures.WHOLE:
        return
    order = world.order(event.order_id)
    over = Money.zero(order.currency) - _due(order, paying(order, world), world)
    amount, key = min(over, payment.refundable), f"{payment.payment_id}.release"
    if order.is_settled and amount.minor > 0 and payment.attempt(key) is None:
        yield RequestStep(payment_id=payment.payment_id, key=key, step=Step.REFUND, amount=amount, at=event.at)


def _due(order: Order, payments: tuple[Payment, ...], world: World) -> Money:
    """What is owed for the units that left and did not come back, less what the payments have of it; below zero when
    they have more.

    Shape: goodwill given back by hand is no part of it, or it would be captured once more.
    """
    kept = []
    for line in order.lines:
        quantities = line.quantities
        back = line.amounts.part(0, quantities.returned, line.units)
        kept.append(line.amounts.part(0, quantities.handed_over, line.units).gross)
        kept.append(-(back if world.policy.refund_shipping else back.goods_only()).gross)
    for payment in payments:
        kept += [-payment.captured, -payment.due]
        ours = (f"{payment.payment_id}.refund.", f"{payment.payment_id}.release")
        kept += [
            each.amount
            for each in payment.attempts
            if each.step is Step.REFUND and each.state is not AttemptState.DECLINED and each.key.startswith(ours)
        ]
    return Money.total(kept, order.currency)


HANDLERS = (
    on(LinesShipped, _shipped),
    on(UnitsCancelled, _cancelled),
    on(StepSucceeded, _succeeded),
)
"""Captures, and what goes back of one that was more than is owed."""
