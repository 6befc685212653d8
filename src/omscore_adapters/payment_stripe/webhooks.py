"""Events of Stripe's: signature checked on the raw bytes, then turned into commands that the engine holds against ours.

Nothing is believed because it was signed: amount, currency and step are compared with our own attempt by the engine,
and an event of the other mode, or of a payment that is not this shop's, changes nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from omscore import PaymentId, RecordCallback
from omscore.border import read_json, tamed
from omscore.errors import InputError, PortUnknownError, SetupError
from omscore.ports.payments import PaymentOutcome
from omscore_adapters.payment_stripe import notes, reading
from omscore_adapters.payment_stripe.mapping import Told, attempts_of, intent_of, refund_of
from omscore_adapters.payment_stripe.settings import StripeSettings

TOLERANCE = timedelta(seconds=300)
"""How far the moment of signing may be from ours, to either side."""

LARGEST_BODY = 1_048_576
_LONGEST_HEADER = 4_096


class StripeWebhooks:
    """Reads what Stripe posts to the shop's web address.

    Raises: SetupError without a secret: an address that believes unsigned events must not open.
    """

    def __init__(self, settings: StripeSettings) -> None:
        if not settings.webhook_secrets:
            raise SetupError(
                "payment.stripe.webhook_secrets is empty, so nobody could tell a forged event; copy the signing secret "
                "(whsec_...) of the endpoint from Stripe",
                path="payment.stripe.webhook_secrets",
            )
        self._secrets = tuple([each.reveal().encode() for each in settings.webhook_secrets])
        self._notebook = notes.Notebook(namespace=settings.namespace)
        self._is_live = settings.is_live

    def commands(self, body: bytes, signature: str, *, at: datetime) -> tuple[RecordCallback, ...]:
        """What an event tells of this shop's attempts; empty when it tells nothing of them.

        Shape: `body` is what came over the wire, byte for byte, `signature` the header Stripe-Signature. Give every
        command to `oms.do`, then answer 200.
        Raises: InputError when it was not signed with one of the secrets within 300 seconds of `at`, or is no event of
        this mode.
        """
        self._check(body, signature, at)
        event = read_json(body)
        try:
            return tuple(self._told(reading.is_object(event), at))
        except PortUnknownError as error:
            raise InputError(f"the event cannot be read: {error}", code="webhook.content") from error

    def _check(self, body: bytes, signature: str, at: datetime) -> None:
        if type(body) is not bytes or len(body) > LARGEST_BODY:
            raise InputError(f"the event must be at most {LARGEST_BODY} raw bytes", code="webhook.size")
        stamp, offered = _parts(signature)
        if abs(at.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
            raise InputError(
                f"the event was signed {int(at.timestamp()) - int(stamp)} s before it came; more than "
                f"{TOLERANCE.seconds} s to either side is refused, check the clock of this machine",
                code="webhook.time",
            )
        signed = stamp + b"." + body
        expected = [hmac.new(secret, signed, sha256).hexdigest().encode() for secret in self._secrets]
        # Every pair is compared, so that the time taken says nothing about which secret fits.
        if not any([hmac.compare_digest(one, other) for one in expected for other in offered]):
            raise InputError("the event is not signed with a secret of this shop; it is refused", code="webhook.forged")

    def _told(self, event: reading.Found, at: datetime) -> Iterator[RecordCallback]:
        if reading.text(event, "object") != "event":
            raise InputError("the document is no event of Stripe's", code="webhook.content")
        if reading.flag(event, "livemode") is not self._is_live:
            raise InputError("the event is of the other mode, test or live; nothing was changed", code="webhook.mode")
        event_id = reading.text(event, "id")
        kind = reading.text(event, "type")
        if kind not in _INTENT_EVENTS and kind not in _REFUND_EVENTS:
            return
        found = reading.is_object(reading.is_object(event.get("data")).get("object"))
        told: Sequence[Told]
        if kind in _INTENT_EVENTS:
            intent = intent_of(found, self._notebook)
            payment_id, told = intent.payment_id, attempts_of(intent)
        else:
            payment_id, refund = refund_of(found, self._notebook)
            told = (refund,)
        if not payment_id:
            return
        for each in told:
            if each.key and each.outcome is not PaymentOutcome.PENDING:
                yield RecordCallback(
                    provider="stripe",
                    event_id=f"{event_id}/{sha256(each.key.encode()).hexdigest()[:12]}",
                    payment_id=PaymentId(payment_id),
                    key=each.key,
                    succeeded=each.outcome is PaymentOutcome.SUCCEEDED,
                    amount=each.amount,
                    reference=each.reference,
                    says=tamed(each.says),
                    at=at,
                )


_INTENT_EVENTS = frozenset(
    {
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
    }
)
_REFUND_EVENTS = frozenset({"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"})


def _parts(signature: str) -> tuple[bytes, list[bytes]]:
    """The moment of signing and the signatures offered, as bytes."""
    if type(signature) is str and signature.isascii() and len(signature) <= _LONGEST_HEADER:
        pairs = [part.strip().partition("=") for part in signature.split(",")]
        stamps = [value for name, _, value in pairs if name == "t"]
        offered = [value.encode() for name, _, value in pairs if name == "v1" and value]
        if len(stamps) == 1 and stamps[0].isdigit() and len(stamps[0]) <= 11 and offered:
            return stamps[0].encode(), offered
    raise InputError(
        "the event bears no readable Stripe-Signature (t=..., v1=...); it is refused", code="webhook.forged"
    )
