"""A payment provider that many processes share, with a log of its own: what it did is what happened to the money.

It keeps the port's promises (one effect per key, a look-up that tells) and is awkward on purpose: some requests fail
before anything happened, some do their work and never answer. Every request that was sent again although its effect
had happened is kept too, because an engine that looks up first never sends one.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from omscore.errors import PortTransientError, PortUnknownError
from omscore.money import Money
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentRequest


class TruthPayments:
    """The provider, over one file that several processes append to."""

    def __init__(self, log: Path, *, awkward: bool = True) -> None:
        self._log = log
        self._awkward = awkward
        log.touch()

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        lot = sha256(f"lot {request.key}".encode()).digest()[0] if self._awkward else 255
        with self._locked() as file:
            known = _read(file)
            if request.key in known:
                _append(file, {"resent": request.key})
                return _answer(known[request.key])
            if lot < 24 and f"down {request.key}" not in known:
                _append(file, {"key": f"down {request.key}"})
                raise PortTransientError("the provider is down; nothing happened")
            effect = {
                "key": request.key,
                "step": request.step.value,
                "minor": request.amount.minor,
                "currency": request.amount.currency,
                "reference": f"ref-{sha256(request.key.encode()).hexdigest()[:12]}",
            }
            _append(file, effect)
        if 24 <= lot < 64:
            raise PortUnknownError("no answer came; look the key up")
        return _answer(effect)

    def look_up(self, key: str) -> PaymentAnswer | None:
        with self._locked() as file:
            known = _read(file)
        return _answer(known[key]) if key in known else None

    @contextmanager
    def _locked(self) -> Iterator[int]:
        file = os.open(self._log, os.O_RDWR | os.O_APPEND)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


def effects(log: Path) -> list[dict[str, Any]]:
    """Everything that happened to the money, oldest first."""
    return [line for line in _lines(log) if "step" in line]


def resent(log: Path) -> list[str]:
    """The keys sent again after their effect."""
    return [line["resent"] for line in _lines(log) if "resent" in line]


def _lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def _read(file: int) -> dict[str, dict[str, Any]]:
    content = os.pread(file, os.fstat(file).st_size, 0)
    lines = [json.loads(line) for line in content.splitlines(keepends=True) if line.endswith(b"\n")]
    return {line["key"]: line for line in lines if "key" in line}


def _append(file: int, line: dict[str, Any]) -> None:
    os.write(file, json.dumps(line).encode() + b"\n")  # one write: a killed process leaves the whole line or none


def _answer(effect: dict[str, Any]) -> PaymentAnswer:
    return PaymentAnswer(
        outcome=PaymentOutcome.SUCCEEDED,
        amount=Money(effect["minor"], effect["currency"]),
        reference=effect["reference"],
    )
