"""The intake of a shop: documents in, and every message in them ends as an order, a duplicate, an answer or a reject.

A message is known by its channel and its own id, which also makes the id of its order. So the store itself keeps two
workers from taking it twice, and what came before is found by looking at one order. Interchanges are acknowledged once
all their messages have ended; a program that is killed before that does it when it is given the document again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from omscore.customers.model import RegisterCustomer
from omscore.engine.plans.acknowledging import AcknowledgeInterchange, RecordMessageAnswer
from omscore.errors import InputError, NotFoundError, OmsError, RefusedError, SetupError
from omscore.intake.ends import End, Ending
from omscore.intake.placing import CONTENT, commands_of, complaints_about, digest, order_id_of
from omscore.intake.spool import Rejects
from omscore.inventory.model import ListedItem
from omscore.orders.commands import PlaceOrder
from omscore.orders.model import Order
from omscore.parties import Channel, NewsKind
from omscore.ports.acknowledgements import AcknowledgingChannel, PartnerAnswer
from omscore.ports.channels import ChannelMessage, ChannelPort, Complaint
from omscore.ports.news import TellingChannel

if TYPE_CHECKING:  # the shop itself erases rejects when it forgets somebody
    from omscore.app import Oms

AT_ONCE = 100
"""How many messages are made durable together."""


class Intake:
    """Takes documents of the channels a shop has formats for."""

    def __init__(self, oms: Oms, rejects: Rejects) -> None:
        self.rejects = rejects
        self._oms = oms

    def port(self, channel: str) -> ChannelPort:
        """The format of a channel. Raises: NotFoundError naming the channels that have one."""
        if channel not in self._oms.channels:
            known = ", ".join(sorted(self._oms.channels)) or "none"
            raise NotFoundError(
                f"channel {channel!r} has no format; add [intake.{channel}.FORMAT] to the shop.toml. Channels with "
                f"one: {known}",
                code="intake.channel",
            )
        return self._oms.channels[channel]

    def take(
        self, document: bytes, channel: str, *, progress: Callable[[int, int], None] | None = None
    ) -> tuple[End, ...]:
        """The end of every message of a document, in their order.

        Shape: `progress` hears how many messages have ended, and of how many. A document nobody can read is one
        message of its own. Given again after a crash it ends the same; what was taken already is a duplicate.
        Raises: NotFoundError for a channel without a format; SetupError when a reject cannot be kept.
        """
        ends = self._take(document, channel, progress=progress)
        self._acknowledge(document, channel)
        return ends

    def _take(
        self, document: bytes, channel: str, *, progress: Callable[[int, int], None] | None = None
    ) -> tuple[End, ...]:
        port = self.port(channel)
        kind = self._oms.shop.channel(channel)
        try:
            messages = port.read(document)
        except InputError as error:
            messages = (ChannelMessage(message_id="", content=document, complaints=(Complaint(0, str(error)),)),)
        ends: list[End] = []
        for pile in _piles(messages):
            ends.extend(self._pile(pile, kind))
            if progress is not None:
                progress(len(ends), len(messages))
        return tuple(ends)

    def again(self, reject_id: str) -> tuple[End, ...]:
        """What a reject comes to now: as it is kept, or as a person has corrected its payload. One that does not end
        as a reject any more is dropped; where its content has changed, so is its old version.

        Raises: NotFoundError when there is no such reject; RefusedError when it was erased.
        """
        reject = self.rejects.find(reject_id)
        if reject.is_erased:
            raise RefusedError(
                f"reject {reject_id} spoke of somebody who was forgotten, and is erased; have the message sent again",
                code="intake.erased",
            )
        # What is kept is a part of an interchange, which was acknowledged when all of it came.
        ends = self._take(self.rejects.content(reject_id), reject.channel)
        if all(end.reject_id != reject_id for end in ends):
            self.rejects.drop(reject_id)
        return ends

    def _acknowledge(self, document: bytes, channel: str) -> None:
        """Acknowledge the interchanges of a document, as far as the channel does that and they are not yet."""
        port = self.port(channel)
        if not isinstance(port, TellingChannel) or NewsKind.ACKNOWLEDGEMENT not in port.tells:
            return
        if not isinstance(port, AcknowledgingChannel):
            return
        try:
            found = port.checked(document)
        except InputError:
            return  # the whole document is a reject, and nobody can be told whose it is
        for each in found:
            self._oms.do(AcknowledgeInterchange(channel=channel, interchange=each, at=self._oms.clock.now()))

    def _pile(self, messages: Iterable[ChannelMessage], channel: Channel) -> list[End]:
        """The ends of messages with different ids, of which those that can be orders are made durable together."""
        ends: dict[int, End] = {}
        asked: list[tuple[int, ChannelMessage, int]] = []
        commands: list[RegisterCustomer | PlaceOrder] = []
        for number, message in enumerate(messages):
            ready = self._ready(message, channel)
            if isinstance(ready, End):
                ends[number] = ready
                continue
            commands.extend(ready)
            asked.append((number, message, len(commands) - 1))
        results = self._oms.do_many(commands) if commands else ()
        for number, message, at in asked:
            placed = results[at]
            if isinstance(placed, OmsError):
                # Another worker may have been faster with the same message.
                known = self._known(message, channel)
                ends[number] = known or self._rejected(message, channel, (Complaint(0, str(placed)),))
            else:
                order_id = order_id_of(channel.name, message.message_id)
                ends[number] = End(ending=Ending.TAKEN, message_id=message.message_id, order_id=order_id)
        return [ends[number] for number in sorted(ends)]

    def _ready(
        self, message: ChannelMessage, channel: Channel
    ) -> End | tuple[PlaceOrder] | tuple[RegisterCustomer, PlaceOrder]:
        """The commands that take a message, or its end where it has one."""
        if message.answer is not None:
            return self._answered(message, message.answer, channel)
        if message.message_id and (known := self._known(message, channel)):
            return known
        order = message.order
        if order is None:
            return self._rejected(message, channel, message.complaints)
        try:
            complaints = [*message.complaints, *complaints_about(order, channel), *self._unknown(message)]
            if complaints:
                return self._rejected(message, channel, complaints)
            person, place = commands_of(
                order,
                channel,
                message_id=message.message_id,
                content=digest(message.content),
                at=self._oms.clock.now(),
            )
        except InputError as error:
            return self._rejected(message, channel, (Complaint(0, str(error)),))
        return (place,) if person is None else (person, place)

    def _answered(self, message: ChannelMessage, answer: PartnerAnswer, channel: Channel) -> End:
        """The end of an acknowledgement of ours: it is noted beside the message, or rejected when there is no such."""
        noted = RecordMessageAnswer(
            channel=channel.name,
            number=answer.number,
            verdict=answer.verdict,
            says=answer.says,
            at=self._oms.clock.now(),
        )
        try:
            self._oms.do(noted)
        except (RefusedError, InputError) as error:
            return self._rejected(message, channel, (Complaint(0, str(error)),))
        return End(ending=Ending.ANSWER, message_id=message.message_id, answer=answer)

    def _known(self, message: ChannelMessage, channel: Channel) -> End | None:
        """The end of a message whose id was taken before: a duplicate, or a reject that says it differs."""
        order_id = order_id_of(channel.name, message.message_id)
        try:
            order = self._oms.look(Order, order_id)
        except NotFoundError:
            return None
        if dict(order.attributes).get(CONTENT) == digest(message.content):
            return End(ending=Ending.DUPLICATE, message_id=message.message_id, order_id=order_id)
        says = (
            f"message {message.message_id} is order {order_id} already, and says something else now; change the order "
            "by hand, or have the message sent under an id of its own"
        )
        return self._rejected(message, channel, (Complaint(0, says), *message.complaints))

    def _unknown(self, message: ChannelMessage) -> Iterator[Complaint]:
        """The lines whose articles the shop does not have, so that all of them are told at once."""
        for line in message.order.lines if message.order else ():
            try:
                self._oms.look(ListedItem, line.sku)
            except NotFoundError:
                yield Complaint(line.number, f"there is no article {line.sku!r}; list it, or map its name to one")

    def _rejected(self, message: ChannelMessage, channel: Channel, complaints: Iterable[Complaint]) -> End:
        told = tuple(complaints)
        reject_id = self.rejects.keep(channel.name, message.message_id, message.content, told, at=self._oms.clock.now())
        return End(ending=Ending.REJECTED, message_id=message.message_id, reject_id=reject_id, complaints=told)


def _piles(messages: Iterable[ChannelMessage]) -> Iterator[list[ChannelMessage]]:
    """The messages in their order, in piles without an id twice: the second must see what became of the first."""
    pile: dict[str, ChannelMessage] = {}
    for number, message in enumerate(messages):
        # A message without an id is known by its place: each of them is one of its own.
        key = f"id {message.message_id}" if message.message_id else f"number {number}"
        if key in pile or len(pile) == AT_ONCE:
            yield list(pile.values())
            pile = {}
        pile[key] = message
    if pile:
        yield list(pile.values())


def open_intake(oms: Oms) -> Intake:
    """The intake of an open shop, with the formats its shop.toml names; they are open as long as the shop is.

    Raises: SetupError when the shop has no format.
    """
    shop = oms.shop
    if not oms.channels or shop.rejects is None:
        raise SetupError(
            f"no channel has a format; add a table such as [intake.{shop.channels[0].name}.table] to the shop.toml",
            path="intake",
        )
    return Intake(oms, Rejects(shop.rejects))
