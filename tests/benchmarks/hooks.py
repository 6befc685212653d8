"""G14: what the hooks cost a shop without any plugin of its own: calls counted while orders are placed, then priced."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from timeit import Timer
from types import FrameType
from typing import Any

from omscore.app import Oms, open_shop
from omscore.plugins.discovery import Plugins
from omscore.ports.clock import VirtualClock
from tests.benchmarks.goals import Goal, Result, Shown
from tests.benchmarks.rounds import Run, timed
from tests.benchmarks.shop import command, stock_up, wishes
from tests.kit.shops import NOON, RATES, SHOP

SHARE = Goal(
    name="G14",
    what="hook calls of a shop without plugins, share of the time of place-order (in memory)",
    must=0.05,
    at_least=False,
)
IN_ROUTING = Goal(name="G14 routing", what="hook calls from inside routing", must=0, at_least=False, shown=Shown.NUMBER)


class _Counted:
    """Counts hook calls, and among them those that come from inside routing."""

    def __init__(self) -> None:
        self.calls = 0
        self.from_routing = 0

    def before(self, hook_name: str, hook_impls: Any, kwargs: Any) -> None:
        self.calls += 1
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            if frame.f_globals.get("__name__", "").startswith("omscore.routing"):
                self.from_routing += 1
                return
            frame = frame.f_back

    def after(self, outcome: Any, hook_name: str, hook_impls: Any, kwargs: Any) -> None:
        """Nothing is to be counted when a call ends."""


def measure_hooks(run: Run) -> Iterator[Result]:
    """Calls while a slice of orders is placed, times the price of a call nobody answers."""
    orders = run.count(400)
    folder = run.folder / "G14"
    folder.mkdir()
    (folder / "shop.toml").write_text(SHOP, encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    plugins, counted = Plugins(), _Counted()
    with open_shop(
        folder / "shop.toml", clock=VirtualClock(NOON), overrides={"storage": {"memory": {}}}, plugins=plugins
    ) as oms:
        stock_up(oms)
        stop = plugins._hooks._manager.add_hookcall_monitoring(counted.before, counted.after)
        _place(oms, orders, "counted")
        stop()
        calls_per_order = counted.calls / orders
        shares, price_s, order_s = [], 0.0, 0.0
        for number in range(run.rounds):
            order_s = _place(oms, orders, f"timed{number}-") / orders
            price_s = _price_s(run.count(20_000))
            shares.append(calls_per_order * price_s / order_s)
            run.tell(f"{SHARE.name}: round {number + 1} of {run.rounds}: {calls_per_order:g} calls an order")
    figures = {"calls": calls_per_order, "ours_us": calls_per_order * price_s * 1e6, "theirs_us": order_s * 1e6}
    yield Result(goal=SHARE, ratios=tuple(shares), figures=figures)
    yield Result(goal=IN_ROUTING, ratios=(float(counted.from_routing),), figures={})


def _place(oms: Oms, orders: int, prefix: str) -> float:
    commands = [command(wish) for wish in wishes(orders, prefix=prefix)]
    return timed(lambda: [oms.do(each) for each in commands])


def _price_s(calls: int) -> float:
    nobody = Plugins()._hooks._manager
    return Timer("hook()", globals={"hook": nobody.hook.oms_providers}).timeit(calls) / calls
