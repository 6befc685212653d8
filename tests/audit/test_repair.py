"""A repair writes derived rows as the log says, and nothing else; where the log is damaged it stays away."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.audit import Law, audit, repair
from omscore.errors import ConflictError, SetupError
from omscore.ports.storage import Storage
from omscore.testing.conformance.storage.commits import picture
from omscore_adapters.storage_memory import MemoryStorage
from omscore_adapters.storage_sqlite import PROVIDER, SqliteSettings
from tests.audit import little_shop
from tests.audit.conftest import audited
from tests.audit.forger import Fit, Forger
from tests.audit.test_planted_damage import set_field
from tests.cli.conftest import run


def one(forger: Forger, data: st.DataObject, query: str) -> tuple[object, ...]:
    return data.draw(st.sampled_from(forger.rows(f"{query} ORDER BY 1, 2")), label=query)


def state_changed(forger: Forger, data: st.DataObject) -> None:
    stream, state = one(forger, data, "SELECT stream, state FROM streams")
    text = str(state)
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("xyz019"))
    changed = text[:at] + letter + text[at + 1 :]
    forger.sql("UPDATE streams SET state = ? WHERE stream = ?", changed, stream)


def level_changed(forger: Forger, data: st.DataObject) -> None:
    sku, location = one(forger, data, "SELECT sku, location FROM stock_levels")
    column = data.draw(st.sampled_from(["sellable", "reserved", "allocated", "picked", "held", "damaged", "expected"]))
    units = data.draw(st.integers(1, 9))
    forger.sql(
        f"UPDATE stock_levels SET {column} = {column} + ? WHERE sku = ? AND location = ?",  # noqa: S608 (names above)
        units,
        sku,
        location,
    )


def level_deleted(forger: Forger, data: st.DataObject) -> None:
    sku, location = one(forger, data, "SELECT sku, location FROM stock_levels")
    forger.sql("DELETE FROM stock_levels WHERE sku = ? AND location = ?", sku, location)


def level_invented(forger: Forger, data: st.DataObject) -> None:
    units = data.draw(st.integers(0, 5))
    pool = data.draw(st.sampled_from("abc"))
    forger.sql("INSERT OR REPLACE INTO stock_levels VALUES ('TEA', 'ULM', ?, ?, 0, 0, 0, 0, 0, 0)", pool, units)


def entry_dropped(forger: Forger, data: st.DataObject) -> None:
    name, key, stream = one(forger, data, "SELECT name, key, stream FROM index_entries")
    forger.sql("DELETE FROM index_entries WHERE name = ? AND key = ? AND stream = ?", name, key, stream)


def entry_added(forger: Forger, data: st.DataObject) -> None:
    stream = data.draw(st.sampled_from(["order/o1", "work/o1.f1", "order/ghost"]))
    name = data.draw(st.sampled_from(["placed", "waiting", "odd"]))
    forger.sql("INSERT OR REPLACE INTO index_entries VALUES (?, 'TEA', '2026', ?)", name, stream)


def claim_changed(forger: Forger, data: st.DataObject) -> None:
    (name, _) = one(forger, data, "SELECT name, stream FROM claims")
    forger.sql("UPDATE claims SET stream = 'order/o2' WHERE name = ?", name)


def claim_added(forger: Forger, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["reference:web:7", "exchange:none"]))
    forger.sql("INSERT OR REPLACE INTO claims (name, stream) VALUES (?, 'order/o7')", name)


DERIVED: list[Callable[[Forger, st.DataObject], None]] = [
    state_changed,
    level_changed,
    level_deleted,
    level_invented,
    entry_dropped,
    entry_added,
    claim_changed,
    claim_added,
]


def pictured(database: Path) -> dict[str, object]:
    with PROVIDER.open(SqliteSettings(path=database, read_only=True)) as storage:
        return picture(storage)


@settings(max_examples=15)
@given(data=st.data(), kinds=st.lists(st.sampled_from(DERIVED), min_size=1, max_size=4, unique=True))
def test_any_damage_to_derived_rows_is_mended_as_if_it_had_never_been(
    lived: Path, data: st.DataObject, kinds: list[Callable[[Forger, st.DataObject], None]]
) -> None:
    before = pictured(lived)
    with tempfile.TemporaryDirectory() as folder:
        database = Path(shutil.copy(lived, folder))
        with closing(Forger(database)) as forger:
            for damage in kinds:
                damage(forger, data)
        with PROVIDER.open(SqliteSettings(path=database)) as storage:
            report = audit(storage)
            repair(storage, report)
            assert audit(storage).findings == ()
            assert picture(storage) == before


def test_a_store_in_memory_is_mended_too(tmp_path: Path) -> None:
    with little_shop.opened(tmp_path) as shop:
        assert isinstance(shop.storage, MemoryStorage)
        little_shop.live(shop)
        before = picture(shop.storage)
        tables = shop.storage._tables
        order = tables.streams["order/o1"]
        tables.streams["order/o1"] = order._replace(state=order.state.replace('"web"', '"shop"'))
        ((place, level), *_) = tables.stock["TEA"].items()
        tables.stock["TEA"][place] = level._replace(sellable=level.sellable + 1)
        tables.claims.clear()
        tables.index.clear()
        report = audit(shop.storage)
        assert {finding.law for finding in report.findings} == {Law.REPLAY, Law.STOCK, Law.CLAIMS, Law.INDEX}
        assert repair(shop.storage, report) == len(report.cures)
        assert audit(shop.storage).findings == ()
        assert picture(shop.storage) == before


def test_where_a_log_is_damaged_its_rows_and_all_stock_stay_as_they_are(forger: Forger, database: Path) -> None:
    forger.event("stock/r1", 1, set_field("lines.0.2", 31), fit=Fit.NOTHING)
    forger.sql("UPDATE streams SET state = replace(state, 'MUC', 'ULM') WHERE stream = 'stock/r1'")
    forger.sql("UPDATE streams SET state = replace(state, ':250', ':251') WHERE stream = 'item/TEA'")
    forger.sql("UPDATE stock_levels SET sellable = 6 WHERE sku = 'CARD'")
    forger.close()
    before = pictured(database)
    with PROVIDER.open(SqliteSettings(path=database)) as storage:
        report = audit(storage)
        assert {finding.where for finding in report.findings if finding.cure} == {"item/TEA version 1"}
        assert repair(storage, report) == 1
        left = {(finding.law, finding.where) for finding in audit(storage).findings}
        after = picture(storage)
    assert {(Law.LOG, "stock/r1 event 1"), (Law.STOCK, "CARD at MUC/general sellable")} <= left
    assert {name for name in after if after[name] != before[name]} == {"streams"}


def test_a_shop_that_went_on_since_the_audit_is_not_repaired_with_old_knowledge(tmp_path: Path) -> None:
    with little_shop.opened(tmp_path) as shop:
        little_shop.stocked(shop)
        assert isinstance(shop.storage, MemoryStorage)
        ((place, level), *_) = shop.storage._tables.stock["TEA"].items()
        shop.storage._tables.stock["TEA"][place] = level._replace(damaged=1)
        report = audit(shop.storage)
        little_shop.receive(shop, "r9", level.location, ("TEA", 1))
        before = picture(shop.storage)
        with pytest.raises(ConflictError, match="audit again"):
            repair(shop.storage, report)
        assert picture(shop.storage) == before
        repair(shop.storage, audit(shop.storage))
        assert audit(shop.storage).findings == ()


def test_a_store_that_cannot_be_mended_says_so(database: Path, forger: Forger) -> None:
    class Sealed:
        """A store without the capability."""

        def __init__(self, storage: Storage) -> None:
            self.snapshot = storage.snapshot

    forger.sql("UPDATE claims SET stream = 'order/o2'")
    forger.close()
    with PROVIDER.open(SqliteSettings(path=database, read_only=True)) as storage:
        bare: Storage = Sealed(storage)  # type: ignore[assignment]
        with pytest.raises(SetupError, match="cannot be repaired"):
            repair(bare, audit(bare))


def test_the_command_shows_what_it_would_write_and_only_then_writes(
    lived: Path, database: Path, forger: Forger
) -> None:
    forger.sql("UPDATE stock_levels SET sellable = 6 WHERE sku = 'CARD'")
    forger.close()
    spoilt = database.read_bytes()
    asked = run("audit", database, "--repair")
    assert asked.exit_code == 1
    assert "Becomes" in asked.output and "5 sellable" in asked.output and "Write 1 derived row anew?" in asked.output
    assert database.read_bytes() == spoilt, "nobody said yes"
    done = run("audit", database, "--repair", "--yes")
    assert (done.exit_code, "1 derived row written anew" in done.output) == (0, True)
    assert audited(database).is_clean
    assert pictured(database) == pictured(lived)


def test_the_command_says_when_nothing_can_be_written_anew(database: Path, forger: Forger) -> None:
    forger.sql("DELETE FROM events WHERE stream = 'customer/ada'")
    forger.close()
    told = run("audit", database, "--repair", "--yes")
    assert told.exit_code == 1
    assert "restore a backup" in " ".join(told.output.split())
