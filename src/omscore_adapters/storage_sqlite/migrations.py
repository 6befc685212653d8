"""From any older shape of the tables to the present one, a version at a time.

Each step is one transaction that ends by writing its number, so a program killed half-way leaves a store of the
version before, and the next one to open it goes on from there. A new store takes the same road from nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from omscore_adapters.storage_sqlite.schema import APPLICATION_ID, VERSION_1
from omscore_adapters.storage_sqlite.seals import ADDED, offer_seals
from omscore_adapters.storage_sqlite.views import VIEWS

_BEGIN_STORE: Final = (
    *VERSION_1,
    "INSERT INTO meta (only, schema_version) VALUES (1, 1)",
    f"PRAGMA application_id = {APPLICATION_ID}",
)

# Tasks may be revived and dropped by hand. A CHECK cannot be changed in place, so the table is made anew.
_TASKS_BY_HAND: Final = (
    """
    CREATE TABLE task_queue (
        id INTEGER PRIMARY KEY,
        task_id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        due_at TEXT NOT NULL,
        payload TEXT NOT NULL,
        attempt INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
        revived INTEGER NOT NULL DEFAULT 0 CHECK (revived BETWEEN 0 AND attempt),
        state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'leased', 'done', 'dead', 'dropped')),
        leased_until TEXT CHECK ((leased_until IS NOT NULL) = (state = 'leased')),
        note TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    """
    INSERT INTO task_queue (id, task_id, kind, due_at, payload, attempt, state, leased_until, note)
    SELECT id, task_id, kind, due_at, payload, attempt, state, leased_until, note FROM tasks
    """,
    "DROP TABLE tasks",
    "CREATE INDEX tasks_by_state ON task_queue (state, due_at, task_id)",
)

# The plain names are for the views that people read.
_STOCK_RENAMED: Final = ("ALTER TABLE stock RENAME TO stock_levels",)

# What the seals inside the streams cannot show, checkpoints do: `seq` is how far into the log each one looked.
_CHECKPOINTS: Final = (
    """
    CREATE TABLE checkpoints (
        number INTEGER PRIMARY KEY CHECK (number > 0),
        at TEXT NOT NULL,
        heads INTEGER NOT NULL CHECK (heads >= 0),
        answers INTEGER NOT NULL CHECK (answers >= 0),
        claims INTEGER NOT NULL CHECK (claims >= 0),
        digest TEXT NOT NULL UNIQUE,
        seq INTEGER NOT NULL CHECK (seq >= 0)
    ) STRICT
    """,
    """
    CREATE TABLE heads (
        stream TEXT NOT NULL,
        version INTEGER NOT NULL CHECK (version > 0),
        number INTEGER NOT NULL REFERENCES checkpoints (number),
        chain TEXT NOT NULL,
        PRIMARY KEY (stream, version, number)
    ) STRICT, WITHOUT ROWID
    """,
)

# Beside the records of the shop: what its programs know of the adapters.
_HEALTH: Final = (
    """
    CREATE TABLE adapter_health (
        adapter TEXT PRIMARY KEY NOT NULL,
        body TEXT NOT NULL
    ) STRICT
    """,
)

STEPS: Final[Mapping[int, tuple[str, ...]]] = {
    1: _BEGIN_STORE,
    2: (*_TASKS_BY_HAND, *_STOCK_RENAMED, *VIEWS, *ADDED, *_CHECKPOINTS, *_HEALTH),
}
"""The statements that lead to each version from the one before."""

SCHEMA_VERSION: Final = max(STEPS)
"""The shape this adapter reads and writes."""


def version_of(connection: sqlite3.Connection) -> object:
    """The schema version of a store; 0 for an empty file, None where no version can be read."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if "meta" not in tables:
        return None if tables else 0
    row = connection.execute("SELECT schema_version FROM meta").fetchone()
    return None if row is None else row[0]


def migrate(connection: sqlite3.Connection) -> None:
    """Brings a store to SCHEMA_VERSION; one that has it already, or a newer or unknown one, is left as it is."""
    offer_seals(connection)
    for version in sorted(STEPS):
        _step(connection, version)


def _step(connection: sqlite3.Connection, version: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if version_of(connection) == version - 1:  # another process may have taken this step meanwhile
            for statement in STEPS[version]:
                connection.execute(statement)
            connection.execute("UPDATE meta SET schema_version = ?", (version,))
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
