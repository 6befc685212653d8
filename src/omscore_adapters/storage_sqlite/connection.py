"""Opening a store's file: ours or nobody's, at a known schema version, with every promise of durability read back."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from typing import TypeVar

from omscore.errors import SetupError
from omscore_adapters.storage_sqlite.failures import Failure, failure, is_busy, primary_code
from omscore_adapters.storage_sqlite.migrations import SCHEMA_VERSION, migrate, version_of
from omscore_adapters.storage_sqlite.schema import APPLICATION_ID
from omscore_adapters.storage_sqlite.seals import offer_seals
from omscore_adapters.storage_sqlite.settings import SqliteSettings

T = TypeVar("T")

_SYNCHRONOUS = {"normal": 1, "full": 2}
_CACHE_KIB = 65_536
_CHECKPOINT_PAGES = 4_000


def connect(settings: SqliteSettings) -> sqlite3.Connection:
    """An open connection whose file is a store of ours; a missing or empty file becomes one unless read-only.

    Raises: SetupError for a missing file (read-only), somebody else's file, another schema version or a setting the
    engine did not take; DamageError for a file that cannot be read.
    """
    path = settings.path.absolute()
    if settings.read_only and not path.is_file():
        raise SetupError(
            f"storage.sqlite.path {path} does not exist, and reading makes no store; "
            "open the shop once, or mend the path"
        )
    if path.is_dir():
        raise SetupError(f"storage.sqlite.path {path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise SetupError(f"storage.sqlite.path {path} is in no folder that exists; create {path.parent} first")
    connection = _opened(settings, mode="ro" if settings.read_only else "rwc")
    try:
        retry_busy(lambda: _prepare(connection, settings), settings.busy_timeout_ms)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_to_snapshot(settings: SqliteSettings) -> sqlite3.Connection:
    """A connection of its own that sees a known store as it is at this moment, and goes on seeing it so."""
    connection = _opened(settings, mode="ro")
    try:
        connection.execute("PRAGMA temp_store = MEMORY").fetchall()
        connection.execute("BEGIN")
        retry_busy(lambda: version_of(connection), settings.busy_timeout_ms)  # the first look fixes the moment
    except BaseException:
        connection.close()
        raise
    return connection


def _opened(settings: SqliteSettings, *, mode: str) -> sqlite3.Connection:
    path = settings.path.absolute()
    try:
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
    except sqlite3.Error as error:
        raise SetupError(f"storage.sqlite.path {path} cannot be opened ({error}); check its rights") from error
    offer_seals(connection)
    connection.execute(f"PRAGMA busy_timeout = {settings.busy_timeout_ms:d}").fetchall()
    return connection


def retry_busy(step: Callable[[], T], timeout_ms: int) -> T:
    """What `step` gives, tried again with jitter while another process is in the way.

    Raises: ConflictError when it still is after `timeout_ms`.
    """
    deadline_s = time.monotonic() + timeout_ms / 1_000
    pause_s = 0.001
    while True:
        try:
            return step()
        except Failure as error:
            if not is_busy(error) or time.monotonic() >= deadline_s:
                raise failure(error) from error
            time.sleep(random.uniform(0, pause_s))  # noqa: S311 (spreads contenders, guards nothing)
            pause_s = min(pause_s * 2, 0.2)


def _prepare(connection: sqlite3.Connection, settings: SqliteSettings) -> None:
    connection.execute("BEGIN")  # one snapshot, as another process may be creating it right now
    try:
        ours = _is_ours(connection, settings)  # looked at before anything is written to it
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    if not ours:
        _create(connection)
    version = version_of(connection)
    if version != SCHEMA_VERSION and not settings.read_only:
        migrate(connection)
        version = version_of(connection)
    if version != SCHEMA_VERSION:
        cure = (
            "bring it up to date with `omscore migrate`, or open it once without read_only"
            if type(version) is int and version < SCHEMA_VERSION
            else "use the omscore it was written by or a newer one"
        )
        raise SetupError(
            f"storage.sqlite.path {settings.path} has schema version {version}, this omscore knows {SCHEMA_VERSION}; "
            f"{cure}"
        )
    synchronous = _SYNCHRONOUS[settings.synchronous]
    for pragma in (
        f"PRAGMA synchronous = {synchronous}",
        "PRAGMA foreign_keys = ON",
        "PRAGMA secure_delete = ON",
        "PRAGMA temp_store = MEMORY",  # a savepoint's undo journal holds pages, so it must not become a file
        f"PRAGMA cache_size = -{_CACHE_KIB}",
        f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}",
    ):
        connection.execute(pragma).fetchall()
    for name, wanted in (
        ("journal_mode", "wal"),
        ("synchronous", synchronous),
        ("foreign_keys", 1),
        ("secure_delete", 1),
        ("temp_store", 2),
        ("busy_timeout", settings.busy_timeout_ms),
    ):
        found = _value(connection, f"PRAGMA {name}")
        if found != wanted:
            raise SetupError(
                f"storage.sqlite.path {settings.path}: {name} is {found!r} but must be {wanted!r}; "
                "use a file system and an SQLite library that support it"
            )


def _is_ours(connection: sqlite3.Connection, settings: SqliteSettings) -> bool:
    foreign = SetupError(f"storage.sqlite.path {settings.path} is not an omscore store; name another file")
    try:
        mark = _value(connection, "PRAGMA application_id")
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        raise (foreign if primary_code(error) == sqlite3.SQLITE_NOTADB else error) from error
    if mark == APPLICATION_ID and "meta" in tables:
        return True
    if mark or tables or settings.read_only:
        raise foreign
    return False


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA page_size = 8192")
    connection.execute("PRAGMA auto_vacuum = NONE")  # it moves rows, see the vault in the schema
    connection.execute("PRAGMA journal_mode = WAL").fetchall()


def _value(connection: sqlite3.Connection, query: str) -> object:
    with closing(connection.execute(query)) as cursor:
        row = cursor.fetchone()
    return None if row is None else row[0]


def shut(connection: sqlite3.Connection, *, read_only: bool) -> None:
    """Closes the connection, folding the write-ahead log into the file when nobody else is using it."""
    if not read_only:
        with suppress(sqlite3.Error):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
