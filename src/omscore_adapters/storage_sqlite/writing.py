"""One commit as statements, run inside a transaction somebody else has begun: checks first, stock last."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from omscore.errors import DamageError
from omscore.ids import PersonId
from omscore.ports.storage import Claim, Commit, Settlement, StreamChange, Task, TaskOutcome, TaskRequest, sealed
from omscore.quantities import Move
from omscore_adapters.storage_common import (
    STATES,
    StockRow,
    checked,
    claim_conflict,
    key_reused,
    stale_settlement,
    stock_changes,
    utc,
    version_conflict,
)
from omscore_adapters.storage_sqlite import statements as sql
from omscore_adapters.storage_sqlite.seals import row_seal

StreamRow = tuple[str, int, str, str]
"""Stream, version, state, seal."""

EventRow = tuple[str, int, str, str, str, str]
"""Stream, version, name, moment, body, seal."""

NextRow = tuple[int, str, str, int]
"""Version, state, seal, number of the stream's row."""

EntryRow = tuple[str, str, str, str]
"""Index, key, place in the order, stream."""

_NO_HEAD = (0, "")
_STATE_AFTER = {TaskOutcome.DONE: "done", TaskOutcome.RETRY: "waiting", TaskOutcome.DEAD: "dead"}


class StockMissedError(Exception):
    """Not every stock row could give what was asked; which cells were short is read after the writes are undone."""

    def __init__(self, takes: Sequence[tuple[StockRow, tuple[int, ...]]]) -> None:
        super().__init__(takes)
        self.takes = takes


@lru_cache(maxsize=1_024)  # what is written together mostly shares its moment
def moment_text(moment: datetime) -> str:
    """The moment as it is stored.

    >>> from datetime import UTC
    >>> moment_text(datetime(2026, 3, 1, 9, tzinfo=UTC))
    '2026-03-01T09:00:00.000000+00:00'
    """
    return utc(moment).isoformat(timespec="microseconds")


