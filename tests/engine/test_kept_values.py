"""What is kept because it comes again is the same as what is worked out anew: shops that keep and shops that do not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from omscore.money import Money
from omscore.orders import plain
from omscore.orders.commands import PlaceOrder
from omscore.orders.linestates import quantities_of
from omscore.records import changed
from omscore.routing import explain
from omscore.routing.supply import assigned
from tests.benchmarks.shop import Wanted, Wish, command, opened, stock_up

KEPT: tuple[Any, ...] = (plain._plain_line, quantities_of, assigned, explain.ships)
TABLES = ("answers", "streams", "events", "index_entries", "claims", "task_queue", "stock_levels")
PRICES = ("10", "10.0", "10.00", "0.0125")


def drawn(seed: int) -> list[PlaceOrder]:
    """Orders that differ in few things, so that much of each has come before."""
    draw = Random(seed)  # noqa: S311 (the same orders on every run)
    found = []
    for number in range(40):
        lines = tuple(
            [
                Wanted(f"SKU-{draw.randrange(2):03}", draw.choice((1, 2)), draw.choice(PRICES))
                for _ in range(draw.randint(1, 3))
            ]
        )
        order = command(Wish(f"o{number}", f"ref-{number}", lines))
        title = draw.choice(("", "", "engraved"))
        order = changed(
            order,
            lines=tuple(
                [changed(line, title=title, together=draw.choice(("", "", "", "set"))) for line in order.lines]
            ),
            prices_include_tax=draw.choice((True, None, None, False)),
            unit_tax=draw.choice((None, None, None, True)),
            shipping=draw.choice((None, Money(0, "EUR"), None, Money(490, "EUR"))),
        )
        found.append(order)
    return found


def rows_after(folder: Path, seed: int, before_each: Callable[[], None], *, many: bool) -> dict[str, list[Any]]:
    """All that a new shop has stored after these orders, table by table."""
    folder.mkdir()
    with opened(folder, {"sqlite": {"path": "shop.db", "synchronous": "normal"}}) as oms:
        stock_up(oms, units=60)
        if many:
            oms.do_many(drawn(seed))
        else:
            for order in drawn(seed):
                before_each()
                oms.do(order)
    with sqlite3.connect(folder / "shop.db") as connection:
        found = {table: sorted(connection.execute(f"SELECT * FROM {table}")) for table in TABLES}  # noqa: S608
    connection.close()
    return found


def forget_all() -> None:
    for kept in KEPT:
        kept.cache_clear()


@pytest.mark.parametrize("seed", range(3))
def test_shops_that_keep_and_shops_that_do_not_store_the_same_rows(tmp_path: Path, seed: int) -> None:
    forget_all()
    anew = rows_after(tmp_path / "anew", seed, forget_all, many=False)
    assert rows_after(tmp_path / "kept", seed, lambda: None, many=False) == anew
    hits = [kept.cache_info().hits for kept in KEPT]
    assert min(hits) >= 3
    together = rows_after(tmp_path / "together", seed, lambda: None, many=True)
    assert {table: rows for table, rows in together.items() if table != "events"} == {
        table: rows for table, rows in anew.items() if table != "events"
    }
    assert sorted(row[1:] for row in together["events"]) == sorted(row[1:] for row in anew["events"])


def test_what_is_kept_is_bounded() -> None:
    for kept in KEPT:
        assert 0 < kept.cache_parameters()["maxsize"] <= 1_024
