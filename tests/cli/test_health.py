"""`omscore health`: what another program's calls came to, for eyes, for programs and for a watchdog."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from omscore.app import open_shop
from omscore.errors import PortTransientError
from omscore.ports.clock import VirtualClock
from omscore_adapters.payment_manual import ManualPayments
from tests.cli.conftest import run
from tests.health.flaky import Flaky
from tests.kit.shops import TEA, order, pass_time, small_shop
from tests.laws.bench import bench


def test_what_another_program_saw_is_told_with_what_each_adapter_can_do(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
    result = run("health", tmp_path / "shop.toml", "--check", "--json", tmp_path / "health.json")
    assert result.exit_code == 0, result.output
    assert "authorise" in result.output and "closed" in result.output
    told = {each["adapter"]: each for each in json.loads((tmp_path / "health.json").read_text("utf-8"))["adapters"]}
    assert sorted(told) == ["carrier.table", "erp.beancount", "notices.file", "payment.manual"]
    assert all(each["configured"] and each["installed"] for each in told.values())
    assert told["carrier.table"]["capabilities"] == ["label void"]
    (authorise,) = told["payment.manual"]["operations"]
    assert (authorise["operation"], authorise["calls"], authorise["failures"]) == ("authorise", 1, {})
    assert authorise["breaker"] == "closed" and authorise["p50"] == authorise["p99"] == 0.0


def test_a_check_ends_with_1_while_an_adapter_is_left_alone_and_with_0_when_it_is_back(tmp_path: Path) -> None:
    clock = VirtualClock(datetime.now(UTC))
    bank = Flaky(ManualPayments(), clock, takes=timedelta(seconds=30))
    with bench(tmp_path, storage="sqlite", payments=bank, clock=clock) as shop:  # type: ignore[arg-type]
        bank.goes_down(lambda: PortTransientError("no route to host"))
        shop.oms.do(order(shop.oms, {TEA: 1}))
        shop.oms.run_due()
        result = run("health", tmp_path / "shop.toml", "--check")
        assert result.exit_code == 1, result.output
        assert "open" in result.output and "unavailable: no route to host" in result.output
        assert run("health", tmp_path / "shop.toml").exit_code == 0, "who only looks is told no lie by the exit code"
        bank.comes_back()
        pass_time(shop.oms, minutes=1)
    assert run("health", tmp_path / "shop.toml", "--check").exit_code == 0


def test_a_shop_that_has_called_nobody_yet_is_well(tmp_path: Path) -> None:
    with small_shop(tmp_path):
        pass
    result = run("health", tmp_path / "shop.toml", "--check")
    assert result.exit_code == 0 and "0 calls" in result.output


def test_the_health_of_a_shop_is_there_before_and_after_it_is_opened_again(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
        before = oms.health()
    with open_shop(tmp_path / "shop.toml", clock=VirtualClock(before.at)) as oms:
        assert oms.health() == before
