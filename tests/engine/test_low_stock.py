"""An article that comes down to its reorder point is told to the shop once, until it was above it again."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from omscore.app import Oms
from omscore.errors import InputError, NotFoundError, OmsError
from omscore.ids import LocationId, OrderId, StockDocumentId
from omscore.inventory.commands import AdjustStock, ListItem
from omscore.inventory.model import AdjustReason
from omscore.inventory.reorder import ReorderPoint, SetReorderPoint
from omscore.items import Item, Kit, KitPart, Sku
from omscore.orders.commands import CancelOrder
from tests.adapters.letters.test_letters import shop_with_letters
from tests.kit.shops import CUP, POT, TEA, order, receive, send_out, small_shop
from tests.laws.bench import Outbox
from tests.laws.checks import check_everything

TOLD = "[flows]\ntell_low_stock = true\n"


def set_point(oms: Oms, sku: str, units: int | None) -> None:
    oms.do(SetReorderPoint(sku=sku, units=units, at=oms.clock.now()))
    oms.run_due()


def alerts(oms: Oms, sku: str) -> int:
    return sum(f"{sku}.low.notice.low_stock" in task.task_id for task in oms.storage.tasks("done"))


@pytest.mark.parametrize("storage", [{"memory": {}}, None], ids=["memory", "sqlite"])
def test_the_shop_is_told_once_each_time_an_article_comes_down_to_its_point(
    tmp_path: Path, storage: dict[str, dict[str, str]] | None
) -> None:
    with small_shop(tmp_path, storage=storage, edit=TOLD) as oms:
        set_point(oms, TEA, 12)
        assert (oms.sellable([TEA]), alerts(oms, TEA)) == ({TEA: 14}, 0)
        oms.do(order(oms, {TEA: 2}, order_id="a"))
        oms.run_due()
        assert alerts(oms, TEA) == 1
        oms.do(order(oms, {TEA: 2}, order_id="b"))
        oms.run_due()
        assert alerts(oms, TEA) == 1
        receive(oms, "MUC", {TEA: 5}, document="more")
        oms.run_due()
        assert oms.look(ReorderPoint, TEA).low_since is None
        oms.do(order(oms, {TEA: 5}, order_id="c"))
        oms.run_due()
        assert alerts(oms, TEA) == 2
        check_everything(oms)


def test_an_article_that_is_low_when_its_point_is_set_is_told_at_once_and_one_without_a_point_never(
    tmp_path: Path,
) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, edit=TOLD) as oms:
        set_point(oms, CUP, 6)
        set_point(oms, POT, 6)
        set_point(oms, POT, None)
        oms.do(order(oms, {POT: 1, TEA: 1}))
        oms.run_due()
        assert [alerts(oms, sku) for sku in (CUP, POT, TEA)] == [1, 1, 0]


def test_a_shop_that_wants_no_word_looks_at_no_shelf(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        set_point(oms, TEA, 100)
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
        assert not [task for task in oms.storage.tasks("done") if task.kind == "stock_look"]
        assert oms.look(ReorderPoint, TEA).low_since is None


def test_a_point_belongs_to_an_article_with_stock_of_its_own(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        with pytest.raises(NotFoundError, match="list it first"):
            set_point(oms, "TAE", 5)
        with pytest.raises(InputError, match="reorder point of TEA"):
            set_point(oms, TEA, -1)
        kit = Item(sku=Sku("SET"), kit=Kit(parts=(KitPart(sku=Sku(TEA)), KitPart(sku=Sku(CUP)))))
        oms.do(ListItem(item=kit, at=oms.clock.now()))
        with pytest.raises(OmsError, match="SET"):
            set_point(oms, "SET", 5)


@pytest.mark.parametrize(
    ("letters", "says"),
    [
        ({}, "TEA runs low"),
        ({"locale": "de_DE"}, "TEA geht zur Neige"),
        ({"locale": "fr_FR", "channels": {"web": "de_DE"}}, "TEA : stock bas"),
        ({"channels": {"web": "de_DE"}}, "TEA runs low"),
    ],
)
def test_the_alert_is_in_the_language_of_the_shop_whatever_its_channels_speak(
    tmp_path: Path, letters: dict[str, Any], says: str
) -> None:
    outbox = Outbox()
    with shop_with_letters(tmp_path, outbox, TOLD, **letters) as oms:
        set_point(oms, TEA, 100)
    (told,) = [notice for notice in outbox.notices.values() if ".low_stock" in notice.key]
    assert (told.to, told.subject) == ("shop", says)
    assert "14" in told.text
    assert "100" in told.text
    assert told.text.endswith("Tea & Cups\n")


@pytest.mark.parametrize("seed", range(12))
def test_as_many_alerts_as_a_plain_count_of_crossings_whatever_happens_to_the_stock(tmp_path: Path, seed: int) -> None:
    draw = Random(seed)  # noqa: S311 (the same life on every run)
    points: dict[str, int | None] = {TEA: None, CUP: None, POT: None}
    low, crossed = dict.fromkeys(points, False), dict.fromkeys(points, 0)
    with small_shop(tmp_path, storage={"memory": {}}, edit=TOLD) as oms:

        def look() -> None:
            there = oms.sellable(list(points))
            for sku, point in points.items():
                is_low = point is not None and there[sku] <= point
                crossed[sku] += is_low and not low[sku]
                low[sku] = is_low

        for step in range(40):
            sku = draw.choice(list(points))
            try:
                match draw.randrange(6):
                    case 0:
                        receive(oms, draw.choice(("MUC", "LYS")), {sku: draw.randint(1, 6)}, document=f"d{step}")
                    case 1:
                        oms.do(
                            AdjustStock(
                                document_id=StockDocumentId(f"a{step}"),
                                location_id=LocationId("MUC"),
                                sku=sku,
                                units=-draw.randint(1, 3),
                                reason=AdjustReason.LOST,
                                at=oms.clock.now(),
                            )
                        )
                    case 2:
                        oms.do(CancelOrder(order_id=OrderId(f"o{draw.randrange(step + 1)}"), at=oms.clock.now()))
                    case 3:
                        send_out(oms, f"o{draw.randrange(step + 1)}")
                    case 4:
                        if (new := draw.choice((None, 0, 3, 8))) != points[sku]:
                            points[sku], low[sku] = new, False  # a new point begins anew
                            set_point(oms, sku, new)
                    case _:
                        oms.do(order(oms, {sku: draw.randint(1, 4)}, order_id=f"o{step}"))
            except OmsError:
                continue
            oms.run_due()
            look()
        assert {sku: alerts(oms, sku) for sku in points} == crossed
        check_everything(oms)
