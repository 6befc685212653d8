"""An adapter that is out of reach delays its own tasks alone, and they are all done when it is back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from omscore.app import Oms
from omscore.errors import InputError, PortRefusedError, PortTransientError, PortUnknownError
from omscore.fulfillment.commands import PackBoxes, PickUnits
from omscore.fulfillment.model import FulfillmentOrder
from omscore.health.breaker import BreakerState
from omscore.health.model import FailureKind, OperationHealth
from omscore.ids import FulfillmentId
from omscore.orders.model import Order
from omscore.ports.clock import VirtualClock
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentRequest
from omscore_adapters.payment_manual import ManualPayments
from tests.health.flaky import Flaky
from tests.kit.carriers import PlainCarrier
from tests.kit.shops import NOON, TEA, order, pass_time, receive
from tests.laws.bench import Bench, Books, Outbox, bench
from tests.laws.checks import check_everything

WORDS = {"payment": "payment.manual", "carrier": "carrier.hand", "notices": "notices.outbox", "erp": "erp.books"}
SLOW = timedelta(seconds=30)


class Trade:
    """A shop all of whose adapters can be taken down, and what was ordered of it."""

    def __init__(self, shop: Bench, doors: dict[str, Flaky]) -> None:
        self.oms, self.doors = shop.oms, doors
        self.orders: list[str] = []
        receive(self.oms, "MUC", {TEA: 500}, document="more")

    def sell(self, count: int) -> None:
        for _ in range(count):
            order_id = f"ord_{len(self.orders)}"
            self.oms.do(order(self.oms, {TEA: 1}, order_id=order_id))
            self.orders.append(order_id)

    def pack(self) -> None:
        """Everything that may be worked on is boxed, and wants a label."""
        for order_id in self.orders:
            for work_id in self.oms.look(Order, order_id).fulfillments:
                work = self.oms.look(FulfillmentOrder, work_id)
                if work.live_units and not work.on_hold and not work.packages:
                    self.oms.do(PickUnits(fulfillment_id=FulfillmentId(work_id), at=self.oms.clock.now()))
                    self.oms.do(PackBoxes(fulfillment_id=FulfillmentId(work_id), at=self.oms.clock.now()))

    def unpaid(self) -> list[str]:
        return [each for each in self.orders if self.oms.look(Order, each).holds]

    def unlabelled(self) -> int:
        works = [self.oms.look(FulfillmentOrder, f"{each}.f1") for each in self.orders]
        return sum(not package.is_labelled for work in works for package in work.packages)

    def wait(self, span: timedelta) -> None:
        """Time passes, task by task; a call that takes long may let it run on a little more."""
        clock = self.oms.clock
        assert isinstance(clock, VirtualClock)
        until = clock.now() + span
        self.oms.run_due()
        while (due := self.oms.storage.next_due()) is not None and due <= until and clock.now() < until:
            clock.set(max(clock.now(), due))
            self.oms.run_due()
        clock.set(max(until, clock.now()))

    def known(self, adapter: str, operation: str) -> OperationHealth:
        known = self.oms.health().of(adapter, operation)
        assert known is not None
        return known


@pytest.fixture(params=[timedelta(), SLOW], ids=["at once", "slowly"])
def trade(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Trade]:
    clock = VirtualClock(NOON)
    real = {"payment": ManualPayments(), "carrier": PlainCarrier(tmp_path), "notices": Outbox(), "erp": Books()}
    doors = {port: Flaky(adapter, clock, takes=request.param) for port, adapter in real.items()}
    payments, carrier, outbox, books = doors.values()
    opened: Any = bench(tmp_path, clock=clock, payments=payments, carrier=carrier, outbox=outbox, books=books)  # type: ignore[arg-type]
    with opened as shop:
        yield Trade(shop, doors)


@pytest.mark.parametrize("down", sorted(WORDS))
def test_an_adapter_that_is_down_does_not_delay_the_tasks_of_others(trade: Trade, down: str) -> None:
    """Twenty orders with one adapter down: what asks the others is done before a fifth call of the one that is down
    would have come back.
    """
    trade.sell(20)
    trade.oms.run_due()
    trade.pack()
    trade.doors[down].goes_down()
    before = {port: sum(door.calls.values()) for port, door in trade.doors.items()}
    trade.sell(20)
    for number in range(20):
        receive(trade.oms, "MUC", {TEA: 1}, document=f"late_{number}")
    began = trade.oms.clock.now()
    trade.oms.run_due()
    assert trade.oms.clock.now() - began <= 5 * SLOW
    asked = {port: sum(door.calls.values()) - before[port] for port, door in trade.doors.items()}
    assert asked[down] <= 5
    assert all(count >= 20 for port, count in asked.items() if port != down), asked
    if down != "payment":
        assert trade.unpaid() == []
    if down != "carrier":
        assert trade.unlabelled() == 0


@pytest.mark.parametrize("down", sorted(WORDS))
def test_an_outage_shorter_than_72_hours_gives_nothing_up_and_ends_by_itself(trade: Trade, down: str) -> None:
    trade.sell(3)
    trade.doors[down].goes_down()
    trade.oms.run_due()
    trade.pack()
    trade.wait(timedelta(hours=2 if trade.doors[down].takes else 71))
    trade.doors[down].comes_back()
    trade.wait(timedelta(minutes=6))
    trade.pack()
    trade.oms.run_due()
    assert trade.oms.storage.tasks("dead") == ()
    assert trade.unpaid() == []
    assert trade.unlabelled() == 0
    assert trade.oms.health().troubled == ()
    overdue = [task for task in trade.oms.storage.tasks("waiting") if task.due_at <= trade.oms.clock.now()]
    assert overdue == []
    check_everything(trade.oms)


def test_a_run_tells_the_calls_that_failed_apart_from_those_that_were_not_made(trade: Trade) -> None:
    trade.doors["payment"].goes_down()
    trade.sell(20)
    ran = trade.oms.run_due()
    failed = trade.doors["payment"].failed.total()
    assert (ran.retried, ran.dead) == (failed, 0)
    assert ran.left_alone >= 20 - failed > 0, "one that is due again after a rest is left alone once more"
    assert ran.total == ran.done + ran.retried + ran.left_alone


def test_while_it_is_down_one_call_in_each_rest_finds_out(trade: Trade) -> None:
    trade.sell(30)
    trade.doors["payment"].goes_down()
    trade.wait(timedelta(hours=10))
    failed = trade.doors["payment"].failed
    # It rests 5 s, then twice as long each time, up to 5 minutes: about 120 rests, and five calls before the first.
    assert failed["send"] <= 130 and failed["look_up"] <= 130
    attempts = [task.note for task in trade.oms.storage.tasks("waiting") if task.kind == "payment"]
    assert len(attempts) == 30
    assert all("left alone for a while" in note for note in attempts)
    troubled = trade.oms.health().troubled
    assert ("payment.manual", "authorise") in troubled or ("payment.manual", "look up") in troubled


@pytest.mark.parametrize(
    ("error", "kind", "opens"),
    [
        (lambda: PortRefusedError("no"), FailureKind.REFUSED, False),
        (lambda: PortTransientError("down"), FailureKind.UNAVAILABLE, True),
        (lambda: PortUnknownError("lost"), FailureKind.UNKNOWN, True),
        (lambda: InputError("what is <b>this</b>?"), FailureKind.GARBAGE, True),
    ],
    ids=["refused", "unavailable", "unknown", "garbage"],
)
def test_failures_are_told_by_kind_and_only_silence_opens_the_breaker(
    trade: Trade, error: object, kind: FailureKind, opens: bool
) -> None:
    trade.doors["erp"].goes_down(error)  # type: ignore[arg-type]
    for number in range(9):
        receive(trade.oms, "MUC", {TEA: 1}, document=f"late_{number}")
    trade.oms.run_due()
    known = trade.known(WORDS["erp"], "post")
    assert dict(known.failures).keys() == {kind}
    assert known.failed <= known.calls
    assert (known.breaker.state(trade.oms.clock.now()) is not BreakerState.CLOSED) is opens
    assert known.last_failure is not None and known.last_failure.kind is kind
    assert "<b>this" not in trade.oms.health()._repr_html_(), "what an adapter says is escaped"


def test_calls_failures_and_times_are_those_of_an_exact_count(tmp_path: Path) -> None:
    clock, lot = VirtualClock(NOON), Random(7)  # noqa: S311 (repeatable, guards nothing)
    times: list[timedelta] = []

    class Timed(ManualPayments):
        def send(self, request: PaymentRequest) -> PaymentAnswer:
            times.append(timedelta(microseconds=int(lot.lognormvariate(9, 2))))
            clock.set(clock.now() + times[-1])
            if lot.random() < 0.3:
                return PaymentAnswer(outcome=PaymentOutcome.DECLINED, amount=request.amount, says="no")
            return super().send(request)

    with bench(tmp_path, clock=clock, payments=Timed()) as shop:
        receive(shop.oms, "MUC", {TEA: 500}, document="more")
        for number in range(100):
            shop.oms.do(order(shop.oms, {TEA: 1}, order_id=f"ord_{number}"))
        pass_time(shop.oms, minutes=5)
        known = shop.oms.health().of("payment.manual", "authorise")
    assert known is not None and (known.calls, known.failed) == (100, 0) == (len(times), 0)
    exact = sorted(times)
    for told, rank in ((known.p50, 50), (known.p95, 95), (known.p99, 99)):
        assert told is not None and abs(told - exact[rank - 1]) * 32 <= exact[rank - 1]


def test_a_placed_order_never_waits_on_the_health_of_adapters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Placing calls no adapter and tells the store nothing of any, even while all of them rest."""
    with bench(tmp_path) as shop:
        oms: Oms = shop.oms
        asked: list[str] = []
        monkeypatch.setattr(oms._desk.meter, "_tally", lambda *args: asked.append(str(args)))
        monkeypatch.setattr(oms._desk.meter, "keep", lambda: asked.append("kept"))
        for number in range(5):
            oms.do(order(oms, {TEA: 1}, order_id=f"ord_{number}"))
        assert asked == []
        monkeypatch.undo()
