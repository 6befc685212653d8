"""The same audit on a PostgreSQL store: clean after a full life, blind to nothing that SQL can change, and mending."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from omscore.audit import Law, audit, repair
from omscore.codec import Codec
from omscore.engine.contexts import BY_PREFIX, EVENTS
from omscore.ports.storage import EventRecord, Storage, chained
from omscore.testing.conformance.storage.commits import picture
from omscore_adapters.storage_postgres import PROVIDER, PostgresSettings
from tests.audit import little_shop
from tests.cli.conftest import run
from tests.kit.postgres import Server


class Hand:
    """Changes the tables of one store behind its back."""

    def __init__(self, storage: Storage, table: str, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self.storage = storage
        self.table = table
        self._connection = connection

    def sql(self, statement: str, *parameters: object) -> None:
        """At least one row must change, or the forgery would prove nothing."""
        done = self._connection.execute(statement, parameters)
        assert done.rowcount > 0, statement

    def vanish(self, stream: str) -> None:
        """Take a whole stream away, with its place in the index and the names that lead to it."""
        self._connection.execute("DELETE FROM index_entries WHERE stream = %s", (stream,))
        self._connection.execute("DELETE FROM claims WHERE stream = %s", (stream,))
        self.sql("DELETE FROM events WHERE stream = %s", stream)
        self.sql("DELETE FROM streams WHERE stream = %s", stream)

    def drop_last(self, stream: str) -> None:
        """Take the last event away and make the record and its seal fit again."""
        codec, context = Codec(EVENTS), BY_PREFIX[stream.partition("/")[0]]
        *kept, last = self.storage.events(stream=stream)
        state: Any = None
        for event in kept:
            state = context.evolve(state, codec.event(event.name, event.at, event.body))
        self.sql("DELETE FROM events WHERE stream = %s AND version = %s", stream, last.version)
        self.sql(
            "UPDATE streams SET version = %s, chain = %s, state = %s WHERE stream = %s",
            kept[-1].version,
            kept[-1].chain,
            codec.text(state),
            stream,
        )

    def resealed(self, stream: str, old: str, new: str) -> None:
        """Change the first event of a stream of one event, its seal and its record."""
        (event,) = self.storage.events(stream=stream)
        body = event.body.replace(old, new)
        assert body != event.body
        chain = chained("", EventRecord(event.name, datetime.fromisoformat(event.at.isoformat()), body))
        self.sql("UPDATE events SET body = %s, chain = %s WHERE stream = %s", body, chain, stream)
        self.sql(
            "UPDATE streams SET state = replace(state, %s, %s), chain = %s WHERE stream = %s", old, new, chain, stream
        )


LIVED = "lived"


def made(postgres: Server, command: str) -> None:
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(command)


@pytest.fixture(scope="module")
def lived(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The connection string of a database whose store has lived a full life, sealed by a checkpoint; to be copied."""
    made(postgres, f"CREATE DATABASE {LIVED}")
    dsn = postgres.dsn.replace("/postgres", f"/{LIVED}")
    with little_shop.opened(tmp_path_factory.mktemp(LIVED), storage={"postgres": {"dsn": dsn}}) as shop:
        little_shop.live(shop)
        shop.storage.checkpoint(little_shop.now(shop))
    return dsn


@pytest.fixture
def hand(postgres: Server, lived: str) -> Iterator[Hand]:
    """A copy of that database in a hand that may do anything to it."""
    made(postgres, f"CREATE DATABASE copied TEMPLATE {LIVED}")
    dsn = lived.replace(f"/{LIVED}", "/copied")
    try:
        with (
            PROVIDER.open(PostgresSettings(dsn=dsn)) as storage,
            psycopg.connect(dsn, autocommit=True, options="-c search_path=omscore") as connection,
        ):
            yield Hand(storage, f'dsn = "{dsn}"', connection)
    finally:
        made(postgres, "DROP DATABASE copied")


