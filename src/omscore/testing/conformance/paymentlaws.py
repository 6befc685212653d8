"""What all laws of payment providers share: the harness an author gives, and requests that must go through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pytest

from omscore.errors import PortRefusedError
from omscore.money import Money
from omscore.plugins import Capability
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentPort, PaymentRequest, PaymentStep
from omscore.testing.conformance.ports import Harness, PortLaws


class PaymentHarness(Harness, Protocol):
    """A payment adapter and the world behind it, used by nobody else.

    Shape: `effects` are the amounts that were really moved (or promised, for an authorisation) under a key; none for
    one that was declined; they are not asked for where the class says that it asks nobody. `method` is a payer's token
    that is accepted, or one that is declined; it is asked for anew for every payment, after `break_next`. `reopened`
    opens the adapter once more, as another program would; None when its world ends with the program.
    """

    @property
    def port(self) -> PaymentPort: ...

    @property
    def currencies(self) -> tuple[str, ...]: ...

    def effects(self, key: str) -> Sequence[Money]: ...

    def method(self, *, declined: bool = False) -> str: ...

    def reopened(self) -> PaymentPort | None: ...


class PaymentLaws(PortLaws):
    """The base of the laws of payment providers."""

    def authorise(self, harness: PaymentHarness, name: str = "a", minor: int = 5_000) -> PaymentRequest:
        """A request to authorise an amount, which the payer's token will accept."""
        return PaymentRequest(
            key=self.key(f"{name}.auth"),
            step=PaymentStep.AUTHORISE,
            payment_id=self.key(name),
            amount=Money(minor, harness.currencies[0]),
            method=harness.method(),
        )

    def follow(
        self, first: PaymentRequest, answer: PaymentAnswer, step: PaymentStep, minor: int, name: str
    ) -> PaymentRequest:
        """A further step on an authorisation."""
        return PaymentRequest(
            key=f"{first.key}.{name}",
            step=step,
            payment_id=first.payment_id,
            amount=Money(minor, first.amount.currency),
            method=first.method,
            authorisation=answer.reference,
        )

    @property
    def taken(self) -> PaymentOutcome:
        """What a capture that nothing stands in the way of is."""
        is_later = Capability.PAYS_LATER in self.provider.capabilities
        return PaymentOutcome.PENDING if is_later else PaymentOutcome.SUCCEEDED

    def done_once(self, harness: PaymentHarness, request: PaymentRequest) -> None:
        """Fail unless the world did exactly what was asked, where there is one."""
        assert not self.asks_somebody or list(harness.effects(request.key)) == [request.amount]

    def not_done(self, harness: PaymentHarness, request: PaymentRequest) -> None:
        """Fail unless this is refused or declined, and moves nothing."""
        try:
            outcome = harness.port.send(request).outcome
        except PortRefusedError:
            outcome = PaymentOutcome.DECLINED
        moved = list(harness.effects(request.key))
        if outcome is not PaymentOutcome.DECLINED or moved:
            pytest.fail(f"{request.step} of {request.amount} must be refused or declined; it moved {moved}")
