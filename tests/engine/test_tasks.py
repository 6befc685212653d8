"""Outside effects: each task fails alone, is fenced by its attempt, and never runs while a commit is open."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from omscore.app import Oms
from omscore.engine.trail import words_of
from omscore.errors import ConflictError, PortRefusedError, PortTransientError
from omscore.fulfillment.commands import PackBoxes, PickUnits
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import FulfillmentId
from omscore.orders.model import Order
from omscore.payments.model import Payment
from omscore.places import Destination
from omscore.ports.carriers import CarrierQuote, Label, LabelRequest, Parcel, TrackingEvent, TrackingRequest
from omscore.ports.clock import VirtualClock
from omscore.ports.notices import Notice
from omscore.ports.payments import PaymentAnswer, PaymentRequest
from omscore.ports.storage import Commit, Settlement, Task, TaskOutcome, TaskRequest
from omscore_adapters.payment_manual import ManualPayments
from omscore_adapters.storage_memory import MemoryStorage
from tests.kit.shops import ANNA, CUP, NOON, POT, TEA, order, pass_time, receive
from tests.laws.bench import Outbox, bench
from tests.laws.checks import check_everything


class Broken(ManualPayments):
    """Fails for some payments in a way no port may."""

    def __init__(self, error: Exception, *, only: str = "ord_1") -> None:
        super().__init__()
        self.error, self.only = error, only
        self.tries: Counter[str] = Counter()

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        self.tries[request.payment_id] += 1
        if request.payment_id.startswith(self.only):
            raise self.error
        return super().send(request)


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("1/0"), KeyError("x"), PortTransientError("down"), OSError("gone")]
)
def test_a_failing_task_does_not_hold_up_the_others(tmp_path: Path, error: Exception) -> None:
    with bench(tmp_path, payments=Broken(error)) as shop:
        oms = shop.oms
        for number in (1, 2, 3):
            oms.do(order(oms, {CUP: 1}, order_id=f"ord_{number}"))
        ran = oms.run_due()
        assert (ran.retried, ran.dead) == (1, 0)
        assert [bool(oms.look(Order, f"ord_{number}").holds) for number in (1, 2, 3)] == [True, False, False]
        is_out_of_reach = isinstance(error, PortTransientError)
        pass_time(oms, days=7 if is_out_of_reach else 4)
        (dead,) = oms.storage.tasks("dead")
        assert dead.task_id == "ord_1.p1.authorise"
        assert shop.payments.tries.keys() == {"ord_1.p1", "ord_2.p1", "ord_3.p1"}
        assert shop.payments.tries["ord_2.p1"] == shop.payments.tries["ord_3.p1"] == 1
        if not is_out_of_reach:  # for 72 hours it counts as the provider's outage
            assert shop.payments.tries["ord_1.p1"] == 26
        told = [each for each in shop.outbox.notices.values() if "ord_1.p1.authorise" in each.subject + each.text]
        assert len(told) == 1
        check_everything(oms, shop.payments)


def test_an_unexpected_failure_is_told_by_its_sort_only(tmp_path: Path) -> None:
    """The text of such an error may hold anything, a street for example, so it goes to the log alone."""
    with bench(tmp_path, payments=Broken(ValueError("Hauptstr. 1 is not a card"))) as shop:
        shop.oms.do(order(shop.oms, {CUP: 1}))
        shop.oms.run_due()
        (task,) = (each for each in shop.oms.storage.tasks("waiting") if each.kind == "payment")
        assert words_of(task.note) == "the backend failed (ValueError); see the log"


class Unwritable(ManualPayments):
    """Gives references no store can keep."""

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        answer = super().send(request)
        strange: Any = object()
        return attrs.evolve(answer, reference=strange) if request.payment_id == "ord_1.p1" else answer


def test_an_answer_that_cannot_be_recorded_is_given_up_alone(tmp_path: Path) -> None:
    with bench(tmp_path, payments=Unwritable()) as shop:
        for number in (1, 2):
            shop.oms.do(order(shop.oms, {CUP: 1}, order_id=f"ord_{number}"))
        assert shop.oms.run_due().dead == 1
        (dead,) = shop.oms.storage.tasks("dead")
        assert words_of(dead.note) == "its answer could not be recorded (TypeError); see the log"
        assert shop.oms.look(Order, "ord_1").holds
        assert not shop.oms.look(Order, "ord_2").holds
        check_everything(shop.oms)


def test_a_task_of_a_kind_nobody_knows_waits_and_hurts_nobody(tmp_path: Path) -> None:
    with bench(tmp_path) as shop:
        oms = shop.oms
        strange = (("a", "fax", "{}"), ("b", "erp", "["))
        tasks = tuple(TaskRequest(task_id=name, kind=kind, due_at=NOON, payload=text) for name, kind, text in strange)
        oms.storage.commit(Commit(at=NOON, tasks=tasks))
        oms.do(order(oms, {CUP: 1}))
        ran = oms.run_due()
        assert ran.retried == 2
        assert not oms.look(Order, "ord_1").holds


def test_one_order_that_cannot_be_routed_does_not_hold_up_those_behind_it(tmp_path: Path) -> None:
    """The first of the waiting orders came over a channel the shop has given up since."""
    with bench(tmp_path, storage="sqlite") as shop:
        shop.oms.do(order(shop.oms, {POT: 9}, order_id="ord_1", channel="phone"))
        shop.oms.do(order(shop.oms, {POT: 2}, order_id="ord_2"))
        shop.oms.run_due()
    config = tmp_path / "shop.toml"
    config.write_text(config.read_text().replace('name = "phone"', 'name = "fax"'))
    with bench(tmp_path, storage="sqlite") as shop:
        receive(shop.oms, "MUC", {POT: 2}, document="d1")
        shop.oms.run_due()
        assert shop.oms.look(Order, "ord_2").line(1).quantities.backordered == 0
        assert shop.oms.look(Order, "ord_1").line(1).quantities.backordered == 7
        pass_time(shop.oms, days=2)
        assert any("fax" in task.note for task in shop.oms.storage.tasks("dead"))


class Watched(ManualPayments):
    """Asserts that no commit is open whenever it is called, by writing through another door of the same store."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.oms: Oms | None = None

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        assert self.oms is not None
        self.calls += 1
        connection = getattr(self.oms.storage, "_connection", None)
        assert connection is None or not connection.in_transaction
        assert getattr(self.oms.storage, "_in_group", False) is False
        receive(self.oms, "MUC", {CUP: 1}, document=f"while-{self.calls}")
        return super().send(request)


