"""Stripe's events under the kit for signed messages; they are signed by Stripe's own library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import pytest
import stripe

from omscore.plugins import Capability
from omscore.records import changed
from omscore.secrets import Secret
from omscore.testing.conformance.callbacks import CallbackConformance
from omscore.testing.conformance.ports import NOON
from omscore_adapters import payment_stripe
from omscore_adapters.payment_stripe import StripeSettings, StripeWebhooks
from omscore_adapters.payment_stripe.webhooks import TOLERANCE
from tests.adapters.payment.stripe.asking import AUTHORISE, CAPTURE, Asking
from tests.adapters.payment.stripe.door import Door
from tests.adapters.payment.stripe.fake import FakeStripe
from tests.adapters.payment.stripe.test_webhooks import body_of

SECRET = "whsec_canary_of_the_endpoint"  # noqa: S105 (made for the test)


class StripeSender:
    """Events about one payment and two refunds of it."""

    secrets = (SECRET,)
    tolerance = TOLERANCE

    def __init__(self, bodies: tuple[bytes, ...]) -> None:
        self.bodies = bodies
        self._reader = StripeWebhooks(StripeSettings(api_key=Secret("sk_test_good"), webhook_secrets=(Secret(SECRET),)))

    def sign(self, body: bytes, at: datetime) -> Mapping[str, str]:
        text = body.decode("utf-8", "replace")
        made = stripe.WebhookSignature.generate_signature_header(text, SECRET, int(at.timestamp()))
        return {"Stripe-Signature": str(made)}

    def read(self, body: bytes, headers: Mapping[str, str], now: datetime) -> object:
        told = self._reader.commands(body, headers.get("Stripe-Signature", ""), at=now)
        return tuple([changed(each, at=NOON) for each in told])


class TestStripeEvents(CallbackConformance):
    provider = payment_stripe.PROVIDER

    @pytest.fixture
    def harness(self, fake: FakeStripe, fake_door: Door) -> Iterator[StripeSender]:
        assert Capability.CALLBACKS in self.provider.capabilities
        bodies = []
        for number in range(3):
            asking = Asking(fake_door)
            asking.do(AUTHORISE)
            asking.do(CAPTURE, 600)
            intent = fake.intents[asking.authorisation]
            bodies.append(body_of(intent, id=f"evt_{number}"))
        yield StripeSender(tuple(bodies))
