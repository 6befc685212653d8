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
from omscore.ports.repairs import Cure
from omscore.ports.storage import Checkpoint, Commit, StorageReading, Task
from omscore_adapters.storage_common import answer_or_error, utc
from omscore_adapters.storage_memory.lookup import MemoryLookup
from omscore_adapters.storage_memory.mending import mend
from omscore_adapters.storage_memory.tables import Tables

T = TypeVar("T")


class MemoryStorage(MemoryLookup):
    """A store that ends with its program; see `omscore.ports.storage.Storage` for what each method promises.

    Shape: an iterator may be read while nothing is written.

    >>> MemoryStorage().counts()["streams"]
    0
    """

    def __init__(self) -> None:
        super().__init__(Tables(), RLock())
        self._in_group = False

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

    def lease(self, *, now: datetime, until: datetime, limit: int) -> tuple[Task, ...]:
        return self._write(lambda: self._tables.tasks.lease(now=now, until=until, limit=max(limit, 0)))

    def extend(self, task_id: str, attempt: int, *, until: datetime) -> bool:
        return self._write(lambda: self._tables.tasks.extend(task_id, attempt, until=until))

    def revive(self, task_id: str, *, due_at: datetime) -> bool:
        return self._write(lambda: self._tables.tasks.revive(task_id, due_at=due_at))

    def drop(self, task_id: str, *, note: str) -> bool:
        return self._write(lambda: self._tables.tasks.drop(task_id, note=note))

    def vault_erase(self, person_id: PersonId) -> int:
        return self._write(lambda: self._tables.erase(person_id))

    def checkpoint(self, at: datetime) -> Checkpoint:
        return self._write(lambda: self._tables.checkpoint(utc(at)))

    def mend(self, cures: Sequence[Cure]) -> None:
        self._write(lambda: mend(self._tables, cures))

    def health(self) -> Mapping[str, str]:
        with self._lock:
            return dict(self._tables.health)

    def keep_health(self, adapter: str, merge: Callable[[str | None], str]) -> None:
        tables = self._tables
        self._write(lambda: tables.undo.put(tables.health, adapter, merge(tables.health.get(adapter))))

    @contextmanager
    def snapshot(self) -> Iterator[StorageReading]:
        """Read over a copy of every table, whose rows are shared because they never change."""
        with self._lock:
            tables = self._tables.copy()
        yield MemoryLookup(tables, RLock())

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
