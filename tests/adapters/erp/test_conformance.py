"""The books in beancount's text under the kit that is shipped for the books of others."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    """The file is the world: it is read as text, and broken by a folder that stands in its place for one call."""

    faults = frozenset({Fault.DOWN})
    secrets = ()
    currencies = tuple(DECIMALS)

    def __init__(self, path: Path) -> None:
        self._path = path
        self._books = BeancountBooks(BeancountSettings(path=path, opened=date(2026, 1, 1)))
        self._is_down = False

    @property
    def port(self) -> BooksHarness:
        return self

    def post(self, entries: Sequence[JournalEntry]) -> None:
        if not self._is_down:
            self._books.post(entries)
            return
        self._is_down = False
        away = self._path.rename(self._path.with_suffix(".away"))
        self._path.mkdir()
        try:
            self._books.post(entries)
        finally:
            self._path.rmdir()
            away.rename(self._path)

    def break_next(self, fault: Fault) -> None:
        assert fault is Fault.DOWN
        self._is_down = True

    def booked(self, entry_id: str) -> Sequence[Sequence[Posting]]:
        text = self._path.read_text(encoding="utf-8") if self._path.exists() else ""
        found = re.findall(rf'^; entry "{re.escape(entry_id)}"$(.*?)^; end', text, re.MULTILINE | re.DOTALL)
        return [[_posting(*line) for line in LINE.findall(lines)] for lines in found]

    def unbookable(self, entry: JournalEntry) -> JournalEntry:
        return changed(entry, entry_id=f"{entry.entry_id}\n")


def _posting(account: str, amount: str, currency: str) -> Posting:
    minor = int(Decimal(amount).scaleb(DECIMALS[currency]))
    return Posting(Account(account), Money(minor, currency))


class TestBeancount(ErpConformance):
    """All laws but those about answers: a file gives none."""

    provider = erp_beancount.PROVIDER

    @pytest.fixture
    def harness(self, tmp_path: Path) -> BooksHarness:
        return BooksHarness(tmp_path / "books.beancount")