@pytest.mark.parametrize("storage", ["memory", "sqlite"])
def test_no_port_is_called_while_a_commit_is_open(tmp_path: Path, storage: str) -> None:
    payments = Watched()
    with bench(tmp_path, storage=storage, payments=payments) as shop:
        payments.oms = shop.oms
        for number in (1, 2):
            shop.oms.do(order(shop.oms, {TEA: 1}, order_id=f"ord_{number}"))
        shop.oms.run_due()
        assert payments.calls == 2
        assert shop.oms.availability(CUP, "web") == 8
        check_everything(shop.oms, payments)


@pytest.mark.parametrize("storage", ["memory", "sqlite"])
def test_a_runner_that_died_leaves_its_tasks_to_the_next(tmp_path: Path, storage: str) -> None:
    with bench(tmp_path, storage=storage) as shop:
        oms = shop.oms
        oms.do(order(oms, {CUP: 1}))
        lost = oms.storage.lease(now=NOON, until=NOON + timedelta(seconds=30), limit=100)
        assert len(lost) >= 2
        assert oms.run_due().total == 0
        assert isinstance(oms.clock, VirtualClock)
        oms.clock.set(NOON + timedelta(seconds=30))
        assert oms.run_due().done >= len(lost)
        assert not oms.look(Order, "ord_1").holds
        late = Settlement(task_id=lost[0].task_id, attempt=lost[0].attempt, outcome=TaskOutcome.DONE)
        with pytest.raises(ConflictError, match="is not the one in progress"):
            oms.storage.commit(Commit(at=NOON, settlements=(late,)))


class Overtaken(ManualPayments):
    """So slow that its lease runs out and another runner does the work meanwhile."""

    def __init__(self, *, refuse: bool = False) -> None:
        super().__init__()
        self.refuse = refuse
        self.oms: Oms | None = None
        self.late = False

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        answer = super().send(request)
        if not self.late and self.oms is not None:
            self.late = True
            assert isinstance(self.oms.clock, VirtualClock)
            self.oms.clock.set(self.oms.clock.now() + timedelta(seconds=31))
            self.oms.run_due()
            if self.refuse:
                return attrs.evolve(answer, amount=answer.amount * 2)
        return answer


@pytest.mark.parametrize("refuse", [False, True])
@pytest.mark.parametrize("storage", ["memory", "sqlite"])
def test_the_answer_of_an_overtaken_attempt_is_dropped(tmp_path: Path, storage: str, refuse: bool) -> None:
    payments = Overtaken(refuse=refuse)
    with bench(tmp_path, storage=storage, payments=payments) as shop:
        payments.oms = shop.oms
        for number in (1, 2, 3):
            shop.oms.do(order(shop.oms, {CUP: 1}, order_id=f"ord_{number}"))
        shop.oms.run_due()
        names = [stored.name for stored in shop.oms.storage.events(stream="payment/ord_1.p1")]
        assert names == ["AuthorisationRequested", "StepSucceeded"]
        assert not any(shop.oms.look(Order, f"ord_{number}").holds for number in (1, 2, 3))
        assert shop.oms.storage.tasks("leased") == ()
        assert shop.oms.storage.tasks("dead") == ()
        check_everything(shop.oms, payments)


