"""Books that are each wrong in one way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError
from omscore.money import Money
from omscore.ports.erp import JournalEntry, Numbers, Posting
from omscore.testing.faults import Fault
from tests.testing.sound_others import SoundBooks
from tests.testing.wires import WireError


class BooksThatForgetAloud(SoundBooks):
    """Say that they do not keep to ids, where the kit was told that they do."""

    is_once_per_key = False


class BooksAgain(SoundBooks):
    """Books an entry each time it is posted."""

    def is_new(self, entry: JournalEntry) -> bool:
        return True


class LeavesOutWhatItCannotBook(SoundBooks):
    """Books the entries it can and says nothing of the others."""

    def post(self, entries: Sequence[JournalEntry]) -> Numbers:
        return super().post([entry for entry in entries if "closed" not in entry.entry_id])


class BooksEachArrival(SoundBooks):
    """Books what arrives twice twice, because the way there makes the ids."""

    def asked(self, entries: Sequence[JournalEntry]) -> Callable[[], None]:
        arrivals = count(1)

        def act() -> None:
            if next(arrivals) > 1:
                self.entries.extend(entries)
            self.book(entries)

        return act


class BooksBehindItself(SoundBooks):
    """Looks whether an entry is there before it sends, and not when it arrives."""

    def asked(self, entries: Sequence[JournalEntry]) -> Callable[[], None]:
        known, seen = {entry.entry_id for entry in self.entries}, set[str]()

        def act() -> None:
            for entry in entries:
                if entry.entry_id not in known | seen:
                    seen.add(entry.entry_id)
                    if self.is_overtaken or self.is_new(entry):
                        self.entries.append(entry)

        return act

    is_overtaken = False

    def failed(self, error: WireError) -> None:
        self.is_overtaken = error.fault is Fault.LATE
        super().failed(error)


class TakesAPartForAll(SoundBooks):
    """Believes that all is booked when some is."""

    def failed(self, error: WireError) -> None:
        if error.fault is not Fault.PARTIAL:
            super().failed(error)


class BooksOneOfMany(SoundBooks):
    """Forgets what stands behind the first entry of a call."""

    def book(self, entries: Sequence[JournalEntry]) -> None:
        super().book(entries[:1])


class Overwrites(SoundBooks):
    """Replaces what was booked before under the same id."""

    def book(self, entries: Sequence[JournalEntry]) -> None:
        with self.lock:
            kept = {entry.entry_id: entry for entry in [*self.entries, *entries]}
            self.entries = list(kept.values())


class CountsInHundredths(SoundBooks):
    """Takes every currency for one with two decimals, and rounds what has three."""

    def booked(self, entry_id: str) -> Sequence[Sequence[Posting]]:
        return [list(map(_rounded, postings)) for postings in super().booked(entry_id)]


def _rounded(posting: Posting) -> Posting:
    amount = posting.amount
    return Posting(posting.account, Money(amount.minor // 10 * 10, "KWD")) if amount.currency == "KWD" else posting


class LeavesTheLastOut(SoundBooks):
    """Books an entry without its last posting."""

    def booked(self, entry_id: str) -> Sequence[Sequence[Posting]]:
        return [postings[:-1] for postings in super().booked(entry_id)]


class RefusesThePast(SoundBooks):
    """Takes no entry that is earlier than the last one booked."""

    def check(self, entries: Sequence[JournalEntry]) -> None:
        if entries and self.entries and entries[0].at < self.entries[-1].at:
            raise PortRefusedError("the period is over")
        super().check(entries)


class ClaimsNothingIsBooked(SoundBooks):
    """Says that nothing happened when the answer was lost or cannot be read."""

    def failed(self, error: WireError) -> None:
        raise PortTransientError("no answer, so nothing is booked") from error


class BooksGiveUp(SoundBooks):
    """Says a definite no when the books are out of reach."""

    def failed(self, error: WireError) -> None:
        if not error.is_sent:
            raise PortRefusedError("the books are out of reach") from error
        super().failed(error)


class BooksTellTheirKey(SoundBooks):
    """Prints the secret with the error."""

    def failed(self, error: WireError) -> None:
        if error.is_sent:
            raise PortUnknownError(f"no answer with {self.secrets[0]}") from error
        super().failed(error)


class RefusesEmptyCalls(SoundBooks):
    """Takes a call without entries for a mistake."""

    def check(self, entries: Sequence[JournalEntry]) -> None:
        if not entries:
            raise PortRefusedError("no entries were given")
        super().check(entries)


class CountsCalls(SoundBooks):
    """Takes the place of an entry in its call for its number."""

    def post(self, entries: Sequence[JournalEntry]) -> Numbers:
        super().post(entries)
        return {entry.entry_id: f"M{place}" for place, entry in enumerate(entries, 1)}
