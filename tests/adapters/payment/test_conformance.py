"""The manual provider under the kit that is shipped for the payment providers of others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from omscore.money import Money
from omscore.ports.clock import VirtualClock
from omscore.testing.conformance.payment import PaymentConformance
from omscore.testing.conformance.ports import NOON
from omscore.testing.faults import Fault
from omscore_adapters import payment_manual
from omscore_adapters.payment_manual import ManualPayments, ManualPaymentSettings


class ManualHarness:
    """The payer's token is what breaks the manual provider; its own memory is all the world there is."""

    faults = frozenset({Fault.DOWN, Fault.LOST_ANSWER})
    secrets = ()
    currencies = ("EUR", "JPY", "KWD")

    def __init__(self, book: Path) -> None:
        self.port = ManualPayments(ManualPaymentSettings(book=book), clock=VirtualClock(NOON))
        self._fault: Fault | None = None

    def break_next(self, fault: Fault) -> None:
        self._fault = fault

    def method(self, *, declined: bool = False) -> str:
        fault, self._fault = self._fault, None
        if declined:
            return "card-declined"
        return {None: "card-ok", Fault.DOWN: "card-down", Fault.LOST_ANSWER: "card-timeout"}[fault]

    def effects(self, key: str) -> Sequence[Money]:
        return [each.answer.amount for each in self.port.effects if each.request.key == key]

    def reopened(self) -> None:
        return None


class TestManual(PaymentConformance):
    """All laws but those about other programs: its memory ends with its own."""

    provider = payment_manual.PROVIDER
    remembers = False
    cannot_happen = dict.fromkeys(
        (Fault.GARBAGE, Fault.TWICE, Fault.LATE, Fault.PARTIAL), "there is no wire between the provider and its bank"
    )

    @pytest.fixture
    def harness(self, tmp_path: Path) -> ManualHarness:
        return ManualHarness(tmp_path / "book.csv")
