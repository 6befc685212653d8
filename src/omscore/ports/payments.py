"""Cards and other money in: authorise, capture, void, refund, each under a stable key.

A provider answers `SUCCEEDED`, `DECLINED` or `PENDING` (ask again later by `look_up`). It raises PortTransientError
when nothing happened, PortUnknownError when the effect may have happened: the engine then looks the key up before it
sends anything again. A key the provider may have forgotten (after 24 hours, or what `ports.keys.KeyMemory` declares) is
not sent again at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from omscore.money import Money
from omscore.payments.model import Captures
from omscore.records import frozen

__all__ = [
    "CaptureWay",
    "Captures",
    "PaymentAnswer",
    "PaymentListing",
    "PaymentOutcome",
    "PaymentPort",
    "PaymentRequest",
    "PaymentStep",
    "ProviderPayment",
]


class PaymentStep(StrEnum):
    """The four things that can be asked of a payment provider."""

    AUTHORISE = "authorise"
    """Set the amount aside, for captures to come."""
    CAPTURE = "capture"
    """Take the amount out of an authorisation."""
    VOID = "void"
    """Let go of what is left of an authorisation."""
    REFUND = "refund"
    """Give captured money back."""


class PaymentOutcome(StrEnum):
    """What a provider says about one attempt."""

    SUCCEEDED = "succeeded"
    """It was done."""
    DECLINED = "declined"
    """It was not and will not be done, and `says` tells why."""
    PENDING = "pending"
    """It was taken on and is not decided; asked again later by `look_up`."""


@frozen(kw_only=True)
class PaymentRequest:
    """One attempt. `method` is the provider's token for the payer's card or account, never a card number.

    Shape: `authorisation` is the provider's reference of the authorisation to capture, void or refund from; empty for
    AUTHORISE. VOID releases `amount`, which is all that is left of the authorisation.
    """

    key: str
    step: PaymentStep
    payment_id: str
    amount: Money
    method: str
    authorisation: str = ""


@frozen(kw_only=True)
class PaymentAnswer:
    """What became of one attempt; `reference` is the provider's own id, `says` the reason of a decline."""

    outcome: PaymentOutcome
    amount: Money
    reference: str = ""
    says: str = ""


@frozen(kw_only=True)
class ProviderPayment:
    """One attempt as the provider's own books tell it.

    Shape: `key` is the one we sent it under, empty when it knows none; `at` is when the provider took it on.
    """

    key: str
    step: PaymentStep
    outcome: PaymentOutcome
    amount: Money
    reference: str
    at: datetime


@runtime_checkable
class CaptureWay(Protocol):
    """A provider whose account may allow less than the adapter can do, and that says when money is to be captured."""

    @property
    def captures(self) -> Captures: ...


@runtime_checkable
class PaymentListing(Protocol):
    """A provider that can list what it did."""

    def listing(self, since: datetime, until: datetime) -> Iterator[ProviderPayment]:
        """Every attempt it took on from `since` up to `until`, in any order; declined ones may be left out.

        Holds: one that took effect twice is told twice.
        """
        ...


class PaymentPort(Protocol):
    """One payment provider."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        """The provider's answer; the same key asked twice has one effect and gives one answer."""
        ...

    def look_up(self, key: str) -> PaymentAnswer | None:
        """What the provider knows of this key; None when it never heard of it."""
        ...


def pays_later(port: PaymentPort) -> bool:
    """Whether money asked of this provider comes days later, by an act of the customer such as a bank transfer.

    Shape: an adapter says so by an attribute `pays_later` that is True; until the money is there its captures are
    PENDING. Such money is reminded of.
    """
    return getattr(port, "pays_later", False) is True
