"""Programs elsewhere that are told what was recorded: one message per event and receiver, under one stable id."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from omscore.records import frozen


@frozen(kw_only=True)
class Occurrence:
    """One recorded event. Shape: `body` is its content as JSON; `message_id` is the same whenever it is told."""

    message_id: str
    event: str
    stream: str
    version: int
    at: datetime
    body: str


class ObserverPort(Protocol):
    """One way of telling other programs.

    Holds: an occurrence may be told again under its id when an answer was lost; receivers know by it that they heard.
    """

    @property
    def wanted(self) -> Mapping[str, frozenset[str]]:
        """The names of events by receiver."""
        ...

    def tell(self, receiver: str, occurrence: Occurrence, now: datetime) -> None: ...
