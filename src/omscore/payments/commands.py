"""What can be wished of a payment."""

from __future__ import annotations

from datetime import datetime

from omscore.ids import OrderId, PaymentId
from omscore.money import Money
from omscore.payments.model import Step
from omscore.records import frozen


@frozen(kw_only=True)
class RequestAuthorisation:
    """Ask the provider to set an amount aside."""

    payment_id: PaymentId
    order_id: OrderId
    provider: str
    method: str
    amount: Money
    at: datetime


@frozen(kw_only=True)
class RequestStep:
    """Ask for a capture, void or refund of an amount. The same key twice is one request.

    Shape: `key` starts with the payment's id and a dot, which makes it the only one at the provider and in the books.
    """

    payment_id: PaymentId
    key: str
    step: Step
    amount: Money
    at: datetime


@frozen(kw_only=True)
class LowerCapture:
    """Ask for less under a capture whose money has not come: goods came back before they were paid."""

    payment_id: PaymentId
    key: str
    amount: Money
    at: datetime


@frozen(kw_only=True)
class RecordAnswer:
    """Note what the provider said of one attempt; said twice it is noted once."""

    payment_id: PaymentId
    key: str
    succeeded: bool
    amount: Money
    reference: str
    says: str
    at: datetime


PaymentCommand = RequestAuthorisation | RequestStep | LowerCapture | RecordAnswer
