"""`omscore reorder`: points from a file, and a table of what runs low."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from omscore.cli.group import main
from omscore.inventory.reorder import ReorderPoint
from tests.kit.shops import CUP, POT, TEA, order, small_shop


def reorder(folder: Path, *more: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["reorder", str(folder / "shop.toml"), *more])
    return done.exit_code, done.output


def test_points_are_read_from_a_file_and_what_runs_low_is_listed_shortest_first(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        oms.do(order(oms, {TEA: 4}))
    points = tmp_path / "points.csv"
    points.write_text(f"sku,units\n{TEA},12\n{CUP},20\n{POT},1\n", encoding="utf-8")
    code, out = reorder(tmp_path, "--set", str(points), "--json", str(tmp_path / "low.json"))
    assert code == 0
    assert "2 articles of 3 with a reorder point run low." in out
    assert out.index(CUP) < out.index(TEA)
    assert json.loads((tmp_path / "low.json").read_text()) == {
        "low": [{"sku": CUP, "units": 6, "point": 20}, {"sku": TEA, "units": 10, "point": 12}]
    }
    points.write_text(f"sku,units\n{CUP},\n", encoding="utf-8")
    code, out = reorder(tmp_path, "--set", str(points))
    assert (code, "1 article of 2 with a reorder point runs low." in out) == (0, True)


@pytest.mark.parametrize("text", ["sku\nTEA\n", "sku,units\nTEA,many\n", "sku,units\n,5\n", "sku,units\nTEA,-1\n"])
def test_a_file_that_cannot_be_meant_sets_nothing(tmp_path: Path, text: str) -> None:
    with small_shop(tmp_path):
        pass
    points = tmp_path / "points.csv"
    points.write_text(f"sku,units\nCUP,3\n{text.partition(chr(10))[2]}" if "units" in text else text, encoding="utf-8")
    code, out = reorder(tmp_path, "--set", str(points))
    assert (code, "nothing was set" in " ".join(out.split())) == (2, True)
    with small_shop(tmp_path) as oms:
        assert oms.find(ReorderPoint, CUP) is None
