"""A store of any released version is brought up to date without losing anything, even when it is killed on the way."""

from __future__ import annotations

import gzip
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from omscore.audit import audit
from omscore.errors import SetupError
from omscore.testing.conformance.storage.commits import picture
from omscore_adapters.storage_sqlite import SqliteSettings, SqliteStorage
from omscore_adapters.storage_sqlite.migrations import SCHEMA_VERSION, STEPS, migrate, version_of
from tests.cli.conftest import run

RELEASED = Path(__file__).parent / "released"
VERSIONS = range(1, SCHEMA_VERSION)


def released(version: int, folder: Path) -> Path:
    """A copy of the database of that version."""
    file = folder / "shop.db"
    file.write_bytes(gzip.decompress((RELEASED / f"sqlite-{version}.db.gz").read_bytes()))
    return file


def told(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """What a version 1 file says in plain SQL, under the names its tables have now."""
    with closing(sqlite3.connect(file)) as connection:
        new_names = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'stock_levels'").fetchone()
        stock, tasks = ("stock_levels", "task_queue") if new_names else ("stock", "tasks")
        return {
            table: connection.execute(query).fetchall()
            for table, query in {
                "streams": "SELECT * FROM streams",
                "events": "SELECT * FROM events",
                "answers": "SELECT command_key, fingerprint, answer, at FROM answers",
                "claims": "SELECT name, stream FROM claims",
                "index": "SELECT * FROM index_entries",
                "vault": "SELECT * FROM vault",
                "stock": f"SELECT * FROM {stock}",  # noqa: S608 (one of two names above)
                "tasks": f"SELECT id, task_id, kind, due_at, payload, attempt, state, leased_until, note FROM {tasks}",  # noqa: S608
            }.items()
        }


@pytest.fixture
def opened() -> Iterator[Callable[..., SqliteStorage]]:
    """Opens a file, and closes it at the end."""
    stores: list[SqliteStorage] = []

    def open_store(file: Path, **settings: object) -> SqliteStorage:
        stores.append(SqliteStorage(SqliteSettings(path=file, **settings)))  # type: ignore[arg-type]
        return stores[-1]

    yield open_store
    for store in stores:
        store.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_store_of_every_released_version_opens_with_all_it_held_and_audits_clean(
    opened: Callable[..., SqliteStorage], tmp_path: Path, version: int
) -> None:
    file = released(version, tmp_path)
    before = told(file)
    store = opened(file)
    assert store.counts()["events"] > 600
    assert audit(store).findings == ()
    store.close()
    assert told(file) == before


def test_a_migrated_store_is_made_like_a_new_one(opened: Callable[..., SqliteStorage], tmp_path: Path) -> None:
    old, new = released(1, tmp_path), tmp_path / "new.db"
    opened(old).close()
    opened(new).close()

    def shape(file: Path) -> set[tuple[object, ...]]:
        with closing(sqlite3.connect(file)) as connection:
            return set(connection.execute("SELECT type, name, sql FROM sqlite_schema"))

    assert shape(old) == shape(new)


STATEMENTS = sum(len(statements) + 3 for statements in STEPS.values())
"""Each step also begins, writes its number and commits."""


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # the child only runs SQL, then dies
@pytest.mark.parametrize("killed_at", range(1, STATEMENTS + 1))
def test_a_migration_killed_at_any_statement_goes_on_where_it_was(
    opened: Callable[..., SqliteStorage], tmp_path: Path, killed_at: int
) -> None:
    file = released(1, tmp_path)
    before = told(file)
    child = os.fork()
    if child == 0:
        _migrate_until_killed(file, killed_at)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    with closing(sqlite3.connect(file)) as connection:
        assert version_of(connection) in (1, SCHEMA_VERSION)
    store = opened(file)
    assert store.check_files() == ()
    store.close()
    assert told(file) == before


def _migrate_until_killed(file: Path, killed_at: int) -> None:
    """In a child: dies without a word before the statement of that number, or ends well when there are fewer."""
    seen = 0

    def count(_: str) -> None:
        nonlocal seen
        seen += 1
        if seen == killed_at:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        connection = sqlite3.connect(file, isolation_level=None)
        connection.set_trace_callback(count)
        migrate(connection)
        os._exit(0)
    finally:
        os._exit(1)


def test_the_last_kill_comes_after_the_end(tmp_path: Path) -> None:
    """Otherwise some statement would never be the one it is killed at."""
    file = released(1, tmp_path)
    seen: list[str] = []
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.set_trace_callback(seen.append)
        migrate(connection)
    assert len(seen) <= STATEMENTS


def test_a_store_that_may_only_be_read_is_told_how_to_be_brought_up_to_date(
    opened: Callable[..., SqliteStorage], tmp_path: Path
) -> None:
    file = released(1, tmp_path)
    content = file.read_bytes()
    with pytest.raises(SetupError, match=f"schema version 1, this omscore knows {SCHEMA_VERSION}.*omscore migrate"):
        opened(file, read_only=True)
    assert file.read_bytes() == content


def test_omscore_migrate_brings_a_database_up_to_date(opened: Callable[..., SqliteStorage], tmp_path: Path) -> None:
    file = released(1, tmp_path)
    refused = run("audit", file)
    assert refused.exit_code == 2
    assert "omscore migrate" in " ".join(refused.output.split())
    done = run("migrate", file)
    assert (done.exit_code, "up to date" in done.output) == (0, True)
    assert run("audit", file).exit_code == 0
    before = picture(opened(file, read_only=True))
    assert run("migrate", file).exit_code == 0
    assert picture(opened(file, read_only=True)) == before
