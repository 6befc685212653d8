"""Queues as somebody would live through them with pencil and paper: who is served when, goes where, and is given up."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from omscore.app import Oms
from omscore.engine.plans.wishes import MoveToQueue
from omscore.ids import OrderId
from omscore.orders.commands import CancelUnits
from omscore.orders.model import HoldKind, Order
from tests.kit.shops import NOON, TEA, order, pass_time, receive, small_shop
from tests.laws.checks import check_everything

RULES = """
[queues.at-runs]
every_hours = 4
most_days = 1
then = "any-time"
only_at_runs = true
[queues.any-time]
every_hours = 6
most_days = 2
then = "{then}"
priority_tags = ["vip", "gold"]
[[routing.profiles]]
name = "standard"
when_left = "{left}"
"""
TAGS: tuple[tuple[str, ...], ...] = ((), (), ("vip",), ("gold",), ("gold", "vip"))
LAST = 9


class Fate(NamedTuple):
    """What is to be seen of an order: units that wait, its queue, units cancelled, whether a person must look."""

    waiting: int
    queue: str
    cancelled: int
    is_held: bool


class Waiter:
    """One order of one article."""

    def __init__(self, order_id: str, units: int, tags: tuple[str, ...], placed_at: datetime) -> None:
        self.order_id, self.units, self.tags, self.placed_at = order_id, units, tags, placed_at
        self.queue, self.until, self.cancelled, self.is_held = "", NOON, 0, False

    @property
    def rank(self) -> int:
        if self.queue != "any-time":
            return LAST
        return min([("vip", "gold").index(tag) for tag in self.tags], default=LAST)

    @property
    def fate(self) -> Fate:
        return Fate(self.units, self.queue, self.cancelled, self.is_held)


class Plain:
    """The shop: one shelf, and everybody who waits for it."""

    def __init__(self, then: str, left: str) -> None:
        self.then, self.left = then, left
        self.now, self.shelf = NOON, 0
        self.orders: dict[str, Waiter] = {}

    def waiting(self) -> list[Waiter]:
        return [each for each in self.orders.values() if each.units]

    def turns(self, running: str = "") -> list[Waiter]:
        mine = [each for each in self.waiting() if each.queue != "at-runs" or running == "at-runs"]
        return sorted(mine, key=lambda each: (each.rank, each.placed_at, each.order_id))

    def give(self, each: Waiter) -> None:
        taken = min(self.shelf, each.units)
        self.shelf -= taken
        each.units -= taken
        if not each.units:
            each.queue = ""

    def serve(self, running: str = "") -> None:
        for each in self.turns(running):
            self.give(each)

    def enter(self, each: Waiter, queue: str) -> None:
        each.queue = queue
        each.until = self.now + timedelta(days=1 if queue == "at-runs" else 2)

    def place(self, order_id: str, units: int, tags: tuple[str, ...]) -> None:
        each = self.orders[order_id] = Waiter(order_id, units, tags, self.now)
        self.give(each)
        if each.units and self.left != "wait":
            self.enter(each, self.left)

    def move(self, each: Waiter, queue: str) -> None:
        if each.queue != queue:
            self.enter(each, queue)
            if not queue:
                self.serve()

    def cancel(self, each: Waiter, units: int) -> None:
        each.units -= units
        each.cancelled += units
        if not each.units:
            each.queue = ""

    def end(self, each: Waiter) -> None:
        queue = each.queue
        for other in self.turns(queue):
            self.give(other)
            if other is each:
                break
        if not each.units:
            return
        if queue == "at-runs":
            self.enter(each, "any-time")
        elif self.then == "hold":
            each.queue, each.is_held = "", True
        else:
            self.cancel(each, each.units)

    def wait(self, hours: float) -> None:
        """From one appointment to the next: the runs of queues somebody is in, and the ends of times there."""
        until = self.now + timedelta(hours=hours)
        while True:
            queues = {each.queue for each in self.waiting()} - {""}
            runs = [(self.next_run(queue), "", queue) for queue in queues]
            ends = [(each.until, each.order_id, each.queue) for each in self.waiting() if each.queue]
            moment, order_id, queue = min([*runs, *ends], default=(until, "", ""))
            if not queue or moment > until:
                break
            self.now = moment
            if order_id:
                self.end(self.orders[order_id])
            else:
                self.serve(queue)
        self.now = until

    def next_run(self, queue: str) -> datetime:
        span = timedelta(hours=4 if queue == "at-runs" else 6)
        return NOON + ((self.now - NOON) // span + 1) * span


@pytest.mark.parametrize("seed", range(12))
def test_orders_in_queues_fare_as_in_a_plain_simulation(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    then, left = rng.choice(("hold", "cancel")), rng.choice(("at-runs", "at-runs", "any-time", "wait"))
    edit = RULES.format(then=then, left=left)
    with small_shop(tmp_path, storage={"memory": {}}, stock=False, edit=edit) as oms:
        plain = Plain(then, left)
        both_wait(oms, plain, 0.5)  # so that no time ends in the moment of a run
        for number in range(16):
            one_step(oms, plain, rng, number)
            oms.run_due()
            found = {order_id: fate(oms, order_id) for order_id in plain.orders}
            assert found == {order_id: each.fate for order_id, each in plain.orders.items()}, number
        check_everything(oms)


def one_step(oms: Oms, plain: Plain, rng: random.Random, number: int) -> None:
    waiting, units, at = plain.waiting(), rng.randint(1, 4), oms.clock.now()
    match rng.choice(("place", "place", "receive", "wait", "wait", "move", "cancel")):
        case "place":
            order_id, tags = f"ord_{number:02}", rng.choice(TAGS)
            oms.do(order(oms, {TEA: units}, order_id=order_id, tags=tags, method=None))
            plain.place(order_id, units, tags)
            both_wait(oms, plain, 1 / 60)
        case "receive":
            receive(oms, "MUC", {TEA: units}, document=f"in-{number}")
            plain.shelf += units
            plain.serve()
        case "move" if waiting:
            each, queue = rng.choice(waiting), rng.choice(("at-runs", "any-time", ""))
            oms.do(MoveToQueue(order_id=OrderId(each.order_id), queue=queue, reason="why", by="ada", at=at))
            plain.move(each, queue)
        case "cancel" if waiting:
            each = rng.choice(waiting)
            units = min(units, each.units)
            oms.do(CancelUnits(order_id=OrderId(each.order_id), line_id=1, units=units, at=at))
            plain.cancel(each, units)
            if each.units:  # what it lacked may be gone, so all are tried
                plain.serve()
        case _:
            both_wait(oms, plain, rng.choice((1, 3, 7, 25, 50)))


def both_wait(oms: Oms, plain: Plain, hours: float) -> None:
    pass_time(oms, hours=hours)
    plain.wait(hours)


def fate(oms: Oms, order_id: str) -> Fate:
    found = oms.look(Order, order_id)
    there = found.line(1).quantities
    queue = "" if found.queue is None else found.queue.name
    return Fate(there.waiting, queue, there.cancelled, found.has_hold(HoldKind.REVIEW))
