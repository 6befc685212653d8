"""Adapters for letters, observers, channels and signed messages that keep every law; broken ones are made from them."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape
from threading import Lock
from typing import Any, NoReturn

from omscore.border import read_json
from omscore.errors import InputError, PortRefusedError, PortTransientError, PortUnknownError, RefusedError
from omscore.money import Money, UnitPrice
from omscore.parties import FormVerdict, NewsKind
from omscore.ports.acknowledgements import InterchangeChecked
from omscore.ports.channels import ChannelLine, ChannelMessage, ChannelOrder, Complaint
from omscore.ports.letters import WRITTEN_LETTERS, Letter, LetterWish
from omscore.ports.news import ChannelNotice
from omscore.ports.observers import Occurrence
from omscore.testing.conformance.channel import KnownOrder
from omscore.testing.conformance.observers import Heard
from tests.testing.wires import Wire, WireError

SECRET = "whsec_31415926535897932384"  # noqa: S105 (made for the tests)


class SoundLetters:
    """One letter for all, in plain words; it is its own harness."""

    channel = "web"
    locale = "en_GB"

    def __init__(self) -> None:
        self.wire = Wire()
        self.faults, self.secrets, self.break_next = self.wire.faults, self.wire.secrets, self.wire.break_next

    @property
    def port(self) -> SoundLetters:
        return self

    def speaks_of(self, template: str) -> tuple[str, ...]:
        return ("name", "amount", "says")

    def write(self, wish: LetterWish) -> Letter:
        if wish.template not in WRITTEN_LETTERS:
            return self.unknown(wish)
        try:
            return self.wire.call(lambda: self.written(wish))
        except WireError as error:
            self.failed(error)

    def written(self, wish: LetterWish) -> Letter:
        facts = {name: self.spoken(fact) for name, fact in wish.facts.items()}
        text = f"Dear {facts['name']},\n\nit is {facts['amount']}: {facts['says']}."
        return Letter(subject=self.subject(facts), text=text, html=self.html(text))

    def spoken(self, fact: object) -> str:
        return str(fact)

    def subject(self, facts: Mapping[str, str]) -> str:
        return " ".join(f"About {facts['order_id']}".split())

    def html(self, text: str) -> str:
        return f"<p>{escape(text)}</p>"

    def unknown(self, wish: LetterWish) -> Letter:
        raise PortRefusedError(f"there is no letter {wish.template}; name one that is")

    def failed(self, error: WireError) -> NoReturn:
        raise PortTransientError("the writer is out of reach; ask again") from error


class SoundObservers:
    """Receivers in memory, which are told what was signed when; it is its own harness."""

    receivers = ("erp", "search")

    def __init__(self) -> None:
        self.wire = Wire()
        self.faults, self.secrets, self.break_next = self.wire.faults, self.wire.secrets, self.wire.break_next
        self.messages: list[tuple[Heard, datetime]] = []
        self.lock = Lock()

    @property
    def port(self) -> SoundObservers:
        return self

    @property
    def wanted(self) -> Mapping[str, frozenset[str]]:
        return {name: frozenset({"OrderPlaced"}) for name in self.receivers}

    def tell(self, receiver: str, occurrence: Occurrence, now: datetime) -> None:
        try:
            self.wire.call(lambda: self.deliver(self.message(receiver, occurrence), self.signed_at(occurrence, now)))
        except WireError as error:
            self.failed(error, occurrence)

    def message(self, receiver: str, occurrence: Occurrence) -> Heard:
        return Heard(
            receiver=receiver,
            message_id=occurrence.message_id,
            event=occurrence.event,
            stream=occurrence.stream,
            version=occurrence.version,
            content=json.loads(occurrence.body),
        )

    def signed_at(self, occurrence: Occurrence, now: datetime) -> datetime:
        return now

    def deliver(self, heard: Heard, signed_at: datetime) -> None:
        with self.lock:
            self.messages.append((heard, signed_at))

    def failed(self, error: WireError, occurrence: Occurrence) -> None:
        if error.is_sent:
            raise PortUnknownError("no answer; it is told again") from error
        raise PortTransientError("the receiver is down; it is told later") from error

    def heard(self) -> Sequence[Heard]:
        return [heard for heard, _ in self.messages]

    def is_believed(self, now: datetime) -> bool | None:
        return abs(now - self.messages[-1][1]) <= timedelta(minutes=5)


class SoundChannel:
    """Orders as lines of JSON, each with a checksum; a list of what it was told. It is its own harness."""

    may_be_cut = False
    tells = frozenset(NewsKind)

    def __init__(self) -> None:
        self.wire = Wire()
        self.faults, self.secrets, self.break_next = self.wire.faults, self.wire.secrets, self.wire.break_next
        self.arrived: dict[int, bytes] = {}
        self.known = (self.order_known("A-1", TEA=2, CUP=1), self.order_known("A-2", CUP=3))

    @property
    def port(self) -> SoundChannel:
        return self

    def order_known(self, reference: str, **units: int) -> KnownOrder:
        total = 1_000 * sum(units.values())
        content = json.dumps({"ref": reference, "units": units, "total": total})
        document = f"{sha256(content.encode()).hexdigest()[:8]} {content}\n".encode()
        return KnownOrder(
            document=document, reference=reference, currency="EUR", units=units, total=Money(total, "EUR")
        )

    def together(self, documents: Sequence[bytes]) -> bytes | None:
        return b"".join(documents)

    def read(self, document: bytes) -> tuple[ChannelMessage, ...]:
        lines = [line for line in document.split(b"\n") if line.strip()]
        if not lines:
            raise InputError("the document holds no order; send one")
        return tuple([self.message(line + b"\n") for line in lines])

    def message(self, line: bytes) -> ChannelMessage:
        checksum, _, content = line.strip().partition(b" ")
        message_id = sha256(line.strip()).hexdigest()[:12]
        if sha256(content).hexdigest()[:8].encode() != checksum:
            return self.broken(message_id, line)
        told = read_json(content)
        assert isinstance(told, dict)
        return ChannelMessage(message_id=message_id, content=line, order=self.order(told))

    def broken(self, message_id: str, line: bytes) -> ChannelMessage:
        complaint = Complaint(0, "the checksum is wrong; have it sent again")
        return ChannelMessage(message_id=message_id, content=line, complaints=(complaint,))

    def order(self, told: Any) -> ChannelOrder:
        lines = [
            ChannelLine(number=at, sku=sku, units=units, unit_price=UnitPrice.of("10.00", "EUR"))
            for at, (sku, units) in enumerate(told["units"].items(), 1)
        ]
        return ChannelOrder(
            reference=told["ref"], currency="EUR", country="DE", lines=tuple(lines), total=Money(told["total"], "EUR")
        )

    def checked(self, document: bytes) -> tuple[InterchangeChecked, ...]:
        return tuple([self.verdict(message) for message in self.read(document)])

    def verdict(self, message: ChannelMessage) -> InterchangeChecked:
        return InterchangeChecked(
            interchange_id=message.message_id,
            control_number=message.message_id,
            sender_id="",
            recipient_id="",
            sent=(),
            verdict=FormVerdict.REJECTED if message.order is None else FormVerdict.ACCEPTED,
        )

    def tell(self, notice: ChannelNotice) -> None:
        try:
            self.wire.call(lambda: self.put(notice))
        except WireError as error:
            self.failed(error)

    def put(self, notice: ChannelNotice) -> None:
        self.arrived[notice.number] = self.written(notice)

    def written(self, notice: ChannelNotice) -> bytes:
        return f"{notice.number} {notice.news}".encode()

    def failed(self, error: WireError) -> None:
        if error.is_sent:
            raise PortUnknownError("no answer; it is told again") from error
        raise PortTransientError("the channel is down; it is told later") from error

    def told(self) -> Sequence[tuple[int, bytes]]:
        return list(self.arrived.items())


class SoundReader:
    """Believes messages signed over moment and body within five minutes; it is its own harness."""

    secrets = (SECRET,)
    tolerance: timedelta | None = timedelta(minutes=5)
    bodies = tuple([json.dumps({"id": f"evt_{number}", "n": number + 1}).encode() for number in range(3)])

    def sign(self, body: bytes, at: datetime) -> Mapping[str, str]:
        stamp = str(int(at.timestamp()))
        return {"stamp": stamp, "signature": self.signature(body, stamp)}

    def signature(self, body: bytes, stamp: str) -> str:
        return hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, sha256).hexdigest()

    def read(self, body: bytes, headers: Mapping[str, str], now: datetime) -> object:
        stamp, signature = headers.get("stamp", ""), headers.get("signature", "")
        if not stamp.isdigit() or not self.is_signed(body, stamp, signature):
            self.forged()
        if not self.is_now(int(stamp), int(now.timestamp())):
            raise RefusedError("it was signed too long ago, or the clock is wrong; look at the clock")
        return self.told(body)

    def is_signed(self, body: bytes, stamp: str, signature: str) -> bool:
        return hmac.compare_digest(self.signature(body, stamp).encode(), signature.encode())

    def is_now(self, stamp: int, now: int) -> bool:
        return abs(stamp - now) <= 300

    def forged(self) -> None:
        raise RefusedError("the message is not signed by the sender; do not take it")

    def told(self, body: bytes) -> object:
        told = read_json(body)
        return self.about(told) if isinstance(told, dict) else None

    def about(self, told: dict[str, Any]) -> object:
        return (told["id"], told["n"]) if {"id", "n"} <= set(told) else None
