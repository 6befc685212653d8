"""Readers of signed messages that are each wrong in one way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from omscore.errors import RefusedError
from tests.testing.sound_messages import SECRET, SoundReader


class TellsOneForAll(SoundReader):
    """Tells the same of every message."""

    def about(self, told: dict[str, Any]) -> object:
        return "something happened" if told else None


class SignsWhatItReads(SoundReader):
    """Reads a message and then signs what it read, which is not what was sent."""

    def signature(self, body: bytes, stamp: str) -> str:
        try:
            return super().signature(json.dumps(json.loads(body)).encode(), stamp)
        except ValueError:
            return super().signature(body, stamp)


class ComparesTheBeginning(SoundReader):
    """Compares eight characters."""

    def is_signed(self, body: bytes, stamp: str, signature: str) -> bool:
        return self.signature(body, stamp)[:8] == signature[:8]


class SignsTheMomentOnly(SoundReader):
    """Leaves the body out of what is signed."""

    def signature(self, body: bytes, stamp: str) -> str:
        return sha256(f"{SECRET}{stamp}".encode()).hexdigest()


class TakesTheUnsigned(SoundReader):
    """Believes a message that bears no signature."""

    def read(self, body: bytes, headers: Mapping[str, str], now: datetime) -> object:
        return super().read(body, headers, now) if headers.get("signature") else self.told(body)


class TellsOnce(SoundReader):
    """Tells nothing of a message it has read before."""

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}

    def told(self, body: bytes) -> object:
        self._seen[body] = self._seen.get(body, 0) + 1
        return super().told(body) if self._seen[body] < 12 else None


class LatestOnly(SoundReader):
    """Leaves out what is older than what was told last."""

    latest = 0

    def about(self, told: dict[str, Any]) -> object:
        found = super().about(told)
        if found is not None and told["n"] < self.latest:
            return ("late", told["id"])
        self.latest = told.get("n", 0)
        return found


class BelievesTheFuture(SoundReader):
    """Looks whether a message is too old, and not whether it is too young."""

    def is_now(self, stamp: int, now: int) -> bool:
        return now - stamp <= 300


class BearsNoSkew(SoundReader):
    """Refuses a message of a clock that is a second fast."""

    def is_now(self, stamp: int, now: int) -> bool:
        return 0 <= now - stamp <= 300


class StumblesOverNonsense(SoundReader):
    """Raises what Python raises when a message is signed and makes no sense."""

    def told(self, body: bytes) -> object:
        return (json.loads(body)["id"], json.loads(body)["n"])


class TellsItsSecret(SoundReader):
    """Prints what the signature should have been made with."""

    def forged(self) -> None:
        raise RefusedError(f"the message is not signed with {SECRET}")
