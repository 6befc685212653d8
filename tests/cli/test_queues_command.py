"""`omscore queues`: what it lists, in which order, and what it moves."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from omscore.cli.group import main
from tests.engine.test_queues import THREE
from tests.kit.shops import TEA, order, pass_time, small_shop


def shop_with_orders(folder: Path) -> Path:
    with small_shop(folder, edit=THREE.replace("[queues.by-hand]", "[queues.desk]"), stock=False) as oms:
        for number, tags in enumerate([(), ("vip",), ()], 1):
            oms.do(order(oms, {TEA: number}, order_id=f"ord_{number}", tags=tags))
            pass_time(oms, minutes=1)
    return folder / "shop.toml"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(main, [str(each) for each in arguments])
    return result.exit_code, result.output


def test_the_list_counts_orders_and_units_and_names_the_oldest_and_what_comes_then(tmp_path: Path) -> None:
    config = shop_with_orders(tmp_path)
    code, told = run("queues", "list", config, "--json", tmp_path / "out.json")
    assert code == 0, told
    rows = {row["queue"]: row for row in json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))}
    assert list(rows) == ["store-stock", "may-split", "desk"]
    first = rows["store-stock"]
    assert (first["orders"], first["units"], first["then"]) == (3, 6, "may-split")
    assert first["oldest"].startswith("2026-03-02T12:00:00")
    assert first["next_run"]
    assert rows["desk"]["orders"] == 0
    assert not rows["desk"]["next_run"]


def test_many_are_moved_at_once_and_listed_in_their_turn(tmp_path: Path) -> None:
    config = shop_with_orders(tmp_path)
    code, told = run(
        "queues", "move", config, "--from", "store-stock", "--to", "desk", "--reason", "strike", "--by", "ada"
    )
    assert (code, told) == (0, "3 orders moved to desk.\n")
    code, told = run("queues", "list", config, "desk")
    assert code == 0
    assert [word for word in told.split() if word.startswith("ord_")] == ["ord_2", "ord_1", "ord_3"]
    code, told = run("explain", "ord_1", "--db", config)
    assert "Moved from queue store-stock to desk by ada: strike" in told
    code, told = run("queues", "move", config, "ord_1", "--out", "--reason", "sold", "--by", "ada")
    assert (code, told) == (0, "1 order moved out of the queue.\n")


def test_a_move_without_orders_or_without_a_place_says_what_is_missing(tmp_path: Path) -> None:
    config = shop_with_orders(tmp_path)
    assert run("queues", "move", config, "--to", "desk", "--reason", "x", "--by", "ada")[0] == 2
    code, told = run("queues", "move", config, "ord_1", "--reason", "x", "--by", "ada")
    assert (code, told) == (2, "say where they go: give --to QUEUE, or --out\n")
    code, told = run("queues", "move", config, "ord_1", "--to", "nowhere", "--reason", "x", "--by", "ada")
    assert code == 1
    assert "there is no queue 'nowhere'; the shop has store-stock, may-split, desk" in told


def test_orders_in_a_queue_that_is_gone_are_named_by_the_list_and_by_the_linter(tmp_path: Path) -> None:
    config = shop_with_orders(tmp_path)
    text = (
        config.read_text(encoding="utf-8")
        .replace("store-stock", "stores")
        .replace('"whole"\nall', '"whole"\nversion = 2\nall')
    )
    config.write_text(text, encoding="utf-8")
    code, told = run("queues", "list", config)
    assert code == 0
    assert "3 orders in store-stock, which shop.toml has not: move them elsewhere" in told
    code, told = run("lint", config, "--days", 30)
    assert code == 1
    assert "3 orders are in the queue store-stock, which is not in the file" in " ".join(told.split())
    assert (
        run("queues", "move", config, "--from", "store-stock", "--to", "stores", "--reason", "renamed", "--by", "ada")[
            0
        ]
        == 0
    )
