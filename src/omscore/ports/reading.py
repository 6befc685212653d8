"""What can be read of a store: by the engine while it works, and as a whole by whoever audits or exports it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from omscore.ids import PersonId
from omscore.ports.checkpoints import Checkpoint, Head
from omscore.ports.commits import Claim, IndexEntry
from omscore.ports.rows import Glance, StockLevel, StoredAnswer, StoredEvent, StoredState, StoredStream, Task


class StorageReading(Protocol):
    """The reading half of a store; iterators hold a few rows at a time."""

    def load(self, streams: Sequence[str], have: Mapping[str, int]) -> dict[str, StoredState]:
        """The latest version of each stream that exists; its state only where `have` is behind."""
        ...

    def stock(self, skus: Sequence[str]) -> tuple[StockLevel, ...]:
        """All levels of these SKUs, ordered by SKU, location, pool."""
        ...

    def glance(
        self,
        streams: Sequence[str],
        have: Mapping[str, int],
        skus: Sequence[str],
        documents: Sequence[tuple[PersonId, str]],
    ) -> Glance:
        """What `load`, `stock` and `vault_get` would give for all of these, in as few questions as the store can."""
        ...

    def answer(self, command_key: str) -> StoredAnswer | None: ...

    def known(self, command_keys: Sequence[str]) -> dict[str, StoredAnswer]:
        """The answers of those of many command keys that were used before, in as few questions as the store can."""
        ...

    def claimed(self, name: str) -> str | None:
        """The stream that holds this unique name."""
        ...

    def listed(self, name: str, key: str, *, limit: int = 1000) -> tuple[str, ...]:
        """Streams under one index key, by sort, then stream."""
        ...

    def next_due(self) -> datetime | None:
        """When the earliest waiting task is due."""
        ...

    def task(self, task_id: str) -> Task | None:
        """One task, in whatever state; None when it was never asked for."""
        ...

    def tasks(self, state: str, *, limit: int = 1000) -> tuple[Task, ...]:
        """Tasks in one state, by due moment, then id."""
        ...

    def vault_get(self, person_id: PersonId, name: str) -> str | None: ...

    def vault_names(self, person_id: PersonId) -> tuple[str, ...]: ...

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

    def all_tasks(self) -> Iterator[Task]:
        """Every task in whatever state, by id."""
        ...

    def answers(self) -> Iterator[tuple[str, StoredAnswer]]:
        """Every (command key, answer), by key."""
        ...

    def claims(self) -> Iterator[Claim]:
        """Every unique name with the stream that holds it, by name."""
        ...

    def checkpoints(self) -> Iterator[Checkpoint]:
        """Every checkpoint, by number."""
        ...

    def heads(self) -> Iterator[Head]:
        """The heads of all checkpoints, by stream, then version."""
        ...

    def counts(self) -> dict[str, int]:
        """How many rows of each sort there are: streams, events, answers, claims, people, tasks by state such as
        `tasks.waiting`."""
        ...

    def check_files(self) -> tuple[str, ...]:
        """What the store finds wrong with its files and with rows that bear a seal of their own; empty when sound."""
        ...
