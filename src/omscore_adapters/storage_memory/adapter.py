"""The storage port over dictionaries.

Every write goes through one undo log, so a refused commit is taken back to where it began and a failed group to where
the group began: all or nothing, as in a database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import RLock
from typing import TypeVar

from omscore.errors import OmsError
from omscore.ids import PersonId
from omscore.ports.storage import (
    Commit,
    IndexEntry,
    StockLevel,
    StoredAnswer,
    StoredEvent,
    StoredState,
    StoredStream,
    Task,
)
from omscore_adapters.storage_common import answer_or_error
from omscore_adapters.storage_memory.tables import Tables

T = TypeVar("T")


class MemoryStorage:
    """A store that ends with its program; see `omscore.ports.storage.Storage` for what each method promises.

    Shape: an iterator may be read while nothing is written.

    >>> MemoryStorage().counts()["streams"]
    0
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._in_group = False
        self._tables = Tables()

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

    def commit(self, commit: Commit) -> str:
        return self._write(lambda: self._tables.write(commit))

    def commit_many(self, commits: Sequence[Commit]) -> tuple[str | OmsError, ...]:
        with self.together():
            return tuple(answer_or_error(self.commit, commit) for commit in commits)

    @contextmanager
    def together(self) -> Iterator[None]:
        """An exception that leaves the block takes every commit of the group back; a block within a block joins it."""
        with self._lock:
            if self._in_group:
                yield
                return
            self._in_group = True
            try:
                yield
            except BaseException:
                self._tables.undo.back_to(0)
                raise
            finally:
                self._in_group = False
                self._tables.undo.forget()

    def answer(self, command_key: str) -> StoredAnswer | None:
        return self._tables.answers.get(command_key)

    def claimed(self, name: str) -> str | None:
        return self._tables.claims.get(name)

    def listed(self, name: str, key: str, *, limit: int = 1000) -> tuple[str, ...]:
        with self._lock:
            entries = sorted(self._tables.index.get((name, key), ()))
        return tuple(stream for _, stream in entries[: max(limit, 0)])

    def lease(self, *, now: datetime, until: datetime, limit: int) -> tuple[Task, ...]:
        return self._write(lambda: self._tables.tasks.lease(now=now, until=until, limit=max(limit, 0)))

    def extend(self, task_id: str, attempt: int, *, until: datetime) -> bool:
        return self._write(lambda: self._tables.tasks.extend(task_id, attempt, until=until))

    def revive(self, task_id: str, *, due_at: datetime) -> bool:
        return self._write(lambda: self._tables.tasks.revive(task_id, due_at=due_at))

    def drop(self, task_id: str, *, note: str) -> bool:
        return self._write(lambda: self._tables.tasks.drop(task_id, note=note))

    def next_due(self) -> datetime | None:
        with self._lock:
            return self._tables.tasks.next_due()

    def tasks(self, state: str, *, limit: int = 1000) -> tuple[Task, ...]:
        with self._lock:
            return tuple(self._tables.tasks.in_state(state)[: max(limit, 0)])

    def vault_get(self, person_id: PersonId, name: str) -> str | None:
        return self._tables.vault.get(person_id, {}).get(name)

    def vault_names(self, person_id: PersonId) -> tuple[str, ...]:
        with self._lock:
            return tuple(sorted(self._tables.vault.get(person_id, ())))

    def vault_erase(self, person_id: PersonId) -> int:
        return self._write(lambda: self._tables.erase(person_id))

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

    def counts(self) -> dict[str, int]:
        with self._lock:
            return self._tables.counts()

    def check_files(self) -> tuple[str, ...]:
        """Always empty: there are no files."""
        return ()

    def close(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._tables = Tables()

    def _write(self, step: Callable[[], T]) -> T:
        with self._lock:
            undo = self._tables.undo
            mark = undo.mark()
            try:
                result = step()
            except BaseException:
                undo.back_to(mark)
                raise
            if not self._in_group:
                undo.forget()
            return result
