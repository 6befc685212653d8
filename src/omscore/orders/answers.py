"""What the other side says of messages to it: that one was accepted, or rejected and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from omscore.parties import FormVerdict
from omscore.records import frozen


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


def decide(state: MessageAnswer | None, command: NoteAnswer) -> Sequence[MessageAnswered]:
    """The answer; nothing when it was the same before."""
    if state is not None and (state.verdict, state.says) == (command.verdict, command.says):
        return []
    return [MessageAnswered(message=command.message, verdict=command.verdict, says=command.says, at=command.at)]


def evolve(state: MessageAnswer | None, event: MessageAnswered) -> MessageAnswer:
    """The message with what was said of it last."""
    return MessageAnswer(message=event.message, verdict=event.verdict, says=event.says, answered_at=event.at)
