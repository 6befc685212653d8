"""The book a provider without a bank keeps of its effects: one CSV line each, in the order they came about."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from omscore.errors import DamageError, PortTransientError, SetupError
from omscore.money import Money
from omscore.ports.payments import PaymentOutcome, PaymentStep, ProviderPayment

_COLUMNS = ("at", "key", "step", "outcome", "minor", "currency", "reference")


class PaymentBook:
    """One file that is only ever added to; a line with the reference of an earlier one takes its place."""

    def __init__(self, path: Path) -> None:
        """Raises: SetupError when there can be no book at that path, or another file is there."""
        self._path = path
        if not path.parent.is_dir():
            raise SetupError(f"payment.manual.book: {path.parent} is no folder; make it, or give another path")
        self._lines()

    def add(self, payment: ProviderPayment) -> None:
        """Write one line. Raises: PortTransientError when it cannot be written, and then nothing happened."""
        minor, currency = payment.amount.minor, payment.amount.currency
        moment = payment.at.isoformat()
        row = (moment, payment.key, payment.step, payment.outcome, minor, currency, payment.reference)
        try:
            with self._path.open("a+b") as file:
                end = file.seek(0, os.SEEK_END)
                rows = (_COLUMNS, row) if end == 0 else (row,)
                file.seek(max(end - 1, 0))
                begun = "" if file.read(1) in (b"", b"\n") else "\n"  # an editor may have left the last line open
                file.write((begun + _csv(rows)).encode("utf-8"))
        except OSError as error:
            raise PortTransientError(
                f"payment.manual.book {self._path} cannot be written ({error.strerror}); try again"
            ) from error

    def payments(self) -> Iterator[ProviderPayment]:
        """Every payment as its last line tells it.

        Raises: SetupError when the book cannot be read, DamageError naming a line that is none.
        """
        told: dict[tuple[str, str], ProviderPayment] = {}
        for number, row in enumerate(csv.reader(self._lines()), 1):
            if tuple(row) == _COLUMNS:
                continue  # programs that begin a book at one moment each write its head
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

    def _lines(self) -> list[str]:
        """The lines of the book, its head the first; none where it was not begun."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        except (OSError, UnicodeDecodeError) as error:
            raise SetupError(f"payment.manual.book {self._path} cannot be read: {error}") from error
        if lines and lines[0] != ",".join(_COLUMNS):
            raise SetupError(
                f"payment.manual.book {self._path} is another file: a book begins with the line {','.join(_COLUMNS)}; "
                "give the path of a new file"
            )
        return lines


def _csv(rows: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
