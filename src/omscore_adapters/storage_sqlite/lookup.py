"""The reading half of the port over one connection: a store's own, or one that sees a single moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from threading import RLock
from typing import Any

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
from omscore_adapters.storage_common import glance_by_parts, glanced
from omscore_adapters.storage_sqlite import reading, seals
from omscore_adapters.storage_sqlite import statements as sql
from omscore_adapters.storage_sqlite.failures import Failure, failure
from omscore_adapters.storage_sqlite.writing import moment_of


class SqliteLookup:
    """What can be read of a store; see `omscore.ports.reading.StorageReading` for what each method promises."""

    def __init__(self, connection: sqlite3.Connection, lock: RLock) -> None:
        self._connection = connection
        self._lock = lock

    def load(self, streams: Sequence[str], have: Mapping[str, int]) -> dict[str, StoredState]:
        found: dict[str, StoredState] = {}
        with self._lock:
            for some in _portions(streams):
                keys = [each for stream in some for each in (have.get(stream, 0), stream)]
                for stream, version, state in self._rows(sql.LOAD[len(some)], *keys):
                    found[stream] = StoredState(version, state)
        return found

    def stock(self, skus: Sequence[str]) -> tuple[StockLevel, ...]:
        wanted = sorted(set(skus))
        with self._lock:
            return tuple(
                StockLevel(*row) for some in _portions(wanted) for row in self._rows(sql.STOCK[len(some)], *some)
            )

    def glance(
        self,
        streams: Sequence[str],
        have: Mapping[str, int],
        skus: Sequence[str],
        documents: Sequence[tuple[PersonId, str]],
    ) -> Glance:
        skus = tuple(dict.fromkeys(skus))
        counts = len(streams), len(skus), len(documents)
        if 0 < max(counts) <= sql.MOST_KEYS:
            keys: list[object] = []
            for stream in streams:
                keys += (have.get(stream, 0), stream)
            keys += skus
            for document in documents:
                keys += document
            return glanced(self._rows(sql.glance(*counts), *keys))
        with self._lock:
            return glance_by_parts(self, streams, have, skus, documents)

    def answer(self, command_key: str) -> StoredAnswer | None:
        rows = self._rows(sql.ANSWER, command_key)
        return StoredAnswer(*rows[0]) if rows else None

    def known(self, command_keys: Sequence[str]) -> dict[str, StoredAnswer]:
        with self._lock:
            return {
                key: StoredAnswer(*answer)
                for some in _portions(command_keys)
                for key, *answer in self._rows(sql.KNOWN[len(some)], *some)
            }

    def claimed(self, name: str) -> str | None:
        holder: str | None = self._first(sql.CLAIMED, name)
        return holder

    def listed(self, name: str, key: str, *, limit: int = 1000) -> tuple[str, ...]:
        return tuple(stream for (stream,) in self._rows(sql.LISTED, name, key, max(limit, 0)))

    def next_due(self) -> datetime | None:
        due_at = self._first(sql.NEXT_DUE)
        return None if due_at is None else moment_of(due_at)

    def task(self, task_id: str) -> Task | None:
        return next(self._tasks(sql.TASK, task_id), None)

    def tasks(self, state: str, *, limit: int = 1000) -> tuple[Task, ...]:
        return tuple(self._tasks(sql.TASKS, state, max(limit, 0)))

    def _tasks(self, statement: str, *of: object) -> Iterator[Task]:
        for task_id, kind, due_at, *rest in self._rows(statement, *of):
            yield Task(task_id, kind, moment_of(due_at), *rest)

    def vault_get(self, person_id: PersonId, name: str) -> str | None:
        body: str | None = self._first(sql.VAULT_GET, person_id, name)
        return body

    def vault_names(self, person_id: PersonId) -> tuple[str, ...]:
        return tuple(name for (name,) in self._rows(sql.VAULT_NAMES, person_id))

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

    def all_tasks(self) -> Iterator[Task]:
        return self._stream(sql.ALL_TASKS, (), reading.task, "task")

    def answers(self) -> Iterator[tuple[str, StoredAnswer]]:
        return self._stream(sql.ALL_ANSWERS, (), reading.answer, "answer")

    def claims(self) -> Iterator[Claim]:
        return self._stream(sql.ALL_CLAIMS, (), reading.claim, "claim")

    def checkpoints(self) -> Iterator[Checkpoint]:
        return self._stream(sql.ALL_CHECKPOINTS, (), reading.checkpoint, "checkpoint")

    def heads(self) -> Iterator[Head]:
        return self._stream(sql.ALL_HEADS, (), reading.head, "head of checkpoint")

    def counts(self) -> dict[str, int]:
        none = {f"tasks.{state}": 0 for state in TaskState}
        return none | dict(self._rows(sql.COUNTS))

    def check_files(self) -> tuple[str, ...]:
        try:
            with self._lock:
                pages = self._connection.execute(sql.CHECK_PAGES).fetchall()
                references = self._connection.execute(sql.CHECK_REFERENCES).fetchall()
                numbered = self._connection.execute(sql.CHECK_NUMBERS).fetchall()
                unsealed = [row for each in seals.BROKEN for row in self._connection.execute(each)]
        except Failure as error:
            return (str(error),)
        return (
            *(str(text) for (text,) in pages if text != "ok"),
            *(f"{table} row {row} names a {parent} that does not exist" for table, row, parent, _ in references),
            *(
                f"{last - count} {name} are missing: the last one is number {last}, but there are {count}"
                for name, count, last in numbered
                if count != (last or 0)
            ),
            *(f"{name} does not bear its seal; it was changed by something else than omscore" for (name,) in unsealed),
        )

    def _rows(self, statement: str, *parameters: object) -> list[Any]:
        try:
            with self._lock:
                return self._connection.execute(statement, parameters).fetchall()
        except Failure as error:
            raise failure(error) from error

    def _first(self, statement: str, *parameters: object) -> Any:
        rows = self._rows(statement, *parameters)
        return rows[0][0] if rows else None

    def _stream(self, statement: str, parameters: tuple[object, ...], record: Any, what: str) -> Iterator[Any]:
        return reading.stream_rows(self._connection, self._lock, statement, parameters, record, what)


def _portions(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[start : start + sql.MOST_KEYS] for start in range(0, len(keys), sql.MOST_KEYS))
