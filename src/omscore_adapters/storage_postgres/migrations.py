"""From any older shape of the tables to the present one, a version at a time.

Each step is one transaction that ends by writing its number, so a program killed half-way leaves a store of the
version before, and the next one to open it goes on from there. A new store takes the same road from nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, LiteralString

import psycopg
from psycopg.sql import SQL, Identifier

from omscore_adapters.storage_postgres.functions import COMMIT_MANY, COMMIT_ONE
from omscore_adapters.storage_postgres.schema import VERSION_1
from omscore_adapters.storage_postgres.views import VIEWS

_BEGIN_STORE: Final = (*VERSION_1, "INSERT INTO meta (only_row, schema_version) VALUES (1, 1)")

_TASKS_BY_HAND: Final = (
    "ALTER TABLE tasks RENAME TO task_queue",
    "ALTER TABLE task_queue ADD COLUMN revived int NOT NULL DEFAULT 0 CHECK (revived BETWEEN 0 AND attempt)",
    "ALTER TABLE task_queue DROP CONSTRAINT tasks_state",
    """
    ALTER TABLE task_queue ADD CONSTRAINT tasks_state
        CHECK (state IN ('waiting', 'leased', 'done', 'dead', 'dropped'))
    """,
)

# The plain names are for the views that people read.
_STOCK_RENAMED: Final = ("ALTER TABLE stock RENAME TO stock_levels",)

_CHECKPOINTS: Final = (
    """
    CREATE TABLE checkpoints (
        number int PRIMARY KEY CHECK (number > 0),
        at text NOT NULL,
        heads int NOT NULL CHECK (heads >= 0),
        answers bigint NOT NULL CHECK (answers >= 0),
        claims bigint NOT NULL CHECK (claims >= 0),
        digest text NOT NULL UNIQUE
    )
    """,
    """
    CREATE TABLE heads (
        stream text COLLATE "C" NOT NULL,
        version int NOT NULL CHECK (version > 0),
        number int NOT NULL REFERENCES checkpoints (number),
        chain text NOT NULL,
        PRIMARY KEY (stream, version, number)
    )
    """,
)

# Beside the records of the shop: what its programs know of the adapters.
_HEALTH: Final = (
    """
    CREATE TABLE adapter_health (
        adapter text COLLATE "C" PRIMARY KEY,
        body text
    )
    """,
)

STEPS: Final[Mapping[int, tuple[LiteralString, ...]]] = {
    1: _BEGIN_STORE,
    2: (*_TASKS_BY_HAND, *_STOCK_RENAMED, *_CHECKPOINTS, *_HEALTH, *VIEWS, COMMIT_ONE, COMMIT_MANY),
}
"""The statements that lead to each version from the one before."""

SCHEMA_VERSION: Final = max(STEPS)
"""The shape this adapter reads and writes."""

_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended('omscore migrates ' || %s, 0))"


_AS_LONG_AS_IT_TAKES: Final = "SELECT set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true)"


def version_of(connection: psycopg.Connection[Any], schema: str) -> int | None:
    """The schema version of a store; 0 where there is none yet, None where no version can be read."""
    tables = {
        name
        for (name,) in connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r'", (schema,)
        )
    }
    if "meta" not in tables:
        return None if tables else 0
    row = connection.execute(SQL("SELECT schema_version FROM {}.meta").format(Identifier(schema))).fetchone()
    return None if row is None else int(row[0])


def migrate(connection: psycopg.Connection[Any], schema: str) -> None:
    """Brings a store to SCHEMA_VERSION; one that has it already, or a newer or unknown one, is left as it is."""
    for version in sorted(STEPS):
        with connection.transaction():
            connection.execute(_AS_LONG_AS_IT_TAKES)
            connection.execute(_ONE_AT_A_TIME, (schema,))
            if version_of(connection, schema) != version - 1:  # another program may have taken this step meanwhile
                continue
            if version == 1 and not _has_schema(connection, schema):
                connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
            for statement in STEPS[version]:
                connection.execute(statement)
            connection.execute("UPDATE meta SET schema_version = %s", (version,))


def _has_schema(connection: psycopg.Connection[Any], schema: str) -> bool:
    """Whether somebody made the schema already, for a user who may not make one."""
    return connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is not None
