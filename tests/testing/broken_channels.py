"""Formats of orders that are each wrong in one way."""

from __future__ import annotations

from itertools import count
from typing import Any

from omscore.errors import PortRefusedError, RefusedError
from omscore.parties import FormVerdict
from omscore.ports.acknowledgements import InterchangeChecked
from omscore.ports.channels import ChannelMessage, ChannelOrder
from omscore.ports.news import ChannelNotice
from omscore.records import changed
from tests.testing.sound_messages import SoundChannel
from tests.testing.wires import WireError


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


class NamesInterchangesByTheHour(SoundChannel):
    """Names an interchange anew each time it is checked."""

    checks = 0

    def verdict(self, message: ChannelMessage) -> InterchangeChecked:
        self.checks += 1
        return changed(super().verdict(message), interchange_id=f"{self.checks}")


class RejectsWhatItTook(SoundChannel):
    """Tells its sender that an order of cups alone was rejected."""

    def verdict(self, message: ChannelMessage) -> InterchangeChecked:
        told = super().verdict(message)
        is_taken = message.order is None or message.order.lines[0].sku == "TEA"
        return told if is_taken else changed(told, verdict=FormVerdict.REJECTED)


class ChannelsGiveUp(SoundChannel):
    """Says a definite no when the channel is down."""

    def failed(self, error: WireError) -> None:
        raise PortRefusedError("the channel is down") from error
