"""A payment provider in a file of its own, shared by all programs: its log is the truth, whatever the shop believes.

One line per send. A key that was sent before has no second effect; a key used for another request is an alarm.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

from omscore.money import Money
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentRequest


class StrictBank:
    """The provider. With `hangs` it does what it was asked, says so on stdout, and answers once told to on stdin."""

    def __init__(self, folder: Path, *, hangs: bool = False) -> None:
        self._path = folder / "bank.log"
        self._hangs = hangs

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        told = {
            "key": request.key,
            "step": request.step.value,
            "minor": request.amount.minor,
            "currency": request.amount.currency,
        }
        with self._path.open("a+", encoding="utf-8") as file:
            flock(file, LOCK_EX)
            file.seek(0)
            before = [json.loads(line) for line in file if json.loads(line)["key"] == request.key]
            is_new = not before
            assert is_new or before[0] | {"effect": True} == told | {"effect": True}, "a key was used for two requests"
            file.write(json.dumps(told | {"effect": is_new}) + "\n")
        if self._hangs:
            sys.stdout.write(f"sent {request.key}\n")
            sys.stdout.flush()
            sys.stdin.readline()
            self._hangs = False
        return _answer(told)

    def look_up(self, key: str) -> PaymentAnswer | None:
        told = [line for line in self._lines() if line["key"] == key]
        return _answer(told[0]) if told else None

    def sends(self) -> Counter[str]:
        """How often each key was sent."""
        return Counter(line["key"] for line in self._lines())

    def _lines(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        return [json.loads(line) for line in self._path.read_text(encoding="utf-8").splitlines()]


def _answer(told: dict[str, Any]) -> PaymentAnswer:
    return PaymentAnswer(
        outcome=PaymentOutcome.SUCCEEDED,
        amount=Money(told["minor"], told["currency"]),
        reference=f"bank-{told['key']}",
    )
