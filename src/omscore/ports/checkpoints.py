"""Checkpoints: now and then a store seals the heads of all streams that changed, each digest over the one before.

The seals inside a stream show a changed event, but not that the last ones were cut off, nor that a whole stream is
gone. A checkpoint does; and whoever keeps one digest elsewhere can show that nothing before it was changed at all.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import NamedTuple


class Head(NamedTuple):
    """Where a stream stood when checkpoint `number` was taken: its version and the seal of that event."""

    number: int
    stream: str
    version: int
    chain: str


class Checkpoint(NamedTuple):
    """One seal over everything before it.

    Shape: numbered from 1; `heads`, `answers` and `claims` count the streams that had changed since the one before, and
    all the answers and claims there were.
    """

    number: int
    at: datetime
    heads: int
    answers: int
    claims: int
    digest: str


class CheckpointSeal:
    """A checkpoint being sealed: told its heads in the order of their streams, it comes to a digest of 40 hex digits.

    >>> from datetime import UTC
    >>> seal = CheckpointSeal(previous="", number=1, at=datetime(2026, 3, 1, tzinfo=UTC), answers=0, claims=0)
    >>> seal.add(Head(1, "order/o1", 3, "f00d"))
    >>> seal.heads, len(seal.digest())
    (1, 40)
    """

    def __init__(self, *, previous: str, number: int, at: datetime, answers: int, claims: int) -> None:
        self.heads = 0
        self._hash = sha256(f"{previous}\n{number}\n{at.isoformat()}\n{answers}\n{claims}\n".encode())

    def add(self, head: Head) -> None:
        """Take the next head in."""
        self.heads += 1
        self._hash.update(f"{head.stream}\n{head.version}\n{head.chain}\n".encode("utf-8", "surrogatepass"))

    def digest(self) -> str:
        """The seal over everything added so far."""
        return self._hash.hexdigest()[:40]
