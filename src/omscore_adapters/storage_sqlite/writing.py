"""One commit as statements, run inside a transaction somebody else has begun: checks first, stock last."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from omscore.errors import DamageError
from omscore.ids import PersonId
from omscore.ports.storage import Claim, Commit, Settlement, StreamChange, Task, TaskOutcome, TaskRequest, chained
from omscore.quantities import Move
from omscore_adapters.storage_common import (
    StockRow,
    checked_shape,
    checked_texts,
    claim_conflict,
    key_reused,
    stale_settlement,
    stock_changes,
    utc,
    version_conflict,
)
from omscore_adapters.storage_sqlite import statements as sql

_STATE_AFTER = {TaskOutcome.DONE: "done", TaskOutcome.RETRY: "waiting", TaskOutcome.DEAD: "dead"}


class StockMissedError(Exception):
    """Not every stock row could give what was asked; which cells were short is read after the writes are undone."""

    def __init__(self, takes: Sequence[tuple[StockRow, tuple[int, ...]]]) -> None:
        super().__init__(takes)
        self.takes = takes


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


def write_commit(cursor: sqlite3.Cursor, commit: Commit) -> str:
    """The answer now stored; an equal commit made before gives its answer and changes nothing."""
    key = commit.command_key
    if key is not None:
        used = cursor.execute(sql.ANSWER, (key,)).fetchone()
        if used is not None:
            if used[0] != commit.fingerprint:
                raise key_reused(key)
            answer: str = used[1]
            return answer
    checked_shape(commit)
    checked_texts(commit)
    if key is not None:
        answered = (key, commit.fingerprint, commit.answer, moment_text(commit.at))
        cursor.execute(sql.NEW_ANSWER, (*answered, *answered))
    if commit.changes:
        _write_streams(cursor, commit.changes)
    for claim in commit.claims:
        _take_claim(cursor, claim)
    for settlement in commit.settlements:
        _settle(cursor, settlement)
    if commit.tasks:
        _add_tasks(cursor, commit.tasks)
    for document in commit.vault:
        parameters = (document.person_id, document.name, document.body)
        cursor.execute(sql.VAULT_UNSEAL, parameters)
        cursor.execute(sql.VAULT_BLANK, parameters)
        cursor.execute(sql.VAULT_PUT, parameters)
        cursor.execute(sql.VAULT_SEAL, parameters[:2])
    if commit.moves:
        _move_stock(cursor, commit.moves)
    return commit.answer


def _write_streams(cursor: sqlite3.Cursor, changes: Sequence[StreamChange]) -> None:
    new: list[tuple[str, int, str, str]] = []
    next_states: list[tuple[int, str, str, int]] = []
    events: list[tuple[str, int, str, str, str, str]] = []
    listed: list[tuple[str, str, str, str]] = []
    unlisted: list[tuple[str, str, str, str]] = []
    last_at: datetime | None = None
    at, at_text = datetime.min, ""
    for change in changes:
        stream, version = change.stream, change.expected_version
        head = cursor.execute(sql.HEAD, (stream,)).fetchone()
        stream_id, found, chain = head or (0, 0, "")
        if found != version:
            raise version_conflict(stream, version, found)
        for record in change.events:
            if record.at is not last_at:  # the events of one commit mostly share their moment
                last_at, at = record.at, utc(record.at)
                at_text = at.isoformat(timespec="microseconds")
            version += 1
            chain = chained(chain, record if at is last_at else record._replace(at=at))
            events.append((stream, version, record.name, at_text, record.body, chain))
        if head is None:
            new.append((stream, version, change.state, chain))
        else:
            next_states.append((version, change.state, chain, stream_id))
        for name, key, sort in change.listed:
            listed.append((name, key, sort, stream))
        for name, key, sort in change.unlisted:
            unlisted.append((name, key, sort, stream))
    if new:
        cursor.executemany(sql.NEW_STREAM, new)
    if next_states:
        cursor.executemany(sql.NEXT_STATE, next_states)
    cursor.executemany(sql.EVENT, events)
    if unlisted:
        cursor.executemany(sql.UNLIST, unlisted)
    if listed:
        cursor.executemany(sql.LIST, listed)


def _take_claim(cursor: sqlite3.Cursor, claim: Claim) -> None:
    holder = cursor.execute(sql.CLAIMED, (claim.name,)).fetchone()
    if holder is None:
        cursor.execute(sql.NEW_CLAIM, (claim.name, claim.stream, claim.name, claim.stream))
    elif holder[0] != claim.stream:
        raise claim_conflict(claim.name, holder[0])


def _settle(cursor: sqlite3.Cursor, settlement: Settlement) -> None:
    due_at = None if settlement.due_at is None else moment_text(settlement.due_at)
    state, note = _STATE_AFTER[settlement.outcome], settlement.note
    cursor.execute(sql.SETTLE, (state, due_at, note, due_at, state, note, settlement.task_id, settlement.attempt))
    if cursor.rowcount != 1:
        raise stale_settlement(settlement)


def _add_tasks(cursor: sqlite3.Cursor, tasks: Sequence[TaskRequest]) -> None:
    rows = [(t.task_id, t.kind, moment_text(t.due_at), t.payload) for t in tasks]
    cursor.executemany(sql.NEW_TASK, [(*row, *row) for row in rows])


def _move_stock(cursor: sqlite3.Cursor, moves: Sequence[Move]) -> None:
    takes, gives = stock_changes(moves)
    if takes:
        cursor.executemany(sql.TAKE, [(*change, *row, *change) for row, change in takes])
        if cursor.rowcount != len(takes):
            raise StockMissedError(takes)
    if gives:
        cursor.executemany(sql.GIVE, [(*change, *row) for row, change in gives])


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
