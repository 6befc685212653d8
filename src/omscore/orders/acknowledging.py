"""Acknowledgements both ways: that an interchange was acknowledged once, and what the other side said of a message."""

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


@frozen(kw_only=True)
class NoteAnswer:
    """Note what the other side says of a message. Shape: `message` is `channel:number`."""

    message: str
    verdict: FormVerdict
    says: str
    at: datetime


@frozen(kw_only=True)
class MessageAnswered:
    message: str
    verdict: FormVerdict
    says: str
    at: datetime


@frozen(kw_only=True)
class MessageAnswer:
    """What the other side said last of a message to it."""

    message: str
    verdict: FormVerdict
    says: str
    answered_at: datetime


def decide_interchange(state: Interchange | None, command: NoteAcknowledged) -> Sequence[InterchangeAcknowledged]:
    """That it is acknowledged; nothing when it was before."""
    if state is not None:
        return []
    return [
        InterchangeAcknowledged(
            interchange=command.interchange, control=command.control, verdict=command.verdict, at=command.at
        )
    ]


def evolve_interchange(state: Interchange | None, event: InterchangeAcknowledged) -> Interchange:
    """The interchange, acknowledged."""
    return Interchange(
        interchange=event.interchange, control=event.control, verdict=event.verdict, acknowledged_at=event.at
    )


def decide_answer(state: MessageAnswer | None, command: NoteAnswer) -> Sequence[MessageAnswered]:
    """The answer; nothing when it was the same before."""
    if state is not None and (state.verdict, state.says) == (command.verdict, command.says):
        return []
    return [MessageAnswered(message=command.message, verdict=command.verdict, says=command.says, at=command.at)]


def evolve_answer(state: MessageAnswer | None, event: MessageAnswered) -> MessageAnswer:
    """The message with what was said of it last."""
    return MessageAnswer(message=event.message, verdict=event.verdict, says=event.says, answered_at=event.at)
