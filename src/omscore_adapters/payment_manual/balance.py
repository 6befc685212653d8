"""What is left of one authorisation: captured and voided never exceed authorised, refunded never exceeds captured."""

from __future__ import annotations

from typing import assert_never

from omscore.errors import PortRefusedError
from omscore.money import Money
from omscore.ports.payments import PaymentRequest, PaymentStep
from omscore.records import changed, frozen


@frozen(kw_only=True)
class AuthorisationBalance:
    """The money of one authorisation. Holds: captured + voided <= authorised; refunded <= captured."""

    authorised: Money
    captured: Money
    voided: Money
    refunded: Money

    @classmethod
    def fresh(cls, authorised: Money) -> AuthorisationBalance:
        """An authorisation nothing was done with yet.

        >>> AuthorisationBalance.fresh(Money(500, "EUR")).left
        Money(minor=500, currency='EUR')
        """
        nothing = Money.zero(authorised.currency)
        return cls(authorised=authorised, captured=nothing, voided=nothing, refunded=nothing)

    @property
    def left(self) -> Money:
        """What can still be captured or voided."""
        return self.authorised - self.captured - self.voided

    @property
    def refundable(self) -> Money:
        """What was captured and not refunded."""
        return self.captured - self.refunded

    def after(self, request: PaymentRequest) -> AuthorisationBalance:
        """The balance when this capture, void or refund has been done.

        Raises: PortRefusedError for another currency, for more than there is, and for a void of less than all that is
        left.
        """
        amount = request.amount
        if amount.currency != self.authorised.currency:
            raise _refused(request, f"the authorisation is in {self.authorised.currency}; ask in that currency")
        match request.step:
            case PaymentStep.AUTHORISE:
                raise _refused(request, "this reference is authorised already; authorise without a reference")
            case PaymentStep.CAPTURE:
                if amount > self.left:
                    raise _refused(request, f"only {self.left} of {self.authorised} is left; capture at most that")
                return changed(self, captured=self.captured + amount)
            case PaymentStep.VOID:
                if amount != self.left:
                    raise _refused(request, f"{self.left} of {self.authorised} is left; void exactly that")
                return changed(self, voided=self.voided + amount)
            case PaymentStep.REFUND:
                if amount > self.refundable:
                    raise _refused(
                        request, f"only {self.refundable} was captured and not refunded; refund at most that"
                    )
                return changed(self, refunded=self.refunded + amount)
            case _:
                assert_never(request.step)


def _refused(request: PaymentRequest, says: str) -> PortRefusedError:
    return PortRefusedError(
        f"{request.step.value} of {request.amount} from {request.authorisation or request.key}: {says}",
        code="port.refused.amount",
        key=request.key,
        authorisation=request.authorisation,
    )
