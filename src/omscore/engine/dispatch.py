"""One command in, one commit out: keyed, retried when somebody else was faster, answered the same when asked again."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from hashlib import sha256
from operator import attrgetter
from threading import local
from typing import Any

from omscore.engine.desk import Desk
from omscore.engine.plans.wishes import CloseDay, SchedulePickup
from omscore.engine.reader import Reader
from omscore.engine.unit import Unit
from omscore.errors import (
    CommandKeyError,
    ConflictError,
    InputError,
    OmsError,
    PortError,
    PortUnknownError,
    StockShortError,
)
from omscore.flows.world import Later
from omscore.inventory.commands import AdjustStock, CountStock, ReceiveStock, SendTransfer
from omscore.orders.commands import PlaceOrder
from omscore.payments.callbacks import RecordCallback
from omscore.ports.storage import Commit, Settlement
from omscore.records import frozen, maker

_CLASS_NAME = attrgetter("__class__.__name__")

_AT, _AT_AND_ID = frozenset({"at"}), frozenset({"at", "order_id"})

_DOCUMENTS = (ReceiveStock, AdjustStock, CountStock, SendTransfer)
"""Commands that are a document of their own, which can be sent again but is booked once."""

MOST_TRIES = 8
"""How often a unit of work is computed again when its commit meets somebody else's."""


@frozen(kw_only=True)
class Recorded:
    """What a command came to: the streams it wrote, with their versions, and the names of its events in order.

    Shape: empty when there was nothing left to do.
    """

    streams: tuple[tuple[str, int], ...] = ()
    events: tuple[str, ...] = ()

    def id_of(self, prefix: str) -> str:
        """The id of the first stream of a sort, such as `order`; empty when none was written."""
        return next((name.partition("/")[2] for name, _ in self.streams if name.startswith(f"{prefix}/")), "")


_new_recorded = maker(Recorded)


class Dispatcher:
    """Runs commands against one desk, and lets its reader keep what they leave."""

    def __init__(self, desk: Desk, reader: Reader) -> None:
        self.desk = desk
        self.reader = reader
        self._groups = _Groups()

    def run(
        self, command: Any, *, at: datetime, key: str | None = None, settlements: tuple[Settlement, ...] = ()
    ) -> Recorded:
        """The answer of a command, now durable (or durable with its group, inside `together`).

        Raises: what the core refuses; ConflictError when it was outrun eight times in a row; PortUnknownError when the
        answer of the commit was lost and there is no key to look it up by, or nobody to ask.
        """
        key = key or own_key(command)
        fingerprint = self.fingerprint(command) if key else ""
        foresee = self.desk.foreseen.get(type(command))
        lost: PortUnknownError | None = None
        for tried in range(1, MOST_TRIES + 1):
            unit = Unit(self.desk, at, again=tried > 1)
            try:
                if foresee is not None:
                    foreseen = foresee(command)
                    unit.foresee(self.reader.see(foreseen.streams, foreseen.skus, foreseen.people), foreseen)
                unit.run(command)
            except PortError:
                raise
            except OmsError as error:
                # A command that was made before is mostly no longer possible; its answer stands. It is not looked up
                # beforehand, because that costs every new command a reading and the commit would find it all the same.
                known = self.answered(key, fingerprint, command)
                if known is not None:
                    return known
                # Records are read one after the other. What does not fit together because somebody else's commit came
                # between two of them is no reason to refuse anything.
                if isinstance(error, InputError) or tried == MOST_TRIES or not unit.is_outrun():
                    raise
                continue
            answer, commit = self.outcome(unit, key=key, fingerprint=fingerprint, settlements=settlements)
            if commit.is_empty:
                return answer
            try:
                text = self.desk.storage.commit(commit)
            except CommandKeyError as error:
                raise self.used_before(key, command) from error
            except (ConflictError, StockShortError):
                if tried == MOST_TRIES:
                    raise
                continue
            except PortUnknownError as error:
                lost = error
                known = self._looked_up(key, fingerprint, command, error)
                if known is not None:
                    return known
                if tried == MOST_TRIES:
                    raise
                continue  # should it come through after all, the key sees to it that one of the two is made
            except PortError as error:
                if lost is not None:  # nothing happened this time, but nobody knows about the time before
                    raise lost from error
                raise
            if text != commit.answer:  # an equal command was faster: its answer stands
                return self.desk.codec.record(text, Recorded)
            self.reader.remember(commit, unit.records)
            return answer
        raise AssertionError("unreachable")

    def outcome(
        self, unit: Unit, *, key: str | None, fingerprint: str, settlements: tuple[Settlement, ...] = ()
    ) -> tuple[Recorded, Commit]:
        """What a unit that has run its command comes to: the answer, and the commit that remembers it under the key."""
        answer = _new_recorded(streams=tuple(unit.changed().items()), events=tuple(map(_CLASS_NAME, unit.events)))
        text = self.desk.codec.text(answer) if key else ""
        return answer, unit.commit(key=key, fingerprint=fingerprint, answer=text, settlements=settlements)

    def settle(self, settlements: Iterable[Settlement], *, at: datetime, later: Iterable[Later] = ()) -> None:
        """Settle tasks that need nothing recorded, and ask for others in the same commit."""
        unit = Unit(self.desk, at)
        for each in later:
            unit.later(each)
        self.desk.storage.commit(unit.commit(key=None, fingerprint="", answer="", settlements=tuple(settlements)))

    def together(self) -> AbstractContextManager[None]:
        """Commands run inside become durable at the end, all at once."""
        return _Together(self, self._groups)

    @property
    def is_grouping(self) -> bool:
        """True inside `together`, for the thread that asks."""
        return self._groups.open > 0

    def fingerprint(self, command: Any) -> str:
        """The content of a command without its moment, which differs when a message is sent again."""
        told_anew = _AT_AND_ID if isinstance(command, PlaceOrder) and command.reference else _AT
        text = self.desk.codec.content(command, leave_out=told_anew)
        return sha256(text.encode()).hexdigest()[:32]

    def answered(self, key: str | None, fingerprint: str, command: Any) -> Recorded | None:
        """The answer that stands under a key. Raises: CommandKeyError when it was used for something else."""
        known = self.desk.storage.answer(key) if key is not None else None
        if known is None:
            return None
        if known.fingerprint != fingerprint:
            raise self.used_before(key, command)
        return self.desk.codec.record(known.answer, Recorded)

    def used_before(self, key: str | None, command: Any) -> CommandKeyError:
        """The refusal of a command whose key stands for something else."""
        return CommandKeyError(_used_before(key, command), command_key=key)

    def _looked_up(self, key: str | None, fingerprint: str, command: Any, error: PortUnknownError) -> Recorded | None:
        """The answer of a commit whose outcome is open; None when it was not made so far.

        Raises: the error itself where there is nothing to look up, or nobody to ask.
        """
        if key is None or self.is_grouping:
            raise error
        try:
            return self.answered(key, fingerprint, command)
        except PortError:
            raise error from None


