"""The stock ledger through the public verbs: every unit in exactly one place, whatever is booked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from omscore.app import Oms
from omscore.errors import CommandKeyError, InputError, NotFoundError, RefusedError, StockShortError
from omscore.ids import LocationId, StockDocumentId
from omscore.inventory.commands import AdjustStock, CountStock, ReceiveStock, ReceiveTransfer, SendTransfer
from omscore.inventory.model import AdjustReason, StockDocument, StockLine
from omscore.orders.model import Order
from omscore.quantities import StockState
from tests.kit.shops import CUP, POT, TEA, order, receive, send_out
from tests.laws.bench import bench
from tests.laws.checks import cells, check_everything, check_stock, events
from tests.laws.life import Life, lives

MUC, LYS = LocationId("MUC"), LocationId("LYS")


def adjust(oms: Oms, units: int, *, document: str = "a1", **more: Any) -> None:
    oms.do(
        AdjustStock(
            **{
                "document_id": StockDocumentId(document),
                "location_id": MUC,
                "sku": TEA,
                "units": units,
                "reason": AdjustReason.LOST if units < 0 else AdjustReason.FOUND,
                "at": oms.clock.now(),
                **more,
            }
        )
    )


def transfer(oms: Oms, units: int, **more: Any) -> None:
    oms.do(
        SendTransfer(
            **{
                "document_id": StockDocumentId("t1"),
                "origin": MUC,
                "target": LYS,
                "lines": (StockLine(TEA, "general", units),),
                "at": oms.clock.now(),
                **more,
            }
        )
    )


def arrive(oms: Oms, *lines: StockLine) -> None:
    oms.do(ReceiveTransfer(document_id=StockDocumentId("t1"), lines=lines, at=oms.clock.now()))


def count(oms: Oms, counted: int, document: str = "n1") -> None:
    oms.do(
        CountStock(document_id=StockDocumentId(document), location_id=MUC, sku=TEA, counted=counted, at=oms.clock.now())
    )


def units(oms: Oms, place: str, state: StockState = StockState.SELLABLE, sku: str = TEA) -> int:
    return sum(n for cell, n in cells(oms).items() if (cell.sku, cell.location, cell.state) == (sku, place, state))


def test_a_receipt_puts_units_on_the_shelf_once(oms: Oms) -> None:
    receive(oms, "MUC", {TEA: 3}, document="d1")
    receive(oms, "MUC", {TEA: 3}, document="d1")
    assert units(oms, "MUC") == 13
    with pytest.raises(CommandKeyError, match="stock document d1 was sent before with other content"):
        receive(oms, "MUC", {TEA: 4}, document="d1")
    again = ReceiveStock(
        document_id=StockDocumentId("d1"), location_id=MUC, lines=(StockLine(TEA, "general", 3),), at=oms.clock.now()
    )
    with pytest.raises(RefusedError, match="d1 is a receipt of 2026-03-02; use another id"):
        oms.do(again, key="mine")
    assert units(oms, "MUC") == 13


def test_an_adjustment_has_a_reason_and_stops_at_zero(oms: Oms) -> None:
    adjust(oms, 5)
    adjust(oms, -15, document="a2")
    assert units(oms, "MUC") == 0
    with pytest.raises(StockShortError) as short:
        adjust(oms, -1, document="a3")
    (cell,) = short.value.fields["shortfalls"]  # type: ignore[misc]
    assert (cell.sku, cell.location, cell.wanted, cell.there) == (TEA, "MUC", 1, 0)  # type: ignore[has-type]
    with pytest.raises(InputError):
        adjust(oms, 0, document="a4")
    reasons = [event.reason for event in events(oms) if type(event).__name__ == "StockAdjusted"]
    assert reasons == [AdjustReason.FOUND, AdjustReason.LOST]


def test_a_transfer_arrives_in_lots_and_never_more_than_was_sent(oms: Oms) -> None:
    transfer(oms, 6)
    assert (units(oms, "MUC"), units(oms, "LYS"), units(oms, "LYS", StockState.EXPECTED)) == (4, 4, 6)
    arrive(oms, StockLine(TEA, "general", 2))
    assert units(oms, "LYS", StockState.EXPECTED) == 4
    with pytest.raises(RefusedError, match=r"4 units of TEA \(general\) are on the way, not 5"):
        arrive(oms, StockLine(TEA, "general", 5))
    with pytest.raises(RefusedError, match="are on the way"):
        arrive(oms, StockLine(TEA, "general", 3), StockLine(TEA, "general", 2))
    with pytest.raises(RefusedError, match="0 units of CUP"):
        arrive(oms, StockLine(CUP, "general", 1))
    arrive(oms, StockLine(TEA, "general", 4))
    assert oms.look(StockDocument, "t1").in_transit == ()
    assert (units(oms, "MUC"), units(oms, "LYS")) == (4, 10)
    check_everything(oms)


def test_a_transfer_takes_no_unit_that_is_promised(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 5}, channel="web"))
    with pytest.raises(StockShortError):
        transfer(oms, 6)
    transfer(oms, 5)
    with pytest.raises(InputError, match="two locations"):
        transfer(oms, 1, document_id="t2", target=MUC)


def test_demand_of_one_document_is_summed_before_it_is_checked(oms: Oms) -> None:
    with pytest.raises(StockShortError, match="12 sellable wanted, 10 there"):
        transfer(oms, 6, lines=(StockLine(TEA, "general", 6),) * 2)


def test_a_count_books_the_difference_to_what_is_on_the_shelf(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 3}))
    count(oms, 12)
    assert (units(oms, "MUC"), units(oms, "MUC", StockState.ALLOCATED)) == (9, 3)
    count(oms, 3, "n2")
    assert (units(oms, "MUC"), units(oms, "MUC", StockState.ALLOCATED)) == (0, 3)
    count(oms, 3, "n3")
    with pytest.raises(StockShortError):
        count(oms, 2, "n4")
    check_everything(oms)


@pytest.mark.parametrize("wrong", ["", "MUC ", "ATLANTIS"])
def test_stock_is_only_booked_at_locations_the_shop_has(oms: Oms, wrong: str) -> None:
    before = cells(oms)
    nowhere = LocationId(wrong)
    says = "the shop has MUC, LYS"
    with pytest.raises(NotFoundError, match=says):
        receive(oms, wrong, {TEA: 1}, document="d1")
    with pytest.raises(NotFoundError, match=says):
        adjust(oms, 1, location_id=nowhere)
    with pytest.raises(NotFoundError, match=says):
        transfer(oms, 1, target=nowhere)
    with pytest.raises(NotFoundError, match=says):
        transfer(oms, 1, origin=nowhere)
    assert cells(oms) == before


def test_stock_is_only_booked_of_items_the_shop_knows(oms: Oms) -> None:
    with pytest.raises(NotFoundError, match="item 'GHOST' is not known"):
        receive(oms, "MUC", {"GHOST": 1}, document="d1")
    with pytest.raises(NotFoundError, match="item 'GHOST' is not known"):
        adjust(oms, 1, sku="GHOST")


def test_new_stock_calls_the_orders_that_wait_first_come_first_served(oms: Oms) -> None:
    for number in (1, 2, 3):
        oms.do(order(oms, {POT: 2}, order_id=f"ord_{number}"))
    waiting = [oms.look(Order, f"ord_{number}").line(1).quantities.backordered for number in (1, 2, 3)]
    assert waiting == [0, 2, 2]
    receive(oms, "MUC", {POT: 3}, document="d1")
    oms.run_due()
    waiting = [oms.look(Order, f"ord_{number}").line(1).quantities.backordered for number in (1, 2, 3)]
    assert waiting == [0, 0, 1]


def test_units_of_another_pool_are_picked_with_the_rest_of_the_line(oms: Oms) -> None:
    """A line drawn from two pools at one location is one piece of work."""
    receive(oms, "MUC", {TEA: 3}, document="d1", pool="market")
    oms.do(order(oms, {TEA: 12}, channel="market", price="100"))
    oms.run_due()
    send_out(oms, "ord_1")
    assert oms.look(Order, "ord_1").line(1).quantities.shipped == 12
    check_everything(oms)


@settings(max_examples=30)
@given(lives)
def test_no_unit_is_created_or_lost_by_a_move(tmp_path_factory: pytest.TempPathFactory, life: list[Any]) -> None:
    with bench(tmp_path_factory.mktemp("shop")) as shop:
        lived = Life(shop.oms)
        for step in life:
            lived.live(step)
            assert all(n >= 0 for level in shop.oms.storage.stock_levels() for n in level[3:])
        check_stock(shop.oms)


def test_stock_of_two_stores_in_one_folder_is_not_mixed(tmp_path: Path) -> None:
    with bench(tmp_path, storage="sqlite") as one, bench(tmp_path, storage="memory") as two:
        adjust(one.oms, -10)
        assert (units(one.oms, "MUC"), units(two.oms, "MUC")) == (0, 10)
