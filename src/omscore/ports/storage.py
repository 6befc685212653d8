"""What a store must do: apply one `Commit` wholly or not at all, and give back what was committed.

A commit is data. It carries the new state and the new events of every stream it touches, the moves of stock, the
tasks for outside effects, and the command key under which its answer is remembered. Text in, text out: a store never
looks inside a state or an event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple, Protocol

import attrs

from omscore.ids import PersonId
from omscore.quantities import Move, StockState


class EventRecord(NamedTuple):
    """One fact as it is written: its name, its moment and its JSON body."""

    name: str
    at: datetime
    body: str


class IndexEntry(NamedTuple):
    """One line of an index: streams can be listed by (name, key) in the order of `sort`."""

    name: str
    key: str
    sort: str


@attrs.frozen(kw_only=True)
class StreamChange:
    """The next version of one stream: events appended, state replaced, index entries added and dropped.

    Units: expected_version counts the events already in the stream; 0 means the stream must not exist.
    """

    stream: str
    expected_version: int
    state: str
    events: tuple[EventRecord, ...]
    listed: tuple[IndexEntry, ...] = ()
    unlisted: tuple[IndexEntry, ...] = ()


@attrs.frozen(kw_only=True)
class TaskRequest:
    """An outside effect to be tried from `due_at` on; a task id that exists already is left as it is."""

    task_id: str
    kind: str
    due_at: datetime
    payload: str


class TaskOutcome(StrEnum):
    """What became of one attempt at a task."""

    DONE = "done"
    RETRY = "retry"
    DEAD = "dead"


@attrs.frozen(kw_only=True)
class Settlement:
    """The end of one attempt at a leased task.

    Holds: a settlement counts only while its attempt number is the task's latest (the fence); a stale one makes the
    whole commit fail with ConflictError.
    """

    task_id: str
    attempt: int
    outcome: TaskOutcome
    due_at: datetime | None = None
    note: str = ""


@attrs.frozen(kw_only=True)
class Claim:
    """A unique outside name taken for a stream, such as `reference:web:1001` for an order."""

    name: str
    stream: str


@attrs.frozen(kw_only=True)
class VaultWrite:
    """One personal document of one person, kept beside the log and never in it."""

    person_id: PersonId
    name: str
    body: str


@attrs.frozen(kw_only=True)
class Commit:
    """Everything one use case changes, applied atomically or refused whole.

    Shape: streams are distinct; `moves` is the concatenation of the moves of all events, in event order.
    """

    at: datetime
    command_key: str | None = None
    fingerprint: str = ""
    answer: str = ""
    changes: tuple[StreamChange, ...] = ()
    moves: tuple[Move, ...] = ()
    tasks: tuple[TaskRequest, ...] = ()
    claims: tuple[Claim, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    vault: tuple[VaultWrite, ...] = ()


class StoredState(NamedTuple):
    """The latest version of a stream; `state` is None when the caller already has that version."""

    version: int
    state: str | None


class StoredAnswer(NamedTuple):
    """What a command key was used for: the fingerprint of its content and the answer given."""

    fingerprint: str
    answer: str


class StockLevel(NamedTuple):
    """The units of one SKU in one pool at one location, by state."""

    sku: str
    location: str
    pool: str
    sellable: int = 0
    reserved: int = 0
    allocated: int = 0
    picked: int = 0
    held: int = 0
    damaged: int = 0
    expected: int = 0

    @property
    def on_hand(self) -> int:
        """Units physically there: every state except expected."""
        return self.sellable + self.reserved + self.allocated + self.picked + self.held + self.damaged

    def units(self, state: StockState) -> int:
        count: int = getattr(self, state.value)
        return count


class Task(NamedTuple):
    """A task as stored; `state` is waiting, leased, done or dead."""

    task_id: str
    kind: str
    due_at: datetime
    payload: str
    attempt: int
    state: str
    note: str


class StoredEvent(NamedTuple):
    """One event as stored. `seq` is the order of commits; `chain` seals the stream up to and including this event."""

    seq: int
    stream: str
    version: int
    name: str
    at: datetime
    body: str
    chain: str


class StoredStream(NamedTuple):
    """One stream as stored, for audits; `chain` is the seal of its last event."""

    stream: str
    version: int
    state: str
    chain: str


class Storage(Protocol):
    """One store of one shop.

    Raises: ConflictError when an expected version, a claim of another stream or a settlement's attempt does not hold;
    StockShortError naming every short cell; CommandKeyError for a used key with another fingerprint. In each case
    nothing is changed.
    """

    def load(self, streams: Sequence[str], have: Mapping[str, int]) -> dict[str, StoredState]:
        """The latest version of each stream that exists; its state only where `have` is behind."""
        ...

    def stock(self, skus: Sequence[str]) -> tuple[StockLevel, ...]:
        """All levels of these SKUs, ordered by SKU, location, pool."""
        ...

    def commit(self, commit: Commit) -> str:
        """The answer now remembered under the command key; an equal commit made before gives its answer again."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """Commits made inside become durable at the end, all at once; one failing commit fails alone."""
        ...

    def answer(self, command_key: str) -> StoredAnswer | None: ...

    def claimed(self, name: str) -> str | None:
        """The stream that holds this unique name."""
        ...

    def listed(self, name: str, key: str, *, limit: int = 1000) -> tuple[str, ...]:
        """Streams under one index key, by sort, then stream."""
        ...

    def lease(self, *, now: datetime, until: datetime, limit: int) -> tuple[Task, ...]:
        """Tasks due by `now`, each given to this caller alone until `until` with its attempt counted up; earliest
        first.

        A leased task whose lease has run out is due again.
        """
        ...

    def next_due(self) -> datetime | None:
        """When the earliest waiting task is due."""
        ...

    def tasks(self, state: str, *, limit: int = 1000) -> tuple[Task, ...]:
        """Tasks in one state, by due moment, then id."""
        ...

    def vault_get(self, person_id: PersonId, name: str) -> str | None: ...

    def vault_names(self, person_id: PersonId) -> tuple[str, ...]: ...

    def vault_erase(self, person_id: PersonId) -> int:
        """The number of documents removed, leaving no copy of them in the store's files."""
        ...

    def events(self, *, stream: str | None = None, after: int = 0) -> Iterator[StoredEvent]:
        """The log in commit order, or one stream of it; `after` is a `seq`."""
        ...

    def streams(self, prefix: str = "") -> Iterator[StoredStream]:
        """Every stream whose name starts with `prefix`, by name."""
        ...

    def stock_levels(self) -> Iterator[StockLevel]:
        """Every stock level, by SKU, location, pool."""
        ...

    def index_entries(self) -> Iterator[tuple[str, IndexEntry]]:
        """Every (stream, entry), by stream, then entry."""
        ...

    def counts(self) -> dict[str, int]:
        """How many rows of each sort there are: streams, events, tasks by state (`tasks.waiting`, ...), people."""
        ...

    def check_files(self) -> tuple[str, ...]:
        """What the engine's own integrity check finds; empty when sound."""
        ...

    def close(self) -> None: ...


def chained(previous: str, record: EventRecord) -> str:
    """The seal of a stream after one more event: 32 hex digits over the previous seal and everything in the record.

    >>> from datetime import UTC
    >>> len(chained("", EventRecord("Placed", datetime(2026, 3, 1, tzinfo=UTC), "{}")))
    32
    """
    text = f"{previous}\n{record.name}\n{record.at.isoformat()}\n{record.body}"
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
