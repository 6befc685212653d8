"""`omscore invoice`: documents issued once, listed, and written as files that keep the official rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omscore.money import Money
from tests.billing.sales import arrive, give_back, invoicing_shop, line, placed, send
from tests.cli.conftest import run
from tests.kit.einvoice import broken_rules


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A shop that has sent an order of two units at 10.00 and taken one back; its store is the file beside it."""
    with invoicing_shop(tmp_path, storage={"sqlite": {"path": "shop.db"}}) as oms:
        oms.do(placed(oms, "ord_1", (line("CUP", 2, "10.00"),), reference="W-1", shipping=Money(400, "EUR")))
        send(oms, "ord_1")
        arrive(oms, "ord_1")
        give_back(oms, "ord_1", {1: 1}, return_id="ret_1")
    return tmp_path / "shop.toml"


def test_documents_are_issued_once_listed_and_written(config: Path, tmp_path: Path) -> None:
    folder, report = tmp_path / "out" / "invoices", tmp_path / "figures.json"
    first = run("invoice", "web:W-1", "--db", config, "--ubl", folder, "--json", report)
    assert first.exit_code == 0, first.output
    assert "2 documents issued, 2 files written" in first.stdout.replace("\n", " ")
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["2026-000001.xml", "2026-000002.xml"]
    texts = [file.read_bytes() for file in files]
    assert [broken_rules(text.decode()) for text in texts] == [[], []]
    figures = json.loads(report.read_text("utf-8"))
    assert [(each["kind"], each["owed"]["amount"]) for each in figures] == [
        ("invoice", "24.00"),
        ("credit_note", "12.00"),
    ]
    again = run("invoice", "ord_1", "--db", config, "--ubl", folder)
    assert "0 documents issued" in again.stdout
    assert [file.read_bytes() for file in files] == texts
    rows = [row.split() for row in again.stdout.splitlines() if row.strip().startswith("2026-")]
    assert [row[0] for row in rows] == ["2026-000001", "2026-000002"]
    shown = run("show", "ord_1", "--db", config, "--json", report)
    assert [row.split() for row in shown.stdout.splitlines() if row.strip().startswith("2026-")] == rows
    assert json.loads(report.read_text("utf-8"))["invoices"] == ["2026-000001", "2026-000002"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nobody", "--db", "shop.toml"), "there is no order 'nobody' here"),
        (("ord_1", "--db", "shop.db"), "give --db the shop.toml"),
        (("ord_1", "--db", "shop.toml", "--ubl", "shop.db/x"), "give --ubl another folder"),
    ],
)
def test_what_cannot_be_done_is_told(
    config: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(config.parent)
    result = run("invoice", *arguments)
    assert result.exit_code == 2
    assert says in result.stderr.replace("\n", " ")
