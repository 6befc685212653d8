"""Whole tables, streamed in pieces by a cursor in the server, all of one moment; and rows as the port's records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import count
from typing import TypeVar

import psycopg

from omscore.ports.storage import Checkpoint, Claim, IndexEntry, StoredAnswer, StoredEvent, Task
from omscore_adapters.storage_postgres import statements as sql
from omscore_adapters.storage_postgres.connections import Links
from omscore_adapters.storage_postgres.failures import Failure, failure

R = TypeVar("R")

_ROWS_AT_ONCE = 500
_CURSORS = count(1)  # several may be open on one connection


def stream_rows(links: Links, statement: str, parameters: tuple[object, ...], record: Callable[..., R]) -> Iterator[R]:
    """Each row as a record. Inside a group the rows are those of the group's own transaction."""
    try:
        with links.one() as link:
            connection = link.connection
            grouped = links.group is not None
            if not grouped:
                connection.execute(sql.SNAPSHOT)
            try:
                with connection.cursor(f"table_{next(_CURSORS)}") as cursor:
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


def answer(command_key: str, fingerprint: str, text: str) -> tuple[str, StoredAnswer]:
    """One row of the answers, with its command key first."""
    return command_key, StoredAnswer(fingerprint, text)


def claim(name: str, holder: str) -> Claim:
    """One row of the claims."""
    return Claim(name=name, stream=holder)


def checkpoint(number: int, at: str, heads: int, answers: int, claims: int, digest: str) -> Checkpoint:
    """One row of the checkpoints."""
    return Checkpoint(number, datetime.fromisoformat(at), heads, answers, claims, digest)
