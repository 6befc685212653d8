"""The laws of a reviewer of orders, one per test, to be run against any adapter of `omscore.ports.reviews`.

An author subclasses `ReviewConformance`, names the provider, and gives the fixture `harness`: the opened adapter with
the world behind it, which counts the cases that were really opened.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Protocol

from omscore.errors import PortError, PortRefusedError, PortTransientError, PortUnknownError
from omscore.ids import PersonId
from omscore.money import Money
from omscore.parties import Person
from omscore.places import Address, Destination
from omscore.plugins import Capability
from omscore.ports.reviews import ReviewAnswer, ReviewedLine, ReviewLookUp, ReviewPort, ReviewRequest, Verdict
from omscore.records import changed
from omscore.testing.conformance.ports import (
    NOON,
    Harness,
    PortLaws,
    Promise,
    hides,
    needs,
    nothing_is_certain,
    skipped,
    try_again_is_right,
)
from omscore.testing.faults import Fault

__all__ = ["ReviewConformance", "ReviewHarness"]

_HOME = Address(recipient="Ada Bell", lines=("Kleine Gasse 17",), city="Bonn", country="DE", postcode="53113")
_ADA = Person(
    person_id=PersonId("person_ada"), name="Ada Bell", mail="ada.bell@example.org", addresses=(("home", _HOME),)
)
_PERSONAL = ("Ada Bell", "ada.bell@example.org", "Kleine Gasse 17")


class ReviewHarness(Harness, Protocol):
    """A reviewer and the world behind it, used by nobody else.

    Shape: `asking_for` changes an order so that the reviewer comes to that verdict; None for one it never gives.
    `cases` is how many cases were really opened under a key. `reopened` opens the adapter once more, as another program
    would; None when its world ends with the program, or it keeps nothing.
    """

    @property
    def port(self) -> ReviewPort: ...

    def asking_for(self, verdict: Verdict, request: ReviewRequest) -> ReviewRequest | None: ...

    def cases(self, key: str) -> int: ...

    def reopened(self) -> ReviewPort | None: ...


class ReviewConformance(PortLaws):
    """Every law that holds for every reviewer."""

    def request(self, name: str = "o1") -> ReviewRequest:
        """An order of two lines, of a customer who is known."""
        return ReviewRequest(
            key=self.key(f"{name}.review"),
            order_id=self.key(name),
            channel="web",
            reference="",
            placed_at=NOON,
            total=Money(4_500, "EUR"),
            lines=(
                ReviewedLine("TEA", "Tea", 3, Money(3_000, "EUR")),
                ReviewedLine("CUP", "Cup", 1, Money(1_500, "EUR")),
            ),
            destination=Destination(country="DE", postcode_area="531"),
            tags=(),
            attributes=(),
            customer_groups=(),
            person=_ADA,
            address_name="home",
            payment_provider="manual",
            payment_method="card-ok",
            at=NOON,
        )

    def test_each_verdict_is_given_for_the_orders_it_is_meant_for(self, harness: ReviewHarness) -> None:
        given = 0
        for verdict in Verdict:
            asked = harness.asking_for(verdict, self.request(verdict.value))
            if asked is not None:
                given += 1
                assert harness.port.review(asked).verdict is verdict
        assert given > 1, "the harness knows fewer than two verdicts the reviewer gives, so nothing was told apart"

    @needs(Promise.KEYS)
    def test_the_same_key_twice_is_one_case_and_one_answer(self, harness: ReviewHarness) -> None:
        request = self.request()
        assert harness.port.review(request) == harness.port.review(request)
        assert harness.cases(request.key) == 1

    @needs(Promise.KEYS)
    def test_two_workers_that_ask_one_key_at_once_open_one_case(self, harness: ReviewHarness) -> None:
        request = self.request()
        with ThreadPoolExecutor(4) as workers:
            answers = list(workers.map(harness.port.review, [request] * 8))
        assert all([answer == answers[0] for answer in answers])
        assert harness.cases(request.key) == 1

    def test_two_orders_are_two_cases(self, harness: ReviewHarness) -> None:
        first, second = self.request("o1"), self.request("o2")
        harness.port.review(first)
        harness.port.review(second)
        assert (harness.cases(first.key), harness.cases(second.key)) == (1, 1)

    @needs(Promise.KEYS, Promise.MEMORY)
    def test_what_was_said_is_known_to_another_program(self, harness: ReviewHarness) -> None:
        request = self.request()
        answer = harness.port.review(request)
        other = harness.reopened()
        assert other is not None, "where the world ends with the program, the class says remembers = False"
        assert other.review(request) == answer
        assert harness.cases(request.key) == 1

    @needs(Promise.KEYS, Fault.LOST_ANSWER)
    def test_a_lost_answer_is_unknown_and_asking_again_opens_no_other_case(self, harness: ReviewHarness) -> None:
        self.broken(harness, Fault.LOST_ANSWER)
        request = self.request()
        nothing_is_certain(lambda: harness.port.review(request), "an answer lost after the case was opened")
        assert isinstance(harness.port.review(request), ReviewAnswer)
        assert harness.cases(request.key) == 1

    @needs(Promise.KEYS, Fault.TWICE)
    def test_a_request_that_arrives_twice_opens_one_case(self, harness: ReviewHarness) -> None:
        self.broken(harness, Fault.TWICE)
        request = self.request()
        with suppress(PortTransientError, PortUnknownError):
            harness.port.review(request)
        assert isinstance(harness.port.review(request), ReviewAnswer)
        assert harness.cases(request.key) == 1

    @needs(Promise.KEYS, Fault.LATE)
    def test_a_request_that_is_overtaken_by_its_repetition_opens_one_case(self, harness: ReviewHarness) -> None:
        self.broken(harness, Fault.LATE)
        request = self.request()
        try_again_is_right(lambda: harness.port.review(request), "a request that is still on its way")
        assert isinstance(harness.port.review(request), ReviewAnswer)
        assert harness.cases(request.key) == 1

    @needs(Fault.GARBAGE)
    def test_an_answer_nobody_can_read_approves_nothing(self, harness: ReviewHarness) -> None:
        self.broken(harness, Fault.GARBAGE)
        nothing_is_certain(lambda: harness.port.review(self.request()), "an answer that is garbage")

    @needs(Fault.DOWN)
    def test_a_reviewer_that_is_down_approves_nothing_and_can_be_asked_again(self, harness: ReviewHarness) -> None:
        self.broken(harness, Fault.DOWN)
        request = self.request()
        try_again_is_right(lambda: harness.port.review(request), "a reviewer that is down")
        assert harness.cases(request.key) == 0
        assert isinstance(harness.port.review(request), ReviewAnswer)

    def test_an_order_of_nobody_known_is_answered_or_refused(self, harness: ReviewHarness) -> None:
        try:
            answer = harness.port.review(changed(self.request(), person=None, payment_provider="", payment_method=""))
        except PortRefusedError:
            return
        assert isinstance(answer, ReviewAnswer)

    def test_nothing_personal_stands_in_an_answer(self, harness: ReviewHarness) -> None:
        for verdict in Verdict:
            asked = harness.asking_for(verdict, self.request(verdict.value))
            if asked is not None:
                told = repr(harness.port.review(asked))
                assert not any([text in told for text in _PERSONAL]), "it stays in the log for good"

    @needs(Capability.REVIEW_LOOK_UP)
    def test_look_up_tells_what_was_said_and_no_more(self, harness: ReviewHarness) -> None:
        assert isinstance(harness.port, ReviewLookUp)
        request = self.request()
        answer = harness.port.review(request)
        assert harness.port.look_up_review(request.key) == answer
        assert harness.port.look_up_review(self.key("never-asked")) is None

    def test_what_is_declared_is_there(self, harness: ReviewHarness) -> None:
        self.declares_keys(harness.port)
        self.declares(Capability.REVIEW_LOOK_UP, offers=isinstance(harness.port, ReviewLookUp))

    @needs(Fault.DOWN)
    def test_neither_secrets_nor_the_customer_stand_in_a_message_of_failure(self, harness: ReviewHarness) -> None:
        if not harness.faults:
            skipped(f"the harness of {self.provider.name} can bring about no fault")
        secrets = self.told_secrets(harness)
        errors: list[BaseException] = []
        for number, fault in enumerate(sorted(harness.faults)):
            harness.break_next(fault)
            try:
                harness.port.review(self.request(f"o{number}"))
            except PortError as error:
                errors.append(error)
        assert errors, "no call failed, so no message was looked at"
        hides(errors, (*secrets, *_PERSONAL), harness.port)
