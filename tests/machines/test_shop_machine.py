"""A shop led through a random life by hypothesis, every law checked after every step, on both stores."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from omscore.audit import audit
from tests.kit.shops import pass_time
from tests.laws.bench import Bench, bench
from tests.laws.checks import check_books, check_everything, check_orders, check_payments, check_stock
from tests.laws.life import Life

small = st.integers(0, 7)


def a_step(name: str, *, once: str = "") -> Callable[..., Any]:
    """A rule that does one step of a life; `once` names the list that must not be empty before."""

    def do(machine: ShopMachine, a: int, b: int, c: int, d: int) -> None:
        getattr(machine.life, name)(a, b, c, d)

    do.__name__ = name
    made = rule(a=small, b=small, c=small, d=small)(do)
    return precondition(lambda machine: bool(getattr(machine.life, once)))(made) if once else made


class ShopMachine(RuleBasedStateMachine):
    """The small shop, whatever its staff and customers do to it."""

    storage: ClassVar[str] = "memory"

    @initialize()
    def open(self) -> None:
        self.opened = ExitStack()
        folder = self.opened.enter_context(tempfile.TemporaryDirectory())
        self.shop: Bench = self.opened.enter_context(bench(Path(folder), storage=self.storage))
        self.life = Life(self.shop.oms)

    place = a_step("place")
    fill_cart = a_step("fill_cart")
    checkout = a_step("checkout")
    order_cart = a_step("order_cart")
    place_kits = a_step("place_kits")
    fill_cart_with_kits = a_step("fill_cart_with_kits")
    cancel_kits = a_step("cancel_kits", once="orders")
    receive = a_step("receive")
    adjust = a_step("adjust")
    count = a_step("count")
    transfer = a_step("transfer")
    arrive = a_step("arrive", once="transfers")
    cancel_units = a_step("cancel_units", once="orders")
    cancel_order = a_step("cancel_order", once="orders")
    source_from = a_step("source_from", once="orders")
    review = a_step("review", once="orders")
    hold = a_step("hold", once="orders")
    release = a_step("release", once="orders")
    retry_payment = a_step("retry_payment", once="orders")
    goodwill = a_step("goodwill", once="orders")
    pick = a_step("pick", once="orders")
    pack = a_step("pack", once="orders")
    ship = a_step("ship", once="orders")
    send = a_step("send", once="orders")
    request_return = a_step("request_return", once="orders")
    take_back = a_step("take_back", once="returns")
    dispose = a_step("dispose", once="returns")
    close_return = a_step("close_return", once="returns")
    exchange = a_step("exchange", once="returns")
    run_due = a_step("run_due")
    minutes = a_step("minutes")
    days = a_step("days")

    @invariant()
    def units_and_cents_add_up(self) -> None:
        if hasattr(self, "life"):
            check_stock(self.shop.oms)
            check_orders(self.shop.oms)
            check_books(self.shop.oms)
            check_payments(self.shop.oms)

    def teardown(self) -> None:
        if not hasattr(self, "life"):
            return
        oms = self.shop.oms
        try:
            check_everything(oms)
            pass_time(oms, days=9)
            check_everything(oms, self.shop.payments)
            report = audit(oms.storage)
            assert report.is_clean, report.findings
            assert oms.storage.tasks("dead") == ()
        finally:
            self.opened.close()


class SqliteShopMachine(ShopMachine):
    """The same in a file."""

    storage = "sqlite"


TestTheShopInMemory = ShopMachine.TestCase
TestTheShopInMemory.settings = settings(max_examples=30, stateful_step_count=40)
TestTheShopInAFile = SqliteShopMachine.TestCase
TestTheShopInAFile.settings = settings(max_examples=8, stateful_step_count=30)
