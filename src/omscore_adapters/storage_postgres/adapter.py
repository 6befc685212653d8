"""The storage port over one schema of a PostgreSQL database, for many threads, processes and machines at once.

One commit is one call of a function inside the server, and commits of threads that wait are made in one call; nothing
is read first and checked later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, TypeVar

import psycopg

from omscore.errors import OmsError, SetupError
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
from omscore_adapters.storage_common import checked_text
from omscore_adapters.storage_postgres import reading
from omscore_adapters.storage_postgres import statements as sql
from omscore_adapters.storage_postgres.committing import Committing
from omscore_adapters.storage_postgres.connections import Connections
from omscore_adapters.storage_postgres.failures import Failure, failure
from omscore_adapters.storage_postgres.migrations import SCHEMA_VERSION, migrate, version_of
from omscore_adapters.storage_postgres.settings import PostgresSettings
from omscore_adapters.storage_postgres.writing import moment_text

R = TypeVar("R")


class PostgresStorage:
    """A store in one schema; see `omscore.ports.storage.Storage` for what each method promises.

    Raises: besides the port's errors SetupError when the database does not allow what is asked, ConflictError when
    others hold its rows longer than the lock timeout, PortTransientError when the server is out of reach, and
    PortUnknownError when the answer of a commit was lost and could not be looked up.
    """

    def __init__(self, settings: PostgresSettings) -> None:
        self._settings = settings
        self._connections = Connections(settings)
        self._committing = Committing(self._connections)
        self._combiner = Combiner(one=self._committing.alone, many=self._committing.many)
        try:
            self._bring_up_to_date()
        except BaseException:
            self._connections.close()
            raise

    def load(self, streams: Sequence[str], have: Mapping[str, int]) -> dict[str, StoredState]:
        wanted = list(streams)
        rows = self._rows(sql.LOAD, wanted, [have.get(stream, 0) for stream in wanted])
        return {stream: StoredState(version, state) for stream, version, state in rows}

    def stock(self, skus: Sequence[str]) -> tuple[StockLevel, ...]:
        return tuple(StockLevel(*row) for row in self._rows(sql.STOCK, sorted(set(skus))))

    def commit(self, commit: Commit) -> str:
        if self._connections.group is None:
            return self._combiner.commit(commit)
        (result,) = self._committing.many((commit,))
        if isinstance(result, OmsError):
            raise result
        return result

    def commit_many(self, commits: Sequence[Commit]) -> tuple[str | OmsError, ...]:
        return self._committing.many(commits)

    def together(self) -> AbstractContextManager[None]:
        return self._committing.together()

    def answer(self, command_key: str) -> StoredAnswer | None:
        rows = self._rows(sql.ANSWER, command_key)
        return StoredAnswer(*rows[0]) if rows else None

    def claimed(self, name: str) -> str | None:
        holder: str | None = self._first(sql.CLAIMED, name)
        return holder

    def listed(self, name: str, key: str, *, limit: int = 1000) -> tuple[str, ...]:
        return tuple(stream for (stream,) in self._rows(sql.LISTED, name, key, max(limit, 0)))

    def lease(self, *, now: datetime, until: datetime, limit: int) -> tuple[Task, ...]:
        bounds = {"now": moment_text(now), "until": moment_text(until), "limit": max(limit, 0)}
        leased = [reading.task(*row) for row in self._asked(sql.LEASE, bounds)]
        return tuple(sorted(leased, key=lambda task: (task.due_at, task.task_id)))

    def extend(self, task_id: str, attempt: int, *, until: datetime) -> bool:
        return bool(self._rows(sql.EXTEND, moment_text(until), task_id, attempt))

    def revive(self, task_id: str, *, due_at: datetime) -> bool:
        return bool(self._rows(sql.REVIVE, moment_text(due_at), task_id))

    def drop(self, task_id: str, *, note: str) -> bool:
        return bool(self._rows(sql.DROP, checked_text(note), task_id))

    def next_due(self) -> datetime | None:
        due_at = self._first(sql.NEXT_DUE)
        return None if due_at is None else datetime.fromisoformat(due_at)

    def tasks(self, state: str, *, limit: int = 1000) -> tuple[Task, ...]:
        return tuple(reading.task(*row) for row in self._rows(sql.TASKS, state, max(limit, 0)))

    def vault_get(self, person_id: PersonId, name: str) -> str | None:
        body: str | None = self._first(sql.VAULT_GET, person_id, name)
        return body

    def vault_names(self, person_id: PersonId) -> tuple[str, ...]:
        return tuple(name for (name,) in self._rows(sql.VAULT_NAMES, person_id))

    def vault_erase(self, person_id: PersonId) -> int:
        """The number of documents removed from the table; copies in the server's log and in backups age out there."""
        removed = len(self._rows(sql.VAULT_ERASE, person_id))
        self._committing.afterwards(lambda: self._rows(sql.VAULT_SWEEP))
        return removed

    def events(self, *, stream: str | None = None) -> Iterator[StoredEvent]:
        if stream is None:
            return self._stream(sql.ALL_EVENTS, (), reading.event)
        return (reading.event(*row) for row in self._rows(sql.STREAM_EVENTS, stream))

    def streams(self, prefix: str = "") -> Iterator[StoredStream]:
        return self._stream(sql.STREAMS, (prefix,), StoredStream)

    def stock_levels(self) -> Iterator[StockLevel]:
        return self._stream(sql.ALL_STOCK, (), StockLevel)

    def index_entries(self) -> Iterator[tuple[str, IndexEntry]]:
        return self._stream(sql.ALL_ENTRIES, (), reading.entry)

    def counts(self) -> dict[str, int]:
        none = {f"tasks.{state}": 0 for state in TaskState}
        return none | dict(self._rows(sql.COUNTS))

    def check_files(self) -> tuple[str, ...]:
        """What the engine can say without its extensions: constraints not in force, and rows that lead nowhere."""
        try:
            unchecked = self._rows(sql.NOT_VALID, self._settings.schema)
            strays = self._rows(sql.STRAYS)
        except OmsError as error:
            return (str(error),)
        return (*(f"{says} is not in force" for (says,) in unchecked), *(says for (says,) in strays))

    def close(self) -> None:
        self._connections.close()

    def _bring_up_to_date(self) -> None:
        schema = self._settings.schema
        with self._connections.one() as link:
            try:
                version = version_of(link.connection, schema)
                if version != SCHEMA_VERSION and not self._settings.read_only:
                    migrate(link.connection, schema)
                    version = version_of(link.connection, schema)
            except psycopg.Error as error:
                raise failure(error) from error
        if version != SCHEMA_VERSION:
            cure = (
                "bring it up to date with `omscore migrate`, or open it once without read_only"
                if version is not None and version < SCHEMA_VERSION
                else "use the omscore it was written by or a newer one, or name another schema"
            )
            raise SetupError(
                f"storage.postgres.schema {schema} has schema version {version}, this omscore knows {SCHEMA_VERSION}; "
                f"{cure}"
            )

    def _rows(self, statement: str, *parameters: object) -> list[Any]:
        return self._asked(statement, parameters)

    def _asked(self, statement: str, parameters: Sequence[object] | Mapping[str, object]) -> list[Any]:
        with self._connections.one() as link:
            try:
                cursor = link.connection.execute(statement, parameters or None)
                return cursor.fetchall() if cursor.description else []
            except Failure as error:
                raise failure(error) from error

    def _first(self, statement: str, *parameters: object) -> Any:
        rows = self._rows(statement, *parameters)
        return rows[0][0] if rows else None

    def _stream(self, statement: str, parameters: tuple[object, ...], record: Any) -> Iterator[Any]:
        return reading.stream_rows(self._connections, statement, parameters, record)
