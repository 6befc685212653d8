"""`omscore plugins` tells what is installed, what it can do, and what a shop uses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.conftest import run
from tests.kit.shops import small_shop


def told(folder: Path, *arguments: object) -> dict[str, dict[str, Any]]:
    report = folder / "plugins.json"
    result = run("plugins", *arguments, "--json", report)
    assert result.exit_code == 0, result.output
    return {f"{each['port']}.{each['provider']}": each for each in json.loads(report.read_text("utf-8"))}


def test_every_installed_provider_is_told_with_what_it_declares(tmp_path: Path) -> None:
    found = told(tmp_path)
    assert {"storage.sqlite", "payment.manual", "carrier.table", "taxes.table"} <= set(found)
    assert found["payment.manual"]["capabilities"] == ["multiple captures", "partial capture", "payment listing"]
    assert {each["used"] for each in found.values()} == {None}
    assert "partial capture" in " ".join(run("plugins").output.split())


def test_those_a_shop_uses_are_marked(tmp_path: Path) -> None:
    with small_shop(tmp_path):
        found = told(tmp_path, tmp_path / "shop.toml")
    assert found["payment.manual"]["used"] and found["carrier.table"]["used"]
    assert not found["storage.memory"]["used"]


def test_one_that_a_shop_names_and_nobody_installed_says_how_to_mend_it(tmp_path: Path) -> None:
    with small_shop(tmp_path):
        config = tmp_path / "shop.toml"
    config.write_text(config.read_text("utf-8").replace("[payment.manual]", "[payment.manaul]"), encoding="utf-8")
    found = told(tmp_path, config)
    assert "did you mean manual?" in found["payment.manaul"]["trouble"]
    assert found["payment.manaul"]["used"] and not found["payment.manual"]["used"]


def test_a_format_of_documents_that_a_channel_takes_is_used(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        channel = oms.shop.channels[0].name
    config = tmp_path / "shop.toml"
    text = f'rejects = "rejects"\n{config.read_text("utf-8")}\n[intake.{channel}.table]\n'
    config.write_text(text, encoding="utf-8")
    found = told(tmp_path, config)["channel.table"]
    assert found["used"]
