"""One commit as data: everything one use case changes, for a store to apply wholly or not at all.

It carries the new state and the new events of every stream it touches, the moves of stock, the tasks for outside
effects, and the command key under which its answer is remembered. Text in, text out: a store never looks inside a
state or an event.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from omscore.ids import PersonId
from omscore.quantities import Move
from omscore.records import frozen


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


@frozen(kw_only=True)
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


@frozen(kw_only=True)
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


@frozen(kw_only=True)
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


@frozen(kw_only=True)
class Claim:
    """A unique outside name taken for a stream, such as `reference:web:1001` for an order."""

    name: str
    stream: str


@frozen(kw_only=True)
class VaultWrite:
    """One personal document of one person, kept beside the log and never in it."""

    person_id: PersonId
    name: str
    body: str


class SeenStream(NamedTuple):
    """A stream that was looked at and is not written to, with its version. Units: versions count from 1."""

    stream: str
    version: int


@frozen(kw_only=True)
class Commit:
    """Everything one use case changes, applied atomically or refused whole.

    Shape: streams are distinct; `moves` is the concatenation of the moves of all events, in event order.
    Holds: the streams of `unchanged` are still at these versions when the commit is made, and until it is; one that is
    not makes the whole commit fail with ConflictError, like a change of another version.
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
    unchanged: tuple[SeenStream, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to write, not even an answer to remember."""
        return not (self.changes or self.settlements or self.command_key or self.vault or self.tasks)


def chained(previous: str, record: EventRecord) -> str:
    """The seal of a stream after one more event: 32 hex digits over the previous seal and everything in the record.

    >>> from datetime import UTC
    >>> len(chained("", EventRecord("Placed", datetime(2026, 3, 1, tzinfo=UTC), "{}")))
    32
    """
    return sealed(previous, record.name, record.at.isoformat(), record.body)


def sealed(previous: str, name: str, moment: str, body: str) -> str:
    """The same from the parts of a record, for a store that has the moment as text already."""
    return sha256(f"{previous}\n{name}\n{moment}\n{body}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
