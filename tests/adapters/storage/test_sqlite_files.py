"""What is special to the SQLite store: its file, its settings, its neighbours and the ways it can be damaged."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest

from omscore.errors import ConflictError, DamageError, PortTransientError, SetupError, StockShortError
from omscore.ids import PersonId
from omscore.ports.storage import Commit, IndexEntry, StockLevel, VaultWrite
from omscore.testing.conformance.storage.commits import (
    NOON,
    change,
    document,
    minutes,
    picture,
    received,
    reserved,
    task,
)
from omscore_adapters.storage_sqlite import PROVIDER, SqliteSettings, SqliteStorage, checkpoints, oms_providers
from omscore_adapters.storage_sqlite.migrations import SCHEMA_VERSION
from omscore_adapters.storage_sqlite.schema import APPLICATION_ID

Opener = Callable[..., SqliteStorage]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "the shop?#%.db"


@pytest.fixture
def opened(file: Path) -> Iterator[Opener]:
    """Opens the test's file, as often as asked."""
    stores: list[SqliteStorage] = []

    def open_store(**settings: object) -> SqliteStorage:
        stores.append(SqliteStorage(SqliteSettings(**{"path": file, "synchronous": "normal"} | settings)))  # type: ignore[arg-type]
        return stores[-1]

    yield open_store
    for store in stores:
        store.close()


def altered(file: Path, *statements: str) -> None:
    """Changes a closed file behind the store's back."""
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


# --- opening ---


def test_what_was_committed_is_there_when_the_file_is_opened_again(opened: Opener) -> None:
    first = opened()
    first.commit(received(3))
    first.commit(reserved(1, command_key="k", changes=(change("a", listed=(IndexEntry("o", "k", "1"),)),)))
    first.commit(Commit(at=NOON, tasks=(task("t"),)))
    before = picture(first)
    first.close()
    assert picture(opened()) == before


def test_a_closed_store_has_folded_its_log_into_the_file(opened: Opener, file: Path) -> None:
    store = opened()
    store.commit(received(3))
    store.close()
    store.close()
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    with pytest.raises(SetupError, match="closed"):
        store.counts()


def test_the_promises_of_durability_are_in_force(opened: Opener, file: Path) -> None:
    opened(synchronous="full")
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert other.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        strict = other.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict"
        ).fetchall()
        assert [name for (name,) in strict if not name.startswith("sqlite_")] == []


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO stock_levels VALUES ('TEA', 'MUC', 'general', -1, 0, 0, 0, 0, 0, 0)",
        "INSERT INTO stock_levels VALUES ('TEA', 'MUC', 'general', 'many', 0, 0, 0, 0, 0, 0)",
        "UPDATE stock_levels SET expected = -1",
        "INSERT INTO events (stream, version, name, at, body, chain) VALUES ('a', 1, '', '', '', '')",
        "INSERT INTO events (stream, version, name, at, body, chain) VALUES ('nobody', 1, '', '', '', '')",
        "INSERT INTO streams (stream, version, state, chain) VALUES ('a', 1, '', '')",
        "INSERT INTO index_entries VALUES ('open', 'web', '1', 'nobody')",
        "UPDATE task_queue SET state = 'lost'",
        "UPDATE task_queue SET state = 'leased'",
    ],
)
def test_the_schema_is_the_last_line_of_defence(opened: Opener, file: Path, statement: str) -> None:
    opened().commit(Commit(at=NOON, changes=(change("a"),), tasks=(task("t"),), moves=received(1, "CUP").moves))
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError):
            other.execute(statement)


def test_somebody_elses_file_is_refused_and_left_as_it_was(opened: Opener, file: Path) -> None:
    altered(file, "CREATE TABLE diary (page TEXT)")
    before = file.read_bytes()
    with pytest.raises(SetupError, match="not an omscore store"):
        opened()
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(opened: Opener, file: Path) -> None:
    file.write_bytes(b"Dear diary, " * 999)
    with pytest.raises(SetupError, match="not an omscore store"):
        opened()
    assert file.read_bytes() == b"Dear diary, " * 999


