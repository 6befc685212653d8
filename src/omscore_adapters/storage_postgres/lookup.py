"""The reading half of the port: over the connections of a store, or over one that sees a single moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from omscore.errors import OmsError
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
    TaskState,
)
from omscore_adapters.storage_common import glanced
from omscore_adapters.storage_postgres import reading
from omscore_adapters.storage_postgres import statements as sql
from omscore_adapters.storage_postgres.connections import Links
from omscore_adapters.storage_postgres.failures import Failure, failure


class PostgresLookup:
    """What can be read of a store; see `omscore.ports.reading.StorageReading` for what each method promises."""

    def __init__(self, links: Links, schema: str) -> None:
        self._links = links
        self._schema = schema

    def load(self, streams: Sequence[str], have: Mapping[str, int]) -> dict[str, StoredState]:
        wanted = list(streams)
        rows = self._rows(sql.LOAD, wanted, [have.get(stream, 0) for stream in wanted])
        return {stream: StoredState(version, state) for stream, version, state in rows}

    def stock(self, skus: Sequence[str]) -> tuple[StockLevel, ...]:
        return tuple(StockLevel(*row) for row in self._rows(sql.STOCK, sorted(set(skus))))

    def glance(
        self,
        streams: Sequence[str],
        have: Mapping[str, int],
        skus: Sequence[str],
        documents: Sequence[tuple[PersonId, str]],
    ) -> Glance:
        wanted = list(streams)
        rows = self._rows(
            sql.GLANCE,
            wanted,
            [have.get(stream, 0) for stream in wanted],
            list(set(skus)),
            [person_id for person_id, _ in documents],
            [name for _, name in documents],
        )
        return glanced(rows)

    def answer(self, command_key: str) -> StoredAnswer | None:
        rows = self._rows(sql.ANSWER, command_key)
        return StoredAnswer(*rows[0]) if rows else None

    def known(self, command_keys: Sequence[str]) -> dict[str, StoredAnswer]:
        return {key: StoredAnswer(*answer) for key, *answer in self._rows(sql.KNOWN, list(command_keys))}

    def claimed(self, name: str) -> str | None:
        holder: str | None = self._first(sql.CLAIMED, name)
        return holder

    def listed(self, name: str, key: str, *, limit: int = 1000) -> tuple[str, ...]:
        return tuple(stream for (stream,) in self._rows(sql.LISTED, name, key, max(limit, 0)))

    def next_due(self) -> datetime | None:
        due_at = self._first(sql.NEXT_DUE)
        return None if due_at is None else datetime.fromisoformat(due_at)

    def task(self, task_id: str) -> Task | None:
        return next((reading.task(*row) for row in self._rows(sql.TASK, task_id)), None)

    def tasks(self, state: str, *, limit: int = 1000) -> tuple[Task, ...]:
        return tuple(reading.task(*row) for row in self._rows(sql.TASKS, state, max(limit, 0)))

    def vault_get(self, person_id: PersonId, name: str) -> str | None:
        body: str | None = self._first(sql.VAULT_GET, person_id, name)
        return body

    def vault_names(self, person_id: PersonId) -> tuple[str, ...]:
        return tuple(name for (name,) in self._rows(sql.VAULT_NAMES, person_id))

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

    def all_tasks(self) -> Iterator[Task]:
        return self._stream(sql.ALL_TASKS, (), reading.task)

    def answers(self) -> Iterator[tuple[str, StoredAnswer]]:
        return self._stream(sql.ALL_ANSWERS, (), reading.answer)

    def claims(self) -> Iterator[Claim]:
        return self._stream(sql.ALL_CLAIMS, (), reading.claim)

    def checkpoints(self) -> Iterator[Checkpoint]:
        return self._stream(sql.ALL_CHECKPOINTS, (), reading.checkpoint)

    def heads(self) -> Iterator[Head]:
        return self._stream(sql.ALL_HEADS, (), Head)

    def counts(self) -> dict[str, int]:
        none = {f"tasks.{state}": 0 for state in TaskState}
        return none | dict(self._rows(sql.COUNTS))

    def check_files(self) -> tuple[str, ...]:
        """What the engine can say without its extensions: constraints not in force, and rows that lead nowhere."""
        try:
            unchecked = self._rows(sql.NOT_VALID, self._schema)
            strays = self._rows(sql.STRAYS)
        except OmsError as error:
            return (str(error),)
        return (*(f"{says} is not in force" for (says,) in unchecked), *(says for (says,) in strays))

    def _rows(self, statement: str, *parameters: object) -> list[Any]:
        return self._asked(statement, parameters)

    def _asked(self, statement: str, parameters: Sequence[object] | Mapping[str, object]) -> list[Any]:
        with self._links.one() as link:
            try:
                cursor = link.connection.execute(statement, parameters or None)
                return cursor.fetchall() if cursor.description else []
            except Failure as error:
                raise failure(error) from error

    def _first(self, statement: str, *parameters: object) -> Any:
        rows = self._rows(statement, *parameters)
        return rows[0][0] if rows else None

    def _stream(self, statement: str, parameters: tuple[object, ...], record: Any) -> Iterator[Any]:
        return reading.stream_rows(self._links, statement, parameters, record)
