"""Steps of a payment that people ask for: not beyond a review, and another way when one was declined."""

from __future__ import annotations

from omscore.engine.plans.placing import _check_provider
from omscore.engine.plans.wishes import CancelUnpaid, RetryPayment
from omscore.engine.unit import Unit
from omscore.errors import RefusedError
from omscore.ids import PaymentId
from omscore.orders.commands import AttachPayment, CancelOrder
from omscore.orders.lines import worth_to_ship
from omscore.orders.model import HoldKind, Order
from omscore.payments.commands import RequestAuthorisation, RequestStep
from omscore.payments.model import Payment, Step


def request_step(unit: Unit, command: RequestStep) -> None:
    """The step, unless it would capture what is under review.

    Raises: RefusedError while reviewers have not approved the order, or hold it, where captures wait for it.
    """
    payment = unit.find(Payment, command.payment_id) if command.step is Step.CAPTURE else None
    if payment is not None and unit.desk.shop.review.capture_waits:
        order = unit.get(Order, payment.order_id)
        for kind in (HoldKind.UNDER_REVIEW, HoldKind.HELD_BY_REVIEWER):
            if order.has_hold(kind):
                raise RefusedError(
                    f"order {order.order_id} is {kind.replace('_', ' ')}, so nothing of it is captured; "
                    f"wait for its reviewers, or release the hold {kind}",
                    code="payment.under_review",
                )
    unit.decide(command)


def retry_payment(unit: Unit, command: RetryPayment) -> None:
    """Another payment for what is left to ship."""
    order = unit.get(Order, command.order_id)
    _check_provider(unit, order.order_id, command.payment)
    if not order.has_hold(HoldKind.PAYMENT_DECLINED) or order.is_settled:
        raise RefusedError(f"order {order.order_id} has no declined payment to replace", code="order.not_declined")
    if _is_being_paid(unit, order):
        raise RefusedError(
            f"order {order.order_id} has a payment under way; wait for its answer", code="order.payment_under_way"
        )
    payment_id = PaymentId(f"{order.order_id}.p{len(order.payments) + 1}")
    unit.run(AttachPayment(order_id=order.order_id, payment_id=payment_id, at=command.at))
    unit.run(
        RequestAuthorisation(
            payment_id=payment_id,
            order_id=order.order_id,
            provider=command.payment.provider,
            method=command.payment.method,
            amount=worth_to_ship(order),
            at=command.at,
        )
    )


def cancel_unpaid(unit: Unit, command: CancelUnpaid) -> None:
    """Cancel what can be cancelled while the declined payment stands.

    Holds: an order is not cancelled while another payment waits for its answer, which brings the next appointment if it
    is a no.
    """
    order = unit.get(Order, command.order_id)
    if order.has_hold(HoldKind.PAYMENT_DECLINED) and not order.is_settled and not _is_being_paid(unit, order):
        unit.run(CancelOrder(order_id=order.order_id, reason="unpaid", at=command.at))


def _is_being_paid(unit: Unit, order: Order) -> bool:
    return any(not unit.get(Payment, payment).under_way(Step.AUTHORISE).is_zero for payment in order.payments)
