"""From a promised return to the refund: the order hears of it, the money goes back, the exchange may leave."""

from __future__ import annotations

from omscore.errors import RefusedError
from omscore.flows.checkout import paying
from omscore.flows.notices import notice
from omscore.flows.world import Reaction, World, on
from omscore.money import Money
from omscore.orders.commands import PromiseReturn, RecordReturned, RecordUnsent, ReleaseHold
from omscore.orders.events import LinesReturned
from omscore.orders.lines import summed
from omscore.orders.model import HoldKind, LineUnits
from omscore.payments.commands import LowerCapture, RequestStep
from omscore.payments.events import StepSucceeded
from omscore.payments.model import Captures, Step
from omscore.returns import events as r
from omscore.returns.model import Return


def _requested(event: r.ReturnRequested, world: World) -> Reaction:
    units = tuple(LineUnits(line_id, count) for line_id, _, count in event.units)
    yield PromiseReturn(order_id=event.order_id, return_id=event.return_id, units=units, at=event.at)
    _check_skus(event, world)


def _disposed(event: r.ReturnDisposed, world: World) -> Reaction:
    counted = summed((line_id, count) for line_id, count, _ in event.units)
    yield RecordReturned(
        order_id=event.order_id,
        return_id=event.return_id,
        units=tuple(LineUnits(line_id, count) for line_id, count in counted.items()),
        refund_shipping=world.policy.refund_shipping,
        at=event.at,
    )


def _closed(event: r.ReturnClosed, _world: World) -> Reaction:
    unsent = tuple(LineUnits(line_id, count) for line_id, _, count in event.unsent)
    yield RecordUnsent(order_id=event.order_id, return_id=event.return_id, units=unsent, at=event.at)


def _succeeded(event: StepSucceeded, world: World) -> Reaction:
    if event.step is Step.CAPTURE:
        yield from _give_surplus_back(event, world)
    elif event.step is Step.REFUND:
        yield notice("refunded", event.key, world.order(event.order_id), event.at, amount=str(event.amount))


def _check_skus(event: r.ReturnRequested, world: World) -> None:
    order = world.order(event.order_id)
    for line_id, sku, _ in event.units:
        if order.line(line_id).sku != sku:
            raise RefusedError(
                f"order {order.order_id} line {line_id} is {order.line(line_id).sku}, not {sku}",
                code="return.wrong_sku",
            )


def _received(event: r.ReturnReceived, world: World) -> Reaction:
    rma = world.rma(event.return_id)
    order = world.order(event.order_id)
    yield notice("return_received", f"{event.return_id}.{_seen(rma)}.received", order, event.at)
    exchange = world.exchange_order(event.return_id) if rma.came_in_full else None
    if exchange is not None and world.order(exchange).has_hold(HoldKind.AWAITING_RETURN):
        yield ReleaseHold(
            order_id=exchange,
            kind=HoldKind.AWAITING_RETURN,
            says=f"return {event.return_id} arrived",
            at=event.at,
        )


def _refund(event: LinesReturned, world: World) -> Reaction:
    """Ask for less where money is still to come, and for the rest back from the payments it was captured with."""
    left = event.amounts.gross
    disposed = sum(line.disposed for line in world.rma(event.return_id).lines)
    payments = paying(world.order(event.order_id), world)
    for payment in payments:
        for attempt in payment.attempts if world.pays_later(payment.provider) else ():
            lowered = min(left, attempt.due)
            if attempt.step is Step.CAPTURE and attempt.is_due and lowered.minor > 0:
                left = left - lowered
                yield LowerCapture(payment_id=payment.payment_id, key=attempt.key, amount=lowered, at=event.at)
    for payment in payments:
        amount = min(left, payment.refundable)
        if amount.minor > 0:
            left = left - amount
            yield RequestStep(
                payment_id=payment.payment_id,
                key=f"{payment.payment_id}.refund.{event.return_id}.{disposed}",
                step=Step.REFUND,
                amount=amount,
                at=event.at,
            )
    at_once = [payment for payment in payments if not world.pays_later(payment.provider)]
    under_way = any(not payment.under_way(Step.CAPTURE).is_zero for payment in at_once)
    if under_way and left > Money.zero(left.currency):
        raise RefusedError(
            f"return {event.return_id} is worth {event.amounts.gross}, but {left} of it was not captured yet; "
            "run the due tasks, then decide on the goods again",
            code="return.not_captured",
        )


def _give_surplus_back(event: StepSucceeded, world: World) -> Reaction:
    """Of a customer who paid what was asked for at first, give back what was not due any more."""
    payment = world.payment(event.payment_id)
    attempt = payment.attempt(event.key)
    is_whole = world.captures(payment.provider) is Captures.WHOLE  # what such a one captured too much goes back anyway
    if attempt is not None and not attempt.surplus.is_zero and not is_whole:
        shipment = event.key.rpartition(".")[2]
        yield RequestStep(
            payment_id=payment.payment_id,
            key=f"{payment.payment_id}.refund.surplus.{shipment}",
            step=Step.REFUND,
            amount=attempt.surplus,
            at=event.at,
        )


def _seen(rma: Return) -> int:
    return sum(line.seen + line.disposed for line in rma.lines)


HANDLERS = (
    on(r.ReturnRequested, _requested),
    on(r.ReturnReceived, _received),
    on(r.ReturnDisposed, _disposed),
    on(r.ReturnClosed, _closed),
    on(LinesReturned, _refund),
    on(StepSucceeded, _succeeded),
)
"""Steps of a return, as the order and its payment see them."""
