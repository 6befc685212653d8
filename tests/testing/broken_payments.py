"""Payment adapters that are each wrong in one way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import count
from threading import Barrier, BrokenBarrierError
from typing import NoReturn

from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError
from omscore.money import Money
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentRequest, PaymentStep, ProviderPayment
from omscore.records import changed
from omscore.testing.faults import Fault
from tests.testing.sound_payment import Bank, SoundPayments
from tests.testing.wires import Wire, WireError


class ForgetsKeysAtTheEnd(SoundPayments):
    """Keeps its keys in the program's own memory."""

    def __init__(self, bank: Bank, wire: Wire) -> None:
        super().__init__(bank, wire)
        bank.first.clear()


class TakesAnyContent(SoundPayments):
    """Gives the first answer to a key used for something else."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        found = self.bank.first.get(request.key)
        return found[1] if found else super().send(request)


class AsksBeforeItSends(SoundPayments):
    """Asks whether a key is known and then sends without one, so two workers may both have found nothing."""

    def __init__(self, bank: Bank, wire: Wire) -> None:
        super().__init__(bank, wire)
        self._meeting = Barrier(2)

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        found = self.bank.first.get(request.key)
        if found and found[0] == request:
            return found[1]
        if not found:
            with suppress(BrokenBarrierError):
                self._meeting.wait(timeout=0.01)
            self._meeting.reset()
            self.bank.first.pop(request.key, None)
        return super().send(request)


class NewKeyPerArrival(SoundPayments):
    """Lets the way there make the key, so what arrives twice is done twice."""

    def asked(self, request: PaymentRequest) -> Callable[[], PaymentAnswer]:
        arrivals = count(1)

        def act() -> PaymentAnswer:
            if next(arrivals) > 1:
                self.bank.moved.append((request, request.amount))
            return self.bank.pay(request)

        return act


class NewKeyPerAttempt(SoundPayments):
    """Asks whether a key is known and sends a new one when it is not, though the first may still be on its way."""

    def asked(self, request: PaymentRequest) -> Callable[[], PaymentAnswer]:
        arrivals: list[PaymentAnswer] = []

        def act() -> PaymentAnswer:
            if request.key in self.bank.first and not arrivals and self.is_unanswered:
                self.bank.moved.append((request, request.amount))
            arrivals.append(self.bank.pay(request))
            return arrivals[-1]

        return act

    is_unanswered = False

    def failed(self, error: WireError) -> NoReturn:
        self.is_unanswered = error.fault is Fault.LATE
        super().failed(error)


class TakesSilenceForNothing(SoundPayments):
    """Says that nothing happened when no answer came."""

    def failed(self, error: WireError) -> NoReturn:
        if error.fault is Fault.LOST_ANSWER:
            raise PortTransientError("no answer came, so nothing happened") from error
        super().failed(error)


class TakesGarbageForNo(SoundPayments):
    """Says that it was refused when the answer cannot be read."""

    def failed(self, error: WireError) -> NoReturn:
        if error.fault is Fault.GARBAGE:
            raise PortRefusedError("the answer makes no sense") from error
        super().failed(error)


class GivesUpWhenDown(SoundPayments):
    """Says a definite no when the bank was out of reach."""

    def failed(self, error: WireError) -> NoReturn:
        if not error.is_sent:
            raise PortRefusedError("the bank is out of reach") from error
        super().failed(error)


class LetsErrorsThrough(SoundPayments):
    """Knows nothing of port errors when the answer cannot be read."""

    def failed(self, error: WireError) -> NoReturn:
        if error.fault is Fault.GARBAGE:
            raise error
        super().failed(error)


class TakesSilenceForUnknown(SoundPayments):
    """Says that a key was never sent when the bank cannot be asked."""

    def look_up(self, key: str) -> PaymentAnswer | None:
        try:
            return super().look_up(key)
        except PortTransientError:
            return None


class LooksUpWithoutReference(SoundPayments):
    """Leaves out the bank's own id when it looks a key up."""

    def look_up(self, key: str) -> PaymentAnswer | None:
        found = super().look_up(key)
        return found and changed(found, reference="")


class KnowsEveryKey(SoundPayments):
    """Says that a key it never heard of was declined."""

    def look_up(self, key: str) -> PaymentAnswer | None:
        declined = PaymentAnswer(outcome=PaymentOutcome.DECLINED, amount=Money(0, "EUR"), says="not found")
        return super().look_up(key) or declined


class CapturesTooMuch(SoundPayments):
    """Lets an authorisation be captured from for ever."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        if request.step is PaymentStep.CAPTURE and self.bank.left.get(request.authorisation):
            self.bank.left[request.authorisation] += 10_000
        return super().send(request)


class RefundsTooMuch(SoundPayments):
    """Refunds more than was captured."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        if request.step is PaymentStep.REFUND:
            self.bank.refundable[request.authorisation] += 10_000
        return super().send(request)


class VoidsNothing(SoundPayments):
    """Says that it voided, and leaves the money held."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        answer = super().send(request)
        if request.step is PaymentStep.VOID:
            self.bank.left[request.authorisation] += request.amount.minor
        return answer


class CapturesOnce(SoundPayments):
    """Declares several captures, and refuses the second."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        answer = super().send(request)
        if request.step is PaymentStep.CAPTURE:
            self.bank.left[request.authorisation] = 0
        return answer


class CountsInHundredths(SoundPayments):
    """Takes every currency for one with two decimals, and rounds what has three."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        if request.amount.currency != "KWD":
            return super().send(request)
        rounded = changed(request, amount=Money(request.amount.minor // 10 * 10, "KWD"))
        return changed(super().send(rounded), amount=request.amount)


class DeclinesWithoutAWord(SoundPayments):
    """Does not say why."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        return changed(super().send(request), says="")


class ListsTwice(SoundPayments):
    """Tells every effect twice."""

    def listing(self, since: datetime, until: datetime) -> Iterator[ProviderPayment]:
        yield from super().listing(since, until)
        yield from super().listing(since, until)


class TellsItsKey(SoundPayments):
    """Prints its secret key with the error."""

    def failed(self, error: WireError) -> NoReturn:
        if error.is_sent:
            raise PortUnknownError(f"no answer with key {self.wire.secrets[0]}") from error
        super().failed(error)


class AnswersAnew(SoundPayments):
    """Has one effect per key, and says something else the second time."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        is_known = request.key in self.bank.first
        answer = super().send(request)
        return changed(answer, reference=f"{answer.reference}-again") if is_known else answer


class CapturesAll(SoundPayments):
    """Captures all there is, whatever was asked."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        left = self.bank.left.get(request.authorisation, 0)
        if request.step is not PaymentStep.CAPTURE or request.amount.minor >= left:
            return super().send(request)
        everything = changed(request, amount=Money(left, request.amount.currency))
        return changed(super().send(everything), amount=request.amount)