class _Groups(local):
    """How many groups of commits the thread has open, one inside the other."""

    open = 0


class _Together(AbstractContextManager[None]):
    """A group of commits; what it leaves is kept from other threads until it stands."""

    def __init__(self, dispatcher: Dispatcher, groups: _Groups) -> None:
        self._reader = dispatcher.reader
        self._groups = groups
        self._group: AbstractContextManager[None] = dispatcher.desk.storage.together()

    def __enter__(self) -> None:
        self._group.__enter__()
        if not self._groups.open:
            self._reader.begin_group()
        self._groups.open += 1

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool | None:
        self._groups.open -= 1
        stands = False
        try:
            is_handled = self._group.__exit__(kind, error, trace)
            stands = kind is None
        finally:
            if not self._groups.open:
                self._reader.end_group(stands=stands)
        return is_handled


def own_key(command: Any) -> str | None:
    """What makes a command unique without any key from the caller: a channel's own order number an order, the id of a
    document what it does to the stock, a provider's own event id a callback, the id of a manifest or a pickup its
    request.
    """
    if isinstance(command, PlaceOrder) and command.reference:
        return f"place:{command.channel}:{command.reference}"
    if isinstance(command, _DOCUMENTS):
        return f"stock:{command.document_id}"
    if isinstance(command, RecordCallback):
        return f"callback:{command.callback_id}"
    if isinstance(command, CloseDay):
        return f"manifest:{command.manifest_id}"
    if isinstance(command, SchedulePickup):
        return f"pickup:{command.pickup_id}"
    return None


def _used_before(key: str | None, command: Any) -> str:
    """What to say of a key that stands for something else."""
    if key != own_key(command):
        return f"command key {key} was used before with other content; draw a new key for a new command"
    match command:
        case PlaceOrder():
            return (
                f"{command.channel} reference {command.reference} was sent before with other content; "
                "give a new order a reference of its own, and change the first one by commands"
            )
        case RecordCallback():
            return (
                f"callback {command.callback_id} was sent before with other content; every event has an id of its own"
            )
        case CloseDay() | SchedulePickup():
            name = command.manifest_id if isinstance(command, CloseDay) else command.pickup_id
            return f"{name} was asked for before with other content; give each an id of its own"
        case _:
            return (
                f"stock document {command.document_id} was sent before with other content; "
                "give a new document an id of its own"
            )
