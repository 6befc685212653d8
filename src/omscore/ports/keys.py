"""What a port promises about keys: whether the same key asked twice has one effect, and for how long.

Labels, notices and journal entries are asked for under a stable key, and a port that says nothing keeps the promise.
One that cannot says so, and is then never asked a second time while the first answer is unknown.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol, runtime_checkable

KEY_TTL = timedelta(hours=24)
"""How long a payment provider is trusted to know a key that it does not declare a time for."""


@runtime_checkable
class KeyPromise(Protocol):
    """A port that says whether the same key asked twice has one effect."""

    @property
    def is_once_per_key(self) -> bool: ...


@runtime_checkable
class KeyMemory(Protocol):
    """A payment provider that says for how long after the first send a key sent again has no second effect."""

    @property
    def key_ttl(self) -> timedelta: ...


def is_once_per_key(port: object) -> bool:
    """What the port declares; true when it declares nothing.

    >>> is_once_per_key(object())
    True
    """
    return port.is_once_per_key if isinstance(port, KeyPromise) else True


def key_ttl(port: object) -> timedelta:
    """What the provider declares, or 24 hours."""
    return port.key_ttl if isinstance(port, KeyMemory) else KEY_TTL
