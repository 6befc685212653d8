"""Interchanges that came, each acknowledged once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from omscore.parties import FormVerdict
from omscore.records import frozen


def interchange_key(channel: str, interchange_id: str) -> str:
    """The name an interchange has in the store; ids of the other side may be of any length.

    >>> interchange_key("trade", "BIGBUYER:000000101")
    'trade:eba49c27e4c4401f30e62af9'
    """
    return f"{channel}:{sha256(interchange_id.encode()).hexdigest()[:24]}"


@frozen(kw_only=True)
class NoteAcknowledged:
    """Note that an interchange is acknowledged, so that it never is again."""

    interchange: str
    control: str
    verdict: FormVerdict
    at: datetime


@frozen(kw_only=True)
class InterchangeAcknowledged:
    interchange: str
    control: str
    verdict: FormVerdict
    at: datetime


@frozen(kw_only=True)
class Interchange:
    """An interchange that came, and what it was answered. Shape: `control` is the number its sender gave it."""

    interchange: str
    control: str
    verdict: FormVerdict
    acknowledged_at: datetime


def decide(state: Interchange | None, command: NoteAcknowledged) -> Sequence[InterchangeAcknowledged]:
    """That it is acknowledged; nothing when it was before."""
    if state is not None:
        return []
    return [
        InterchangeAcknowledged(
            interchange=command.interchange, control=command.control, verdict=command.verdict, at=command.at
        )
    ]


def evolve(state: Interchange | None, event: InterchangeAcknowledged) -> Interchange:
    """The interchange, acknowledged."""
    return Interchange(
        interchange=event.interchange, control=event.control, verdict=event.verdict, acknowledged_at=event.at
    )
