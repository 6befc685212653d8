"""The same audit on a PostgreSQL store: clean after a full life, blind to nothing that SQL can change, and mending."""

from __future__ import annotations

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
from tests.audit import little_shop
from tests.kit.postgres import Server


class Hand:
    """Changes the tables of one store behind its back."""

    def __init__(self, storage: Storage, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self.storage = storage
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


@pytest.fixture
def hand(postgres: Server, tmp_path: Path) -> Iterator[Hand]:
    """A store after a full life, sealed by a checkpoint, in a hand that may do anything to it."""
    settings = postgres.settings()
    storage = {"postgres": {"dsn": settings.dsn, "schema": settings.schema}}
    with little_shop.opened(tmp_path, storage=storage) as shop:
        little_shop.live(shop)
        shop.storage.checkpoint(little_shop.now(shop))
        options = f"-c search_path={settings.schema}"
        with psycopg.connect(settings.dsn, autocommit=True, options=options) as connection:
            yield Hand(shop.storage, connection)


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


def test_a_shop_at_work_is_audited_as_it_was_at_one_moment(hand: Hand) -> None:
    def meddle(done: int, _total: int) -> None:
        if done == 0:
            hand.vanish("customer/bob")

    assert audit(hand.storage, progress=meddle).findings == ()
    assert audit(hand.storage).findings != ()
