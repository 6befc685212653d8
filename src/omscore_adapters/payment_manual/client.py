"""The book a provider without a bank keeps of its effects: one CSV line each, in the order they came about."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from omscore.errors import DamageError, PortTransientError, SetupError
from omscore.money import Money
from omscore.ports.payments import PaymentOutcome, PaymentStep, ProviderPayment

_COLUMNS = ("at", "key", "step", "outcome", "minor", "currency", "reference")


class PaymentBook:
    """One file that is only ever added to; a line with the reference of an earlier one takes its place."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, payment: ProviderPayment) -> None:
        """Write one line. Raises: PortTransientError when it cannot be written, and then nothing happened."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if not self._path.exists():
            writer.writerow(_COLUMNS)
        minor, currency = payment.amount.minor, payment.amount.currency
        moment = payment.at.isoformat()
        writer.writerow((moment, payment.key, payment.step, payment.outcome, minor, currency, payment.reference))
        try:
            with self._path.open("a", encoding="utf-8", newline="") as file:
                file.write(text.getvalue())
        except OSError as error:
            raise PortTransientError(
                f"payment.manual.book {self._path} cannot be written ({error.strerror}); nothing happened, try again"
            ) from error

    def payments(self) -> Iterator[ProviderPayment]:
        """Every payment as its last line tells it.

        Raises: SetupError when the book cannot be read, DamageError naming a line that is none.
        """
        told: dict[tuple[str, str], ProviderPayment] = {}
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        except (OSError, UnicodeDecodeError) as error:
            raise SetupError(f"payment.manual.book {self._path} cannot be read: {error}") from error
        for number, row in enumerate(csv.reader(lines[1:]), 2):
            try:
                at, key, step, outcome, minor, currency, reference = row
                payment = ProviderPayment(
                    key=key,
                    step=PaymentStep(step),
                    outcome=PaymentOutcome(outcome),
                    amount=Money(int(minor), currency),
                    reference=reference,
                    at=datetime.fromisoformat(at),
                )
            except ValueError as error:
                raise DamageError(f"payment.manual.book {self._path}: line {number} is no payment: {error}") from error
            told[key, reference] = payment
        yield from told.values()
