"""Acknowledgements both ways: an interchange of a channel is answered once, and its answers to ours are noted."""

from __future__ import annotations

from datetime import datetime

from omscore.engine.unit import Unit
from omscore.errors import RefusedError
from omscore.orders.acknowledging import Interchange, NoteAcknowledged, interchange_key
from omscore.orders.answers import NoteAnswer
from omscore.orders.outbox import ChannelOutbox, NumberNews
from omscore.parties import FormVerdict, NewsKind
from omscore.ports.acknowledgements import InterchangeChecked
from omscore.records import frozen


@frozen(kw_only=True)
class AcknowledgeInterchange:
    """Tell a channel what came of the form of an interchange; one that was acknowledged before never is again."""

    channel: str
    interchange: InterchangeChecked
    at: datetime


@frozen(kw_only=True)
class RecordMessageAnswer:
    """Note what a channel says of a message it was told; said again it is the same."""

    channel: str
    number: int
    verdict: FormVerdict
    at: datetime
    says: str = ""


def acknowledge_interchange(unit: Unit, command: AcknowledgeInterchange) -> None:
    """Write the acknowledgement down, and that there is one. Raises: RefusedError when nobody there listens."""
    channel = unit.desk.shop.channel(command.channel)
    if not unit.tells(channel.name, NewsKind.ACKNOWLEDGEMENT):
        raise RefusedError(
            f"channel {channel.name} acknowledges nothing; set acknowledge = true for its format in "
            f"[intake.{channel.name}]",
            code="channel.acknowledges_nothing",
        )
    told = command.interchange
    key = interchange_key(channel.name, told.interchange_id)
    if unit.find(Interchange, key) is not None:
        return
    unit.decide(NoteAcknowledged(interchange=key, control=told.control_number, verdict=told.verdict, at=command.at))
    body = unit.desk.codec.text(told)
    unit.decide(NumberNews(channel=channel.name, kind=NewsKind.ACKNOWLEDGEMENT, about=key, body=body, at=command.at))


def record_message_answer(unit: Unit, command: RecordMessageAnswer) -> None:
    """Note the answer. Raises: RefusedError when there is no message of that number."""
    channel = unit.desk.shop.channel(command.channel)
    outbox = unit.find(ChannelOutbox, channel.name)
    numbered = outbox.numbered if outbox else 0
    if not 1 <= command.number <= numbered:
        raise RefusedError(
            f"there is no message {command.number} to channel {channel.name} (the last is {numbered}); have the other "
            "side look which message it means",
            code="channel.no_message",
        )
    unit.decide(
        NoteAnswer(
            message=f"{channel.name}:{command.number}", verdict=command.verdict, says=command.says, at=command.at
        )
    )
