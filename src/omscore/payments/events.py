"""What happened to a payment."""

from __future__ import annotations

from datetime import datetime

from omscore.ids import OrderId, PaymentId
from omscore.money import Money
from omscore.payments.model import Step
from omscore.records import frozen


@frozen(kw_only=True)
class AuthorisationRequested:
    payment_id: PaymentId
    order_id: OrderId
    provider: str
    method: str
    key: str
    amount: Money
    at: datetime


@frozen(kw_only=True)
class StepRequested:
    payment_id: PaymentId
    order_id: OrderId
    key: str
    step: Step
    amount: Money
    at: datetime


@frozen(kw_only=True)
class CaptureLowered:
    payment_id: PaymentId
    order_id: OrderId
    key: str
    amount: Money
    due: Money
    at: datetime


@frozen(kw_only=True)
class StepSucceeded:
    payment_id: PaymentId
    order_id: OrderId
    key: str
    step: Step
    amount: Money
    reference: str
    at: datetime


@frozen(kw_only=True)
class StepDeclined:
    payment_id: PaymentId
    order_id: OrderId
    key: str
    step: Step
    amount: Money
    says: str
    at: datetime


PaymentEvent = AuthorisationRequested | StepRequested | CaptureLowered | StepSucceeded | StepDeclined
