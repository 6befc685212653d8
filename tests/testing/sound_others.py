"""Adapters for books, notices and taxes that keep every law, with their worlds in memory; broken ones are below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from threading import Lock

from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError
from omscore.places import Destination
from omscore.ports.erp import JournalEntry, Numbers, Posting
from omscore.ports.notices import Notice
from omscore.ports.taxes import TaxRate
from omscore.records import changed
from omscore.testing.conformance.notices import Arrived
from omscore.testing.conformance.taxes import KnownRate
from tests.testing.wires import Wire, WireError


class SoundBooks:
    """Books that keep every law, and are their own harness."""

    currencies = ("EUR", "JPY", "KWD")

    def __init__(self) -> None:
        self.wire = Wire()
        self.faults, self.secrets, self.break_next = self.wire.faults, self.wire.secrets, self.wire.break_next
        self.entries: list[JournalEntry] = []
        self.lock = Lock()

    @property
    def port(self) -> SoundBooks:
        return self

    def post(self, entries: Sequence[JournalEntry]) -> Numbers:
        self.check(entries)
        try:
            self.wire.call(self.asked(entries), lambda: self.book(entries[: len(entries) // 2]))
        except WireError as error:
            self.failed(error)
        places = {entry.entry_id: place for place, entry in enumerate(self.entries, 1)}
        return {entry.entry_id: f"M{places[entry.entry_id]}" for entry in entries if entry.entry_id in places}

    def check(self, entries: Sequence[JournalEntry]) -> None:
        for entry in entries:
            if "closed" in entry.entry_id:
                raise PortRefusedError(f"entry {entry.entry_id} is for an account that is closed; open it first")

    def asked(self, entries: Sequence[JournalEntry]) -> Callable[[], None]:
        """What the books do whenever the call arrives."""
        return lambda: self.book(entries)

    def book(self, entries: Sequence[JournalEntry]) -> None:
        with self.lock:
            for entry in entries:
                if self.is_new(entry):
                    self.entries.append(entry)

    def is_new(self, entry: JournalEntry) -> bool:
        return entry.entry_id not in {each.entry_id for each in self.entries}

    def failed(self, error: WireError) -> None:
        if error.is_sent:
            raise PortUnknownError("the books gave no answer; post again") from error
        raise PortTransientError("the books are out of reach; nothing is booked") from error

    def booked(self, entry_id: str) -> Sequence[Sequence[Posting]]:
        return [entry.postings for entry in self.entries if entry.entry_id == entry_id]

    def unbookable(self, entry: JournalEntry) -> JournalEntry:
        return changed(entry, entry_id=f"{entry.entry_id}-closed")


class SoundNotices:
    """Notices that keep every law, and are their own harness."""

    shop = "people@example.org"

    def __init__(self) -> None:
        self.wire = Wire()
        self.faults, self.secrets, self.break_next = self.wire.faults, self.wire.secrets, self.wire.break_next
        self.mails: dict[str, Arrived] = {}
        self.lock = Lock()

    @property
    def port(self) -> SoundNotices:
        return self

    def send(self, notice: Notice) -> None:
        self.check(notice)
        to = self.shop if notice.to == "shop" else notice.to
        mail = Arrived(to=(to,), subject=notice.subject, text=notice.text)
        try:
            self.wire.call(self.asked(notice, mail))
        except WireError as error:
            self.failed(error, notice)

    def check(self, notice: Notice) -> None:
        if "\n" in notice.subject or "\n" in notice.to or "," in notice.to:
            raise PortRefusedError(f"notice {notice.key}: give one receiver, and a subject on one line")

    def asked(self, notice: Notice, mail: Arrived) -> Callable[[], None]:
        """What the mail system does whenever the call arrives."""
        return lambda: self.deliver(notice, mail)

    def deliver(self, notice: Notice, mail: Arrived) -> None:
        with self.lock:
            self.mails.setdefault(self.name(notice), mail)

    def name(self, notice: Notice) -> str:
        return notice.key

    def failed(self, error: WireError, notice: Notice) -> None:
        if error.is_sent:
            raise PortUnknownError(f"no answer came for notice {notice.key}") from error
        raise PortTransientError(f"notice {notice.key} did not get through; send it again") from error

    def arrived(self) -> Sequence[Arrived]:
        return list(self.mails.values())


GERMANY = Destination(country="DE")
NOON = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
RATES = {"standard": TaxRate(code="DE19", rate=Decimal("0.19")), "books": TaxRate(code="DE7", rate=Decimal("0.07"))}


class SoundTaxes:
    """Taxes that keep every law, and are their own harness."""

    known = tuple(KnownRate(category=name, destination=GERMANY, at=NOON, rate=rate) for name, rate in RATES.items())
    untold = ("standard", Destination(country="FR"))

    def __init__(self) -> None:
        self.wire = Wire()
        self.faults, self.secrets, self.break_next = self.wire.faults, self.wire.secrets, self.wire.break_next

    @property
    def port(self) -> SoundTaxes:
        return self

    def rates(self, categories: Sequence[str], destination: Destination, at: datetime) -> tuple[TaxRate, ...]:
        try:
            return self.wire.call(lambda: self.told(categories, destination, at))
        except WireError as error:
            return self.failed(error, categories)

    def told(self, categories: Sequence[str], destination: Destination, at: datetime) -> tuple[TaxRate, ...]:
        return tuple(self.rate(category, destination) for category in categories)

    def rate(self, category: str, destination: Destination) -> TaxRate:
        if destination.country != "DE":
            raise PortRefusedError(f"no rate of {category} is known for {destination.country}; add one")
        return RATES[category]

    def failed(self, error: WireError, categories: Sequence[str]) -> tuple[TaxRate, ...]:
        raise PortTransientError("the rates are out of reach; ask again") from error
