"""A payment is an authorised amount and the attempts made at it, each under its own stable key."""

from __future__ import annotations

from enum import StrEnum

from omscore.ids import OrderId, PaymentId
from omscore.money import Money
from omscore.records import frozen


class Step(StrEnum):
    """What is asked of the payment provider."""

    AUTHORISE = "authorise"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class Captures(StrEnum):
    """When an order's money is captured, by what its payment provider can do."""

    EACH_SHIPMENT = "each shipment"
    """Each shipment's worth when it leaves: the provider captures in parts."""
    ONCE = "once"
    """One capture of what is owed when nothing is left to ship; the provider lets go of the rest."""
    WHOLE = "whole"
    """One capture of all that was authorised when nothing is left to ship; what is not owed goes back at once."""


class AttemptState(StrEnum):
    """What is known of one attempt."""

    REQUESTED = "requested"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"


@frozen(kw_only=True)
class Attempt:
    """One intent sent to the provider. `key` makes it happen at most once."""

    key: str
    step: Step
    amount: Money
    state: AttemptState = AttemptState.REQUESTED
    reference: str = ""
    says: str = ""


@frozen(kw_only=True)
class Payment:
    """One payment of one order.

    Holds: refunded <= captured, captured + voided <= authorised, attempts under way included.
    """

    payment_id: PaymentId
    order_id: OrderId
    provider: str
    method: str
    authorised: Money
    captured: Money
    voided: Money
    refunded: Money
    authorisation: str = ""
    attempts: tuple[Attempt, ...] = ()

    def under_way(self, step: Step) -> Money:
        """The amount of attempts of one step that have no answer yet."""
        return Money.total(
            (each.amount for each in self.attempts if each.step is step and each.state is AttemptState.REQUESTED),
            self.authorised.currency,
        )

    @property
    def capturable(self) -> Money:
        """What may still be captured or voided."""
        return self.authorised - self.captured - self.voided - self.under_way(Step.CAPTURE) - self.under_way(Step.VOID)

    @property
    def refundable(self) -> Money:
        """What may still be refunded."""
        return self.captured - self.refunded - self.under_way(Step.REFUND)

    def attempt(self, key: str) -> Attempt | None:
        """The attempt under that key."""
        for each in self.attempts:
            if each.key == key:
                return each
        return None
