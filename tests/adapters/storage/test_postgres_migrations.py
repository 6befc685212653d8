"""A PostgreSQL store of any version is brought up to date without loss, even when it is killed on the way."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from omscore.testing.conformance.storage.commits import lived, picture
from omscore_adapters.storage_postgres import PROVIDER, PostgresSettings
from omscore_adapters.storage_postgres.migrations import SCHEMA_VERSION, STEPS, migrate, version_of
from tests.kit.postgres import Server

Connection = psycopg.Connection[tuple[Any, ...]]

LIVED = (
    "INSERT INTO streams VALUES ('order/o1', 1, 'placed', 'c1')",
    "INSERT INTO events (stream, version, name, at, body, chain) VALUES ('order/o1', 1, 'Placed', 'noon', '{}', 'c1')",
    "INSERT INTO stock VALUES ('TEA', 'MUC', 'general', 5, 2, 0, 0, 0, 0, 0)",
    "INSERT INTO tasks (task_id, kind, due_at, payload) VALUES ('t1', 'mail', '2026-03-01T12:00:00.000000+00:00', '')",
    "INSERT INTO tasks VALUES ('t2', 'mail', 'noon', '', 3, 'dead', NULL, 'given up')",
    "INSERT INTO answers VALUES ('k1', 'f', 'order/o1!', 'noon')",
    "INSERT INTO claims VALUES ('reference:1', 'order/o1')",
    "INSERT INTO index_entries VALUES ('open', 'web', '1', 'order/o1')",
    "INSERT INTO vault VALUES ('per_1', 'person', 'Ada')",
)
TABLES = ("streams", "events", "stock_levels", "task_queue", "answers", "claims", "index_entries", "vault")
OLD_NAMES = {"stock_levels": "stock", "task_queue": "tasks"}


class Counting(psycopg.Connection[tuple[Any, ...]]):
    """Says of every statement that it comes, before it is sent."""

    comes: Callable[[], None]

    def execute(self, *statement: Any, **how: Any) -> Any:
        self.comes()
        return super().execute(*statement, **how)


@pytest.fixture
def first(postgres: Server) -> Iterator[PostgresSettings]:
    """A store of version 1 that holds something in every table."""
    settings = postgres.settings()
    make_first(settings)
    yield settings
    postgres.drop(settings.schema)


def make_first(settings: PostgresSettings) -> None:
    with connected(settings) as hand:
        hand.execute(SQL("CREATE SCHEMA {}").format(Identifier(settings.schema)))
        hand.execute("; ".join((*STEPS[1], *LIVED)))


def connected(settings: PostgresSettings) -> Connection:
    return psycopg.connect(settings.dsn, autocommit=True, options=f"-c search_path={settings.schema}")


def told(settings: PostgresSettings) -> dict[str, list[tuple[Any, ...]]]:
    """What the tables say, under the names and with the columns of any version."""
    with connected(settings) as hand:
        there = {name for (name,) in hand.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema")}
        rows = {}
        for table in TABLES:
            name = table if table in there else OLD_NAMES[table]
            rows[table] = hand.execute(SQL("SELECT * FROM {} ORDER BY 1").format(Identifier(name))).fetchall()
    rows["task_queue"] = [row[:8] for row in rows["task_queue"]]
    return rows


def shape(settings: PostgresSettings) -> dict[str, set[tuple[Any, ...]]]:
    """Columns, constraints, indexes, views and functions of a store."""
    queries = {
        "columns": "SELECT table_name, ordinal_position, column_name, data_type, is_nullable, column_default, "
        "collation_name FROM information_schema.columns WHERE table_schema = current_schema",
        "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = current_schema::regnamespace",
        "indexes": "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = current_schema",
        "views": "SELECT viewname, definition FROM pg_views WHERE schemaname = current_schema",
        "functions": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema::regnamespace",
    }
    with connected(settings) as hand:
        return {name: set(hand.execute(query).fetchall()) for name, query in queries.items()}


def test_a_store_of_the_first_version_keeps_all_it_held(first: PostgresSettings) -> None:
    before = told(first)
    with PROVIDER.open(first) as storage:
        assert storage.check_files() == ()
        assert storage.counts()["tasks.dead"] == 1
        assert storage.revive("t2", due_at=next(storage.all_tasks()).due_at)
        assert storage.drop("t2", note="given up")
        (_, dropped) = storage.all_tasks()
        assert (dropped.attempt, dropped.tries) == (3, 0)
    after = told(first)
    assert {name: rows for name, rows in after.items() if name != "task_queue"} == {
        name: rows for name, rows in before.items() if name != "task_queue"
    }


def test_a_migrated_store_is_made_like_a_new_one(
    first: PostgresSettings, emptied: Callable[[], PostgresSettings]
) -> None:
    new = emptied()
    for settings in (first, new):
        with PROVIDER.open(settings):
            pass
    old_shape, new_shape = shape(first), shape(new)
    assert {
        name: {tuple(str(part).replace(first.schema, new.schema) for part in row) for row in rows}
        for name, rows in old_shape.items()
    } == {name: {tuple(map(str, row)) for row in rows} for name, rows in new_shape.items()}


def statements_of_a_migration(settings: PostgresSettings) -> int:
    """How many statements a migration from version 1 sends."""
    sent = 0

    def count() -> None:
        nonlocal sent
        sent += 1

    with Counting.connect(settings.dsn, autocommit=True, options=f"-c search_path={settings.schema}") as connection:
        connection.comes = count
        migrate(connection, settings.schema)
    return sent


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # the child only runs SQL, then dies
def test_a_migration_killed_on_the_way_goes_on_where_it_was(postgres: Server, first: PostgresSettings) -> None:
    before = told(first)
    every = statements_of_a_migration(first)
    assert every > sum(map(len, STEPS.values())) - len(STEPS[1])
    for killed_at in (1, 2, *range(5, every, 5), every):
        settings = postgres.settings()
        make_first(settings)
        child = os.fork()
        if child == 0:
            _migrate_until_killed(settings, killed_at)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status)
        with connected(settings) as hand:
            assert version_of(hand, settings.schema) in (1, SCHEMA_VERSION)
        with PROVIDER.open(settings) as storage:
            assert storage.check_files() == ()
        assert told(settings) == before, f"killed before statement {killed_at}"


def _migrate_until_killed(settings: PostgresSettings, killed_at: int) -> None:
    """In a child: dies without a word before the statement of that number."""
    left = killed_at

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        connection = Counting.connect(settings.dsn, autocommit=True, options=f"-c search_path={settings.schema}")
        connection.comes = count
        migrate(connection, settings.schema)
    finally:
        os._exit(1)


def test_a_new_store_killed_while_it_is_made_is_made_by_the_next_to_open_it(postgres: Server) -> None:
    settings = postgres.settings()
    with connected(settings) as hand, hand.transaction(force_rollback=True):
        migrate(hand, settings.schema)
    with PROVIDER.open(settings) as storage:
        lived(storage)
        held = picture(storage)
    with PROVIDER.open(settings) as storage:
        assert picture(storage) == held
    postgres.drop(settings.schema)
