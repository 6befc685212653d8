"""Reviewers and sources of rates that are each wrong in one way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

import attrs

from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError
from omscore.ports.rates import ExchangeRate
from omscore.ports.reviews import ReviewAnswer, ReviewRequest, Verdict
from omscore.records import changed
from omscore.testing.faults import Fault
from tests.testing.sound_hooks import DOLLARS, SoundRates, SoundReviewer, World
from tests.testing.wires import WireError


class OpensAgain(SoundReviewer):
    """Opens a case each time it is asked."""

    def is_new(self, request: ReviewRequest) -> bool:
        return True


class OpensAtEachArrival(SoundReviewer):
    """Lets the way there make the key, so what arrives twice is two cases."""

    def asked(self, request: ReviewRequest) -> Callable[[], ReviewAnswer]:
        arrivals = count(1)

        def act() -> ReviewAnswer:
            if next(arrivals) > 1:
                self.world.opened.append(request.key)
            return self.case(request)

        return act


class AsksAnewWhenItHeardNothing(SoundReviewer):
    """Opens a case under a new key when none is there, though the first request may still be on its way."""

    is_overtaken = False

    def asked(self, request: ReviewRequest) -> Callable[[], ReviewAnswer]:
        is_first = not self.is_overtaken

        def act() -> ReviewAnswer:
            if is_first and self.is_overtaken:
                self.world.opened.append(request.key)
            return self.case(request)

        return act

    def failed(self, error: WireError, request: ReviewRequest) -> ReviewAnswer:
        self.is_overtaken = error.fault is Fault.LATE
        return super().failed(error, request)


class ReviewersThatForgetAloud(SoundReviewer):
    """Say that they do not keep to keys, where the kit was told that they do."""

    is_once_per_key = False


class OneCaseForAll(SoundReviewer):
    """Takes every order for the first one."""

    def name(self, key: str) -> str:
        return "the case"


class KeepsItInMemory(SoundReviewer):
    """Another program knows nothing of it."""

    def reopened(self) -> SoundReviewer:
        other = World()
        other.opened = self.world.opened
        return type(self)(other)


class ApprovesWhenDown(SoundReviewer):
    """Takes silence for consent."""

    def failed(self, error: WireError, request: ReviewRequest) -> ReviewAnswer:
        return ReviewAnswer(verdict=Verdict.APPROVE)


class ClaimsNothingWasAsked(SoundReviewer):
    """Says that nothing happened when the answer was lost or cannot be read."""

    def failed(self, error: WireError, request: ReviewRequest) -> ReviewAnswer:
        raise PortTransientError("no answer, so nothing was asked") from error


class ReviewersGiveUp(SoundReviewer):
    """Says a definite no when it cannot be reached."""

    def failed(self, error: WireError, request: ReviewRequest) -> ReviewAnswer:
        if not error.is_sent:
            raise PortRefusedError("out of reach") from error
        return super().failed(error, request)


class ApprovesEverything(SoundReviewer):
    """Never looks."""

    def verdict(self, request: ReviewRequest) -> ReviewAnswer:
        return ReviewAnswer(verdict=Verdict.APPROVE)


class WantsACustomer(SoundReviewer):
    """Trips over an order of nobody known."""

    def verdict(self, request: ReviewRequest) -> ReviewAnswer:
        assert request.person is not None
        return super().verdict(request)


class NamesTheCustomer(SoundReviewer):
    """Writes the customer's name into the log."""

    def verdict(self, request: ReviewRequest) -> ReviewAnswer:
        answer = super().verdict(request)
        name = request.person.name if request.person else "?"
        return answer if answer.verdict is Verdict.APPROVE else attrs.evolve(answer, says=f"{name}: {answer.says}")


class LooksUpAnything(SoundReviewer):
    """Tells an approval of what it was never asked."""

    def look_up_review(self, key: str) -> ReviewAnswer | None:
        return super().look_up_review(key) or ReviewAnswer(verdict=Verdict.APPROVE)


class CannotLookUp(SoundReviewer):
    """Declares a look-up that it does not have."""

    look_up_review = None  # type: ignore[assignment]


class TellsItsKey(SoundReviewer):
    """Prints the secret with the error."""

    def failed(self, error: WireError, request: ReviewRequest) -> ReviewAnswer:
        if error.is_sent:
            raise PortUnknownError(f"no answer with {self.secrets[0]}") from error
        return super().failed(error, request)


class ParityWhenUnknown(SoundRates):
    """Takes a currency it does not know for its own."""

    def unknown(self, base: str, quote: str, at: datetime) -> ExchangeRate:
        return ExchangeRate(base, quote, Decimal(1), "the bank", at)


class ParityWhenDown(SoundRates):
    """Has a rate of its own when nobody answers."""

    def failed(self, error: WireError) -> ExchangeRate:
        return DOLLARS


class Inverts(SoundRates):
    """Answers the question the other way round."""

    def told(self, base: str, quote: str, at: datetime) -> ExchangeRate:
        rate = super().told(base, quote, at)
        return changed(rate, base=rate.quote, quote=rate.base)


class TomorrowsRate(SoundRates):
    """Dates a rate after the moment it was asked for."""

    def told(self, base: str, quote: str, at: datetime) -> ExchangeRate:
        return changed(super().told(base, quote, at), at=at + timedelta(days=1))


class Rounds(SoundRates):
    """Has two decimals for everything."""

    def told(self, base: str, quote: str, at: datetime) -> ExchangeRate:
        rate = super().told(base, quote, at)
        return changed(rate, rate=rate.rate.quantize(Decimal("0.1")))


class Moves(SoundRates):
    """Has another rate at every third question."""

    asked = 0

    def told(self, base: str, quote: str, at: datetime) -> ExchangeRate:
        self.asked += 1
        rate = super().told(base, quote, at)
        return rate if self.asked % 3 else changed(rate, source="the other bank")


class LocalDay(SoundRates):
    """Takes the day of the question as it is written."""

    def told(self, base: str, quote: str, at: datetime) -> ExchangeRate:
        rate = super().told(base, quote, at)
        return rate if at.day <= rate.at.day else changed(rate, rate=rate.rate + 1)


class RatesTellTheirKey(SoundRates):
    """Prints the secret with the error."""

    def failed(self, error: WireError) -> ExchangeRate:
        raise PortTransientError(f"out of reach with {self.secrets[0]}") from error