class Leases(MemoryStorage):
    """Remembers until when tasks were given out last."""

    until = NOON

    def lease(self, *, now: datetime, until: datetime, limit: int) -> tuple[Task, ...]:
        self.until = until
        return super().lease(now=now, until=until, limit=limit)


class Tired(ManualPayments):
    """Takes twelve seconds for every answer."""

    def __init__(self, clock: VirtualClock, leases: Leases) -> None:
        super().__init__()
        self.clock, self.leases = clock, leases
        self.begun = self.begun_late = 0

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        self.begun += 1
        self.begun_late += self.clock.now() >= self.leases.until
        self.clock.set(self.clock.now() + timedelta(seconds=12))
        return super().send(request)


def test_no_task_is_begun_after_its_lease_has_run_out(tmp_path: Path) -> None:
    clock, leases = VirtualClock(NOON), Leases()
    with bench(tmp_path, payments=Tired(clock, leases), clock=clock, store=leases) as shop:
        for number in range(5):
            shop.oms.do(order(shop.oms, {CUP: 1}, order_id=f"ord_{number}"))
        shop.oms.run_due()
        assert (shop.payments.begun, shop.payments.begun_late) == (5, 0)
        assert len({each.request.key for each in shop.payments.effects}) == 5
        assert not any(shop.oms.look(Order, f"ord_{number}").holds for number in range(5))


def test_a_run_stops_after_as_many_tasks_as_it_was_given(tmp_path: Path) -> None:
    with bench(tmp_path) as shop:
        for number in range(4):
            shop.oms.do(order(shop.oms, {CUP: 1}, order_id=f"ord_{number}"))
        heard: list[int] = []
        assert shop.oms.run_due(most=3, progress=heard.append).total == 3
        assert heard == [3]
        assert shop.oms.run_due().total > 3


class NoServiceCarrier:
    """Takes no parcel anywhere."""

    def quotes(self, origin_country: str, destination: Destination, parcel: Parcel) -> tuple[CarrierQuote, ...]:
        return ()

    def buy_label(self, request: LabelRequest) -> Label:
        raise PortRefusedError("no")

    def track(self, request: TrackingRequest) -> tuple[TrackingEvent, ...]:
        return ()


def test_a_parcel_no_carrier_takes_is_told_to_the_shop(tmp_path: Path) -> None:
    with bench(tmp_path, carrier=NoServiceCarrier()) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 1}, method=None))
        work = FulfillmentId("ord_1.f1")
        oms.do(PickUnits(fulfillment_id=work, at=NOON))
        oms.do(PackBoxes(fulfillment_id=work, at=NOON))
        assert oms.run_due().dead == 1
        assert not oms.look(FulfillmentOrder, work).packages[0].is_labelled
        assert any("no service takes a parcel" in each.text for each in shop.outbox.notices.values())


class Choked(Outbox):
    """Fails for every notice."""

    def send(self, notice: Notice) -> None:
        raise PortRefusedError("mailbox unknown")


def test_a_message_that_cannot_be_sent_is_given_up_without_another_message(tmp_path: Path) -> None:
    with bench(tmp_path, outbox=Choked()) as shop:
        shop.oms.do(order(shop.oms, {CUP: 1}))
        shop.oms.run_due()
        assert [task.kind for task in shop.oms.storage.tasks("dead")] == ["notice"]
        assert shop.oms.look(Payment, "ord_1.p1").authorised.minor == 1000
        assert shop.oms.run_due().total == 0


def test_messages_are_addressed_when_they_are_sent(tmp_path: Path) -> None:
    with bench(tmp_path) as shop:
        shop.oms.do(order(shop.oms, {CUP: 1}))
        (task,) = (each for each in shop.oms.storage.tasks("waiting") if each.kind == "notice")
        assert ANNA in task.payload
        assert "anna@example.org" not in task.payload
        shop.oms.forget(ANNA)
        shop.oms.run_due()
        assert shop.outbox.notices == {}


def test_backends_are_asked_with_the_same_key_on_every_try(tmp_path: Path) -> None:
    class Keys(ManualPayments):
        def __init__(self) -> None:
            super().__init__()
            self.requests: list[PaymentRequest] = []

        def send(self, request: PaymentRequest) -> PaymentAnswer:
            self.requests.append(request)
            return super().send(request)

    with bench(tmp_path, payments=Keys()) as shop:
        shop.oms.do(order(shop.oms, {CUP: 1}, method="card-down"))
        pass_time(shop.oms, minutes=1)
        first, second = shop.payments.requests
        assert first == second
