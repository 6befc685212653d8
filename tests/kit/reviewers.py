"""Reviewers of tests: they answer as they are told, and remember what they were asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from omscore.payloads import Payload
from omscore.ports.reviews import ReviewAnswer, ReviewRequest, Verdict

Said: TypeAlias = ReviewAnswer | Exception

APPROVE = ReviewAnswer(verdict=Verdict.APPROVE)
HOLD = ReviewAnswer(verdict=Verdict.HOLD, says="two names for one card")
CANCEL = ReviewAnswer(
    verdict=Verdict.CANCEL,
    says="on the sanctions list",
    reference="case-7",
    details=Payload(kind="acme.score", version=1, fields=(("score", "99"),)),
)


class Reviewer:
    """Answers one after another; the last one stands. What was said under a key is said again."""

    def __init__(self, *answers: Said) -> None:
        self.answers = list(answers)
        self.asked: list[ReviewRequest] = []
        self.cases: dict[str, ReviewAnswer] = {}
        self.meanwhile: Callable[[], object] | None = None

    def review(self, request: ReviewRequest) -> ReviewAnswer:
        self.asked.append(request)
        if self.meanwhile is not None:
            self.meanwhile()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return self.cases.setdefault(request.key, answer)


class Forgetful(Reviewer):
    """One that opens another case each time it is asked."""

    is_once_per_key = False


class Remembering(Forgetful):
    """It opens another case too, but can be asked what it said."""

    def look_up_review(self, key: str) -> ReviewAnswer | None:
        return self.cases.get(key)
