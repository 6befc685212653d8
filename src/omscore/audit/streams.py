"""One stream read back from its log: numbered without gaps, sealed event by event, and replayed to its record.

Where the log cannot be trusted the stored record is taken instead, so that one broken event does not make every other
law seem broken too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from omscore.audit.difference import difference
from omscore.audit.findings import Findings, Law
from omscore.codec import Codec
from omscore.engine.context import Context
from omscore.engine.contexts import BY_PREFIX, MOVING
from omscore.errors import DamageError, InputError, OmsError
from omscore.ports.repairs import StateCure
from omscore.ports.storage import EventRecord, StoredEvent, StoredStream, chained
from omscore.quantities import Move
from omscore.records import frozen


@frozen(kw_only=True)
class Replayed:
    """A stream as its events tell it.

    Shape: `state` is None when neither the log nor the stored text makes a record; `moves` are those of all events that
    could be read; `is_trusted` when the log is whole and bears its seals, so that what follows from it is certain.
    """

    stream: str
    version: int
    is_trusted: bool
    context: Context
    state: Any
    events: tuple[Any, ...]
    moves: tuple[Move, ...]

    @property
    def owner(self) -> str:
        """Whose ledger tells what the moves did to the value of the stock: the order's, or the stock document's."""
        first = self.events[0] if self.events else self.state
        return str(getattr(first, "order_id", self.stream.partition("/")[2]))


def replayed(stored: StoredStream, log: Iterable[StoredEvent], codec: Codec, found: Findings) -> Replayed | None:
    """The stream with its record, its events and their moves; None for a stream of no known sort."""
    context = BY_PREFIX.get(stored.stream.partition("/")[0])
    if context is None:
        found.add(Law.LOG, stored.stream, f"there is no such sort of stream; known are {', '.join(BY_PREFIX)}")
        return None
    reading = _Reading(stored.stream, context, codec, found)
    try:
        for event in log:
            reading.read(event)
    except DamageError as error:
        found.add(Law.FILE, f"{stored.stream} event {reading.version + 1}", str(error))
        reading.is_sealed = reading.is_complete = False
    else:
        reading.end(stored)
    state = reading.state
    is_trusted = reading.is_sealed and reading.is_complete and reading.is_closed
    if not (reading.is_sealed and reading.is_complete):
        state = _stored(stored, context, codec, found)
    elif (text := codec.text(state)) != stored.state:
        cure = StateCure(stream=stored.stream, version=stored.version, state=text) if is_trusted else None
        found.add(Law.REPLAY, f"{stored.stream} version {stored.version}", difference(stored.state, text), cure)
    return Replayed(
        stream=stored.stream,
        version=stored.version,
        is_trusted=is_trusted,
        context=context,
        state=state,
        events=tuple(reading.events),
        moves=tuple(reading.moves),
    )


class _Reading:
    """One log being read. `is_sealed` and `is_complete` say whether its replay can be believed, `is_closed` whether the
    stream bears the seal of its last event.
    """

    def __init__(self, stream: str, context: Context, codec: Codec, found: Findings) -> None:
        self._stream = stream
        self._context = context
        self._codec = codec
        self._found = found
        self._chain = ""
        self.version = 0
        self.state: Any = None
        self.events: list[Any] = []
        self.moves: list[Move] = []
        self.is_sealed = True
        self.is_complete = True
        self.is_closed = True

    def read(self, event: StoredEvent) -> None:
        """Check the event's number and seal, then apply it."""
        _, _, version, name, at, body, chain = event
        if version != self.version + 1:
            self._broken(self.version + 1, f"is missing; the log goes on with event {version}")
        elif chain != chained(self._chain, EventRecord(name, at, body)):
            self._found.add(
                Law.LOG, self._at(version), f"{name} does not bear its seal; it was changed after it was recorded"
            )
            self.is_sealed = False
        self.version, self._chain = version, chain
        try:
            fact = self._codec.event(name, at, body)
        except DamageError as error:
            self._unreadable(version, error)
            return
        belongs = type(fact) in self._context.events and self._context.stream(self._context.id_of(fact))
        if belongs != self._stream:
            self._broken(version, f"{name} does not belong here" + (f"; it is about {belongs}" if belongs else ""))
            return
        self._apply(version, fact)

    def end(self, stored: StoredStream) -> None:
        """Check that the log ends where the stream says it does."""
        if self.version != stored.version:
            self._found.add(
                Law.LOG, self._stream, f"the stream is at version {stored.version}, its log ends at {self.version}"
            )
            self.is_complete = False
        elif self._chain != stored.chain:
            self._found.add(Law.LOG, self._stream, f"the stream's seal is not that of its last event {self.version}")
            self.is_closed = False

    def _apply(self, version: int, fact: Any) -> None:
        try:
            if type(fact) in MOVING:
                self.moves.extend(fact.moves())
            self.events.append(fact)
            if self.is_complete:
                self.state = self._context.evolve(self.state, fact)
        except Exception as error:  # a changed event may break anything that trusted it
            reason = str(error) if isinstance(error, OmsError) else repr(error)
            self._found.add(
                Law.REPLAY, self._at(version), f"{type(fact).__name__} does not fit what came before: {reason}"
            )
            self.is_complete = False

    def _unreadable(self, version: int, error: DamageError) -> None:
        cause = error.__cause__
        if isinstance(cause, InputError) and cause.code == "journal.unbalanced":
            self._found.add(Law.BOOKS, self._at(version), str(cause))
        else:
            self._found.add(Law.LOG, self._at(version), str(error))
        self.is_complete = False

    def _broken(self, version: int, says: str) -> None:
        self._found.add(Law.LOG, self._at(version), says)
        self.is_complete = False

    def _at(self, version: int) -> str:
        return f"{self._stream} event {version}"


def _stored(stored: StoredStream, context: Context, codec: Codec, found: Findings) -> Any:
    try:
        return codec.record(stored.state, context.state)
    except DamageError as error:
        found.add(Law.REPLAY, f"{stored.stream} version {stored.version}", str(error))
        return None
