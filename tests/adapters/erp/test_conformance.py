"""The books in beancount's text under the kit that is shipped for the books of others."""

from __future__ import annotations

import re
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from omscore.money import Money
from omscore.ports.erp import Account, JournalEntry, Posting
from omscore.records import changed
from omscore.testing.conformance.erp import ErpConformance
from omscore.testing.faults import Fault
from omscore_adapters import erp_beancount
from omscore_adapters.erp_beancount import BeancountBooks, BeancountSettings

LINE = re.compile(r"^  (\S+:\S+) +(-?[0-9.]+) ([A-Z]{3})$", re.MULTILINE)
DECIMALS = {"EUR": 2, "JPY": 0, "KWD": 3}


class BooksHarness:
    """The file is the world: it is read as text, and broken by a folder that stands in its place for one call, or by a
    limit in the middle of what is to be written.
    """

    faults = frozenset({Fault.DOWN, Fault.PARTIAL})
    secrets = ()
    currencies = tuple(DECIMALS)

    def __init__(self, path: Path) -> None:
        self._path = path
        self._books = BeancountBooks(BeancountSettings(path=path, opened=date(2026, 1, 1)))
        self._fault: Fault | None = None

    @property
    def port(self) -> BooksHarness:
        return self

    def post(self, entries: Sequence[JournalEntry]) -> None:
        fault, self._fault = self._fault, None
        if fault is Fault.DOWN:
            self._post_nowhere(entries)
        elif fault is Fault.PARTIAL:
            with _full_after(self._path.stat().st_size + 300):
                self._books.post(entries)
        else:
            self._books.post(entries)

    def _post_nowhere(self, entries: Sequence[JournalEntry]) -> None:
        away = self._path.rename(self._path.with_suffix(".away"))
        self._path.mkdir()
        try:
            self._books.post(entries)
        finally:
            self._path.rmdir()
            away.rename(self._path)

    def break_next(self, fault: Fault) -> None:
        self._fault = fault

    def booked(self, entry_id: str) -> Sequence[Sequence[Posting]]:
        text = self._path.read_text(encoding="utf-8") if self._path.exists() else ""
        found = re.findall(rf'^; entry "{re.escape(entry_id)}"$(.*?)^; end', text, re.MULTILINE | re.DOTALL)
        return [[_posting(*line) for line in LINE.findall(lines)] for lines in found]

    def unbookable(self, entry: JournalEntry) -> JournalEntry:
        return changed(entry, entry_id=f"{entry.entry_id}\n")


@contextmanager
def _full_after(size: int) -> Iterator[None]:
    """No file of this program grows beyond that many bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _posting(account: str, amount: str, currency: str) -> Posting:
    minor = int(Decimal(amount).scaleb(DECIMALS[currency]))
    return Posting(Account(account), Money(minor, currency))


class TestBeancount(ErpConformance):
    """All laws but those about answers: a file gives none."""

    provider = erp_beancount.PROVIDER
    cannot_happen = dict.fromkeys(
        (Fault.LOST_ANSWER, Fault.GARBAGE, Fault.TWICE, Fault.LATE), "a file gives no answers, and holds nothing back"
    )

    @pytest.fixture
    def harness(self, tmp_path: Path) -> BooksHarness:
        return BooksHarness(tmp_path / "books.beancount")
