"""Cards by Stripe: money is set aside with a PaymentIntent and captured when goods leave.

Each act bears our key twice: as Stripe's idempotency key, which it remembers for a day, and as a note on the payment,
which stays. Before a capture, void or refund the notes are read, so that an act that was done is not asked for again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import assert_never

from omscore.errors import InputError, PortRefusedError
from omscore.money import Money
from omscore.ports.payments import (
    Captures,
    PaymentAnswer,
    PaymentOutcome,
    PaymentRequest,
    PaymentStep,
    ProviderPayment,
)
from omscore_adapters.payment_stripe import notes
from omscore_adapters.payment_stripe.amounts import stripe_amount
from omscore_adapters.payment_stripe.books import StripeBooks
from omscore_adapters.payment_stripe.checkout import adopted
from omscore_adapters.payment_stripe.client import CardDeclinedError, KeyTakenError, StripeAccount
from omscore_adapters.payment_stripe.mapping import Intent, Told, attempts_of, refund_of
from omscore_adapters.payment_stripe.settings import StripeSettings

INTENTS = "/v1/payment_intents"


class StripePayments:
    """The payment port of one Stripe account."""

    key_ttl = timedelta(hours=24)
    """Stripe may forget an idempotency key after that."""

    def __init__(self, settings: StripeSettings) -> None:
        self._settings = settings
        self._account = StripeAccount(settings)
        self._books = StripeBooks(self._account, settings)
        self._notebook = notes.Notebook(namespace=settings.namespace)

    @property
    def captures(self) -> Captures:
        """With each shipment where the account may capture several times, else once."""
        return Captures.EACH_SHIPMENT if self._settings.multiple_captures else Captures.ONCE

    def close(self) -> None:
        self._account.close()

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        """What Stripe answers; the same key asked twice has one effect and gives one answer.

        Raises: PortRefusedError, PortTransientError and PortUnknownError, as the port says.
        """
        notes.check_key(request.key)
        if request.amount.minor <= 0:
            raise PortRefusedError(
                f"{request.step} of {request.amount}: an amount must be above zero", code="port.refused.amount"
            )
        try:
            number, currency = stripe_amount(request.amount)
        except InputError as error:
            raise PortRefusedError(str(error), code="port.refused.amount", key=request.key) from error
        if request.step is PaymentStep.AUTHORISE:
            return self._authorise(request, number, currency)
        intent = self._intent(request)
        if known := self._known(intent, request):
            return known.answer
        try:
            match request.step:
                case PaymentStep.CAPTURE:
                    return self._capture(request, intent, number)
                case PaymentStep.VOID:
                    return self._void(request, intent, number)
                case PaymentStep.REFUND:
                    return self._refund(request, intent, number)
                case _:
                    assert_never(request.step)
        except (PortRefusedError, KeyTakenError):
            # Another worker may have done it since the notes were read: then it is done, not refused.
            known = self._known(self._books.intent(intent.intent_id), request)
            if known is None:
                raise
            return known.answer

    def look_up(self, key: str) -> PaymentAnswer | None:
        """What Stripe's books say of this key; None when no payment bears it.

        Shape: found by the search of Stripe, which may not know a payment yet in its first minutes. None is safe all
        the same while Stripe knows the idempotency key.
        """
        told = self._books.told_of(key)
        return told.answer if told else None

    def listing(self, since: datetime, until: datetime) -> Iterator[ProviderPayment]:
        """Every attempt of this shop, and every payment of the account that no shop claims, under an empty key."""
        return self._books.listing(since, until)

    def _authorise(self, request: PaymentRequest, number: int, currency: str) -> PaymentAnswer:
        marks = {notes.PAYMENT: self._notebook.payment(request.payment_id), notes.AUTHORISE: request.key}
        if request.method.startswith("pi_"):
            intent = adopted(self._account, self._books, request, marks)
            return _of(intent, request).answer
        if not request.method.startswith("pm_"):
            raise PortRefusedError(
                "a Stripe payment names a payment method (pm_...) or a payment the checkout confirmed (pi_...)",
                code="port.refused.method",
            )
        keeping = {"payment_method_options": {"card": {"request_multicapture": "if_available"}}}
        try:
            made = self._account.post(
                INTENTS,
                self._notebook.idempotency_key(request.key),
                amount=number,
                currency=currency,
                payment_method=request.method,
                payment_method_types=["card"],
                capture_method="manual",
                confirm=True,
                error_on_requires_action=True,
                metadata=marks,
                **(keeping if self._settings.multiple_captures else {}),
            )
        except CardDeclinedError as error:
            return PaymentAnswer(outcome=PaymentOutcome.DECLINED, amount=request.amount, says=str(error))
        except KeyTakenError:
            known = self._books.told_of(request.key)
            if known is None:
                raise
            return _same(known, request).answer
        intent = self._books.read(made.found)
        if made.is_replay:  # what was saved then may be old by now
            intent = self._books.intent(intent.intent_id)
        return _of(intent, request).answer

    def _capture(self, request: PaymentRequest, intent: Intent, number: int) -> PaymentAnswer:
        if intent.status == "succeeded":
            raise PortRefusedError(
                f"{intent.intent_id} was captured with {intent.received} of {intent.amount}, and Stripe let go of the "
                "rest; charge it by a new payment, and set payment.stripe.multiple_captures once the account may",
                code="port.refused.amount",
            )
        if request.amount > intent.left:
            raise PortRefusedError(
                f"only {intent.left} of {intent.amount} is left; capture at most that", code="port.refused.amount"
            )
        # Neither depends on what else was captured, so that a repeated call has the body of the first.
        keeping = {"final_capture": False} if intent.keeps_rest else {}
        done = self._account.post(
            f"{INTENTS}/{intent.intent_id}/capture",
            self._notebook.idempotency_key(request.key),
            amount_to_capture=number,
            metadata=notes.capture_note(request.key, number),
            **keeping,
        )
        return _of(self._books.read(done.found), request).answer

    def _void(self, request: PaymentRequest, intent: Intent, number: int) -> PaymentAnswer:
        if request.amount != intent.left:
            raise PortRefusedError(
                f"{intent.left} of {intent.amount} is left; void exactly that", code="port.refused.amount"
            )
        path = f"{INTENTS}/{intent.intent_id}"
        if intent.status == "canceled":
            return PaymentAnswer(outcome=PaymentOutcome.SUCCEEDED, amount=request.amount, reference=intent.intent_id)
        # Noted first, because a cancellation takes no note; a note without the act counts for nothing.
        key = self._notebook.idempotency_key(request.key, "note")
        noted = self._books.read(self._account.post(path, key, metadata=notes.void_note(request.key, number)).found)
        if noted.status != "succeeded":
            key = self._notebook.idempotency_key(request.key)
            if intent.received.minor:
                done = self._account.post(f"{path}/capture", key, amount_to_capture=0, final_capture=True)
            else:
                done = self._account.post(f"{path}/cancel", key)
            noted = self._books.read(done.found)
        return _of(noted, request).answer

    def _refund(self, request: PaymentRequest, intent: Intent, number: int) -> PaymentAnswer:
        marks = {notes.PAYMENT: self._notebook.payment(request.payment_id), notes.REFUND: request.key}
        done = self._account.post(
            "/v1/refunds",
            self._notebook.idempotency_key(request.key),
            payment_intent=intent.intent_id,
            amount=number,
            metadata=marks,
        )
        found = done.found
        if done.is_replay:
            found = self._account.get(f"/v1/refunds/{done.found['id']}")
        return _same(refund_of(found, self._notebook)[1], request).answer

    def _intent(self, request: PaymentRequest) -> Intent:
        """The authorisation a step draws on, if it is this payment's."""
        if not request.authorisation.startswith("pi_"):
            raise PortRefusedError(
                f"{request.step} {request.key!r} names no authorisation of Stripe; give its pi_...",
                code="port.refused.authorisation",
            )
        intent = self._books.intent(request.authorisation)
        if intent.payment_id != request.payment_id:
            raise PortRefusedError(
                f"{intent.intent_id} belongs to payment {intent.payment_id or 'of somebody else'}, not to "
                f"{request.payment_id}; nothing was done",
                code="port.refused.authorisation",
            )
        if intent.amount.currency != request.amount.currency:
            raise PortRefusedError(
                f"{intent.intent_id} is in {intent.amount.currency}; ask in that currency", code="port.refused.amount"
            )
        return intent

    def _known(self, intent: Intent, request: PaymentRequest) -> Told | None:
        """What Stripe's books say of this request, if it was done before."""
        told = attempts_of(intent)
        if request.step is PaymentStep.REFUND:
            told = (*told, *self._books.refunds(intent))
        for each in told:
            if each.key == request.key:
                return _same(each, request)
        return None


def _of(intent: Intent, request: PaymentRequest) -> Told:
    """What an intent says of a request that was just acted upon."""
    for each in attempts_of(intent):
        if each.key == request.key:
            return _same(each, request)
    # An act whose note is gone: Stripe did something, and only a person can tell what.
    raise KeyTakenError(f"{intent.intent_id} does not bear key {request.key}; look at it at Stripe by hand")


def _same(told: Told, request: PaymentRequest) -> Told:
    """What is told, if it is of this very request. Raises: PortRefusedError when the key was used for another."""
    asked: tuple[PaymentStep, Money] = (request.step, request.amount)
    if (told.step, told.amount) != asked:
        raise PortRefusedError(
            f"key {request.key!r} was used to {told.step} {told.amount}, not to {request.step} {request.amount}; give "
            "every attempt its own key",
            code="port.refused.key_reused",
            key=request.key,
        )
    return told
