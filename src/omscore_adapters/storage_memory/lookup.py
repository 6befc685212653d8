"""The reading half of the port over dictionaries: a store's own, or a copy of them as they were at one moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from threading import RLock

from omscore.ids import PersonId
from omscore.ports.storage import (
    Checkpoint,
    Claim,
    Glance,
    Head,
    IndexEntry,
    StockLevel,
    StoredAnswer,
    StoredEvent,
    StoredState,
    StoredStream,
    Task,
)
from omscore_adapters.storage_common import glance_by_parts
from omscore_adapters.storage_memory.tables import Tables


class MemoryLookup:
    """What can be read of a store; see `omscore.ports.reading.StorageReading` for what each method promises."""

    def __init__(self, tables: Tables, lock: RLock) -> None:
        self._tables = tables
        self._lock = lock

    def load(self, streams: Sequence[str], have: Mapping[str, int]) -> dict[str, StoredState]:
        found: dict[str, StoredState] = {}
        with self._lock:
            for name in streams:
                row = self._tables.streams.get(name)
                if row is not None:
                    found[name] = StoredState(row.version, None if have.get(name, 0) == row.version else row.state)
        return found

    def stock(self, skus: Sequence[str]) -> tuple[StockLevel, ...]:
        with self._lock:
            return tuple(level for sku in sorted(set(skus)) for level in self._tables.levels_of(sku))

    def glance(
        self,
        streams: Sequence[str],
        have: Mapping[str, int],
        skus: Sequence[str],
        documents: Sequence[tuple[PersonId, str]],
    ) -> Glance:
        with self._lock:
            return glance_by_parts(self, streams, have, skus, documents)

    def answer(self, command_key: str) -> StoredAnswer | None:
        return self._tables.answers.get(command_key)

    def known(self, command_keys: Sequence[str]) -> dict[str, StoredAnswer]:
        with self._lock:
            answers = self._tables.answers
            return {key: answers[key] for key in command_keys if key in answers}

    def claimed(self, name: str) -> str | None:
        return self._tables.claims.get(name)

    def listed(self, name: str, key: str, *, limit: int = 1000) -> tuple[str, ...]:
        with self._lock:
            entries = sorted(self._tables.index.get((name, key), ()))
        return tuple(stream for _, stream in entries[: max(limit, 0)])

    def next_due(self) -> datetime | None:
        with self._lock:
            return self._tables.tasks.next_due()

    def task(self, task_id: str) -> Task | None:
        with self._lock:
            return self._tables.tasks.find(task_id)

    def tasks(self, state: str, *, limit: int = 1000) -> tuple[Task, ...]:
        with self._lock:
            return tuple(self._tables.tasks.in_state(state)[: max(limit, 0)])

    def vault_get(self, person_id: PersonId, name: str) -> str | None:
        return self._tables.vault.get(person_id, {}).get(name)

    def vault_names(self, person_id: PersonId) -> tuple[str, ...]:
        with self._lock:
            return tuple(sorted(self._tables.vault.get(person_id, ())))

    def events(self, *, stream: str | None = None) -> Iterator[StoredEvent]:
        return iter(self._tables.events if stream is None else self._tables.events_of.get(stream, ()))

    def streams(self, prefix: str = "") -> Iterator[StoredStream]:
        names = sorted(name for name in self._tables.streams if name.startswith(prefix))
        return (self._tables.streams[name] for name in names)

    def stock_levels(self) -> Iterator[StockLevel]:
        return (level for sku in sorted(self._tables.stock) for level in self._tables.levels_of(sku))

    def index_entries(self) -> Iterator[tuple[str, IndexEntry]]:
        entries = [
            (stream, IndexEntry(name, key, sort))
            for (name, key), lines in self._tables.index.items()
            for sort, stream in lines
        ]
        return iter(sorted(entries))

    def all_tasks(self) -> Iterator[Task]:
        return iter(self._tables.tasks.by_id())

    def answers(self) -> Iterator[tuple[str, StoredAnswer]]:
        return iter(sorted(self._tables.answers.items()))

    def claims(self) -> Iterator[Claim]:
        return (Claim(name=name, stream=stream) for name, stream in sorted(self._tables.claims.items()))

    def checkpoints(self) -> Iterator[Checkpoint]:
        return iter(self._tables.checkpoints)

    def heads(self) -> Iterator[Head]:
        return iter(sorted(self._tables.heads, key=lambda head: (head.stream, head.version, head.number)))

    def counts(self) -> dict[str, int]:
        with self._lock:
            return self._tables.counts()

    def check_files(self) -> tuple[str, ...]:
        """Always empty: there are no files."""
        return ()
