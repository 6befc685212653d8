"""A PostgreSQL store opens only where its promises can be kept; otherwise it says what is wrong and what to do."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from omscore.errors import ConflictError, PortTransientError, SetupError
from omscore.testing.conformance.storage.commits import keyed, lived, picture, received
from omscore_adapters.storage_postgres import PROVIDER, PostgresSettings
from tests.kit.postgres import HOST, Server


@pytest.fixture
def settings(emptied: Callable[[], PostgresSettings]) -> PostgresSettings:
    """Those of an empty store."""
    return emptied()


@pytest.fixture
def hand(postgres: Server) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """The server's administrator."""
    with psycopg.connect(postgres.dsn, autocommit=True) as hand:
        yield hand


@pytest.fixture
def database(hand: psycopg.Connection[tuple[Any, ...]]) -> Iterator[str]:
    """The name of a database of the test's own, to be created and spoiled by it."""
    yield "spoiled"
    hand.execute("DROP DATABASE IF EXISTS spoiled")


def opened(settings: PostgresSettings) -> None:
    with PROVIDER.open(settings):
        pass


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"schema": 'shop"; DROP SCHEMA public'}, r"storage\.postgres\.schema is .* small letters"),
        ({"schema": "Shop"}, r"storage\.postgres\.schema"),
        ({"schema": "pg_shop"}, r"storage\.postgres\.schema"),
        ({"schema": "s" * 64}, r"storage\.postgres\.schema"),
        ({"connections": 0}, r"storage\.postgres\.connections is 0; write a number from 1 to 200"),
        ({"lock_timeout_ms": 0}, r"storage\.postgres\.lock_timeout_ms is 0"),
        ({"statement_timeout_ms": True}, r"storage\.postgres\.statement_timeout_ms is True"),
        ({"synchronous": "normal"}, r'storage\.postgres\.synchronous is .*write "full" or "off"'),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_with_its_path(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(SetupError, match=says):
        PostgresSettings(dsn="postgresql://localhost/shop", **wrong)


@pytest.mark.parametrize(
    ("dsn", "says"),
    [
        ("shop.db", r"storage\.postgres\.dsn is no connection string"),
        ("postgresql://{user}@{host}:{port}/nowhere", r"storage\.postgres\.dsn leads nowhere .*does not exist"),
        ("postgresql://nobody_here@{host}:{port}/postgres", r"storage\.postgres\.dsn leads nowhere .*does not exist"),
    ],
)
def test_a_dsn_that_leads_nowhere_is_refused_with_a_cure(postgres: Server, dsn: str, says: str) -> None:
    with pytest.raises(SetupError, match=says):
        opened(PostgresSettings(dsn=dsn.format(user="shop", host=HOST, port=postgres.port)))


def test_a_server_that_is_not_there_yet_may_be_there_later() -> None:
    with socket.socket() as unused:
        unused.bind((HOST, 0))
        port = unused.getsockname()[1]
        with pytest.raises(PortTransientError, match=r"cannot be reached .*storage\.postgres\.dsn"):
            opened(PostgresSettings(dsn=f"postgresql://shop@{HOST}:{port}/shop"))


def test_the_password_of_a_dsn_is_in_no_message(postgres: Server) -> None:
    settings = PostgresSettings(dsn=f"postgresql://shop:tell-nobody@{HOST}:{postgres.port}/nowhere")
    with pytest.raises(SetupError) as refused:
        opened(settings)
    assert "tell-nobody" not in f"{refused.value} {refused.value!r} {settings} {settings!r}"


def test_a_server_that_may_lose_answered_commits_is_refused_unless_that_is_wanted(
    settings: PostgresSettings, postgres: Server
) -> None:
    careless = f"{settings.dsn}?options=-csynchronous_commit%3Doff"
    with pytest.raises(SetupError, match=r'synchronous_commit is off.*accept that with synchronous = "off"'):
        opened(postgres.settings(dsn=careless, schema=settings.schema))
    with PROVIDER.open(postgres.settings(dsn=careless, schema=settings.schema, synchronous="off")) as storage:
        assert storage.commit(keyed("k1", "order/o1")) == "order/o1!"


def test_a_database_that_cannot_hold_every_letter_is_refused(
    postgres: Server, hand: psycopg.Connection[tuple[Any, ...]], database: str
) -> None:
    hand.execute("CREATE DATABASE spoiled TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(SetupError, match="a database in LATIN1; create one with encoding UTF8"):
        opened(postgres.settings(dsn=postgres.dsn.replace("/postgres", f"/{database}")))


def test_a_server_older_than_the_oldest_that_will_do_is_refused(
    settings: PostgresSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omscore_adapters.storage_postgres.connections.OLDEST_SERVER", 990_000)
    with pytest.raises(SetupError, match=r"storage\.postgres\.dsn leads to PostgreSQL \d+; omscore needs 99 or later"):
        opened(settings)


def test_a_store_of_a_newer_omscore_is_refused_and_left_as_it_is(
    settings: PostgresSettings, hand: psycopg.Connection[tuple[Any, ...]]
) -> None:
    with PROVIDER.open(settings) as storage:
        lived(storage)
    with changed_version(hand, settings.schema, 99), pytest.raises(SetupError, match=r"schema version 99.*newer one"):
        opened(settings)
    with PROVIDER.open(settings) as storage:
        assert storage.counts()["events"] == 2


@contextmanager
def changed_version(hand: psycopg.Connection[tuple[Any, ...]], schema: str, version: int) -> Iterator[None]:
    hand.execute("SELECT set_config('search_path', %s, false)", [schema])
    ((before,),) = hand.execute("SELECT schema_version FROM meta").fetchall()
    hand.execute("UPDATE meta SET schema_version = %s", [version])
    yield
    hand.execute("UPDATE meta SET schema_version = %s", [before])


def test_a_schema_that_holds_something_else_is_not_touched(
    postgres: Server, hand: psycopg.Connection[tuple[Any, ...]]
) -> None:
    settings = postgres.settings(schema="library")
    hand.execute("CREATE SCHEMA library CREATE TABLE streams (trout int)")
    try:
        with pytest.raises(SetupError, match=r"schema library has schema version None.*name another schema"):
            opened(settings)
        held = hand.execute("SELECT relname FROM pg_class WHERE relnamespace = 'library'::regnamespace").fetchall()
        assert held == [("streams",)]
    finally:
        postgres.drop("library")


def test_tables_of_other_schemas_and_temporary_ones_are_never_taken_for_our_own(
    settings: PostgresSettings, hand: psycopg.Connection[tuple[Any, ...]]
) -> None:
    hand.execute("CREATE TABLE public.streams (stream text, version int, state text, chain text)")
    try:
        with PROVIDER.open(settings) as storage:
            lived(storage)
            assert storage.counts()["streams"] == 2
        assert hand.execute("SELECT count(*) FROM public.streams").fetchall() == [(0,)]
    finally:
        hand.execute("DROP TABLE public.streams")


def test_a_user_who_may_not_make_schemas_opens_a_store_in_one_made_for_him(
    postgres: Server, hand: psycopg.Connection[tuple[Any, ...]]
) -> None:
    hand.execute("CREATE ROLE clerk LOGIN")
    try:
        settings = postgres.settings(dsn=postgres.dsn.replace("shop@", "clerk@"), schema="made_for_clerk")
        with pytest.raises(SetupError, match=r"does not allow this \(permission denied.*rights of its user"):
            opened(settings)
        hand.execute("CREATE SCHEMA made_for_clerk AUTHORIZATION clerk")
        with PROVIDER.open(settings) as storage:
            lived(storage)
            assert storage.vault_erase("per_1") == 1  # type: ignore[arg-type]
    finally:
        postgres.drop("made_for_clerk")
        hand.execute("DROP ROLE clerk")


def test_a_store_that_may_only_be_read_takes_nothing_and_shows_everything(
    settings: PostgresSettings, postgres: Server
) -> None:
    with PROVIDER.open(settings) as storage:
        lived(storage)
        held = picture(storage)
    with PROVIDER.open(postgres.settings(schema=settings.schema, read_only=True)) as storage:
        with pytest.raises(SetupError, match="check read_only"):
            storage.commit(received(1))
        assert picture(storage) == held


def test_a_store_that_may_only_be_read_is_not_made_where_there_is_none(postgres: Server) -> None:
    with pytest.raises(SetupError, match="has schema version 0"):
        opened(postgres.settings(read_only=True))


def test_programs_that_open_a_new_store_at_the_same_moment_all_find_it_made(postgres: Server) -> None:
    settings = postgres.settings()
    with ThreadPoolExecutor(4) as programs:
        list(programs.map(opened, [settings] * 4))
    postgres.drop(settings.schema)


def test_rows_that_others_hold_longer_than_the_lock_timeout_are_a_conflict(
    settings: PostgresSettings, postgres: Server
) -> None:
    patient = postgres.settings(schema=settings.schema, lock_timeout_ms=10)
    path = f"-c search_path={settings.schema}"
    with PROVIDER.open(patient) as storage, psycopg.connect(settings.dsn, options=path) as other:
        storage.commit(received(1))
        other.execute("SELECT 1 FROM stock_levels FOR UPDATE")
        with pytest.raises(ConflictError) as refused:
            storage.commit(received(1))
        assert refused.value.code == "conflict.busy"
        other.rollback()
        storage.commit(received(1))
        assert storage.stock(["TEA"])[0].sellable == 2


def test_a_connection_that_is_not_to_be_had_is_said_so_with_a_cure(
    settings: PostgresSettings, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omscore_adapters.storage_postgres.connections.WAIT_S", 0.01)
    with PROVIDER.open(postgres.settings(schema=settings.schema, connections=1)) as storage:
        lived(storage)
        rows = storage.events()
        next(rows)  # it holds the only connection
        with pytest.raises(PortTransientError, match=re.escape("raise storage.postgres.connections")):
            storage.counts()
        del rows
        assert storage.counts()["events"] == 2
