"""The books of the shop as a text file that beancount and its tools can read, check and report on."""

from __future__ import annotations

from collections.abc import Sequence

from omscore.errors import PortRefusedError
from omscore.ports.erp import JournalEntry
from omscore_adapters.erp_beancount.client import BooksFile
from omscore_adapters.erp_beancount.mapping import booking_day, entry_text
from omscore_adapters.erp_beancount.settings import BeancountSettings


class BeancountBooks:
    """Books in one file, which several workers may keep.

    Holds: an entry id is booked at most once, also across crashes.
    """

    def __init__(self, settings: BeancountSettings) -> None:
        self._settings = settings
        self._file = BooksFile(settings.path)
        if settings.opened is not None:
            with self._file.alone():
                self._file.begin(settings.opened)

    def post(self, entries: Sequence[JournalEntry]) -> None:
        """Books every entry; an entry id that is booked already is left as it is.

        Raises: PortRefusedError, with nothing booked, for an entry before its accounts open; PortTransientError when
        the file does not take the entries.
        """
        with self._file.alone():
            self._post(entries)

    def _post(self, entries: Sequence[JournalEntry]) -> None:
        new: dict[str, JournalEntry] = {}
        for entry in entries:
            if entry.entry_id not in self._file.booked:
                new.setdefault(entry.entry_id, entry)
        if not new:
            return
        texts = [entry_text(entry) for entry in new.values()]
        self._file.begin(self._settings.opened or min(map(booking_day, new.values())))
        for entry in new.values():
            self._check_open(entry)
        self._file.append("".join(texts))
        self._file.booked.update(new)

    def _check_open(self, entry: JournalEntry) -> None:
        day = booking_day(entry)
        for posting in entry.postings:
            opened = self._file.opened[posting.account]
            if day < opened:
                raise PortRefusedError(
                    f"entry {entry.entry_id!r} of {day} is before {posting.account.value} opens on {opened}; move the"
                    f" `open` lines in {self._settings.path} to an earlier day and open the books anew",
                    code="port.refused.before_opening",
                    entry_id=entry.entry_id,
                )
