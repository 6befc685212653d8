"""Ways of telling other programs that are each wrong in one way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count

from omscore.errors import PortRefusedError, PortUnknownError
from omscore.ports.observers import Occurrence
from omscore.records import changed
from omscore.testing.conformance.observers import Heard
from omscore.testing.faults import Fault
from tests.testing.sound_messages import SoundObservers
from tests.testing.wires import WireError


class TellsNobody(SoundObservers):
    """Names a receiver of nothing."""

    @property
    def wanted(self) -> Mapping[str, frozenset[str]]:
        return {"erp": frozenset({"OrderPlaced"}), "search": frozenset()}


class TellsEverybody(SoundObservers):
    """Tells all receivers at once."""

    def deliver(self, heard: Heard, signed_at: datetime) -> None:
        for name in self.receivers:
            super().deliver(changed(heard, receiver=name), signed_at)


class NewIdEachTime(SoundObservers):
    """Makes an id for each message it sends."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = count(2)

    def message(self, receiver: str, occurrence: Occurrence) -> Heard:
        heard = super().message(receiver, occurrence)
        known = {each.message_id for each in self.heard()}
        return changed(heard, message_id=f"{next(self._numbers)}") if heard.message_id in known else heard


class NewIdPerArrival(SoundObservers):
    """Lets the way there make the id."""

    arrived_last: Heard | None = None

    def deliver(self, heard: Heard, signed_at: datetime) -> None:
        is_doubled = heard is self.arrived_last
        self.arrived_last = heard
        super().deliver(changed(heard, message_id="again") if is_doubled else heard, signed_at)

    def tell(self, receiver: str, occurrence: Occurrence, now: datetime) -> None:
        message = self.message(receiver, occurrence)
        try:
            self.wire.call(lambda: self.deliver(message, now))
        except WireError as error:
            self.failed(error, occurrence)


class LatestVersionOnly(SoundObservers):
    """Leaves out what is older than what was told last."""

    def deliver(self, heard: Heard, signed_at: datetime) -> None:
        if all(heard.version >= each.version for each in self.heard()):
            super().deliver(heard, signed_at)


class OneForAll(SoundObservers):
    """Tells one message of a stream."""

    def deliver(self, heard: Heard, signed_at: datetime) -> None:
        if all(each.stream != heard.stream for each in self.heard()):
            super().deliver(heard, signed_at)


class SharesOnePlace(SoundObservers):
    """Keeps the message it is about to send where the next one finds it."""

    about: Occurrence | None = None

    def tell(self, receiver: str, occurrence: Occurrence, now: datetime) -> None:
        if self.about is None or occurrence.version > self.about.version + 3:
            self.about = occurrence
        super().tell(receiver, changed(self.about, message_id=occurrence.message_id), now)


class SignsTheEvent(SoundObservers):
    """Signs the moment of the event, which is long ago when it is told late."""

    def signed_at(self, occurrence: Occurrence, now: datetime) -> datetime:
        return occurrence.at


class SlowClock(SoundObservers):
    """Signs with a clock that is four minutes slow."""

    def signed_at(self, occurrence: Occurrence, now: datetime) -> datetime:
        return now - timedelta(minutes=4)


class ObserversGiveUp(SoundObservers):
    """Says a definite no when the receiver is down."""

    def failed(self, error: WireError, occurrence: Occurrence) -> None:
        if not error.is_sent:
            raise PortRefusedError("the receiver is down") from error
        super().failed(error, occurrence)


class TakesSilenceForHearing(SoundObservers):
    """Believes that what was sent was heard."""

    def failed(self, error: WireError, occurrence: Occurrence) -> None:
        if error.fault is not Fault.LOST_ANSWER:
            super().failed(error, occurrence)


class TakesAnyAnswer(SoundObservers):
    """Believes that it was heard, whatever the answer says."""

    def failed(self, error: WireError, occurrence: Occurrence) -> None:
        if error.fault is not Fault.GARBAGE:
            super().failed(error, occurrence)


class ObserversTellTheirKey(SoundObservers):
    """Prints the secret with the error."""

    def failed(self, error: WireError, occurrence: Occurrence) -> None:
        raise PortUnknownError(f"no answer with {self.secrets[0]}") from error
