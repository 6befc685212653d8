"""How a review is asked for and answered: each reviewer is asked once and answers once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from omscore.errors import NotFoundError, RefusedError
from omscore.ids import OrderId
from omscore.payloads import Payload
from omscore.records import changed, frozen
from omscore.reviews.model import Opinion, OrderReview, Verdict


@frozen(kw_only=True)
class RequestReview:
    """Put an order before reviewers. Shape: `ends_at` is how long each may take."""

    order_id: OrderId
    reviewers: tuple[str, ...]
    ends_at: datetime
    at: datetime


@frozen(kw_only=True)
class RecordOpinion:
    """Note what a reviewer said; what it said first stands."""

    order_id: OrderId
    reviewer: str
    verdict: Verdict
    says: str
    at: datetime
    reference: str = ""
    details: Payload | None = None
    is_unreachable: bool = False


ReviewCommand = RequestReview | RecordOpinion


@frozen(kw_only=True)
class ReviewRequested:
    order_id: OrderId
    reviewers: tuple[str, ...]
    ends_at: datetime
    at: datetime


@frozen(kw_only=True)
class OpinionGiven:
    order_id: OrderId
    reviewer: str
    verdict: Verdict
    says: str
    at: datetime
    reference: str = ""
    details: Payload | None = None
    is_unreachable: bool = False


ReviewEvent = ReviewRequested | OpinionGiven


def decide(review: OrderReview | None, command: ReviewCommand) -> Sequence[ReviewEvent]:
    """The fact to note; nothing when that reviewer has answered already.

    Raises: RefusedError for an order that is under review already, or a reviewer who was not asked.
    """
    match command:
        case RequestReview():
            if review is not None:
                raise RefusedError(f"order {command.order_id} was put before reviewers already", code="review.exists")
            return [
                ReviewRequested(
                    order_id=command.order_id,
                    reviewers=tuple(sorted(set(command.reviewers))),
                    ends_at=command.ends_at,
                    at=command.at,
                )
            ]
        case RecordOpinion():
            if review is None:
                raise NotFoundError(f"there is no review of order {command.order_id}", code="review.unknown")
            if command.reviewer not in review.reviewers:
                raise RefusedError(
                    f"{command.reviewer} was not asked about order {command.order_id}, but "
                    f"{', '.join(review.reviewers)}",
                    code="review.not_asked",
                )
            if review.opinion_of(command.reviewer) is not None:
                return []
            return [
                OpinionGiven(
                    order_id=command.order_id,
                    reviewer=command.reviewer,
                    verdict=command.verdict,
                    says=command.says,
                    reference=command.reference,
                    details=command.details,
                    is_unreachable=command.is_unreachable,
                    at=command.at,
                )
            ]
        case _:
            assert_never(command)


def evolve(review: OrderReview | None, event: ReviewEvent) -> OrderReview:
    """The review after one more fact. Raises: RefusedError for an opinion before any review."""
    match event:
        case ReviewRequested():
            return OrderReview(
                order_id=event.order_id, reviewers=event.reviewers, requested_at=event.at, ends_at=event.ends_at
            )
        case OpinionGiven():
            if review is None:
                raise RefusedError(f"order {event.order_id} was put before nobody", code="review.unknown")
            opinion = Opinion(
                reviewer=event.reviewer,
                verdict=event.verdict,
                says=event.says,
                at=event.at,
                reference=event.reference,
                details=event.details,
                is_unreachable=event.is_unreachable,
            )
            return changed(review, opinions=(*review.opinions, opinion))
        case _:
            assert_never(event)
