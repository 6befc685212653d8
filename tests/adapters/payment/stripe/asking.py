"""Requests as the engine makes them, and what became of them by Stripe's own books."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from omscore.errors import PortTransientError, PortUnknownError
from omscore.money import Money
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentRequest, PaymentStep
from tests.adapters.payment.stripe.conftest import client
from tests.adapters.payment.stripe.door import Door

AUTHORISE, CAPTURE, VOID, REFUND = PaymentStep
_orders = count(1)
"""The rehearsal lives as long as the tests: each of them has payments of its own."""


class Asking:
    """One payment at one door; every call is made by a client that remembers nothing."""

    def __init__(self, door: Door, *, minor: int = 1_000, currency: str = "EUR", **settings: Any) -> None:
        self.door = door
        self.payment_id = f"ord_{next(_orders)}.p1"
        self.total = Money(minor, currency)
        self.settings = settings
        self.authorisation = ""

    def request(self, step: PaymentStep, minor: int | None = None, name: str = "", **more: Any) -> PaymentRequest:
        content: dict[str, Any] = {
            "key": f"{self.payment_id}.{name or step.value}",
            "step": step,
            "payment_id": self.payment_id,
            "amount": self.total if minor is None else Money(minor, self.total.currency),
            "method": "pm_card_visa",
            "authorisation": "" if step is AUTHORISE else self.authorisation,
        }
        return PaymentRequest(**(content | more))

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        payments = client(self.door, **self.settings)
        try:
            return payments.send(request)
        finally:
            payments.close()

    def do(self, step: PaymentStep, minor: int | None = None, name: str = "", **more: Any) -> PaymentAnswer:
        answer = self.send(self.request(step, minor, name, **more))
        if step is AUTHORISE:
            self.authorisation = answer.reference
        return answer

    def look_up(self, key: str) -> PaymentAnswer | None:
        payments = client(self.door, **self.settings)
        try:
            return payments.look_up(key)
        finally:
            payments.close()

    def persistently(self, request: PaymentRequest, attempts: int = 4) -> PaymentAnswer:
        """As the engine does: send, and after a lost answer look up before sending again."""
        for number in range(attempts):
            try:
                answer = self.look_up(request.key) if number else None
                return answer or self.send(request)
            except (PortTransientError, PortUnknownError):
                continue
        raise AssertionError("no answer came")

    def moved(self) -> dict[PaymentStep, list[int]]:
        """What took effect for this payment, by step, as the account's own list tells."""
        payments = client(self.door, **self.settings)
        moved: dict[PaymentStep, list[int]] = {}
        forever = (datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=900))
        for each in payments.listing(*forever):
            if each.key.startswith(f"{self.payment_id}.") and each.outcome is PaymentOutcome.SUCCEEDED:
                moved.setdefault(each.step, []).append(each.amount.minor)
        payments.close()
        return {step: sorted(amounts) for step, amounts in moved.items()}