def test_a_schema_version_from_the_future_is_refused(opened: Opener, file: Path) -> None:
    opened().close()
    altered(file, "UPDATE meta SET schema_version = 99")
    with pytest.raises(SetupError, match=f"schema version 99, this omscore knows {SCHEMA_VERSION}; use the omscore"):
        opened()


def test_a_file_without_its_schema_version_is_refused(opened: Opener, file: Path) -> None:
    opened().close()
    altered(file, "DELETE FROM meta")
    with pytest.raises(SetupError, match="schema version None"):
        opened()


def test_an_empty_file_becomes_a_store(opened: Opener, file: Path) -> None:
    file.touch()
    assert opened().counts()["streams"] == 0


def test_a_file_in_no_folder_is_refused_by_its_path(opened: Opener, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="nowhere"):
        opened(path=tmp_path / "nowhere" / "shop.db")
    with pytest.raises(SetupError, match="is a folder; name a file in it"):
        opened(path=tmp_path)


@pytest.mark.parametrize(
    ("setting", "value"), [("synchronous", "off"), ("busy_timeout_ms", -1), ("busy_timeout_ms", 2.5)]
)
def test_a_setting_out_of_range_is_named(tmp_path: Path, setting: str, value: object) -> None:
    with pytest.raises(SetupError, match=f"storage.sqlite.{setting}"):
        SqliteSettings(path=tmp_path / "shop.db", **{setting: value})  # type: ignore[arg-type]


def test_the_provider_opens_and_closes_a_store(file: Path) -> None:
    assert list(oms_providers()) == [PROVIDER]
    with PROVIDER.open(SqliteSettings(path=file)) as store:
        store.commit(received(1))
    with pytest.raises(SetupError):
        store.commit(received(1))


# --- read-only ---


def test_an_audit_reads_without_writing(opened: Opener) -> None:
    shop = opened()
    shop.commit(received(3))
    auditor = opened(read_only=True)
    assert picture(auditor) == picture(shop)
    shop.commit(reserved(1))
    assert auditor.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", sellable=2, reserved=1),)
    assert auditor.check_files() == ()
    with pytest.raises(SetupError, match="read_only"):
        auditor.commit(received(1))
    with pytest.raises(SetupError, match="read_only"):
        auditor.vault_erase(PersonId("per_1"))
    auditor.close()
    assert picture(opened(read_only=True)) == picture(shop)


def test_a_read_only_store_that_is_not_there_is_not_created(opened: Opener, file: Path) -> None:
    with pytest.raises(SetupError, match="does not exist, and reading makes no store; open the shop once"):
        opened(read_only=True)
    assert not file.exists()
    file.touch()
    with pytest.raises(SetupError, match="not an omscore store"):
        opened(read_only=True)
    assert file.read_bytes() == b""


# --- neighbours ---


def test_two_stores_on_one_file_see_each_other(opened: Opener) -> None:
    one, other = opened(), opened()
    one.commit(received(1))
    other.commit(reserved(1, changes=(change("a"),)))
    with pytest.raises(StockShortError):
        one.commit(reserved(1))
    with pytest.raises(ConflictError):
        one.commit(Commit(at=NOON, changes=(change("a"),)))
    assert picture(one) == picture(other)


def test_a_store_that_stays_busy_is_a_conflict(opened: Opener) -> None:
    one, other = opened(), opened(busy_timeout_ms=30)
    with one.together():
        one.commit(received(1))
        for write in (
            lambda: other.commit(received(1)),
            lambda: other.lease(now=NOON, until=NOON + minutes(1), limit=1),
            lambda: other.together().__enter__(),
        ):
            with pytest.raises(ConflictError, match="busy"):
                write()
        assert other.stock(["TEA"]) == ()
    other.commit(received(1))
    assert other.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", sellable=2),)


def test_a_commit_waits_for_its_neighbour(opened: Opener) -> None:
    one, other = opened(), opened()
    started = Event()

    def commit() -> None:
        started.set()
        other.commit(received(1))

    thread = Thread(target=commit)
    with one.together():
        one.commit(received(1))
        thread.start()
        assert started.wait(5)
    thread.join()
    assert one.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", sellable=2),)


