"""Whole tables, streamed in pieces by a cursor in the server, all of one moment; and rows as the port's records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import psycopg

from omscore.ports.storage import IndexEntry, StoredEvent, Task
from omscore_adapters.storage_postgres import statements as sql
from omscore_adapters.storage_postgres.connections import Connections
from omscore_adapters.storage_postgres.failures import Failure, failure

R = TypeVar("R")

_ROWS_AT_ONCE = 500


def stream_rows(
    connections: Connections, statement: str, parameters: tuple[object, ...], record: Callable[..., R]
) -> Iterator[R]:
    """Each row as a record. Inside a group the rows are those of the group's own transaction."""
    try:
        with connections.one() as link:
            connection = link.connection
            grouped = connections.group is not None
            if not grouped:
                connection.execute(sql.SNAPSHOT)
            try:
                with connection.cursor("whole_table") as cursor:
                    cursor.itersize = _ROWS_AT_ONCE
                    cursor.execute(statement, parameters)
                    for row in cursor:
                        yield record(*row)
            finally:  # an iterator given up half-way must not hold its snapshot
                if not grouped:
                    with suppress(psycopg.Error):
                        connection.rollback()
    except Failure as error:
        raise failure(error) from error


def event(seq: int, stream: str, version: int, name: str, at: str, body: str, chain: str) -> StoredEvent:
    """One row of the log."""
    return StoredEvent(seq, stream, version, name, datetime.fromisoformat(at), body, chain)


def entry(stream: str, name: str, key: str, sort: str) -> tuple[str, IndexEntry]:
    """One row of the indexes, with its stream first."""
    return stream, IndexEntry(name, key, sort)


def task(task_id: str, kind: str, due_at: str, *rest: object) -> Task:
    """One row of the tasks."""
    return Task(task_id, kind, datetime.fromisoformat(due_at), *rest)  # type: ignore[arg-type]
