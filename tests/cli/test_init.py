"""`omscore init` writes a shop that opens, and never overwrites one."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from omscore.app import open_shop
from omscore.cli import main


def test_the_shop_that_is_written_opens(tmp_path: Path) -> None:
    written = CliRunner().invoke(main, ["init", str(tmp_path / "tea")])
    assert written.exit_code == 0, written.output
    with open_shop(tmp_path / "tea" / "shop.toml") as oms:
        assert [location.location_id for location in oms.shop.locations] == ["MUC", "LYS"]


def test_a_shop_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("mine", encoding="utf-8")
    refused = CliRunner().invoke(main, ["init", str(tmp_path)])
    assert refused.exit_code == 2
    assert "exists already" in refused.output
    assert (tmp_path / "rates.csv").read_text(encoding="utf-8") == "mine"
