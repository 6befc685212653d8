"""A shop that was only ever used through its own door is clean, in memory and in a file, and the audit counts it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from omscore.app import Oms
from omscore.audit import Finding, Law, audit
from omscore.audit.holds import SWEEP
from omscore.ids import CartId
from omscore.orders.carts import SetCartLine
from omscore.orders.model import Order
from omscore.orders.status import OrderStatus, status_of
from omscore.ports.storage import Commit
from tests.audit import little_shop
from tests.audit.conftest import audited


def test_a_full_life_is_clean_in_memory(tmp_path: Path) -> None:
    with little_shop.opened(tmp_path) as shop:
        little_shop.live(shop)
        report = audit(shop.storage)
    assert report.findings == ()
    assert report.is_clean


def test_a_full_life_is_clean_in_a_file(lived: Path) -> None:
    assert audited(lived).findings == ()


def test_the_life_is_full(tmp_path: Path) -> None:
    with little_shop.opened(tmp_path) as shop:
        little_shop.live(shop)
        seen = {status_of(shop.look(Order, order_id)) for order_id in shop.listed(Order, "placed")}
        assert {OrderStatus.ON_HOLD, OrderStatus.CANCELLED, OrderStatus.SHIPPED, OrderStatus.PARTLY_RETURNED} <= seen
        waiting = {task.kind for task in shop.storage.tasks("waiting")}
    assert {"payment", "label", "track", "route_again", "cart_timeout"} <= waiting


def test_every_moment_of_a_life_is_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between any two waits, with answers outstanding, the laws hold as well."""
    findings: list[Finding] = []
    wait = little_shop.wait

    def audit_and_wait(shop: Oms, **time: int) -> None:
        findings.extend(audit(shop.storage).findings)
        wait(shop, **time)
        findings.extend(audit(shop.storage).findings)

    monkeypatch.setattr(little_shop, "wait", audit_and_wait)
    with little_shop.opened(tmp_path) as shop:
        little_shop.live(shop)
    assert findings == []


def test_an_empty_store_is_clean(tmp_path: Path) -> None:
    with little_shop.opened(tmp_path) as shop:
        report = audit(shop.storage)
    assert report.is_clean
    assert report.counts["streams"] == report.counts["units_on_hand"] == 0


def test_the_counts_are_those_of_the_store(tmp_path: Path) -> None:
    with little_shop.opened(tmp_path) as shop:
        little_shop.live(shop)
        counts = audit(shop.storage).counts
        levels = list(shop.storage.stock_levels())
        assert counts["streams"] == len(list(shop.storage.streams()))
        assert counts["events"] == len(list(shop.storage.events()))
        assert counts["orders"] == len(shop.listed(Order, "placed"))
        assert counts["index_entries"] == len(list(shop.storage.index_entries()))
        assert counts["entries"] == sum(event.name == "EntryPosted" for event in shop.storage.events())
        assert counts["units_on_hand"] == sum(level.on_hand for level in levels)
        owned_minor = sum(
            (level.on_hand + level.expected) * little_shop.COSTS.get(level.sku, 0) for level in levels
        )  # fmt: skip
        assert counts["inventory_minor.EUR"] == owned_minor


def test_progress_runs_from_nothing_to_every_stream(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    with little_shop.opened(tmp_path) as shop:
        little_shop.live(shop)
        streams = shop.storage.counts()["streams"]
        audit(shop.storage, progress=lambda done, total: heard.append((done, total)))
    assert heard[0] == (0, streams)
    assert heard[-1] == (streams, streams)
    assert heard == sorted(set(heard))


@pytest.mark.parametrize("in_file", [False, True])
def test_a_shop_at_work_is_audited_as_it_was_at_one_moment(tmp_path: Path, in_file: bool) -> None:
    with little_shop.opened(tmp_path, database=tmp_path / "shop.db" if in_file else None) as shop:
        little_shop.stocked(shop)
        before = audit(shop.storage)

        def trade(done: int, _total: int) -> None:
            if done == 0:
                little_shop.place(shop, "late", ("TEA", 1))

        meanwhile = audit(shop.storage, progress=trade)
        assert (meanwhile.findings, meanwhile.counts) == ((), before.counts)
        after = audit(shop.storage)
        assert after.findings == ()
        assert after.counts["orders"] == before.counts["orders"] + 1


def test_a_life_with_checkpoints_is_clean_and_bears_their_digests(tmp_path: Path) -> None:
    with little_shop.opened(tmp_path, database=tmp_path / "shop.db") as shop:
        little_shop.stocked(shop)
        first = shop.storage.checkpoint(little_shop.now(shop))
        little_shop.place(shop, "o1", ("TEA", 1))
        second = shop.storage.checkpoint(little_shop.now(shop))
        report = audit(shop.storage, anchors=(first.digest, second.digest))
        assert report.findings == ()
        assert (report.counts["checkpoints"], report.digest) == (2, second.digest)


def test_answers_of_other_programs_are_theirs_to_judge(tmp_path: Path) -> None:
    with little_shop.opened(tmp_path) as shop:
        shop.storage.commit(Commit(at=little_shop.now(shop), command_key="import:1", fingerprint="f", answer="done"))
        assert audit(shop.storage).findings == ()


def test_a_hold_that_nobody_let_go_of_is_found_an_hour_after_its_time(tmp_path: Path) -> None:
    with little_shop.opened(tmp_path) as shop:
        little_shop.stocked(shop)
        cart = SetCartLine(cart_id=CartId("c1"), channel="web", sku="TEA", units=1, at=little_shop.now(shop))
        shop.do(cart)
        up = little_shop.now(shop) + timedelta(minutes=30)
        assert audit(shop.storage, now=up + SWEEP).findings == ()
        (finding,) = audit(shop.storage, now=up + SWEEP + timedelta(seconds=1)).findings
        assert (finding.law, finding.where) == (Law.HOLDS, "hold/c1.h1")
        little_shop.wait(shop, minutes=31)
        assert audit(shop.storage, now=up + timedelta(days=9)).findings == ()


def test_an_audit_changes_nothing(lived: Path) -> None:
    before = lived.read_bytes()
    audited(lived)
    assert lived.read_bytes() == before
