"""Stripe under the kit that is shipped for the payment providers of others, at the strict stand-in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from omscore.money import Money
from omscore.secrets import Secret
from omscore.testing.conformance.payment import PaymentConformance
from omscore.testing.faults import Fault
from omscore.testing.hostile import HostileFront
from omscore_adapters import payment_stripe
from omscore_adapters.payment_stripe import StripePayments, StripeSettings
from omscore_adapters.payment_stripe.amounts import amount_of
from tests.adapters.payment.stripe.door import Door
from tests.adapters.payment.stripe.fake import FakeStripe


class StripeHarness:
    """The stand-in counts; of the dinars Stripe takes steps of ten only, so none is among the currencies."""

    faults = frozenset(Fault) - {Fault.PARTIAL}
    secrets = ("sk_test_good_canary_0123456789",)
    currencies = ("EUR", "JPY", "UGX", "ISK", "HUF")

    def __init__(self) -> None:
        self.peer = FakeStripe()
        self.door = Door(self.peer)
        self.front = HostileFront(int(self.door.url.rpartition(":")[2]))
        self.port = self.reopened()

    def break_next(self, fault: Fault) -> None:
        self.front.break_next(fault)

    def method(self, *, declined: bool = False) -> str:
        return "pm_card_visa_chargeDeclined" if declined else "pm_card_visa"

    def effects(self, key: str) -> Sequence[Money]:
        found: list[Money] = []
        for intent in self.peer.intents.values():
            for name, note in intent["metadata"].items():
                number, _, of_key = note.rpartition(" ")
                is_act = name == "omscore_authorise" and intent["last_payment_error"] is None
                if of_key == key and (number or is_act):
                    found.append(amount_of(int(number or intent["amount"]), intent["currency"]))
        refunds = [each for each in self.peer.refunds.values() if each["metadata"]["omscore_refund"] == key]
        return [*found, *(amount_of(each["amount"], each["currency"]) for each in refunds)]

    def reopened(self) -> StripePayments:
        settings = StripeSettings(api_key=Secret(self.secrets[0]), api_base=self.front.url, multiple_captures=True)
        return StripePayments(settings)


class TestStripe(PaymentConformance):
    """All laws."""

    provider = payment_stripe.PROVIDER

    @pytest.fixture
    def harness(self) -> Iterator[StripeHarness]:
        opened = StripeHarness()
        yield opened
        opened.front.close()
        opened.door.close()
