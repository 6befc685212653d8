"""What a shop sets about the review of its orders."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from omscore.errors import InputError
from omscore.records import frozen


@frozen(kw_only=True)
class ReviewPolicy:
    """How long reviewers may take, and what becomes of an order that one of them gives no answer about.

    Raises: InputError for no hours, or more than a year.
    """

    when_unreachable: Literal["hold", "approve"] = "hold"
    within_hours: int = 24
    capture_waits: bool = True

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.within_hours <= 8_766:
            raise InputError(
                f"within_hours must be from 1 to 8766, not {self.within_hours}",
                code="input.review",
                name="within_hours",
            )

    @property
    def within(self) -> timedelta:
        return timedelta(hours=self.within_hours)