def test_derived_rows_changed_by_sql_are_found_and_mended(hand: Hand) -> None:
    before = picture(hand.storage)
    assert audit(hand.storage).findings == ()
    hand.sql("UPDATE streams SET state = replace(state, ':250', ':251') WHERE stream = 'item/TEA'")
    hand.sql("UPDATE stock_levels SET sellable = sellable + 1 WHERE sku = 'CARD'")
    hand.sql("DELETE FROM stock_levels WHERE sku = 'LEAF'")
    hand.sql("INSERT INTO stock_levels VALUES ('TEA', 'ULM', 'general', 0, 0, 0, 0, 0, 0, 0)")
    hand.sql("DELETE FROM index_entries WHERE stream = 'order/o4'")
    hand.sql("INSERT INTO index_entries (name, key, sort, stream) VALUES ('odd', '', '1', 'order/o1')")
    hand.sql("UPDATE claims SET stream = 'order/o2' WHERE name = 'reference:web:1001'")
    report = audit(hand.storage)
    assert {finding.law for finding in report.findings} == {Law.REPLAY, Law.STOCK, Law.INDEX, Law.CLAIMS}
    assert repair(hand.storage, report) == len(report.cures) >= 8
    assert audit(hand.storage).findings == ()
    assert picture(hand.storage) == before


def test_what_vanishes_after_a_checkpoint_is_found_wherever_it_was(hand: Hand) -> None:
    hand.sql("DELETE FROM answers")
    hand.vanish("customer/bob")
    hand.drop_last("cart/c2")
    hand.resealed("item/CARD", "given away", "sold dear!")
    hand.sql("DELETE FROM events WHERE stream = 'payment/o1.p1' AND version = 2")
    hand.sql(
        "UPDATE events SET body = replace(body, 'chipped', 'cracked') WHERE stream = 'return/o1.r1' AND version = 1"
    )
    report = audit(hand.storage)
    found = {(finding.law, finding.where) for finding in report.findings}
    assert {
        (Law.CHECKPOINTS, "checkpoint 1"),
        (Law.CHECKPOINTS, "customer/bob"),
        (Law.CHECKPOINTS, "cart/c2"),
        (Law.CHECKPOINTS, "item/CARD event 1"),
        (Law.LOG, "payment/o1.p1 event 2"),
        (Law.LOG, "return/o1.r1 event 1"),
    } <= found
    assert not any(finding.law is Law.STOCK and finding.cure for finding in report.findings)


def test_the_commands_find_the_store_by_its_shop_toml(hand: Hand, tmp_path: Path) -> None:
    toml = little_shop.SHOP.replace("[storage.memory]", f"[storage.postgres]\n{hand.table}")
    (tmp_path / "shop.toml").write_text(toml, encoding="utf-8")
    (tmp_path / "rates.csv").write_text(little_shop.RATES, encoding="utf-8")
    sealed = run("checkpoint", tmp_path / "shop.toml", "--json", tmp_path / "sealed.json")
    assert sealed.exit_code == 0, sealed.output
    digest = json.loads((tmp_path / "sealed.json").read_text("utf-8"))["digest"]
    assert run("audit", tmp_path / "shop.toml", "--anchor", digest).exit_code == 0
    hand.sql("UPDATE stock_levels SET sellable = sellable + 1 WHERE sku = 'CARD'")
    assert run("audit", tmp_path / "shop.toml").exit_code == 1
    assert run("audit", tmp_path / "shop.toml", "--repair", "--yes").exit_code == 0
    assert run("audit", tmp_path / "shop.toml").exit_code == 0


def test_the_commands_take_the_url_of_a_database_and_print_no_password(hand: Hand) -> None:
    url = hand.table.removeprefix('dsn = "').removesuffix('"').replace("shop@", "shop:tell-nobody@")
    assert url.startswith("postgresql://")
    for command, says in (
        (("audit", url), "laws hold"),
        (("checkpoint", url), "Digest"),
        (("migrate", url), "The database is up to date."),
    ):
        done = run(*command)
        assert done.exit_code == 0, done.output
        assert says in done.output
        assert "tell-nobody" not in done.output
    for refusable in (("show", "no-such-order", "--db", url), ("audit", url.replace("/copied", "/nowhere"))):
        refused = run(*refusable)
        assert refused.exit_code == 2, refused.output
        assert "tell-nobody" not in refused.output


def test_a_shop_at_work_is_audited_as_it_was_at_one_moment(hand: Hand) -> None:
    def meddle(done: int, _total: int) -> None:
        if done == 0:
            hand.vanish("customer/bob")

    assert audit(hand.storage, progress=meddle).findings == ()
    assert audit(hand.storage).findings != ()
