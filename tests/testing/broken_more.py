"""Adapters for letters, observers, channels and signed messages that are each wrong in one way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any, NoReturn

from omscore.errors import PortRefusedError, PortUnknownError, RefusedError
from omscore.money import Money
from omscore.ports.channels import ChannelMessage, ChannelOrder
from omscore.ports.letters import Letter, LetterWish
from omscore.ports.news import ChannelNotice
from omscore.ports.observers import Occurrence
from omscore.records import changed
from omscore.testing.conformance.observers import Heard
from omscore.testing.faults import Fault
from tests.testing.sound_more import SECRET, SoundChannel, SoundLetters, SoundObservers, SoundReader
from tests.testing.wires import WireError

# Letters


class SaysNothing(SoundLetters):
    """Knows no words for one letter."""

    def write(self, wish: LetterWish) -> Letter:
        letter = super().write(wish)
        return changed(letter, subject=" ") if wish.template == "followup" else letter


class LeavesTheReasonOut(SoundLetters):
    """Does not tell why."""

    def written(self, wish: LetterWish) -> Letter:
        return super().written(changed(wish, facts={**wish.facts, "says": "see our web page"}))


class RoundsAmounts(SoundLetters):
    """Tells whole units of money."""

    def spoken(self, fact: object) -> str:
        return f"{fact.minor // 100}.00 {fact.currency}" if isinstance(fact, Money) else str(fact)


class CountsLetters(SoundLetters):
    """Numbers its letters."""

    written_so_far = 0

    def subject(self, facts: Mapping[str, str]) -> str:
        self.written_so_far += 1
        return f"{super().subject(facts)} ({self.written_so_far})"


class MixesCustomersUp(SoundLetters):
    """Keeps the name of the customer before for the next letter."""

    last = ""

    def written(self, wish: LetterWish) -> Letter:
        self.last, name = str(wish.facts["name"]), self.last or str(wish.facts["name"])
        return super().written(changed(wish, facts={**wish.facts, "name": name}))


class CarriesOutWhatCustomersWrite(SoundLetters):
    """Reads names as templates."""

    def spoken(self, fact: object) -> str:
        return str(fact).replace("{{", "").replace("}}", "")


class BelievesHtml(SoundLetters):
    """Puts into the HTML what customers write, as it is."""

    def html(self, text: str) -> str:
        return f"<p>{text}</p>"


class TwoLinesOfSubject(SoundLetters):
    """Puts a fact into the subject as it is."""

    def subject(self, facts: Mapping[str, str]) -> str:
        return f"About {facts['order_id']}"


class OtherHtml(SoundLetters):
    """Says more in the text than in the HTML."""

    def html(self, text: str) -> str:
        return super().html(text.partition("\n\n")[2])


class WritesAnything(SoundLetters):
    """Writes a letter nobody knows."""

    def unknown(self, wish: LetterWish) -> Letter:
        return self.written(wish)


class LettersGiveUp(SoundLetters):
    """Says a definite no when the writer is out of reach."""

    def failed(self, error: WireError) -> NoReturn:
        raise PortRefusedError("the writer is out of reach") from error


# Observers


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


# Channels


class DropsAUnit(SoundChannel):
    """Reads one unit less where there are several."""

    def order(self, told: Any) -> ChannelOrder:
        order = super().order(told)
        return changed(order, lines=tuple([changed(line, units=max(1, line.units - 1)) for line in order.lines]))


class NumbersAllOne(SoundChannel):
    """Calls every line the first."""

    def order(self, told: Any) -> ChannelOrder:
        order = super().order(told)
        return changed(order, lines=tuple([changed(line, number=1) for line in order.lines]))


class NamesByTheHour(SoundChannel):
    """Names a message anew each time it is read."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = count(1)

    def message(self, line: bytes) -> ChannelMessage:
        message = super().message(line)
        return changed(message, message_id=f"{next(self._numbers)}") if message.order else message


class OneNameForAll(SoundChannel):
    """Gives all messages one name."""

    def message(self, line: bytes) -> ChannelMessage:
        return changed(super().message(line), message_id="m")


class KeepsTheContentOnly(SoundChannel):
    """Keeps a message without its checksum."""

    def message(self, line: bytes) -> ChannelMessage:
        message = super().message(line)
        return changed(message, content=line.partition(b" ")[2]) if message.order else message


class ReadsTheFirstOnly(SoundChannel):
    """Reads one message of a document and lets the others lie."""

    def read(self, document: bytes) -> tuple[ChannelMessage, ...]:
        return super().read(document)[:1]


class EmptyIsNoError(SoundChannel):
    """Reads a document that is none as no message."""

    def read(self, document: bytes) -> tuple[ChannelMessage, ...]:
        return super().read(document) if document.strip() else ()


class LetsErrorsThrough(SoundChannel):
    """Raises what Python raises when a line is no text."""

    def message(self, line: bytes) -> ChannelMessage:
        line.decode()
        return super().message(line)


