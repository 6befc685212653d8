"""`omscore intake` as a shop owner types it: take a file, see what was rejected, mend it, try again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from omscore.app import open_shop
from omscore.cli import main
from omscore.orders.model import Order
from tests.adapters.channels.samples import CHANNELS, CSV, CSV_MAPPING, JSON_MAPPING
from tests.kit.shops import RATES, SHOP, stock_up


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (
        ("shop.toml", 'rejects = "rejects"\n' + SHOP + CHANNELS),
        ("rates.csv", RATES),
        ("csv.toml", CSV_MAPPING),
        ("json.toml", JSON_MAPPING),
        ("orders.csv", CSV.replace("12,35;;12,35", "12,35;;12,36")),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with open_shop(tmp_path / "shop.toml") as oms:
        stock_up(oms)
    return tmp_path


def intake(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["intake", *arguments], env={"COLUMNS": "100"})


def row(result: Result, source: str) -> list[str]:
    """The counts beside a source: taken, duplicate, answer, rejected."""
    (line,) = [line for line in result.output.splitlines() if line.split()[:1] == [source]]
    return line.split()[1:]


def test_a_file_is_taken_and_its_reject_mended_and_tried_again(shop: Path) -> None:
    first = intake("orders.csv", "--channel", "csv", "--json", "ends.json")
    assert first.exit_code == 1, first.output
    assert row(first, "orders.csv") == ["1", "0", "0", "1"]
    assert "0.01 EUR apart" in " ".join(first.output.split())
    ends = json.loads((shop / "ends.json").read_text())["messages"]
    assert [(end["message"], end["ending"]) for end in ends] == [("A-1", "taken"), ("A-2", "rejected")]
    assert row(intake("orders.csv", "--channel", "csv"), "orders.csv") == ["0", "1", "0", "1"]
    listed = intake("--rejects")
    assert listed.exit_code == 0
    assert "1 reject." in listed.output
    (payload,) = (shop / "rejects").glob("*.payload")
    payload.write_text(payload.read_text().replace("12,36", "12,35"))
    again = intake("--again", "--reject", ends[1]["reject"])
    assert again.exit_code == 0, again.output
    assert row(again, "rejects") == ["1", "0", "0", "0"]
    assert "Nothing was rejected." in intake("--rejects").output
    with open_shop(shop / "shop.toml") as oms:
        assert str(oms.look(Order, "csv:A-2").total) == "12.35 EUR"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "one of them"),
        (["--rejects", "--again"], "one of them"),
        (["orders.csv"], "--channel goes with files"),
        (["orders.csv", "--channel", "web"], "channel 'web' has no format"),
        (["--again", "--reject", "../x"], "there is no reject '../x'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_cure(shop: Path, arguments: list[str], words: str) -> None:
    result = intake(*arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())


def test_a_shop_without_formats_says_what_to_add(shop: Path) -> None:
    (shop / "shop.toml").write_text(SHOP, encoding="utf-8")
    result = intake("--rejects")
    assert result.exit_code == 2
    assert "add a table such as [intake.web.table]" in " ".join(result.output.split())
