"""Customers hear of it when goods do not come or leave on their day: once for each new day, and only while it is so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from omscore.app import Oms, open_shop, run_until
from omscore.ids import LocationId, OrderId, SupplyId
from omscore.inventory.commands import ChangeSupply, ExpectSupply
from omscore.orders.commands import CancelOrder
from omscore.orders.model import HoldKind, Order
from omscore.plugins import PortKind
from omscore.plugins.discovery import Plugins
from omscore.ports.clock import VirtualClock
from omscore.ports.notices import Notice
from tests.kit.shops import NOON, POT, RATES, SHOP, TEA, order, pass_time, receive, send_out, stock_up
from tests.laws.bench import Offer, Outbox

TOLD = "[flows]\ntell_delayed = true\npromise_from_supply = true\n"


@contextmanager
def shop(folder: Path, edit: str = TOLD, *, stock: bool = True) -> Iterator[tuple[Oms, Outbox]]:
    outbox = Outbox()
    (folder / "shop.toml").write_text(SHOP + edit, encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    plugins = Plugins()
    plugins.register(Offer({(PortKind.NOTICE, "outbox"): outbox}))
    overrides: dict[str, Any] = {"notices": {"outbox": {}}, "storage": {"memory": {}}}
    with open_shop(folder / "shop.toml", clock=VirtualClock(NOON), overrides=overrides, plugins=plugins) as oms:
        stock_up(oms, stock=stock)
        yield oms, outbox


def late(outbox: Outbox) -> list[Notice]:
    return [each for each in outbox.notices.values() if each.key.endswith(".notice.delayed")]


def expect(oms: Oms, on: date) -> None:
    oms.do(
        ExpectSupply(
            sku=POT, supply_id=SupplyId("po"), location_id=LocationId("MUC"), units=5, due_on=on, at=oms.clock.now()
        )
    )


def move(oms: Oms, on: date) -> None:
    oms.do(ChangeSupply(sku=POT, supply_id=SupplyId("po"), due_on=on, at=oms.clock.now()))
    oms.run_due()


def test_a_supply_that_moves_is_told_once_for_each_later_day(tmp_path: Path) -> None:
    with shop(tmp_path, stock=False) as (oms, outbox):
        expect(oms, date(2026, 3, 5))
        oms.do(order(oms, {POT: 2}))
        oms.run_due()
        assert not late(outbox)
        move(oms, date(2026, 3, 9))
        (told,) = late(outbox)
        assert (told.subject, "2 x POT" in told.text, "2026-03-1" in told.text) == (
            "Your order ord_1 is late",
            True,
            True,
        )
        move(oms, date(2026, 3, 8))  # earlier than feared: nothing to tell
        assert len(late(outbox)) == 1
        move(oms, date(2026, 3, 16))
        assert len(late(outbox)) == 2
        assert len({each.text for each in late(outbox)}) == 2


def test_a_supply_that_moves_and_comes_back_at_once_is_not_told(tmp_path: Path) -> None:
    with shop(tmp_path, stock=False) as (oms, outbox):
        expect(oms, date(2026, 3, 5))
        oms.do(order(oms, {POT: 2}))
        oms.run_due()
        oms.do(ChangeSupply(sku=POT, supply_id=SupplyId("po"), due_on=date(2026, 3, 9), at=oms.clock.now()))
        oms.do(ChangeSupply(sku=POT, supply_id=SupplyId("po"), due_on=date(2026, 3, 5), at=oms.clock.now()))
        oms.run_due()
        assert not late(outbox)


def test_a_cancelled_order_and_goods_that_came_are_told_of_no_delay(tmp_path: Path) -> None:
    with shop(tmp_path, stock=False) as (oms, outbox):
        expect(oms, date(2026, 3, 5))
        oms.do(order(oms, {POT: 2}, order_id="gone"))
        oms.do(order(oms, {POT: 2}, order_id="came"))
        oms.run_due()
        oms.do(CancelOrder(order_id=OrderId("gone"), at=oms.clock.now()))
        receive(oms, "MUC", {POT: 2}, document="early")
        move(oms, date(2026, 3, 30))
        pass_time(oms, hours=1)
        assert not late(outbox)


@pytest.mark.parametrize(
    ("sent_after", "told"),
    [(timedelta(0), 0), (timedelta(hours=12), 0), (timedelta(hours=36), 1), (timedelta(days=9), 1)],
)
def test_a_parcel_that_does_not_leave_on_its_day_is_told_once_the_day_has_ended_everywhere(
    tmp_path: Path, sent_after: timedelta, told: int
) -> None:
    with shop(tmp_path) as (oms, outbox):
        oms.do(order(oms, {TEA: 2}))
        oms.run_due()
        run_until(oms, NOON + sent_after)
        send_out(oms, "ord_1")
        run_until(oms, NOON + timedelta(days=20))
        assert len(late(outbox)) == told
        for each in late(outbox):
            assert each.at == datetime(2026, 3, 3, 12, tzinfo=UTC)
            assert "as soon as they leave" in each.text


def test_an_order_that_waits_for_the_customers_own_payment_is_not_told_that_it_is_late(tmp_path: Path) -> None:
    with shop(tmp_path) as (oms, outbox):
        oms.do(order(oms, {TEA: 2}, method="card-declined"))
        pass_time(oms, days=2)
        assert oms.look(Order, "ord_1").has_hold(HoldKind.PAYMENT_DECLINED)
        pass_time(oms, days=20)
        assert not late(outbox)


def test_nobody_is_told_without_the_setting(tmp_path: Path) -> None:
    with shop(tmp_path, "[flows]\npromise_from_supply = true\n") as (oms, outbox):
        expect(oms, date(2026, 3, 5))
        oms.do(order(oms, {POT: 4, TEA: 1}))
        oms.run_due()
        move(oms, date(2026, 3, 9))
        pass_time(oms, days=5)
        assert not late(outbox)