def moment_of(text: str) -> datetime:
    """The moment a text stands for.

    Raises: DamageError for a text no moment was ever stored as.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise DamageError(f"a stored moment cannot be read ({error}); run the audit, then restore a backup") from error


def write_commit(commit: Commit, cursor: sqlite3.Cursor) -> str:
    """The answer now stored; an equal commit made before gives its answer and changes nothing."""
    key = commit.command_key
    if key is not None:
        fingerprint, answer, at = commit.fingerprint, commit.answer, moment_text(commit.at)
        seal = row_seal(key, fingerprint, answer, at)
        if cursor.execute(sql.NEW_ANSWER, (key, fingerprint, answer, at, seal)).rowcount == 0:
            return _answer_before(cursor, key, fingerprint)
    checked(commit)
    if commit.changes:
        _write_streams(cursor, commit.changes)
    for seen in commit.unchanged:
        _head(cursor, seen.stream, seen.version)
    for claim in commit.claims:
        _take_claim(cursor, claim)
    for settlement in commit.settlements:
        _settle(cursor, settlement)
    if commit.tasks:
        cursor.executemany(sql.NEW_TASK, task_rows(commit.tasks))
    for document in commit.vault:
        parameters = (document.person_id, document.name, document.body)
        cursor.execute(sql.VAULT_UNSEAL, parameters)
        cursor.execute(sql.VAULT_BLANK, parameters)
        cursor.execute(sql.VAULT_PUT, parameters)
        cursor.execute(sql.VAULT_SEAL, parameters[:2])
    if commit.moves:
        _move_stock(cursor, commit.moves)
    return commit.answer


def _answer_before(cursor: sqlite3.Cursor, key: str, fingerprint: str) -> str:
    used, answer = cursor.execute(sql.ANSWER, (key,)).fetchone()
    if used != fingerprint:
        raise key_reused(key)
    text: str = answer
    return text


def stream_rows(
    cursor: sqlite3.Cursor, changes: Sequence[StreamChange]
) -> tuple[list[StreamRow], list[NextRow], list[EventRow], list[EntryRow], list[EntryRow]]:
    """What these changes write: streams that begin, streams that go on, events, index entries that come and that go.

    Raises: ConflictError when a stream that goes on is not at the version expected.
    """
    begun: list[StreamRow] = []
    going_on: list[NextRow] = []
    events: list[EventRow] = []
    listed: list[EntryRow] = []
    unlisted: list[EntryRow] = []
    shared: datetime | None = None  # the moment of the event before, which mostly is this one's too
    for change in changes:
        stream, version = change.stream, change.expected_version
        stream_id, chain = _head(cursor, stream, version) if version else _NO_HEAD
        for name, at, body in change.events:
            version += 1
            if at is not shared:
                shared, in_chain, in_row = at, chain_moment(at), moment_text(at)
            chain = sealed(chain, name, in_chain, body)
            events.append((stream, version, name, in_row, body, chain))
        if stream_id:
            going_on.append((version, change.state, chain, stream_id))
        else:
            begun.append((stream, version, change.state, chain))
        if change.listed:
            for name, key, sort in change.listed:
                listed.append((name, key, sort, stream))
        if change.unlisted:
            for name, key, sort in change.unlisted:
                unlisted.append((name, key, sort, stream))
    return begun, going_on, events, listed, unlisted


def _write_streams(cursor: sqlite3.Cursor, changes: Sequence[StreamChange]) -> None:
    begun, going_on, events, listed, unlisted = stream_rows(cursor, changes)
    if begun:
        _begin_streams(cursor, begun)
    if going_on:
        cursor.executemany(sql.NEXT_STATE, going_on)
    cursor.executemany(sql.EVENT, events)
    if unlisted:
        cursor.executemany(sql.UNLIST, unlisted)
    if listed:
        cursor.executemany(sql.LIST, listed)


def _begin_streams(cursor: sqlite3.Cursor, rows: Sequence[tuple[str, int, str, str]]) -> None:
    before = cursor.connection.total_changes
    try:
        cursor.executemany(sql.NEW_STREAM, rows)
    except sqlite3.IntegrityError:
        _head(cursor, rows[cursor.connection.total_changes - before][0], 0)  # the first that had been begun already
        raise


@lru_cache(maxsize=1_024)
def chain_moment(moment: datetime) -> str:
    """The moment as the chain of a stream has it."""
    return utc(moment).isoformat()


def _head(cursor: sqlite3.Cursor, stream: str, expected: int) -> tuple[int, str]:
    """Row and seal of a stream. Raises: ConflictError when it is not at the version expected."""
    head = cursor.execute(sql.HEAD, (stream,)).fetchone()
    row, found, chain = head or (0, 0, "")
    if found != expected:
        raise version_conflict(stream, expected, found)
    return row, chain


def _take_claim(cursor: sqlite3.Cursor, claim: Claim) -> None:
    if cursor.execute(sql.NEW_CLAIM, (claim.name, claim.stream, row_seal(claim.name, claim.stream))).rowcount == 0:
        ((holder,),) = cursor.execute(sql.CLAIMED, (claim.name,)).fetchall()
        if holder != claim.stream:
            raise claim_conflict(claim.name, holder)


def _settle(cursor: sqlite3.Cursor, settlement: Settlement) -> None:
    due_at = None if settlement.due_at is None else moment_text(settlement.due_at)
    state, note = _STATE_AFTER[settlement.outcome], settlement.note
    cursor.execute(sql.SETTLE, (state, due_at, note, due_at, state, note, settlement.task_id, settlement.attempt))
    if cursor.rowcount != 1:
        raise stale_settlement(settlement)


def task_rows(tasks: Sequence[TaskRequest]) -> list[tuple[str, ...]]:
    """New tasks as rows under their seals."""
    rows: list[tuple[str, ...]] = []
    for task in tasks:
        task_id, kind, due_at, payload = task.task_id, task.kind, moment_text(task.due_at), task.payload
        seal = row_seal(task_id, kind, due_at, payload, "0", "0", "waiting", "", "")
        rows.append((task_id, kind, due_at, payload, seal))
    return rows


def _move_stock(cursor: sqlite3.Cursor, moves: Sequence[Move]) -> None:
    takes, gives = stock_changes(moves)
    for row, change in takes:
        statement, units, taken = taking(change)
        if cursor.execute(statement, (*units, *row, *taken)).rowcount != 1:
            raise StockMissedError(takes)
    if gives:
        cursor.executemany(sql.GIVE, [(*change, *row) for row, change in gives])


@lru_cache(maxsize=1_024)  # most orders take one unit or two
def taking(change: tuple[int, ...]) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
    """The statement that makes such a change of one stock row, by how much it changes what, and what it takes.

    >>> taking((-2, 0, 2, 0, 0, 0, 0))[1:]
    ((-2, 2), (-2,))
    """
    changed = {state.value: units for state, units in zip(STATES, change, strict=True) if units}
    taken = {state: units for state, units in changed.items() if units < 0}
    return sql.take(tuple(changed), tuple(taken)), tuple(changed.values()), tuple(taken.values())


def erase_documents(cursor: sqlite3.Cursor, person_id: PersonId) -> int:
    """The number of documents blanked."""
    cursor.execute(sql.VAULT_UNSEAL_ALL, (person_id,))
    return cursor.execute(sql.VAULT_ERASE, (person_id,)).rowcount


def lease_tasks(cursor: sqlite3.Cursor, *, now: datetime, until: datetime, limit: int) -> tuple[Task, ...]:
    """Due tasks and tasks whose lease has run out, by due moment, then id, leased anew."""
    now_text, until_text = moment_text(now), moment_text(until)
    rows = cursor.execute(sql.WAITING, (now_text, limit)).fetchall()
    rows += cursor.execute(sql.RUN_OUT, (now_text, limit)).fetchall()
    rows = sorted(rows)[:limit]  # due moment and id come first, and ids are distinct
    cursor.executemany(sql.LEASE, [(until_text, row[5] + 1, row[5] + 1, until_text, row[2]) for row in rows])
    return tuple(
        Task(task_id, kind, moment_of(due_at), payload, attempt + 1, "leased", note, revived)
        for due_at, task_id, _, kind, payload, attempt, note, revived in rows
    )
