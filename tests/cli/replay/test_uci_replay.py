"""A file of trade lives its whole life: rows add up, the audit is clean, and being killed loses and doubles nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from omscore.cli.records import open_records
from omscore.cli.replay_command import replay
from omscore.errors import DamageError, SetupError
from omscore.money import Money
from omscore.orders.model import Order
from omscore.returns.model import Return
from tests.cli.replay.test_uci_rows import ROWS
from tests.cli.replay.trade import BOWL, MUG, TRAY, Replayed, arguments, findings, replayed, row, told

COST = {"wall_s": 0, "peak_memory_mib": 0}
"""What may differ between two runs that did the same."""
PROGRAM = "from omscore.cli.replay_command import replay; replay()"

WEEK = [
    row("500001", units=5, at="2011-03-01 10:00:00"),
    row("500001", BOWL, units=2, at="2011-03-01 10:00:00", price="4.00", title="RED BOWL"),
    row("500001", "POST", units=1, at="2011-03-01 10:00:00", price="6.00", title="POSTAGE"),
    row("500002", "10002a", units=1, at="2011-03-01 10:05:00", price=0, customer="1002.0", country="France"),
    row("500003", TRAY, units=700, at="2011-03-01 10:10:00", price="1.10", customer="1003.0", country="Germany"),
    row("C500004", TRAY, units=-200, at="2011-03-01 10:20:00", price="1.10", customer="1003.0", country="Germany"),
    row("500005", MUG, units=1, at="2011-03-01 11:00:00", price=0, customer=""),
    row("500006", MUG, units=-9, at="2011-03-01 11:00:00", price=0, customer=""),
    row("C500007", MUG, units=-2, at="2011-03-02 09:00:00"),
    row("C500008", MUG, units=-1, at="2011-03-09 09:00:00"),
    row("C500008", BOWL, units=-9, at="2011-03-09 09:00:00"),
    row("C500009", "D", units=-1, at="2011-03-09 09:30:00", price="7.50"),
    row("A500010", "B", units=1, at="2011-03-09 09:40:00", price="-11.00", customer=""),
    row("500011", BOWL, units=2, at="2011-03-09 10:00:00", customer=""),
]


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    return replayed(tmp_path_factory.mktemp("week"), WEEK)


def test_every_row_ends_in_one_thing_and_the_counts_add_up(week: Replayed) -> None:
    assert week.exit_code == 0
    assert week.figures["rows"] == {
        "order line": 5,
        "charge line": 3,
        "return": 2,
        "cancellation": 1,
        "reject": 3,
    }
    assert week.figures["rows_in_all"] == len(WEEK) == sum(week.figures["rows"].values())
    assert sorted(week.rejects) == [7, 8, 11]
    assert "gives back 9 units of 10002A, but only 2" in week.rejects[11]


def test_the_audit_of_a_replay_is_clean(week: Replayed) -> None:
    assert findings(week.db) == ()


def test_orders_live_their_whole_life(week: Replayed) -> None:
    assert week.figures["orders"] == {"delivered": 3, "partly returned": 1}
    with open_records(week.db) as records:
        first = records.look(Order, "uci-500001")
        assert first.total == Money(2650, "GBP")
        assert [(line.quantities.delivered, line.quantities.returned) for line in first.lines] == [(2, 3), (2, 0)]
        tray = records.look(Order, "uci-500003").lines[0]
        assert (tray.quantities.delivered, tray.quantities.cancelled) == (500, 200)
        early = records.look(Return, "uci-C500007-500001")
        assert early.opened_at.date().isoformat() > "2011-03-02", "goods on their way come back after they arrived"
        assert records.look(Return, "uci-C500008-500001").opened_at.date().isoformat() == "2011-03-09"
    money = week.figures["money"]
    assert money["refunded"]["amount"] == "7.50"
    assert money["captured"] == money["shipped"]
    assert money["fees"]["amount"] == "18.50"
    assert week.figures["dead_tasks"] == 0


def test_the_tables_fit_a_terminal_and_speak_plainly(week: Replayed) -> None:
    for words in ("What became of the rows", "Orders by status", "Shipments by location", "Money", "wall time"):
        assert words in week.output


def test_a_second_run_over_the_same_database_changes_nothing(tmp_path: Path) -> None:
    once = replayed(tmp_path, WEEK)
    with open_records(once.db) as records:
        before = [(found.seq, found.chain) for found in records.storage.events()]
    again = replayed(tmp_path, WEEK)
    with open_records(once.db) as records:
        assert [(found.seq, found.chain) for found in records.storage.events()] == before
    assert again.rejects == once.rejects
    assert {**again.figures, **COST} == {**once.figures, **COST}


def test_another_file_is_not_mixed_into_the_same_database(tmp_path: Path) -> None:
    replayed(tmp_path, WEEK[:3])
    with pytest.raises(SetupError, match="give --db a new path"):
        replayed(tmp_path, WEEK)


def test_order_lines_missing_from_the_store_are_an_error(tmp_path: Path) -> None:
    once = replayed(tmp_path, WEEK)
    with closing(sqlite3.connect(once.db)) as connection, connection:
        connection.execute(
            "UPDATE streams SET state = (SELECT state FROM streams WHERE stream = 'order/uci-500002') "
            "WHERE stream = 'order/uci-500001'"
        )
    with pytest.raises(DamageError, match="5 of them are order lines, but 14 have a fate and the store has 4"):
        replayed(tmp_path, WEEK)


def test_a_limit_takes_the_first_rows_only(tmp_path: Path) -> None:
    some = replayed(tmp_path, WEEK, "--limit", "4")
    assert some.figures["rows_in_all"] == 4
    assert sum(some.figures["orders"].values()) == 2


def test_a_file_without_any_usable_row_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="none can be replayed; row 1: Country"):
        replayed(tmp_path, [row("500001", country="Atlantis")])


def test_a_file_of_charges_alone_is_replayed(tmp_path: Path) -> None:
    fees = replayed(tmp_path, [row("C500001", "BANK CHARGES", -1, "95.38", customer="")])
    assert fees.figures["rows"]["charge line"] == 1
    assert fees.figures["money"]["fees"]["amount"] == "95.38"


def test_the_format_must_be_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(replay, [str(tmp_path / "x.csv"), "--shop", "s", "--db", "d", "--rejects", "r"])
    assert result.exit_code == 2
    assert "--format" in result.output


# A replay takes too long to be shrunk to the smallest file that fails.
@settings(max_examples=8, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(ROWS, min_size=1, max_size=25))
def test_hostile_rows_never_stop_a_replay_and_still_add_up(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, ...]]
) -> None:
    rows = [row("499999"), *cells]
    done = replayed(tmp_path_factory.mktemp("hostile"), rows)
    assert sum(done.figures["rows"].values()) == done.figures["rows_in_all"] == len(rows)
    assert len(done.rejects) == done.figures["rows"]["reject"]
    assert findings(done.db) == ()


def test_a_killed_replay_goes_on_without_a_lost_or_doubled_order(tmp_path: Path) -> None:
    rows = list(month())
    whole = replayed(tmp_path, rows, name="whole")
    file, db, rejects = tmp_path / "whole.csv", tmp_path / "killed.db", tmp_path / "killed.jsonl"
    kills = 0
    for orders in (40, 110):
        kills += killed_after(orders, arguments(file, db, rejects), db)
    assert kills == 2, "the program ended before it could be killed"
    assert not rejects.exists()
    last = replayed(tmp_path, file, name="killed")
    assert findings(last.db) == ()
    assert dict(told(rejects)) == whole.rejects
    assert {**last.figures, **COST} == {**whole.figures, **COST}


def month() -> list[tuple[str, ...]]:
    """160 orders over four weeks, every fifth given back in part."""
    rows = []
    for number in range(160):
        at = f"2011-03-{number // 6 + 1:02d} {9 + number % 8:02d}:15:00"
        customer = f"{1000 + number % 13}.0"
        for code in (MUG, BOWL, TRAY):
            rows.append(row(str(500_000 + number), code, 20 + number % 7, "1.20", at=at, customer=customer))
        if number % 5 == 4:
            rows.append(row(f"C{600_000 + number}", MUG, -(number % 30 + 1), "1.20", at=at, customer=customer))
    return rows


def killed_after(orders: int, words: list[str], db: Path) -> bool:
    """Start the command as a program and kill it once the store has that many orders; False when it ended by itself."""
    program = subprocess.Popen(  # noqa: S603 (our own program with our own words)
        [sys.executable, "-c", PROGRAM, *words],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    give_up = time.monotonic() + 60
    while program.poll() is None and time.monotonic() < give_up:
        if stored_orders(db) >= orders:
            program.send_signal(signal.SIGKILL)
            return program.wait() == -signal.SIGKILL
    program.kill()
    program.wait()
    return False


def stored_orders(db: Path) -> int:
    if not db.is_file():
        return 0
    try:
        with closing(sqlite3.connect(f"{db.as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM streams WHERE stream LIKE 'order/%'").fetchone()
            return int(count)
    except sqlite3.OperationalError:  # the file is being made
        return 0


def test_the_first_rows_of_the_real_year_are_replayed(shared_data: Path, tmp_path: Path) -> None:
    file = shared_data / "uci_online_retail" / "online_retail.csv.gz"
    if not file.is_file():
        pytest.skip("the Online Retail data is not in shared/data/uci_online_retail")
    done = replayed(tmp_path, file, "--limit", "3000")
    assert done.figures["rows_in_all"] == 3_000 == sum(done.figures["rows"].values())
    assert sum(done.figures["orders"].values()) > 100
    assert set(done.figures["orders"]) <= {"delivered", "partly returned", "returned", "cancelled"}
    assert findings(done.db) == ()