SELLER = """
import sys
from pathlib import Path
from omscore.errors import StockShortError
from omscore_adapters.storage_sqlite import SqliteSettings, SqliteStorage
from omscore.testing.conformance.storage.commits import change, reserved

store = SqliteStorage(SqliteSettings(path=Path(sys.argv[1]), synchronous="normal"))
sold = 0
for number in range(60):
    try:
        store.commit(reserved(1, changes=(change(f"{sys.argv[2]}{number}"),)))
        sold += 1
    except StockShortError:
        pass
store.close()
print(sold)
"""


def test_several_programs_sell_each_unit_once(opened: Opener, file: Path) -> None:
    store = opened()
    store.commit(received(100))
    root = Path(__file__).resolve().parents[3]
    sellers = [
        subprocess.Popen(  # noqa: S603 - our own interpreter with a text written here
            [sys.executable, "-c", SELLER, str(file), name],
            cwd=root,
            env={"PYTHONPATH": f"{root / 'src'}:{root}"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in "abc"
    ]
    sold = [int(seller.communicate(timeout=60)[0]) for seller in sellers]
    assert sum(sold) == 100
    assert store.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", reserved=100),)
    assert store.counts()["streams"] == 100
    assert store.check_files() == ()


def test_programs_may_create_one_store_at_the_same_moment(tmp_path: Path) -> None:
    problems: list[BaseException] = []
    together = Barrier(4)

    def create() -> None:
        for number in range(25):
            together.wait(10)
            try:
                SqliteStorage(SqliteSettings(path=tmp_path / f"{number}.db", synchronous="normal")).close()
            except BaseException as error:
                problems.append(error)

    threads = [Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


# --- full disk ---


@pytest.mark.parametrize("grouped", [False, True])
def test_a_full_disk_takes_nothing_of_a_commit(opened: Opener, grouped: bool) -> None:
    store = opened()
    store.commit(received(1))
    before = picture(store)
    # The engine's own limit stands in for the end of the disk.
    store._connection.execute("PRAGMA max_page_count = 1").fetchall()
    large = reserved(1, vault=(VaultWrite(person_id=PersonId("per_1"), name="person", body="x" * 999_999),))
    if grouped:
        with pytest.raises(PortTransientError), store.together():
            store.commit(reserved(1, changes=(change("a"),)))
            with pytest.raises(PortTransientError, match="full"):
                store.commit(large)
            with pytest.raises(PortTransientError):
                store.commit(reserved(1, changes=(change("b"),)))
                store.commit(large)
    else:
        with pytest.raises(PortTransientError, match="full"):
            store.commit(large)
    assert picture(store) == before
    store._connection.execute("PRAGMA max_page_count = 1000000").fetchall()
    store.commit(large)
    assert store.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", reserved=1),)


# --- erasure ---


def everything_on_disk(file: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(file.parent.iterdir()))


@pytest.mark.parametrize("seed", [0, 1])
def test_an_erased_person_is_in_no_file_any_more(opened: Opener, file: Path, seed: int) -> None:
    """Documents are rewritten in other sizes, at which an engine that may moves rows and leaves copies in the gaps."""
    store = opened()
    draw = random.Random(seed)  # noqa: S311 - shuffles test input
    people = [f"per_{number:03d}" for number in range(500)]
    gone = draw.sample(people, 250)
    for _ in range(3):
        draw.shuffle(people)
        with store.together():
            for person in people:
                store.commit(document(person, f"<{person} canary>" * draw.choice((5, 40))))
    with store.together():
        for person in gone[1:]:
            assert store.vault_erase(PersonId(person)) == 1
    assert store.vault_erase(PersonId(gone[0])) == 1
    on_disk = everything_on_disk(file)
    assert [person for person in gone if f"{person} canary".encode() in on_disk] == []
    kept = sorted({*people} - {*gone})
    assert [person for person in kept if f"{person} canary".encode() not in on_disk] == []
    assert store.check_files() == ()


def test_an_erasure_that_a_reader_keeps_from_ending_says_so_and_can_be_repeated(opened: Opener, file: Path) -> None:
    store = opened(busy_timeout_ms=30)
    store.commit(document("per_1", "canary"))
    store.commit(Commit(at=NOON, changes=(change("a", events=1200),)))
    reader = store.events()
    next(reader)
    other = opened(read_only=True)
    elsewhere = other.events()
    next(elsewhere)
    for unfinished in (reader, elsewhere):
        with pytest.raises(PortTransientError, match="erase again"):
            store.vault_erase(PersonId("per_1"))
        unfinished.close()  # type: ignore[attr-defined]
    assert store.vault_erase(PersonId("per_1")) == 0
    assert b"canary" not in everything_on_disk(file)


# --- damage ---


@pytest.mark.parametrize(
    ("statement", "read", "row"),
    [
        ("UPDATE events SET body = CAST(x'7bff7d' AS TEXT) WHERE seq = 2", lambda store: store.events(), "2"),
        ("UPDATE events SET at = 'some day' WHERE seq = 2", lambda store: store.events(), "2"),
        ("UPDATE streams SET state = CAST(x'ff' AS TEXT) WHERE stream = 'b'", lambda store: store.streams(), "b"),
        ("UPDATE stock_levels SET pool = CAST(x'ff' AS TEXT)", lambda store: store.stock_levels(), "TEA"),
        ("UPDATE index_entries SET sort = CAST(x'ff' AS TEXT)", lambda store: store.index_entries(), "a"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(
    opened: Opener, file: Path, statement: str, read: Callable[[SqliteStorage], Iterator[object]], row: str
) -> None:
    store = opened()
    store.commit(Commit(at=NOON, changes=(change("a", listed=(IndexEntry("o", "k", "1"),)), change("b"), change("c"))))
    store.commit(received(1))
    store.close()
    altered(file, statement)
    with pytest.raises(DamageError, match=row) as caught:
        list(read(opened()))
    assert caught.value.fields["row"] == row


def test_a_state_that_is_not_text_is_damage(opened: Opener, file: Path) -> None:
    store = opened()
    store.commit(Commit(at=NOON, changes=(change("a"),)))
    store.close()
    altered(file, "UPDATE streams SET state = CAST(x'ff' AS TEXT)")
    with pytest.raises(DamageError, match="audit"):
        opened().load(["a"], {})


def test_a_broken_page_is_found_by_the_check_and_is_damage_to_readers(opened: Opener, file: Path) -> None:
    store = opened()
    for number in range(60):
        store.commit(Commit(at=NOON, changes=(change(f"stream {number:03d}", events=9),)))
    store.close()
    with closing(sqlite3.connect(file)) as other:
        (page,) = other.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'events'").fetchone()
    content = bytearray(file.read_bytes())
    content[(page - 1) * 8192 : page * 8192] = b"\xa5" * 8192
    file.write_bytes(content)
    store = opened()
    assert store.check_files() != ()
    with pytest.raises(DamageError):
        list(store.events())


def test_a_row_that_names_nobody_is_found_by_the_check(opened: Opener, file: Path) -> None:
    store = opened()
    store.commit(Commit(at=NOON, changes=(change("a"),)))
    store.close()
    altered(file, "DELETE FROM streams")
    assert opened().check_files() == ("events row 1 names a streams that does not exist",)


def test_a_long_past_is_sealed_in_several_checkpoints(
    opened: Opener, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "MOST_EVENTS", 4)
    store = opened()
    for version in range(3):
        store.commit(Commit(at=NOON, changes=tuple(change(stream, version) for stream in "abc")))
    last = store.checkpoint(NOON)
    assert [each.number for each in store.checkpoints()] == [1, 2, 3]
    assert last == list(store.checkpoints())[-1] == store.checkpoint(NOON)
    assert {(head.stream, head.version) for head in store.heads() if head.number == 3} == {("c", 3)}
    chains = {(event.stream, event.version): event.chain for event in store.events()}
    assert all(head.chain == chains[head.stream, head.version] for head in store.heads())
