"""`omscore journal`: what it writes adds up to the ledgers, and no text in it is run by a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omscore.billing.journal import Account, JournalEntry, Posting
from omscore.billing.ledger import Ledger
from omscore.billing.sheet import COLUMNS, entry_rows, head_row
from omscore.border.cells import cell_text, text_of_cell
from omscore.cli.records import open_records
from omscore.money import Money
from tests.cli.conftest import DemoShop, run
from tests.kit.shops import CUP, TEA, order, send_out, small_shop

DANGER = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


def test_both_files_hold_every_entry_and_add_up_to_the_ledgers(demo_shop: DemoShop, tmp_path: Path) -> None:
    result = run("journal", "--db", demo_shop.db, "--csv", tmp_path / "j.csv", "--json", tmp_path / "j.json")
    assert result.exit_code == 0, result.output
    with (tmp_path / "j.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    sums: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        key = row["account"], row["currency"]
        sums[key] = sums.get(key, Decimal(0)) + Decimal(row["debit"]) - Decimal(row["credit"])
    ours: dict[tuple[str, str], Decimal] = {}
    entry_ids: list[str] = []
    with open_records(demo_shop.db) as records:
        for ledger in records.every(Ledger):
            entry_ids += ledger.entry_ids
            for each in ledger.balances:
                amount = Decimal(str(Money(each.minor, each.currency)).partition(" ")[0])
                ours[each.account.value, each.currency] = ours.get((each.account.value, each.currency), 0) + amount
    assert {key: amount for key, amount in sums.items() if amount} == {k: v for k, v in ours.items() if v}
    entries = json.loads((tmp_path / "j.json").read_text("utf-8"))
    assert sorted(entry["entry_id"] for entry in entries) == sorted(entry_ids)
    assert list(dict.fromkeys(row["entry"] for row in rows)) == [entry["entry_id"] for entry in entries]
    assert f"{len(entry_ids)} journal bookings; debits and credits are " in result.stdout


def test_an_entry_that_somebody_unbalanced_in_the_store_stops_the_export(demo_shop: DemoShop, tmp_path: Path) -> None:
    copy = tmp_path / "shop.db"
    with closing(sqlite3.connect(demo_shop.db)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        (seq, body) = target.execute(
            "SELECT rowid, body FROM events WHERE name = 'EntryPosted' ORDER BY seq LIMIT 1"
        ).fetchone()
        broken = json.loads(body)
        (first, *_) = broken["entry"]["postings"]
        target.execute("DROP TRIGGER IF EXISTS events_are_final")
        text = body.replace(json.dumps(first, separators=(",", ":")), json.dumps(first).replace("1", "2"), 1)
        assert text != body
        target.execute("UPDATE events SET body = ? WHERE rowid = ?", (text, seq))
        target.commit()
    result = run("journal", "--db", copy)
    assert result.exit_code == 2
    assert "does not balance" in result.output


def test_a_file_that_cannot_be_written_is_named(demo_shop: DemoShop, tmp_path: Path) -> None:
    result = run("journal", "--db", demo_shop.db, "--csv", tmp_path / "no" / "j.csv")
    assert result.exit_code == 2
    assert "j.csv" in result.output.replace("\n", "")


@given(st.text(st.characters(codec="utf-8") | st.sampled_from(DANGER + "' \ufeff"), max_size=8))
@example("\ufeff =cmd|' /C calc'!A0")
@example("'=1")
def test_no_cell_begins_like_a_formula_and_every_text_can_be_had_back(text: str) -> None:
    cell = cell_text(text)
    assert text_of_cell(cell) == text
    assert cell[:1] not in set(DANGER)
    assert cell.replace("\ufeff", "").lstrip()[:1] not in set(DANGER)


def test_numbers_stay_numbers_and_hostile_texts_stay_in_their_cells() -> None:
    entry = JournalEntry(
        entry_id="-1", at=datetime(2026, 3, 2, tzinfo=UTC), reference='=HYPERLINK("x")', says='a","b\r\n=1',
        postings=(Posting(Account.CLEARING, Money(500, "EUR")), Posting(Account.RECEIVABLE, Money(-500, "EUR"))),
    )  # fmt: skip
    text = head_row() + entry_rows(entry)
    head, debit, credit = csv.reader(io.StringIO(text, newline=""))
    assert tuple(head) == COLUMNS
    assert debit == [
        "'-1", "2026-03-02T00:00:00+00:00", "'=HYPERLINK(\"x\")", 'a","b\r\n=1', "Assets:PaymentClearing",
        "5.00", "0.00", "EUR",
    ]  # fmt: skip
    assert credit[5:7] == ["0.00", "5.00"]
    assert ",5.00,0.00," in text, "a number in quotes would be text to a spreadsheet"


RATES = """
[rates.table]
source = "the bank"
base = "USD"
most_days = 3660
rows = [{on = 2020-01-01, currency = "EUR", rate = "0.92"}, {on = 2020-01-01, currency = "GBP", rate = "0.8"}]
"""


def sold(folder: Path, edit: str) -> Path:
    """A shop that sold in euro and in pounds."""
    with small_shop(folder, edit=edit) as oms:
        oms.do(order(oms, {TEA: 2}))
        oms.do(order(oms, {CUP: 1}, order_id="ord_2", channel="phone"))
        oms.run_due()
        for order_id in ("ord_1", "ord_2"):
            send_out(oms, order_id)
    return folder / "shop.toml"


def test_the_journal_in_one_currency_balances_and_keeps_every_rate_beside(tmp_path: Path) -> None:
    config = sold(tmp_path, RATES)
    files = ("--csv", tmp_path / "j.csv", "--json", tmp_path / "j.json")
    result = run("journal", "--db", config, "--in", "USD", *files)
    assert result.exit_code == 0, result.output
    with (tmp_path / "j.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    by_entry: dict[str, Decimal] = {}
    for row in rows:
        by_entry.setdefault(row["entry"], Decimal(0))
        by_entry[row["entry"]] += Decimal(row["base_debit"]) - Decimal(row["base_credit"])
    assert set(by_entry.values()) == {0} and len(by_entry) > 5
    assert {row["base_currency"] for row in rows} == {"USD"}
    assert {(row["currency"], row["rate"], row["rate_at"][:10], row["rate_source"]) for row in rows} == {
        ("EUR", "1.08695652174", "2020-01-01", "the bank, by way of USD"),
        ("GBP", "1.25", "2020-01-01", "the bank, by way of USD"),
    }
    debits = sum([Decimal(row["base_debit"]) for row in rows])
    assert f"debits and credits are {debits} USD each" in " ".join(result.stdout.split())
    entries = json.loads((tmp_path / "j.json").read_text("utf-8"))
    assert {each["entry_id"] for each in entries} == set(by_entry)
    assert {posting["base"]["currency"] for each in entries for posting in each["postings"]} == {"USD"}


@pytest.mark.parametrize(
    ("edit", "currency", "says"),
    [
        ("", "USD", "names no source of exchange rates"),
        (RATES.replace('currency = "GBP"', 'currency = "CHF"'), "USD", "the table has no rate of GBP"),
        (RATES.replace("most_days = 3660", "most_days = 3"), "USD", "the last before it is of 2020-01-01"),
        (RATES, "XQZ", "XQZ"),
    ],
)
def test_a_journal_in_a_currency_without_a_rate_is_refused_and_never_guessed(
    tmp_path: Path, edit: str, currency: str, says: str
) -> None:
    result = run("journal", "--db", sold(tmp_path, edit), "--in", currency)
    assert result.exit_code == 2
    assert says in " ".join(result.output.split())


def test_a_database_alone_has_no_rates(demo_shop: DemoShop) -> None:
    result = run("journal", "--db", demo_shop.db, "--in", "USD")
    assert result.exit_code == 2
    assert "--in needs exchange rates" in " ".join(result.output.split())
