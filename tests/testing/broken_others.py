"""Adapters for notices and taxes that are each wrong in one way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import count

from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError
from omscore.places import Destination
from omscore.ports.notices import Notice
from omscore.ports.taxes import TaxRate
from omscore.records import changed
from omscore.testing.conformance.notices import Arrived
from omscore.testing.faults import Fault
from tests.testing.sound_others import SoundNotices, SoundTaxes
from tests.testing.wires import WireError


class NoticesThatForgetAloud(SoundNotices):
    """Say that they do not keep to keys, where the kit was told that they do."""

    is_once_per_key = False


class TellsAgain(SoundNotices):
    """Sends a message each time it is asked."""

    def name(self, notice: Notice) -> str:
        return f"{notice.key}-{len(self.mails)}"


class TellsEachArrival(SoundNotices):
    """Lets the way there make the key, so what is handed over twice arrives twice."""

    def asked(self, notice: Notice, mail: Arrived) -> Callable[[], None]:
        arrivals = count(1)

        def act() -> None:
            number = next(arrivals)
            self.deliver(notice if number == 1 else changed(notice, key=f"{notice.key}-{number}"), mail)

        return act


class TellsAgainWhenItHeardNothing(SoundNotices):
    """Sends under a new key when the first was not seen to arrive, though it may still be on its way."""

    def asked(self, notice: Notice, mail: Arrived) -> Callable[[], None]:
        another = f"{notice.key}-again" if self.is_unseen and notice.key not in self.mails else notice.key
        return lambda: self.deliver(changed(notice, key=another), mail)

    is_unseen = False

    def failed(self, error: WireError, notice: Notice) -> None:
        self.is_unseen = error.is_sent
        super().failed(error, notice)


class TakesGarbageForYes(SoundNotices):
    """Believes that a message was taken, whatever the mail system says."""

    def failed(self, error: WireError, notice: Notice) -> None:
        if error.fault is not Fault.GARBAGE:
            super().failed(error, notice)


class TellsEachTextOnce(SoundNotices):
    """Takes two messages with one text for one."""

    def name(self, notice: Notice) -> str:
        return notice.text


class SpeaksLatin(SoundNotices):
    """Loses what is not in its alphabet."""

    def deliver(self, notice: Notice, mail: Arrived) -> None:
        super().deliver(notice, changed(mail, text=mail.text.encode("latin-1", "replace").decode("latin-1")))


class WritesToShop(SoundNotices):
    """Knows no address of the shop's own people."""

    shop = "people@example.org"

    def deliver(self, notice: Notice, mail: Arrived) -> None:
        super().deliver(notice, changed(mail, to=(notice.to,)))


class TakesManyReceivers(SoundNotices):
    """Splits the receiver at commas."""

    def check(self, notice: Notice) -> None:
        return None

    def deliver(self, notice: Notice, mail: Arrived) -> None:
        super().deliver(notice, changed(mail, to=tuple(", ".join(mail.to).split(", "))))


class CutsTheText(SoundNotices):
    """Sends the first paragraph."""

    def deliver(self, notice: Notice, mail: Arrived) -> None:
        super().deliver(notice, changed(mail, text=mail.text.partition("\n\n")[0]))


class NoticesGiveUp(SoundNotices):
    """Says a definite no when the mail system is down."""

    def failed(self, error: WireError, notice: Notice) -> None:
        if not error.is_sent:
            raise PortRefusedError("the mail system is down") from error
        super().failed(error, notice)


class ClaimsNothingWasSent(SoundNotices):
    """Says that nothing happened when the answer was lost."""

    def failed(self, error: WireError, notice: Notice) -> None:
        raise PortTransientError("no answer, so nothing was sent") from error


class TellsTheReceiver(SoundNotices):
    """Prints the address with the error."""

    def failed(self, error: WireError, notice: Notice) -> None:
        if error.is_sent:
            raise PortUnknownError(f"no answer for {notice.to}") from error
        super().failed(error, notice)


class UntaxedWhenDown(SoundTaxes):
    """Takes a source it cannot ask for one without taxes."""

    def failed(self, error: WireError, categories: Sequence[str]) -> tuple[TaxRate, ...]:
        return tuple(TaxRate(code="none", rate=Decimal(0)) for _ in categories)


class UntaxedAbroad(SoundTaxes):
    """Takes a place it does not know for one without taxes."""

    def rate(self, category: str, destination: Destination) -> TaxRate:
        try:
            return super().rate(category, destination)
        except (PortRefusedError, KeyError):
            return TaxRate(code="none", rate=Decimal(0))


class SortsCategories(SoundTaxes):
    """Answers in an order of its own."""

    def told(self, categories: Sequence[str], destination: Destination, at: datetime) -> tuple[TaxRate, ...]:
        return super().told(sorted(categories), destination, at)


class TellsPercent(SoundTaxes):
    """Says 19 where 0.19 is meant."""

    def rate(self, category: str, destination: Destination) -> TaxRate:
        told = super().rate(category, destination)
        return changed(told, rate=told.rate * 100)


class LooksAtTheLocalDay(SoundTaxes):
    """Takes the day of the question as it is written, so the new rate of March 2nd begins early in the east."""

    def told(self, categories: Sequence[str], destination: Destination, at: datetime) -> tuple[TaxRate, ...]:
        told = super().told(categories, destination, at)
        return told if at.day < 2 else tuple(changed(each, rate=Decimal("0.2")) for each in told)


class WantsACategory(SoundTaxes):
    """Takes a question without categories for a mistake."""

    def told(self, categories: Sequence[str], destination: Destination, at: datetime) -> tuple[TaxRate, ...]:
        if not categories:
            raise PortRefusedError("no categories were given")
        return super().told(categories, destination, at)


class TaxesTellTheirKey(SoundTaxes):
    """Prints the secret with the error."""

    def failed(self, error: WireError, categories: Sequence[str]) -> tuple[TaxRate, ...]:
        raise PortTransientError(f"out of reach with {self.wire.secrets[0]}") from error


class ChangesItsMind(SoundTaxes):
    """Has another name for the rate at every third question."""

    asked = 0

    def told(self, categories: Sequence[str], destination: Destination, at: datetime) -> tuple[TaxRate, ...]:
        self.asked += 1
        told = super().told(categories, destination, at)
        return told if self.asked % 3 else tuple(changed(each, code="DE") for each in told)
