"""A payment the customer confirmed in the checkout, where the bank may ask questions, taken over for an order."""

from __future__ import annotations

from collections.abc import Mapping

from omscore.errors import PortRefusedError
from omscore.ports.payments import PaymentRequest
from omscore_adapters.payment_stripe.books import StripeBooks
from omscore_adapters.payment_stripe.client import KeyTakenError, StripeAccount
from omscore_adapters.payment_stripe.mapping import Intent


def adopted(
    account: StripeAccount,
    books: StripeBooks,
    request: PaymentRequest,
    marks: Mapping[str, str],
) -> Intent:
    """The intent the method names, bearing the marks of this order's payment.

    Holds: one confirmed payment pays one order.
    Raises: PortRefusedError when it is for another amount, was captured at once, or belongs to another order.
    """
    intent = books.intent(request.method)
    if intent.amount != request.amount:
        raise PortRefusedError(
            f"{intent.intent_id} is for {intent.amount}, the order asks for {request.amount}; let the customer confirm "
            "that amount",
            code="port.refused.amount",
        )
    if not intent.is_manual:
        raise PortRefusedError(
            f"{intent.intent_id} is captured by itself; make it in the checkout with capture_method=manual",
            code="port.refused.method",
        )
    if intent.authorise_key == request.key:
        return intent
    taken = PortRefusedError(f"{intent.intent_id} pays for another order already", code="port.refused.method")
    if intent.authorise_key or books.is_claimed(request.method):
        raise taken
    try:
        # The key is the payment's, not ours: of two orders of any shop that claim it at once, Stripe refuses one.
        account.post(f"/v1/payment_intents/{intent.intent_id}", f"claim:{intent.intent_id}", metadata=marks)
    except KeyTakenError:
        raise taken from None
    return books.intent(intent.intent_id)
