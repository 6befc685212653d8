"""What a store must do: apply one `Commit` wholly or not at all, and give back what was committed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from omscore.errors import OmsError
from omscore.ids import PersonId
from omscore.ports.checkpoints import Checkpoint, CheckpointSeal, Head
from omscore.ports.commits import (
    Claim,
    Commit,
    EventRecord,
    IndexEntry,
    SeenStream,
    Settlement,
    StreamChange,
    TaskOutcome,
    TaskRequest,
    VaultWrite,
    chained,
    sealed,
)
from omscore.ports.reading import StorageReading
from omscore.ports.rows import (
    Glance,
    StockLevel,
    StoredAnswer,
    StoredEvent,
    StoredState,
    StoredStream,
    Task,
    TaskState,
)

__all__ = [
    "Checkpoint",
    "CheckpointSeal",
    "Claim",
    "Commit",
    "EventRecord",
    "Glance",
    "Head",
    "IndexEntry",
    "SeenStream",
    "Settlement",
    "StockLevel",
    "Storage",
    "StorageReading",
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
    "sealed",
]


class Storage(StorageReading, Protocol):
    """One store of one shop.

    Raises: ConflictError when an expected version, a claim of another stream or a settlement's attempt does not hold;
    StockShortError naming every short cell; CommandKeyError for a used key with another fingerprint. In each case
    nothing is changed.
    """

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

    def vault_erase(self, person_id: PersonId) -> int:
        """The number of documents removed, leaving no copy of them in the store's files."""
        ...

    def checkpoint(self, at: datetime) -> Checkpoint:
        """A new checkpoint over all streams that changed since the last one; the last one itself when none did."""
        ...

    def snapshot(self) -> AbstractContextManager[StorageReading]:
        """Everything committed so far as it stands at this moment, however much is written while it is looked at."""
        ...

    def close(self) -> None: ...
