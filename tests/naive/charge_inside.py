"""The card is charged while the commit is being made, so that a commit that is tried again charges again.

Seen in odoo/odoo#150102, where one card was charged three times.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

from omscore.money import Money
from omscore.ports.payments import PaymentPort, PaymentRequest, PaymentStep
from omscore.ports.storage import Commit, Storage
from tests.crash.truth import TruthPayments
from tests.naive.through import Through


class Till:
    """A provider that the store reaches, which no store should."""

    def __init__(self) -> None:
        self._provider: PaymentPort | None = None
        self._tries = 0

    def payments(self, log: Path) -> PaymentPort:
        self._provider, self._tries = TruthPayments(log, awkward=False), 0
        return self._provider

    def store(self, store: Storage) -> Storage:
        return cast(Storage, ChargeInside(store, self))

    def charge(self, payment_id: str) -> None:
        """A new key for every try, as a try does not know of the ones before."""
        assert self._provider is not None
        self._tries += 1
        key, amount = f"{payment_id}.{self._tries}", Money(100, "EUR")
        step = PaymentStep.AUTHORISE
        self._provider.send(PaymentRequest(key=key, step=step, payment_id=payment_id, amount=amount, method="card-ok"))


class ChargeInside(Through):
    """Charges first and commits after."""

    def __init__(self, store: Storage, till: Till) -> None:
        super().__init__(store)
        self._till = till

    def commit(self, commit: Commit) -> str:
        for task in commit.tasks:
            if task.kind == "payment":
                self._till.charge(task.task_id)
        return super().commit(commit)
