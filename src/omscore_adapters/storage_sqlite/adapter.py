"""The storage port over one SQLite file.

One connection per adapter: the threads of a program take turns at it, and commits that wait for their turn are made
in one transaction; several programs meet in the file. Each takes the write lock at the start of its transaction, so
what it checked still holds when it writes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from threading import RLock

from omscore.errors import ConflictError, OmsError, PortTransientError
from omscore.ids import PersonId
from omscore.ports.repairs import Cure
from omscore.ports.storage import Checkpoint, Commit, StorageReading, Task
from omscore_adapters.storage_combiner import Combiner
from omscore_adapters.storage_common import Shortfall, answer_or_error, checked_text, shortfalls, stock_short, utc
from omscore_adapters.storage_sqlite import statements as sql
from omscore_adapters.storage_sqlite.bulk import NotPlainError, write_plain
from omscore_adapters.storage_sqlite.checkpoints import take_checkpoint
from omscore_adapters.storage_sqlite.connection import connect, connect_to_snapshot, shut
from omscore_adapters.storage_sqlite.lookup import SqliteLookup
from omscore_adapters.storage_sqlite.mending import mend
from omscore_adapters.storage_sqlite.settings import SqliteSettings
from omscore_adapters.storage_sqlite.transactions import Transactions
from omscore_adapters.storage_sqlite.writing import (
    StockMissedError,
    erase_documents,
    lease_tasks,
    moment_text,
    write_commit,
)

_ATTEMPTS = 8


class SqliteStorage(SqliteLookup):
    """A store in one file; see `omscore.ports.storage.Storage` for what each method promises.

    Raises: besides the port's errors SetupError when the file cannot be opened as asked, ConflictError when another
    process holds it longer than the busy timeout, DamageError when it cannot be read, PortTransientError when the disk
    is full and PortUnknownError when it fails in the middle of a commit.
    """

    def __init__(self, settings: SqliteSettings) -> None:
        self._settings = settings
        connection = connect(settings)
        self._transactions = Transactions(connection, busy_timeout_ms=settings.busy_timeout_ms)
        super().__init__(connection, self._transactions.lock)
        self._combiner = Combiner(one=self._commit_one, many=self.commit_many)

    def commit(self, commit: Commit) -> str:
        return self._commit_one(commit) if self._transactions.is_grouping else self._combiner.commit(commit)

    def commit_many(self, commits: Sequence[Commit]) -> tuple[str | OmsError, ...]:
        with self._transactions.together():
            try:
                return self._transactions.run(partial(write_plain, commits=commits))
            except NotPlainError:
                return tuple([answer_or_error(self._commit_one, commit) for commit in commits])

    def _commit_one(self, commit: Commit) -> str:
        for _ in range(_ATTEMPTS):
            try:
                return self._transactions.run(partial(write_commit, commit))
            except StockMissedError as missed:
                short = self._short_cells(missed)
                if short:
                    raise stock_short(short) from None
                # somebody has put units there since; the commit gets another try
        raise ConflictError("the stock of this commit keeps changing; load again and retry", code="conflict.busy")

    def together(self) -> AbstractContextManager[None]:
        return self._transactions.together()

    def lease(self, *, now: datetime, until: datetime, limit: int) -> tuple[Task, ...]:
        return self._transactions.run(partial(lease_tasks, now=now, until=until, limit=max(limit, 0)))

    def extend(self, task_id: str, attempt: int, *, until: datetime) -> bool:
        return self._changed_one(sql.EXTEND, moment_text(until), moment_text(until), task_id, attempt)

    def revive(self, task_id: str, *, due_at: datetime) -> bool:
        return self._changed_one(sql.REVIVE, moment_text(due_at), moment_text(due_at), task_id)

    def drop(self, task_id: str, *, note: str) -> bool:
        return self._changed_one(sql.DROP, checked_text(note), note, task_id)

    def vault_erase(self, person_id: PersonId) -> int:
        """The number of documents removed, leaving no copy of them in the store's files.

        Raises: PortTransientError when a reader keeps the write-ahead log from being emptied; erase again then.
        """
        removed = self._transactions.run(partial(erase_documents, person_id=person_id))
        self._transactions.afterwards(self._empty_log)
        return removed

    def checkpoint(self, at: datetime) -> Checkpoint:
        is_complete = False
        while not is_complete:
            made, is_complete = self._transactions.run(partial(take_checkpoint, at=utc(at)))
        return made

    def mend(self, cures: Sequence[Cure]) -> None:
        self._transactions.run(partial(mend, cures=cures))

    def health(self) -> Mapping[str, str]:
        return dict(self._rows(sql.HEALTH))

    def keep_health(self, adapter: str, merge: Callable[[str | None], str]) -> None:
        def keep(cursor: sqlite3.Cursor) -> None:
            row = cursor.execute(sql.HEALTH_OF, (adapter,)).fetchone()
            cursor.execute(sql.KEEP_HEALTH, (adapter, checked_text(merge(row[0] if row else None))))

        self._transactions.run(keep)

    @contextmanager
    def snapshot(self) -> Iterator[StorageReading]:
        """Read over a connection of its own, so that this store's goes on writing."""
        connection = connect_to_snapshot(self._settings)
        try:
            yield SqliteLookup(connection, RLock())
        finally:
            connection.close()

    def close(self) -> None:
        with self._lock:
            shut(self._connection, read_only=self._settings.read_only)

    def _changed_one(self, statement: str, *parameters: object) -> bool:
        return self._transactions.run(lambda cursor: cursor.execute(statement, parameters).rowcount == 1)

    def _short_cells(self, missed: StockMissedError) -> list[Shortfall]:
        short: list[Shortfall] = []
        for row, change in missed.takes:
            rows = self._rows(sql.LEVEL, *row)
            short += shortfalls(row, change, rows[0] if rows else (0,) * len(change))
        return short

    def _empty_log(self) -> None:
        try:
            ((busy, _, _),) = self._rows(sql.CHECKPOINT)
        except ConflictError:
            busy = 1  # the reader is an iterator of our own
        if busy:
            raise PortTransientError(
                "the documents are removed, but a reader keeps old copies in the write-ahead log; erase again later"
            )