class ComplainsWithoutAWord(SoundChannel):
    """Says of a broken message that it is broken, and not why."""

    def broken(self, message_id: str, line: bytes) -> ChannelMessage:
        broken = super().broken(message_id, line)
        return changed(broken, complaints=(broken.complaints[0]._replace(says=" "),))


class MendsWhatIsCut(SoundChannel):
    """Takes a line without its end for an order of the units that are left."""

    def broken(self, message_id: str, line: bytes) -> ChannelMessage:
        for known in self.known:
            if known.document.startswith(line.rstrip()) and len(line) > 20:
                told = {"ref": known.reference, "units": {"TEA": 1}, "total": 1_000}
                return ChannelMessage(message_id=message_id, content=line, order=self.order(told))
        return super().broken(message_id, line)


class SignsUnasked(SoundChannel):
    """Checks signatures, and does not declare it."""

    def check_signature(self, body: bytes, signature: str) -> None:
        raise RefusedError("the signature does not belong to this message")


class NumbersFromItsOwn(SoundChannel):
    """Counts what it tells itself."""

    def put(self, notice: ChannelNotice) -> None:
        self.arrived[len(self.arrived) + 5] = self.written(notice)


class StampsEachTry(SoundChannel):
    """Writes into a message how often it was tried."""

    tries = 0

    def __init__(self) -> None:
        super().__init__()
        self.every: list[tuple[int, bytes]] = []

    def put(self, notice: ChannelNotice) -> None:
        self.tries += 1
        self.every.append((notice.number, self.written(notice) + f" try {self.tries}".encode()))

    def told(self) -> list[tuple[int, bytes]]:
        return self.every


class SkipsWhatIsLate(SoundChannel):
    """Leaves out what bears a lower number than what was told last."""

    def put(self, notice: ChannelNotice) -> None:
        if not self.arrived or notice.number > max(self.arrived):
            super().put(notice)


class TellsNoArticles(SoundChannel):
    """Tells that something happened, and of which articles it leaves out."""

    def written(self, notice: ChannelNotice) -> bytes:
        return super().written(notice).replace(b"TEA", b"")


class ChannelsGiveUp(SoundChannel):
    """Says a definite no when the channel is down."""

    def failed(self, error: WireError) -> None:
        raise PortRefusedError("the channel is down") from error


# Signed messages


class TellsOneForAll(SoundReader):
    """Tells the same of every message."""

    def about(self, told: dict[str, Any]) -> object:
        return "something happened" if told else None


class SignsWhatItReads(SoundReader):
    """Reads a message and then signs what it read, which is not what was sent."""

    def signature(self, body: bytes, stamp: str) -> str:
        try:
            return super().signature(json.dumps(json.loads(body)).encode(), stamp)
        except ValueError:
            return super().signature(body, stamp)


class ComparesTheBeginning(SoundReader):
    """Compares eight characters."""

    def is_signed(self, body: bytes, stamp: str, signature: str) -> bool:
        return self.signature(body, stamp)[:8] == signature[:8]


class SignsTheMomentOnly(SoundReader):
    """Leaves the body out of what is signed."""

    def signature(self, body: bytes, stamp: str) -> str:
        return sha256(f"{SECRET}{stamp}".encode()).hexdigest()


class TakesTheUnsigned(SoundReader):
    """Believes a message that bears no signature."""

    def read(self, body: bytes, headers: Mapping[str, str], now: datetime) -> object:
        return super().read(body, headers, now) if headers.get("signature") else self.told(body)


class TellsOnce(SoundReader):
    """Tells nothing of a message it has read before."""

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}

    def told(self, body: bytes) -> object:
        self._seen[body] = self._seen.get(body, 0) + 1
        return super().told(body) if self._seen[body] < 12 else None


class LatestOnly(SoundReader):
    """Leaves out what is older than what was told last."""

    latest = 0

    def about(self, told: dict[str, Any]) -> object:
        found = super().about(told)
        if found is not None and told["n"] < self.latest:
            return ("late", told["id"])
        self.latest = told.get("n", 0)
        return found


class BelievesTheFuture(SoundReader):
    """Looks whether a message is too old, and not whether it is too young."""

    def is_now(self, stamp: int, now: int) -> bool:
        return now - stamp <= 300


class BearsNoSkew(SoundReader):
    """Refuses a message of a clock that is a second fast."""

    def is_now(self, stamp: int, now: int) -> bool:
        return 0 <= now - stamp <= 300


class StumblesOverNonsense(SoundReader):
    """Raises what Python raises when a message is signed and makes no sense."""

    def told(self, body: bytes) -> object:
        return (json.loads(body)["id"], json.loads(body)["n"])


class TellsItsSecret(SoundReader):
    """Prints what the signature should have been made with."""

    def forged(self) -> None:
        raise RefusedError(f"the message is not signed with {SECRET}")
