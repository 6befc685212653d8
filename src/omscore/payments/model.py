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
    """One intent sent to the provider. `key` makes it happen at most once.

    Shape: `lowered_minor` of a capture is what came back by goods before its money did; the `amount` asked for at first
    may be paid all the same, and so may every sum that was due in between (`asked_minor`), for a letter may have named
    it. Once it succeeded, `amount` is what was paid.
    """

    key: str
    step: Step
    amount: Money
    state: AttemptState = AttemptState.REQUESTED
    reference: str = ""
    says: str = ""
    lowered_minor: int = 0
    asked_minor: tuple[int, ...] = ()

    @property
    def due(self) -> Money:
        """What is asked for now."""
        return Money(self.amount.minor - self.lowered_minor, self.amount.currency)

    @property
    def is_due(self) -> bool:
        """True while something is asked for that has no answer yet."""
        return self.state is AttemptState.REQUESTED and not self.due.is_zero

    @property
    def surplus(self) -> Money:
        """What was paid although it was not due any more; nothing before it was paid."""
        return Money(self.lowered_minor if self.state is AttemptState.SUCCEEDED else 0, self.amount.currency)

    def may_be(self, amount: Money) -> bool:
        """True when the answer may be for this amount: what was asked for at first, or until then is or was due."""
        if amount == self.amount or (self.is_due and amount == self.due):
            return True
        is_open = self.state is AttemptState.REQUESTED and amount.currency == self.amount.currency
        return is_open and amount.minor in self.asked_minor


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
    def due(self) -> Money:
        """What captures without an answer ask for, less what goods that came back have lowered."""
        waiting = [each for each in self.attempts if each.step is Step.CAPTURE and each.is_due]
        return Money.total([each.due for each in waiting], self.authorised.currency)

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
