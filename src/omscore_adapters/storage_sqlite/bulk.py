"""A group of plain commits as one statement for each table, in half the time of one statement for each commit.

A commit is plain that begins streams nobody has begun and meets nothing in its way, as new orders mostly do. As soon as
a group holds anything else, all that was written of it is undone, and its commits are made one by one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from omscore.errors import InputError
from omscore.ports.storage import Commit
from omscore_adapters.storage_common import checked, stock_changes
from omscore_adapters.storage_sqlite import statements as sql
from omscore_adapters.storage_sqlite.seals import row_seal
from omscore_adapters.storage_sqlite.writing import moment_text, stream_rows, taking, task_rows


class NotPlainError(Exception):
    """The group cannot be written in one go; making its commits one by one shows why."""


def write_plain(cursor: sqlite3.Cursor, commits: Sequence[Commit]) -> tuple[str, ...]:
    """The answer of each commit, now stored. Raises: NotPlainError, and then the caller undoes what was written."""
    try:
        return _written(cursor, commits)
    except (InputError, sqlite3.IntegrityError, sqlite3.DataError, UnicodeError, OverflowError) as error:
        raise NotPlainError from error


def _written(cursor: sqlite3.Cursor, commits: Sequence[Commit]) -> tuple[str, ...]:
    changes = [change for commit in commits for change in commit.changes]
    if any([change.expected_version or change.unlisted for change in changes]):
        raise NotPlainError
    if any([commit.settlements or commit.vault or commit.unchanged for commit in commits]):
        raise NotPlainError
    for commit in commits:
        checked(commit)
    answers = [
        (commit.command_key, commit.fingerprint, commit.answer, moment_text(commit.at))
        for commit in commits
        if commit.command_key is not None
    ]
    _all(cursor, sql.NEW_ANSWER, [(*row, row_seal(*row)) for row in answers])
    begun, _, events, listed, _ = stream_rows(cursor, changes)
    _all(cursor, sql.NEW_STREAM, begun)
    _all(cursor, sql.EVENT, events)
    _all(cursor, sql.LIST, listed)
    claims = [(claim.name, claim.stream) for commit in commits for claim in commit.claims]
    _all(cursor, sql.NEW_CLAIM, [(*claim, row_seal(*claim)) for claim in claims])
    # A task that is there already is left as it is; that is no reason to begin again.
    cursor.executemany(sql.NEW_TASK, task_rows([task for commit in commits for task in commit.tasks]))
    moved = [stock_changes(commit.moves) for commit in commits if commit.moves]
    # What one commit gives another may take; taking first of all can only find too little, never too much.
    takes = [(*taking(change), row) for changed in moved for row, change in changed.takes]
    for statement, alike in groupby(takes, itemgetter(0)):  # in their order: what one gives, none before it may take
        _all(cursor, statement, [(*units, *row, *taken) for _, units, taken, row in alike])
    cursor.executemany(sql.GIVE, [(*change, *row) for changed in moved for row, change in changed.gives])
    return tuple([commit.answer for commit in commits])


def _all(cursor: sqlite3.Cursor, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Each row is written, or the group is not plain."""
    if rows and cursor.executemany(statement, rows).rowcount != len(rows):
        raise NotPlainError
