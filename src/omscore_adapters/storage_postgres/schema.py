"""The tables of a store as SQL text: how they were in version 1. What became of them since is in `migrations`.

Every moment is ISO 8601 text in UTC with microseconds, as in every store, and text is compared byte by byte, so that
the order of the text is the order of time and of Python.
"""

from __future__ import annotations

from typing import Final

VERSION_1: Final = (
    """
    CREATE TABLE meta (
        only_row int PRIMARY KEY CHECK (only_row = 1),
        schema_version int NOT NULL CHECK (schema_version > 0)
    )
    """,
    """
    CREATE TABLE streams (
        stream text COLLATE "C" PRIMARY KEY,
        version int NOT NULL CHECK (version > 0),
        state text NOT NULL,
        chain text NOT NULL
    )
    """,
    """
    CREATE TABLE events (
        seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        stream text COLLATE "C" NOT NULL REFERENCES streams (stream),
        version int NOT NULL CHECK (version > 0),
        name text NOT NULL,
        at text NOT NULL,
        body text NOT NULL,
        chain text NOT NULL,
        UNIQUE (stream, version)
    )
    """,
    """
    CREATE TABLE stock (
        sku text COLLATE "C" NOT NULL,
        location text COLLATE "C" NOT NULL,
        pool text COLLATE "C" NOT NULL,
        sellable bigint NOT NULL CHECK (sellable >= 0),
        reserved bigint NOT NULL CHECK (reserved >= 0),
        allocated bigint NOT NULL CHECK (allocated >= 0),
        picked bigint NOT NULL CHECK (picked >= 0),
        held bigint NOT NULL CHECK (held >= 0),
        damaged bigint NOT NULL CHECK (damaged >= 0),
        expected bigint NOT NULL CHECK (expected >= 0),
        PRIMARY KEY (sku, location, pool)
    ) WITH (fillfactor = 50)
    """,
    """
    CREATE TABLE tasks (
        task_id text COLLATE "C" PRIMARY KEY,
        kind text NOT NULL,
        due_at text COLLATE "C" NOT NULL,
        payload text NOT NULL,
        attempt int NOT NULL DEFAULT 0 CHECK (attempt >= 0),
        state text NOT NULL DEFAULT 'waiting'
            CONSTRAINT tasks_state CHECK (state IN ('waiting', 'leased', 'done', 'dead')),
        leased_until text COLLATE "C" CHECK ((leased_until IS NOT NULL) = (state = 'leased')),
        note text NOT NULL DEFAULT ''
    )
    """,
    "CREATE INDEX tasks_waiting ON tasks (due_at, task_id) WHERE state = 'waiting'",
    "CREATE INDEX tasks_leased ON tasks (leased_until) WHERE state = 'leased'",
    """
    CREATE TABLE answers (
        command_key text COLLATE "C" PRIMARY KEY,
        fingerprint text NOT NULL,
        answer text NOT NULL,
        at text NOT NULL
    )
    """,
    """
    CREATE TABLE claims (
        name text COLLATE "C" PRIMARY KEY,
        stream text COLLATE "C" NOT NULL
    )
    """,
    """
    CREATE TABLE index_entries (
        name text COLLATE "C" NOT NULL,
        key text COLLATE "C" NOT NULL,
        sort text COLLATE "C" NOT NULL,
        stream text COLLATE "C" NOT NULL REFERENCES streams (stream),
        PRIMARY KEY (name, key, sort, stream)
    )
    """,
    """
    CREATE TABLE vault (
        person_id text COLLATE "C" NOT NULL,
        name text COLLATE "C" NOT NULL,
        body text NOT NULL,
        PRIMARY KEY (person_id, name)
    )
    """,
)
