"""Carriers that are each wrong in one way about labels that are given back."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from omscore.errors import PortRefusedError, PortTransientError
from omscore.ports.labels import VoidAnswer, VoidRequest, VoidState
from omscore.testing.faults import Fault
from tests.testing.sound_carrier import SoundCarrier
from tests.testing.wires import Wire, WireError

REFUSED = VoidAnswer(state=VoidState.REFUSED, says="gone already")
REFUNDED = VoidAnswer(state=VoidState.REFUNDED)


class GivesBackTheWhole(SoundCarrier):
    """Takes every box of a shipment back with the first."""

    def void_label(self, request: VoidRequest) -> VoidAnswer:
        if self.depot.given_back and request.key not in self.depot.given_back:
            return REFUSED
        return super().void_label(request)


class DeclaresAndRaises(SoundCarrier):
    """Has the method, and it has never worked."""

    def void_label(self, request: VoidRequest) -> VoidAnswer:
        raise RuntimeError("to be written")


class DeclaresAndRefuses(SoundCarrier):
    """Has the method, and it takes nothing back."""

    def void_label(self, request: VoidRequest) -> VoidAnswer:
        return REFUSED


class NodsAndKeepsTheMoney(SoundCarrier):
    """Answers for itself, and the carrier never hears of it."""

    def given_back(self, request: VoidRequest) -> Callable[[], VoidAnswer]:
        return lambda: REFUNDED


class GivesBackTheNext(SoundCarrier):
    """Takes back all that was bought of the same day."""

    def given_back(self, request: VoidRequest) -> Callable[[], VoidAnswer]:
        def act() -> VoidAnswer:
            self.depot.given_back += [each for each in self.depot.labels if each not in self.depot.given_back]
            return REFUNDED

        return act


class DeniesTheSecond(SoundCarrier):
    """Says no to a label it said yes to, when it is asked again."""

    def void_label(self, request: VoidRequest) -> VoidAnswer:
        answered: set[str] = self.__dict__.setdefault("answered", set())
        if request.key in answered:
            return REFUSED
        answer = super().void_label(request)
        answered.add(request.key)
        return answer


class GivesBackEachTime(SoundCarrier):
    """Asks for the price whenever it is asked."""

    def given_back(self, request: VoidRequest) -> Callable[[], VoidAnswer]:
        def act() -> VoidAnswer:
            self.depot.given_back.append(request.key)
            return REFUNDED

        return act


class TakesASecondArrivalForNo(SoundCarrier):
    """Believes the carrier that a label which just came back cannot come back."""

    def given_back(self, request: VoidRequest) -> Callable[[], VoidAnswer]:
        arrivals = count(1)
        take_back = super().given_back(request)
        return lambda: take_back() if next(arrivals) == 1 else REFUSED


class GivesBackStrangers(SoundCarrier):
    """Takes back whatever number it is told."""

    def void_label(self, request: VoidRequest) -> VoidAnswer:
        return self.told(lambda: self.depot.take_back(request), request.key)


class GivesBackByKeyAlone(SoundCarrier):
    """Does not look at the number, and gives back the label it has of that key."""

    def void_label(self, request: VoidRequest) -> VoidAnswer:
        if self.depot.labels[request.key].tracking_number == request.tracking_number:
            return super().void_label(request)
        self.depot.given_back.append(request.key)
        raise PortRefusedError(f"the depot sold no label {request.tracking_number}")


class TakesSilenceForKept(SoundCarrier):
    """Says that nothing happened to a label when no answer came."""

    def not_answered(self, error: WireError, request: VoidRequest) -> VoidAnswer:
        if error.fault is Fault.LOST_ANSWER:
            raise PortTransientError("no answer came") from error
        return super().not_answered(error, request)


class TakesGarbageForGivenBack(SoundCarrier):
    """Reads every answer as a yes."""

    def not_answered(self, error: WireError, request: VoidRequest) -> VoidAnswer:
        return REFUNDED if error.fault is Fault.GARBAGE else super().not_answered(error, request)


class TakesGarbageForKept(SoundCarrier):
    """Reads what it cannot read as a no."""

    def not_answered(self, error: WireError, request: VoidRequest) -> VoidAnswer:
        return REFUSED if error.fault is Fault.GARBAGE else super().not_answered(error, request)


class KeepsWhenDown(SoundCarrier):
    """Says a definite no when the depot is out of reach."""

    def not_answered(self, error: WireError, request: VoidRequest) -> VoidAnswer:
        if not error.is_sent:
            raise PortRefusedError("the depot is out of reach") from error
        return super().not_answered(error, request)


class TellsItsKey(SoundCarrier):
    """Shows the key of the account with the error."""

    def not_answered(self, error: WireError, request: VoidRequest) -> VoidAnswer:
        if not error.is_sent:
            raise PortTransientError(f"the depot is out of reach with {Wire.secrets[0]}") from error
        return super().not_answered(error, request)


class TellsItsKeyInItsAnswer(SoundCarrier):
    """Shows the key of the account in a no."""

    def void_label(self, request: VoidRequest) -> VoidAnswer:
        try:
            return super().void_label(request)
        except PortRefusedError:
            return VoidAnswer(state=VoidState.REFUSED, says=f"{Wire.secrets[0]} sold no such label")
