"""The laws of a payment provider, one per test, to be run against any adapter of `omscore.ports.payments`.

An author subclasses `PaymentConformance`, names the provider, and gives the fixture `harness`: the opened adapter with
the world behind it, which counts what really happened.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from omscore.errors import PortError, PortTransientError, PortUnknownError
from omscore.money import Money
from omscore.plugins import Capability
from omscore.ports.payments import (
    PaymentListing,
    PaymentOutcome,
    PaymentRequest,
    PaymentStep,
    pays_later,
)
from omscore.testing.conformance.paymentlaws import PaymentHarness, PaymentLaws
from omscore.testing.conformance.ports import (
    Promise,
    hides,
    needs,
    nothing_is_certain,
    refused,
    try_again_is_right,
)
from omscore.testing.faults import Fault

__all__ = ["PaymentConformance", "PaymentHarness"]

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_FAR_OFF = datetime(2900, 1, 1, tzinfo=UTC)


class PaymentConformance(PaymentLaws):
    """Every law that holds for every payment provider."""

    def test_the_same_key_twice_has_one_effect_and_one_answer(self, harness: PaymentHarness) -> None:
        request = self.authorise(harness)
        first = harness.port.send(request)
        assert first.outcome is PaymentOutcome.SUCCEEDED
        assert harness.port.send(request) == first
        self.done_once(harness, request)

    def test_two_workers_that_send_one_key_at_once_have_one_effect(self, harness: PaymentHarness) -> None:
        request = self.authorise(harness)
        with ThreadPoolExecutor(4) as workers:
            answers = {answer.reference for answer in workers.map(harness.port.send, [request] * 8)}
        assert len(answers) == 1
        self.done_once(harness, request)

    @needs(Promise.WORLD)
    def test_a_key_used_for_another_amount_is_refused(self, harness: PaymentHarness) -> None:
        request = self.authorise(harness)
        harness.port.send(request)
        other = PaymentRequest(
            key=request.key,
            step=request.step,
            payment_id=request.payment_id,
            amount=Money(request.amount.minor + 1, request.amount.currency),
            method=request.method,
        )
        with refused("a key used for another amount"):
            harness.port.send(other)
        assert list(harness.effects(request.key)) == [request.amount]

    @needs(Promise.WORLD)
    def test_look_up_tells_what_was_done(self, harness: PaymentHarness) -> None:
        request = self.authorise(harness)
        answer = harness.port.send(request)
        assert harness.port.look_up(request.key) == answer

    def test_a_key_never_sent_is_unknown(self, harness: PaymentHarness) -> None:
        harness.port.send(self.authorise(harness))
        assert harness.port.look_up(self.key("never-sent")) is None

    @needs(Promise.MEMORY, Promise.WORLD)
    def test_what_was_done_is_known_to_another_program(self, harness: PaymentHarness) -> None:
        request = self.authorise(harness)
        answer = harness.port.send(request)
        other = harness.reopened()
        assert other is not None, "where the world ends with the program, the class says remembers = False"
        assert other.look_up(request.key) == answer
        assert other.send(request) == answer
        assert len(harness.effects(request.key)) == 1

    @needs(Fault.LOST_ANSWER)
    def test_an_effect_whose_answer_was_lost_is_found_by_look_up(self, harness: PaymentHarness) -> None:
        self.broken(harness, Fault.LOST_ANSWER)
        request = self.authorise(harness)
        nothing_is_certain(lambda: harness.port.send(request), "an answer lost after the effect")
        found = harness.port.look_up(request.key)
        assert found is not None and found.outcome is PaymentOutcome.SUCCEEDED
        assert harness.port.send(request) == found
        assert list(harness.effects(request.key)) == [request.amount]

    @needs(Fault.TWICE)
    def test_a_request_that_arrives_twice_has_one_effect(self, harness: PaymentHarness) -> None:
        self.broken(harness, Fault.TWICE)
        request = self.authorise(harness)
        with suppress(PortTransientError, PortUnknownError):  # the answer to the second may say that it is in work
            harness.port.send(request)
        assert harness.port.send(request).outcome is PaymentOutcome.SUCCEEDED
        assert list(harness.effects(request.key)) == [request.amount]

    @needs(Fault.LATE)
    def test_a_request_that_is_overtaken_by_its_repetition_has_one_effect(self, harness: PaymentHarness) -> None:
        self.broken(harness, Fault.LATE)
        request = self.authorise(harness)
        try_again_is_right(lambda: harness.port.send(request), "a request that is still on its way")
        answer = harness.port.send(request)
        assert harness.port.look_up(request.key) == answer
        assert list(harness.effects(request.key)) == [request.amount]

    @needs(Fault.GARBAGE)
    def test_an_answer_nobody_can_read_leaves_the_outcome_unknown(self, harness: PaymentHarness) -> None:
        self.broken(harness, Fault.GARBAGE)
        request = self.authorise(harness)
        nothing_is_certain(lambda: harness.port.send(request), "an answer that is garbage")
        assert list(harness.effects(request.key)) == [request.amount]

    @needs(Fault.DOWN)
    def test_what_did_not_get_through_can_be_sent_again(self, harness: PaymentHarness) -> None:
        self.broken(harness, Fault.DOWN)
        request = self.authorise(harness)
        try_again_is_right(lambda: harness.port.send(request), "a provider that is down")
        assert list(harness.effects(request.key)) == []
        assert harness.port.look_up(request.key) is None
        assert harness.port.send(request).outcome is PaymentOutcome.SUCCEEDED
        assert list(harness.effects(request.key)) == [request.amount]

    @needs(Promise.MEMORY, Fault.DOWN)
    def test_a_provider_that_cannot_be_asked_never_says_it_does_not_know(self, harness: PaymentHarness) -> None:
        request = self.authorise(harness)
        harness.port.send(request)
        self.broken(harness, Fault.DOWN)
        try_again_is_right(lambda: harness.port.look_up(request.key), "a look-up that does not get through")

    @needs(Promise.WORLD)
    def test_no_more_is_captured_than_was_authorised(self, harness: PaymentHarness) -> None:
        first = self.authorise(harness)
        answer = harness.port.send(first)
        self.not_done(harness, self.follow(first, answer, PaymentStep.CAPTURE, 5_001, "over"))
        harness.port.send(self.follow(first, answer, PaymentStep.CAPTURE, 5_000, "all"))
        self.not_done(harness, self.follow(first, answer, PaymentStep.CAPTURE, 5_000, "twice"))

    @needs(Promise.WORLD)
    def test_no_more_is_refunded_than_was_captured(self, harness: PaymentHarness) -> None:
        first = self.authorise(harness)
        answer = harness.port.send(first)
        harness.port.send(self.follow(first, answer, PaymentStep.CAPTURE, 5_000, "capture"))
        part = self.follow(first, answer, PaymentStep.REFUND, 3_000, "part")
        assert harness.port.send(part).outcome is PaymentOutcome.SUCCEEDED
        self.not_done(harness, self.follow(first, answer, PaymentStep.REFUND, 2_001, "over"))
        rest = self.follow(first, answer, PaymentStep.REFUND, 2_000, "rest")
        assert harness.port.send(rest).outcome is PaymentOutcome.SUCCEEDED
        assert [*harness.effects(part.key), *harness.effects(rest.key)] == [part.amount, rest.amount]

    @needs(Promise.WORLD)
    def test_a_void_releases_all_that_is_left(self, harness: PaymentHarness) -> None:
        first = self.authorise(harness)
        answer = harness.port.send(first)
        void = self.follow(first, answer, PaymentStep.VOID, 5_000, "void")
        assert harness.port.send(void).outcome is PaymentOutcome.SUCCEEDED
        assert list(harness.effects(void.key)) == [void.amount]
        self.not_done(harness, self.follow(first, answer, PaymentStep.CAPTURE, 5_000, "late"))

    @needs(Capability.PARTIAL_CAPTURE)
    def test_less_than_was_authorised_can_be_captured(self, harness: PaymentHarness) -> None:
        first = self.authorise(harness)
        answer = harness.port.send(first)
        part = self.follow(first, answer, PaymentStep.CAPTURE, 1_999, "part")
        assert harness.port.send(part).amount == part.amount
        self.done_once(harness, part)

    @needs(Capability.MULTIPLE_CAPTURES)
    def test_an_authorisation_can_be_captured_from_more_than_once(self, harness: PaymentHarness) -> None:
        first = self.authorise(harness)
        answer = harness.port.send(first)
        for number, minor in enumerate((1, 1_998, 3_001)):
            part = self.follow(first, answer, PaymentStep.CAPTURE, minor, f"part{number}")
            assert harness.port.send(part).outcome is self.taken
            self.done_once(harness, part)
        if self.asks_somebody:
            self.not_done(harness, self.follow(first, answer, PaymentStep.CAPTURE, 1, "over"))

    def test_amounts_are_exact_in_every_currency_taken(self, harness: PaymentHarness) -> None:
        assert harness.currencies, "the harness names no currency"
        for currency in harness.currencies:
            # The last digit is not zero on purpose: whoever drops or adds decimals is seen.
            amount = Money(12_341, currency)
            request = PaymentRequest(
                key=self.key(currency),
                step=PaymentStep.AUTHORISE,
                payment_id=self.key(f"pay-{currency}"),
                amount=amount,
                method=harness.method(),
            )
            assert harness.port.send(request).amount == amount
            self.done_once(harness, request)

    def test_a_declined_attempt_says_why_and_moves_nothing(self, harness: PaymentHarness) -> None:
        request = PaymentRequest(
            key=self.key("declined"),
            step=PaymentStep.AUTHORISE,
            payment_id=self.key("declined-payment"),
            amount=Money(5_000, harness.currencies[0]),
            method=harness.method(declined=True),
        )
        answer = harness.port.send(request)
        assert answer.outcome is PaymentOutcome.DECLINED
        assert answer.says.strip(), "a declined attempt must say why, in words a customer may read"
        assert not self.asks_somebody or list(harness.effects(request.key)) == []

    @needs(Capability.PAYS_LATER)
    def test_money_that_comes_later_is_pending_however_often_it_is_asked_for(self, harness: PaymentHarness) -> None:
        first = self.authorise(harness)
        answer = harness.port.send(first)
        for step in (PaymentStep.CAPTURE, PaymentStep.REFUND):
            owed = self.follow(first, answer, step, 1_999, step.value)
            told = harness.port.send(owed)
            assert (told.outcome, told.amount) == (PaymentOutcome.PENDING, owed.amount)
            assert harness.port.send(owed) == told
            assert harness.port.look_up(owed.key) in (None, told), "nobody told that the money is there"

    @needs(Capability.PAYMENT_LISTING)
    def test_the_listing_tells_each_effect_once(self, harness: PaymentHarness) -> None:
        assert isinstance(harness.port, PaymentListing)
        first = self.authorise(harness)
        answer = harness.port.send(first)
        harness.port.send(first)
        capture = self.follow(first, answer, PaymentStep.CAPTURE, 5_000, "capture")
        harness.port.send(capture)
        every = list(harness.port.listing(_LONG_AGO, _FAR_OFF))
        ours = [each for each in every if each.key in (first.key, capture.key)]
        assert sorted((each.key, each.step, each.amount.minor) for each in ours) == sorted(
            (each.key, each.step, each.amount.minor) for each in (first, capture)
        )
        moments = [each.at for each in ours]
        assert list(harness.port.listing(_LONG_AGO, min(moments))) == []
        assert list(harness.port.listing(max(moments) + timedelta(microseconds=1), _FAR_OFF)) == []

    def test_what_is_declared_is_there(self, harness: PaymentHarness) -> None:
        self.declares(Capability.PAYMENT_LISTING, offers=isinstance(harness.port, PaymentListing))
        self.declares(Capability.PAYS_LATER, offers=pays_later(harness.port))

    def test_secrets_stand_in_no_message(self, harness: PaymentHarness) -> None:
        secrets = self.told_secrets(harness)
        request = self.authorise(harness)
        answer = harness.port.send(request)
        wish = self.follow(request, answer, PaymentStep.CAPTURE, 9_999, "over")
        errors: list[BaseException] = []
        for fault in (None, *sorted(harness.faults)):
            if fault is not None:
                harness.break_next(fault)
                wish = self.authorise(harness, f"secret-{fault}")
            try:
                harness.port.send(wish)
            except PortError as error:
                errors.append(error)
        hides(errors, secrets, harness.port)
