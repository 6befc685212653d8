"""Orders looked at before they go on: fraud, compliance, credit. A reviewer approves, holds or cancels, and says why.

A reviewer is asked by a task, outside any commit, under a stable key; the order waits meanwhile. One that has not made
up its mind yet raises PortTransientError: it is asked again, until the time a review may take is over.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from omscore.errors import InputError
from omscore.money import Money
from omscore.parties import Person
from omscore.payloads import Payload
from omscore.places import Destination
from omscore.records import frozen
from omscore.reviews.model import Verdict as Verdict


class ReviewedLine(NamedTuple):
    """One line of the order. Units: `gross` is the price of all its units with tax."""

    sku: str
    title: str
    units: int
    gross: Money


@frozen(kw_only=True)
class ReviewRequest:
    """One order to be looked at, as it was placed.

    Shape: `person` is who ordered, None for an order of nobody known; it is personal, and the engine keeps it in the
    vault alone. `address_name` is the one of their addresses the goods go to. `payment_provider` and `payment_method`
    are empty for an order that is not paid through the shop.
    """

    key: str
    order_id: str
    channel: str
    reference: str
    placed_at: datetime
    total: Money
    lines: tuple[ReviewedLine, ...]
    destination: Destination
    tags: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]
    customer_groups: tuple[str, ...]
    person: Person | None
    address_name: str
    payment_provider: str
    payment_method: str
    at: datetime


@frozen(kw_only=True)
class ReviewAnswer:
    """What a reviewer says of an order.

    Shape: `says` is the reason in one line for the shop's own people, and not empty unless it approves; `reference` is
    the reviewer's own name for the case; `details` are kept with the opinion, in words of the reviewer's own. All of it
    stays in the log, so none of it is personal.
    Raises: InputError for a verdict that is none, and for one against the order without a reason.
    """

    verdict: Verdict
    says: str = ""
    reference: str = ""
    details: Payload | None = None

    def __attrs_post_init__(self) -> None:
        if type(self.verdict) is not Verdict:
            raise InputError(f"a verdict is one of {', '.join(Verdict)}, not {self.verdict!r}", code="review.verdict")
        if self.verdict is not Verdict.APPROVE and not self.says.strip():
            raise InputError(f"a reviewer that says {self.verdict} must say why", code="review.reason")


class ReviewPort(Protocol):
    """One reviewer of orders."""

    def review(self, request: ReviewRequest) -> ReviewAnswer:
        """What it says of the order; the same key asked twice is one case and gives one answer.

        Raises: PortRefusedError when it will never say anything of this order; PortTransientError when it has not
        decided yet.
        """
        ...


@runtime_checkable
class ReviewLookUp(Protocol):
    """A reviewer that can tell what it said under a key. Who does not keep to keys should offer this."""

    def look_up_review(self, key: str) -> ReviewAnswer | None:
        """What it said under that key; None when it was never asked, for certain."""
        ...
