"""The storage port over one SQLite file.

One connection per adapter: the threads of a program take turns at it, and commits that wait for their turn are made
in one transaction; several programs meet in the file. Each takes the write lock at the start of its transaction, so
what it checked still holds when it writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from itertools import takewhile
from typing import Any

from omscore.errors import ConflictError, OmsError, PortTransientError
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
    TaskState,
)
from omscore_adapters.storage_combiner import Combiner
from omscore_adapters.storage_common import Shortfall, answer_or_error, checked_text, shortfalls, stock_short
from omscore_adapters.storage_sqlite import reading
from omscore_adapters.storage_sqlite import statements as sql
from omscore_adapters.storage_sqlite.connection import connect, shut
from omscore_adapters.storage_sqlite.failures import Failure, failure
from omscore_adapters.storage_sqlite.settings import SqliteSettings
from omscore_adapters.storage_sqlite.transactions import Transactions
from omscore_adapters.storage_sqlite.writing import StockMissedError, lease_tasks, moment_text, write_commit

_ATTEMPTS = 8


class SqliteStorage:
    """A store in one file; see `omscore.ports.storage.Storage` for what each method promises.

    Raises: besides the port's errors SetupError when the file cannot be opened as asked, ConflictError when another
    process holds it longer than the busy timeout, DamageError when it cannot be read, PortTransientError when the disk
    is full and PortUnknownError when it fails in the middle of a commit.
    """

    def __init__(self, settings: SqliteSettings) -> None:
        self._settings = settings
        self._connection = connect(settings)
        self._transactions = Transactions(self._connection, busy_timeout_ms=settings.busy_timeout_ms)
        self._lock = self._transactions.lock
        self._combiner = Combiner(one=self._commit_one, many=self.commit_many)

    def load(self, streams: Sequence[str], have: Mapping[str, int]) -> dict[str, StoredState]:
        found: dict[str, StoredState] = {}
        with self._lock:
            for stream in streams:
                for version, state in self._rows(sql.LOAD, have.get(stream, 0), stream):
                    found[stream] = StoredState(version, state)
        return found

    def stock(self, skus: Sequence[str]) -> tuple[StockLevel, ...]:
        with self._lock:
            return tuple(StockLevel(*row) for sku in sorted(set(skus)) for row in self._rows(sql.STOCK, sku))

    def commit(self, commit: Commit) -> str:
        return self._commit_one(commit) if self._transactions.is_grouping else self._combiner.commit(commit)

    def commit_many(self, commits: Sequence[Commit]) -> tuple[str | OmsError, ...]:
        with self._transactions.together():
            return tuple(answer_or_error(self._commit_one, commit) for commit in commits)

    def _commit_one(self, commit: Commit) -> str:
        with self._lock:
            for _ in range(_ATTEMPTS):
                try:
                    return self._transactions.run(partial(write_commit, commit=commit))
                except StockMissedError as missed:
                    short = self._short_cells(missed)
                    if short:
                        raise stock_short(short) from None
                    # another process has put units there since; the commit gets another try
        raise ConflictError("the stock of this commit keeps changing; load again and retry", code="conflict.busy")

    def together(self) -> AbstractContextManager[None]:
        return self._transactions.together()

    def answer(self, command_key: str) -> StoredAnswer | None:
        rows = self._rows(sql.ANSWER, command_key)
        return StoredAnswer(*rows[0]) if rows else None

    def claimed(self, name: str) -> str | None:
        holder: str | None = self._first(sql.CLAIMED, name)
        return holder

    def listed(self, name: str, key: str, *, limit: int = 1000) -> tuple[str, ...]:
        return tuple(stream for (stream,) in self._rows(sql.LISTED, name, key, max(limit, 0)))

    def lease(self, *, now: datetime, until: datetime, limit: int) -> tuple[Task, ...]:
        return self._transactions.run(partial(lease_tasks, now=now, until=until, limit=max(limit, 0)))

    def extend(self, task_id: str, attempt: int, *, until: datetime) -> bool:
        return self._changed_one(sql.EXTEND, moment_text(until), task_id, attempt)

    def revive(self, task_id: str, *, due_at: datetime) -> bool:
        return self._changed_one(sql.REVIVE, moment_text(due_at), task_id)

    def drop(self, task_id: str, *, note: str) -> bool:
        return self._changed_one(sql.DROP, checked_text(note), task_id)

    def next_due(self) -> datetime | None:
        due_at = self._first(sql.NEXT_DUE)
        return None if due_at is None else datetime.fromisoformat(due_at)

    def tasks(self, state: str, *, limit: int = 1000) -> tuple[Task, ...]:
        return tuple(
            Task(task_id, kind, datetime.fromisoformat(due_at), *rest)
            for task_id, kind, due_at, *rest in self._rows(sql.TASKS, state, max(limit, 0))
        )

    def vault_get(self, person_id: PersonId, name: str) -> str | None:
        body: str | None = self._first(sql.VAULT_GET, person_id, name)
        return body

    def vault_names(self, person_id: PersonId) -> tuple[str, ...]:
        return tuple(name for (name,) in self._rows(sql.VAULT_NAMES, person_id))

    def vault_erase(self, person_id: PersonId) -> int:
        """The number of documents removed, leaving no copy of them in the store's files.

        Raises: PortTransientError when a reader keeps the write-ahead log from being emptied; erase again then.
        """
        removed = self._transactions.run(lambda cursor: cursor.execute(sql.VAULT_ERASE, (person_id,)).rowcount)
        self._transactions.afterwards(self._empty_log)
        return removed

    def events(self, *, stream: str | None = None) -> Iterator[StoredEvent]:
        if stream is None:
            return self._stream(sql.ALL_EVENTS, (), reading.event, "event")
        return self._stream(sql.STREAM_EVENTS, (stream,), reading.event, "event")

    def streams(self, prefix: str = "") -> Iterator[StoredStream]:
        rows = self._stream(sql.STREAMS, (prefix,), reading.stream, "stream")
        return takewhile(lambda row: row.stream.startswith(prefix), rows)

    def stock_levels(self) -> Iterator[StockLevel]:
        return self._stream(sql.ALL_STOCK, (), reading.level, "stock level of")

    def index_entries(self) -> Iterator[tuple[str, IndexEntry]]:
        return self._stream(sql.ALL_ENTRIES, (), reading.entry, "index entry of")

    def counts(self) -> dict[str, int]:
        none = {f"tasks.{state}": 0 for state in TaskState}
        return none | dict(self._rows(sql.COUNTS))

    def check_files(self) -> tuple[str, ...]:
        try:
            with self._lock:
                pages = self._connection.execute(sql.CHECK_PAGES).fetchall()
                references = self._connection.execute(sql.CHECK_REFERENCES).fetchall()
        except Failure as error:
            return (str(error),)
        return (
            *(str(text) for (text,) in pages if text != "ok"),
            *(f"{table} row {row} names a {parent} that does not exist" for table, row, parent, _ in references),
        )

    def close(self) -> None:
        with self._lock:
            shut(self._connection, read_only=self._settings.read_only)

    def _rows(self, statement: str, *parameters: object) -> list[Any]:
        try:
            with self._lock:
                return self._connection.execute(statement, parameters).fetchall()
        except Failure as error:
            raise failure(error) from error

    def _changed_one(self, statement: str, *parameters: object) -> bool:
        return self._transactions.run(lambda cursor: cursor.execute(statement, parameters).rowcount == 1)

    def _first(self, statement: str, *parameters: object) -> Any:
        rows = self._rows(statement, *parameters)
        return rows[0][0] if rows else None

    def _stream(self, statement: str, parameters: tuple[object, ...], record: Any, what: str) -> Iterator[Any]:
        return reading.stream_rows(self._connection, self._lock, statement, parameters, record, what)

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
