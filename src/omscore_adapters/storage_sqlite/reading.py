"""Whole tables, streamed in pieces; a row that cannot be read is named instead of skipped."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from threading import RLock
from typing import Any, TypeVar

from omscore.errors import DamageError
from omscore.ports.storage import (
    Checkpoint,
    Claim,
    Head,
    IndexEntry,
    StockLevel,
    StoredAnswer,
    StoredEvent,
    StoredStream,
    Task,
)
from omscore_adapters.storage_sqlite.failures import Failure, failure

R = TypeVar("R")

_ROWS_AT_ONCE = 500


def stream_rows(
    connection: sqlite3.Connection,
    lock: RLock,
    statement: str,
    parameters: tuple[object, ...],
    record: Callable[..., R],
    what: str,
) -> Iterator[R]:
    """Each row as a record, fetched in pieces on a cursor of its own.

    Raises: DamageError naming the row when it is not what was once written.
    """
    try:
        with lock:
            cursor = connection.execute(statement, parameters)
        try:
            while True:
                with lock:
                    rows: list[tuple[Any, ...]] = cursor.fetchmany(_ROWS_AT_ONCE)
                if not rows:
                    return
                for row in rows:
                    yield _made(record, row, what)
        finally:  # an iterator given up half-way must not hold its snapshot; it may outlive its store
            with suppress(sqlite3.ProgrammingError):
                cursor.close()
    except Failure as error:
        raise failure(error) from error


def event(seq: int, stream: bytes, version: int, name: bytes, at: bytes, body: bytes, chain: bytes) -> StoredEvent:
    """One row of the log."""
    return StoredEvent(
        seq,
        stream.decode(),
        version,
        name.decode(),
        datetime.fromisoformat(at.decode()),
        body.decode(),
        chain.decode(),
    )


def stream(name: bytes, version: int, state: bytes, chain: bytes) -> StoredStream:
    """One row of the streams."""
    return StoredStream(name.decode(), version, state.decode(), chain.decode())


def level(sku: bytes, location: bytes, pool: bytes, *units: int) -> StockLevel:
    """One row of the stock."""
    return StockLevel(sku.decode(), location.decode(), pool.decode(), *units)


def entry(name: bytes, index: bytes, key: bytes, sort: bytes) -> tuple[str, IndexEntry]:
    """One row of the indexes, with its stream first."""
    return name.decode(), IndexEntry(index.decode(), key.decode(), sort.decode())


def task(
    task_id: bytes, kind: bytes, due_at: bytes, payload: bytes, attempt: int, state: bytes, note: bytes, revived: int
) -> Task:
    """One row of the tasks."""
    due = datetime.fromisoformat(due_at.decode())
    return Task(task_id.decode(), kind.decode(), due, payload.decode(), attempt, state.decode(), note.decode(), revived)


def answer(command_key: bytes, fingerprint: bytes, text: bytes) -> tuple[str, StoredAnswer]:
    """One row of the answers, with its command key first."""
    return command_key.decode(), StoredAnswer(fingerprint.decode(), text.decode())


def claim(name: bytes, holder: bytes) -> Claim:
    """One row of the claims."""
    return Claim(name=name.decode(), stream=holder.decode())


def checkpoint(number: int, at: bytes, heads: int, answers: int, claims: int, digest: bytes) -> Checkpoint:
    """One row of the checkpoints."""
    return Checkpoint(number, datetime.fromisoformat(at.decode()), heads, answers, claims, digest.decode())


def head(number: int, name: bytes, version: int, chain: bytes) -> Head:
    """One row of the heads."""
    return Head(number, name.decode(), version, chain.decode())


def _made(record: Callable[..., R], row: tuple[Any, ...], what: str) -> R:
    try:
        return record(*row)
    except (ValueError, TypeError, AttributeError) as error:
        raise DamageError(
            f"{what} {_shown(row[0])} cannot be read ({error}); run the audit, then restore a backup",
            code="damage.row",
            row=_shown(row[0]),
        ) from error


def _shown(key: object) -> str:
    return key.decode(errors="backslashreplace") if isinstance(key, bytes) else str(key)
