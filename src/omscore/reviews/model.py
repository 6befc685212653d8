"""One order under review: the reviewers who were asked, and the opinion of each who answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from omscore.ids import OrderId
from omscore.payloads import Payload
from omscore.records import frozen


class Verdict(StrEnum):
    """What a reviewer says of an order, and what all of them come to."""

    APPROVE = "approve"
    """It may go on."""
    HOLD = "hold"
    """A person must look at it."""
    CANCEL = "cancel"
    """It must not be sent."""


@frozen(kw_only=True)
class Opinion:
    """What one reviewer said.

    Shape: `reference` is the reviewer's own name for the case; `is_unreachable` when it gave no answer in time, so that
    the verdict is the shop's own (`review.when_unreachable`) and `says` is what went wrong.
    """

    reviewer: str
    verdict: Verdict
    says: str
    at: datetime
    reference: str = ""
    details: Payload | None = None
    is_unreachable: bool = False


@frozen(kw_only=True)
class OrderReview:
    """The review of one order. Shape: `reviewers` in the order of their names, `opinions` in the order they came.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> review = OrderReview(order_id=OrderId("o1"), reviewers=("acme",), requested_at=noon, ends_at=noon)
    >>> review.verdict is None, review.waits_for
    (True, ('acme',))
    """

    order_id: OrderId
    reviewers: tuple[str, ...]
    requested_at: datetime
    ends_at: datetime
    opinions: tuple[Opinion, ...] = ()

    def opinion_of(self, reviewer: str) -> Opinion | None:
        """What that reviewer said; None while it has not."""
        return next((each for each in self.opinions if each.reviewer == reviewer), None)

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The reviewers who have not answered."""
        return tuple([each for each in self.reviewers if self.opinion_of(each) is None])

    @property
    def verdict(self) -> Verdict | None:
        """What the opinions come to: one that cancels is enough, all must approve; None while that is open."""
        said = {opinion.verdict for opinion in self.opinions}
        if Verdict.CANCEL in said:
            return Verdict.CANCEL
        if self.waits_for:
            return None
        return Verdict.HOLD if Verdict.HOLD in said else Verdict.APPROVE

    def reasons(self, verdict: Verdict) -> str:
        """Who came to that verdict and why, in one line."""
        return "; ".join([f"{each.reviewer}: {each.says}" for each in self.opinions if each.verdict is verdict])
