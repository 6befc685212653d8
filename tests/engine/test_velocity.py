"""How fast articles sell is counted from what left, told, and asked by the rules that spare fast sellers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from omscore.cli import main
from omscore.errors import InputError
from omscore.fulfillment.model import FulfillmentOrder
from omscore.fulfillment.pace import units_per_week
from omscore.ids import LocationId
from omscore.inventory.velocity import RecordVelocity, Velocity, WeeklyUnits
from omscore.orders.model import Order
from tests.kit.shops import CUP, TEA, order, pass_time, receive, send_out, small_shop

SPARING = """
[[routing.profiles]]
name = "sparing"
strategy = "weeks_of_supply"
"""
MUC, LYS = LocationId("MUC"), LocationId("LYS")


def per_week(**units: int | str) -> tuple[WeeklyUnits, ...]:
    return tuple(WeeklyUnits(LocationId(place), Decimal(count)) for place, count in units.items())


def test_the_location_that_sells_an_article_fast_is_spared(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}, edit=SPARING) as oms:
        at = oms.clock.now()
        oms.do(RecordVelocity(sku=TEA, per_week=per_week(MUC=10, LYS="0.5"), at=at))
        oms.do(order(oms, {TEA: 1}))
        assert oms.look(FulfillmentOrder, "ord_1.f1").location_id == "LYS"
        oms.do(RecordVelocity(sku=TEA, per_week=per_week(LYS=10), at=at))
        oms.do(order(oms, {TEA: 1}, order_id="ord_2"))
        assert oms.look(FulfillmentOrder, "ord_2.f1").location_id == "MUC"


def test_the_same_figures_told_twice_are_recorded_once_and_wrong_ones_are_refused(tmp_path: Path) -> None:
    with small_shop(tmp_path, storage={"memory": {}}) as oms:
        at = oms.clock.now()
        told = RecordVelocity(sku=TEA, per_week=per_week(MUC=3, LYS=1), at=at)
        oms.do(told)
        oms.do(told)
        assert oms.look(Velocity, TEA).per_week == ((LYS, Decimal(1)), (MUC, Decimal(3)))
        for wrong in (per_week(MUC=1) * 2, per_week(MUC=-1), per_week(MUC="NaN")):
            with pytest.raises(InputError, match=r"(?i)velocity"):
                oms.do(RecordVelocity(sku=TEA, per_week=wrong, at=at))


def test_what_left_in_the_last_weeks_is_counted_and_told(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        receive(oms, "MUC", {TEA: 50}, document="more")
        for number, units in enumerate((4, 2)):
            oms.do(order(oms, {TEA: units, CUP: 1}, order_id=f"ord_{number}"))
            oms.run_due()
            send_out(oms, f"ord_{number}")
            pass_time(oms, days=10)
        assert oms.look(Order, "ord_1").line(1).quantities.delivered == 2
        works = [oms.codec.record(row.state, FulfillmentOrder) for row in oms.storage.streams("work/")]
        now = oms.clock.now()
        assert units_per_week(works, until=now, weeks=4) == {
            "CUP": ((MUC, Decimal("0.50")),),
            "TEA": ((MUC, Decimal("1.50")),),
        }
        assert units_per_week(works, until=now, weeks=2)["TEA"] == ((MUC, Decimal("1.00")),)
        assert units_per_week(works, until=now - timedelta(days=30), weeks=4) == {}
    result = CliRunner().invoke(main, ["velocity", str(tmp_path / "shop.toml"), "--weeks", "520"])
    assert result.exit_code == 0, result.output
    assert "2 articles sold in 520 weeks; 2 recorded anew." in result.output
    again = CliRunner().invoke(main, ["velocity", str(tmp_path / "shop.toml"), "--weeks", "520"])
    assert "0 recorded anew." in again.output
    with small_shop(tmp_path) as oms:
        assert oms.look(Velocity, TEA).per_week == ((MUC, Decimal("0.01")),)
