"""What a store must do: apply one `Commit` wholly or not at all, and give back what was committed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from omscore.errors import OmsError
from omscore.ids import PersonId
from omscore.ports.commits import (
    Claim,
    Commit,
    EventRecord,
    IndexEntry,
    Settlement,
    StreamChange,
    TaskOutcome,
    TaskRequest,
    VaultWrite,
    chained,
)
from omscore.quantities import StockState

__all__ = [
    "Claim",
    "Commit",
    "EventRecord",
    "IndexEntry",
    "Settlement",
    "StockLevel",
    "Storage",
    "StoredAnswer",
    "StoredEvent",
    "StoredState",
    "StoredStream",
    "StreamChange",
    "Task",
    "TaskOutcome",
    "TaskRequest",
    "TaskState",
    "VaultWrite",
    "chained",
]


class TaskState(StrEnum):
    """Where a task stands: `dead` was given up by the engine, `dropped` by a person."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"
    DROPPED = "dropped"


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
    """A task as stored; `state` is a word of `TaskState`.

    Units: attempt counts every lease there ever was and is the fence of a settlement; `revived` is the attempt at
    which somebody last brought the task back to life, 0 at first.
    """

    task_id: str
    kind: str
    due_at: datetime
    payload: str
    attempt: int
    state: str
    note: str
    revived: int = 0

    @property
    def tries(self) -> int:
        """Attempts since the task was asked for or brought back to life."""
        return self.attempt - self.revived


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

    def commit_many(self, commits: Sequence[Commit]) -> tuple[str | OmsError, ...]:
        """Each commit's answer, or the error it was refused with, in the order given.

        Holds: applied in order, durable together; a refused one fails alone.
        Raises: PortError or ConflictError when the group as a whole failed, so that none of it was made.
        """
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

    def extend(self, task_id: str, attempt: int, *, until: datetime) -> bool:
        """True when the lease of that attempt now lasts until then; False when it is not the attempt in progress."""
        ...

    def revive(self, task_id: str, *, due_at: datetime) -> bool:
        """True when a dead or dropped task waits again, its tries begun anew; False when it is neither."""
        ...

    def drop(self, task_id: str, *, note: str) -> bool:
        """True when a waiting or dead task was dropped for good; False when it is neither."""
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

    def events(self, *, stream: str | None = None) -> Iterator[StoredEvent]:
        """The log by `seq`, or one stream of it by version."""
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
