"""From an order put before reviewers to one that goes on, waits for a person or is cancelled, as all of them say."""

from __future__ import annotations

from typing import assert_never

from omscore.flows.notices import alert
from omscore.flows.world import Later, Reaction, TaskKind, World, on
from omscore.orders.commands import CancelOrder, PlaceHold, ReleaseHold
from omscore.orders.model import HoldKind
from omscore.reviews.deciding import OpinionGiven, ReviewRequested
from omscore.reviews.model import Verdict


def _requested(event: ReviewRequested, _world: World) -> Reaction:
    for reviewer in event.reviewers:
        yield Later(
            task_id=review_key(event.order_id, reviewer),
            kind=TaskKind.REVIEW,
            due_at=event.at,
            payload={"order_id": event.order_id, "reviewer": reviewer},
        )


def review_key(order_id: str, reviewer: str) -> str:
    """The key under which a reviewer is asked about an order, for ever.

    >>> review_key("o1", "acme")
    'o1.review.acme'
    """
    return f"{order_id}.review.{reviewer}"


def _answered(event: OpinionGiven, world: World) -> Reaction:
    """The order follows the verdict, unless a person lifted the hold or nothing of it is left to send."""
    order, review = world.order(event.order_id), world.review(event.order_id)
    if order.is_settled or not order.has_hold(HoldKind.UNDER_REVIEW):
        return
    match review.verdict:
        case None:
            return
        case Verdict.CANCEL:
            if any([line.quantities.waiting or line.quantities.allocated for line in order.lines]):
                yield CancelOrder(order_id=event.order_id, reason=review.reasons(Verdict.CANCEL), at=event.at)
        case Verdict.HOLD:
            # The one hold is there before the other goes, so that no work is let go and stopped again.
            says = review.reasons(Verdict.HOLD)
            yield PlaceHold(order_id=event.order_id, kind=HoldKind.HELD_BY_REVIEWER, says=says, at=event.at)
            yield ReleaseHold(order_id=event.order_id, kind=HoldKind.UNDER_REVIEW, says="reviewed", at=event.at)
            yield alert("review_held", f"{event.order_id}.review", event.at, order_id=event.order_id, says=says)
        case Verdict.APPROVE:
            says = f"approved by {', '.join(review.reviewers)}"
            yield ReleaseHold(order_id=event.order_id, kind=HoldKind.UNDER_REVIEW, says=says, at=event.at)
        case _:
            assert_never(review.verdict)


HANDLERS = (
    on(ReviewRequested, _requested),
    on(OpinionGiven, _answered),
)
"""Questions to reviewers, and what their answers come to."""
