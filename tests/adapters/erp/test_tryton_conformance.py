"""The books in a real Tryton under the kit that is shipped for the books of others, behind a hostile front."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import count
from typing import ClassVar

import attrs
import pytest

from omscore.money import Money
from omscore.ports.erp import JournalEntry, Posting
from omscore.testing.conformance.erp import ErpConformance
from omscore.testing.faults import Fault
from omscore.testing.hostile import Call, HostileFront
from omscore_adapters import erp_tryton
from omscore_adapters.erp_tryton import TrytonBooks
from tests.kit.tryton import CODES, PASSWORD, Tryton

_LAWS = count(1)
_ACCOUNTS = {code: account for account, code in CODES.items()}


def acts(call: Call) -> bool:
    """Whether a call changes the books: all are POSTs."""
    return b'"model.account.move.create"' in call.body or b'"model.account.move.post"' in call.body


class TrytonHarness:
    """The moves as another program reads them: each that is posted, with its lines."""

    faults = frozenset({Fault.DOWN, Fault.LOST_ANSWER, Fault.GARBAGE, Fault.TWICE, Fault.LATE})
    secrets = (PASSWORD,)
    currencies = ("EUR",)

    def __init__(self, tryton: Tryton, front: HostileFront) -> None:
        self._tryton = tryton
        self._front = front
        self.port = TrytonBooks(tryton.settings(url=front.url))

    def break_next(self, fault: Fault) -> None:
        self._front.break_next(fault)

    def booked(self, entry_id: str) -> Sequence[Sequence[Posting]]:
        posted = [["move.description", "=", entry_id], ["move.state", "=", "posted"]]
        rows = self._tryton.ask(
            "account.move.line.search_read",
            posted,
            0,
            None,
            None,
            ["move", "account.code", "debit", "credit"],
            company=1,
        )
        moves: dict[int, list[Posting]] = {}
        for row in rows:
            amount = Decimal(row["debit"]["decimal"]) - Decimal(row["credit"]["decimal"])
            posting = Posting(_ACCOUNTS[row["account."]["code"]], Money(int(amount * 100), "EUR"))
            moves.setdefault(row["move"], []).append(posting)
        return [*moves.values()]

    def unbookable(self, entry: JournalEntry) -> JournalEntry:
        return attrs.evolve(entry, at=entry.at.replace(year=2019))


class TestTryton(ErpConformance):
    """All laws but that of calls done in part: Tryton does a call wholly or rolls it back."""

    provider = erp_tryton.PROVIDER
    cannot_happen: ClassVar = {Fault.PARTIAL: "Tryton does a call wholly or not at all"}

    @pytest.fixture(scope="module")
    @staticmethod
    def front(tryton: Tryton) -> Iterator[HostileFront]:
        with HostileFront(tryton.port, acts=acts) as between:
            yield between

    @pytest.fixture
    def harness(self, tryton: Tryton, front: HostileFront) -> TrytonHarness:
        self.law = next(_LAWS)
        return TrytonHarness(tryton, front)

    def key(self, name: str) -> str:
        """The books forget nothing, so each law has ids of its own."""
        return f"law{self.law}.{name}"
