"""Payment by bank transfer: an order is trusted with its goods, and its money is waited for.

There is nobody to ask. A capture says that money is owed, a refund that the shop owes it; both stay pending until
somebody who sees the bank account tells of it with RecordCallback.
"""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never

from omscore.errors import PortRefusedError
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentRequest, PaymentStep
from omscore_adapters.payment_transfer.settings import TransferSettings


class TransferPayments:
    """The payment port of a shop's bank account.

    >>> from omscore.money import Money
    >>> request = PaymentRequest(key="p1.capture", step=PaymentStep.CAPTURE, payment_id="p1", amount=Money(500, "EUR"),
    ...     method="transfer", authorisation="p1")
    >>> TransferPayments().send(request).outcome
    <PaymentOutcome.PENDING: 'pending'>
    """

    pays_later = True
    key_ttl = timedelta(days=36_500)
    """Nothing is moved here, so a key can be sent as often as anybody likes."""

    def __init__(self, settings: TransferSettings | None = None) -> None:
        self._settings = settings or TransferSettings()

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        """What is known at once: an order is trusted or not, what is owed is pending.

        Raises: PortRefusedError for an amount that is none.
        """
        if request.amount.minor <= 0:
            raise PortRefusedError(
                f"{request.step} of {request.amount}: an amount must be above zero", code="port.refused.amount"
            )
        match request.step:
            case PaymentStep.AUTHORISE:
                return self._trusted(request)
            case PaymentStep.VOID:
                outcome = PaymentOutcome.SUCCEEDED
            case PaymentStep.CAPTURE | PaymentStep.REFUND:
                outcome = PaymentOutcome.PENDING
            case _:
                assert_never(request.step)
        return PaymentAnswer(outcome=outcome, amount=request.amount, reference=request.key)

    def look_up(self, key: str) -> PaymentAnswer | None:
        """None: nothing is kept here, and asking again gives the same answer."""
        return None

    def _trusted(self, request: PaymentRequest) -> PaymentAnswer:
        amount, limit = request.amount, self._settings.limit(request.amount.currency)
        if self._settings.most and (limit is None or amount > limit):
            says = f"by bank transfer the shop sends up to {limit}" if limit else f"no transfers in {amount.currency}"
            return PaymentAnswer(outcome=PaymentOutcome.DECLINED, amount=amount, says=says)
        return PaymentAnswer(outcome=PaymentOutcome.SUCCEEDED, amount=amount, reference=request.payment_id)
