"""The tables of a store as SQL text: how they were in version 1. What became of them since is in `migrations`.

Every moment is ISO 8601 text in UTC with microseconds, so that the order of the text is the order of time.
"""

from __future__ import annotations

APPLICATION_ID = 0x4F4D5343
"""The mark in the file's header by which a store is known as ours (the letters OMSC)."""

VERSION_1 = (
    """
    CREATE TABLE meta (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        schema_version INTEGER NOT NULL CHECK (schema_version > 0)
    ) STRICT
    """,
    """
    CREATE TABLE streams (
        id INTEGER PRIMARY KEY,
        stream TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL CHECK (version > 0),
        state TEXT NOT NULL,
        chain TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        stream TEXT NOT NULL REFERENCES streams (stream),
        version INTEGER NOT NULL CHECK (version > 0),
        name TEXT NOT NULL,
        at TEXT NOT NULL,
        body TEXT NOT NULL,
        chain TEXT NOT NULL,
        UNIQUE (stream, version)
    ) STRICT
    """,
    """
    CREATE TABLE stock (
        sku TEXT NOT NULL,
        location TEXT NOT NULL,
        pool TEXT NOT NULL,
        sellable INTEGER NOT NULL CHECK (sellable >= 0),
        reserved INTEGER NOT NULL CHECK (reserved >= 0),
        allocated INTEGER NOT NULL CHECK (allocated >= 0),
        picked INTEGER NOT NULL CHECK (picked >= 0),
        held INTEGER NOT NULL CHECK (held >= 0),
        damaged INTEGER NOT NULL CHECK (damaged >= 0),
        expected INTEGER NOT NULL CHECK (expected >= 0),
        PRIMARY KEY (sku, location, pool)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE tasks (
        id INTEGER PRIMARY KEY,
        task_id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        due_at TEXT NOT NULL,
        payload TEXT NOT NULL,
        attempt INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
        state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'leased', 'done', 'dead')),
        leased_until TEXT CHECK ((leased_until IS NOT NULL) = (state = 'leased')),
        note TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    "CREATE INDEX tasks_by_state ON tasks (state, due_at, task_id)",
    """
    CREATE TABLE answers (
        command_key TEXT PRIMARY KEY NOT NULL,
        fingerprint TEXT NOT NULL,
        answer TEXT NOT NULL,
        at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE claims (
        name TEXT PRIMARY KEY NOT NULL,
        stream TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE index_entries (
        name TEXT NOT NULL,
        key TEXT NOT NULL,
        sort TEXT NOT NULL,
        stream TEXT NOT NULL REFERENCES streams (stream),
        PRIMARY KEY (name, key, sort, stream)
    ) STRICT, WITHOUT ROWID
    """,
    # Rows of the vault are appended and blanked where they are, never deleted or resized: when the engine moves rows
    # between pages it leaves stale copies in the gaps, which secure_delete does not reach.
    """
    CREATE TABLE vault (
        id INTEGER PRIMARY KEY,
        person_id TEXT NOT NULL,
        name TEXT NOT NULL,
        body TEXT NOT NULL,
        live INTEGER NOT NULL DEFAULT 1 CHECK (live IN (0, 1))
    ) STRICT
    """,
    "CREATE UNIQUE INDEX vault_live ON vault (person_id, name) WHERE live = 1",
)
