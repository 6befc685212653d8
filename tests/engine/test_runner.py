"""How tasks are tried again, given up, kept alive and kept out of each other's way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.engine.retry import MOST_FAILURES, wait_after
from omscore.engine.trail import Trail, words_of
from omscore.errors import OmsError, PortTransientError, PortUnknownError
from omscore.fulfillment.commands import PackBoxes, PickUnits
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import FulfillmentId
from omscore.orders.model import Order
from omscore.payments.model import AttemptState, Payment
from omscore.ports.carriers import Label, LabelRequest
from omscore.ports.clock import VirtualClock
from omscore.ports.notices import Notice
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentRequest
from omscore.ports.storage import Task
from tests.kit.shops import NOON, TEA, order, pass_time
from tests.laws.bench import Outbox, bench
from tests.laws.checks import check_everything

KEY = "ord_1.p1.authorise"


def clock_of(oms: Oms) -> VirtualClock:
    assert isinstance(oms.clock, VirtualClock)
    return oms.clock


@given(st.text(max_size=60))
def test_retries_are_jittered_and_end_within_72_hours(task_id: str) -> None:
    waits = [wait_after(failures, task_id) for failures in range(1, MOST_FAILURES)]
    assert timedelta(hours=34) <= sum(waits, timedelta()) <= timedelta(hours=72)
    assert waits[0] <= timedelta(seconds=1)
    assert max(waits) <= timedelta(hours=6)
    assert all(later > earlier / 2 for earlier, later in pairwise(waits))


def test_waits_of_many_tasks_are_spread() -> None:
    waits = {wait_after(10, f"task-{number}") for number in range(1000)}
    assert len(waits) > 990
    assert max(waits) - min(waits) > timedelta(seconds=230)


@given(st.text(max_size=1_000), st.integers(1, 10**6), st.integers(0, 10**6), st.booleans())
def test_a_trail_is_read_as_it_was_written(says: str, attempt: int, failures: int, is_sure: bool) -> None:
    trail = Trail(attempt=attempt, failures=failures, is_sure=is_sure)
    note = trail.noted(says)
    assert len(note) <= 1_000
    task = Task("t", "payment", NOON, "{}", attempt + 1, "leased", note)
    assert Trail.before(task) == Trail(attempt=attempt + 1, failures=min(failures, attempt), is_sure=is_sure)
    assert not Trail.before(task._replace(attempt=attempt + 2)).is_sure, (
        "an attempt that nobody settled may have been sent"
    )
    assert not words_of(note).endswith("]") or says.rstrip().endswith("]")


class Scripted:
    """A provider that does what it is told for each send, and forgets every key at once."""

    def __init__(self, *steps: OmsError | None) -> None:
        self.steps = list(steps)
        self.sends: Counter[str] = Counter()

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        self.sends[request.key] += 1
        error = self.steps.pop(0) if self.steps else None
        if error is not None:
            raise error
        return PaymentAnswer(outcome=PaymentOutcome.SUCCEEDED, amount=request.amount, reference="r")

    def look_up(self, key: str) -> PaymentAnswer | None:
        return None


class LongMemory(Scripted):
    key_ttl = timedelta(days=7)


def wait_and_run(oms: Oms, span: timedelta) -> None:
    """Nobody works for that long; then the due tasks are run once."""
    clock_of(oms).set(oms.clock.now() + span)
    oms.run_due()


def test_a_key_the_provider_may_have_forgotten_is_never_sent_again(tmp_path: Path) -> None:
    with bench(tmp_path, payments=Scripted(PortUnknownError("no answer"))) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
        wait_and_run(oms, timedelta(hours=25))
        assert shop.payments.sends[KEY] == 1
        (dead,) = oms.storage.tasks("dead")
        assert "manual does not know ord_1.p1.authorise, but it may have been sent" in dead.note
        assert "Task ord_1.p1.authorise was given up" in shop.outbox.subjects()
        assert oms.storage.revive(KEY, due_at=oms.clock.now())
        oms.run_due()
        assert shop.payments.sends[KEY] == 1, "bringing it back to life does not make it forget"
        assert oms.look(Payment, "ord_1.p1").attempts[0].state is AttemptState.REQUESTED
        check_everything(oms)


def test_a_worker_that_died_counts_as_a_send_nobody_knows_of(tmp_path: Path) -> None:
    with bench(tmp_path, payments=Scripted()) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 1}))
        oms.storage.lease(now=NOON, until=NOON + timedelta(seconds=30), limit=100)
        wait_and_run(oms, timedelta(hours=24))
        assert shop.payments.sends == {}
        assert KEY in [task.task_id for task in oms.storage.tasks("dead")]


@pytest.mark.parametrize(
    ("provider", "pause"),
    [
        (Scripted(PortUnknownError("no answer")), timedelta(hours=23)),
        (LongMemory(PortUnknownError("no answer")), timedelta(days=6)),
        (Scripted(PortTransientError("down")), timedelta(days=30)),
    ],
    ids=["within 24 hours", "within a longer memory", "nothing was sent before"],
)
def test_a_key_is_sent_again_only_while_nothing_can_come_of_it_twice(
    tmp_path: Path, provider: Scripted, pause: timedelta
) -> None:
    with bench(tmp_path, payments=provider) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
        wait_and_run(oms, pause)
        assert provider.sends[KEY] == 2
        assert not oms.look(Order, "ord_1").holds


def test_a_dead_task_brought_back_to_life_has_all_its_tries_again(tmp_path: Path) -> None:
    with bench(tmp_path, payments=Scripted(*[PortTransientError("down")] * 100_000)) as shop:
        oms = shop.oms
        oms.do(order(oms, {TEA: 1}))
        pass_time(oms, hours=71)
        assert oms.storage.tasks("dead") == (), "an outage shorter than 72 hours gives nothing up"
        pass_time(oms, days=4)
        (dead,) = oms.storage.tasks("dead")
        assert words_of(dead.note) == "given up after 26 failures in a row; nothing happened: down"
        assert oms.storage.revive(KEY, due_at=oms.clock.now())
        shop.payments.steps = [PortTransientError("down")] * (MOST_FAILURES - 1)
        pass_time(oms, days=5)
        assert not shop.payments.steps
        assert not oms.look(Order, "ord_1").holds
        assert oms.storage.tasks("dead") == ()


class Hanging(Scripted):
    """Every send takes half a minute and ends in nothing known."""

    clock: VirtualClock

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        self.clock.set(self.clock.now() + timedelta(seconds=30))
        return super().send(request)


def test_a_hanging_provider_does_not_keep_messages_waiting(tmp_path: Path) -> None:
    """Twenty payments hang for half a minute each; the twenty messages asked for with them leave after the first."""
    payments = Hanging(*[PortUnknownError("no answer")] * 1000)
    with bench(tmp_path, payments=payments) as shop:
        oms = shop.oms
        payments.clock = clock_of(oms)
        for number in range(20):
            oms.do(
                order(oms, {TEA: 0 + 1}, order_id=f"ord_{number}")
                if number < 14
                else order(oms, {TEA: 1}, order_id=f"ord_{number}")
            )
        oms.run_due()
        placed = [each for each in shop.outbox.subjects() if each.startswith("We have your order")]
        assert len(placed) == 20
        assert payments.sends.total() == 1
        assert oms.clock.now() - NOON == timedelta(seconds=30)
        waiting = [task for task in oms.storage.tasks("waiting") if task.kind == "payment"]
        assert len(waiting) == 20
        assert sum("left alone for a while" in task.note for task in waiting) >= 1


class Watched(Scripted):
    """Lets something happen while it is being asked."""

    meanwhile: Callable[[], None]

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        if request.key == "ord_2.p1.authorise":
            self.meanwhile()
        return super().send(request)


def test_a_heartbeat_keeps_the_task_in_progress_and_frees_all_others(tmp_path: Path) -> None:
    payments = Watched()
    with bench(tmp_path, payments=payments) as shop:
        oms, clock = shop.oms, clock_of(shop.oms)
        for number in (1, 2, 3):
            oms.do(order(oms, {TEA: 1}, order_id=f"ord_{number}"))
        seen: list[list[str]] = []

        def meanwhile() -> None:
            for _ in range(5):
                clock.set(clock.now() + timedelta(seconds=11))
                oms._runner.beat()
            seen.append([task.task_id for task in oms.storage.tasks("leased")])
            seen.append([str(oms.look(Order, f"ord_{number}").holds == ()) for number in (1, 2, 3)])
            free = oms.storage.lease(now=clock.now(), until=clock.now(), limit=100)
            seen.append([task.task_id for task in free if task.kind == "payment"])

        payments.meanwhile = meanwhile
        oms.run_due()
        assert seen == [["ord_2.p1.authorise"], ["True", "False", "False"], ["ord_3.p1.authorise"]]
        oms.run_due()
        assert payments.sends == {f"ord_{number}.p1.authorise": 1 for number in (1, 2, 3)}
        check_everything(oms)


def test_who_is_told_to_stop_finishes_one_task_and_gives_back_the_rest(tmp_path: Path) -> None:
    with bench(tmp_path) as shop:
        oms = shop.oms
        for number in range(4):
            oms.do(order(oms, {TEA: 1}, order_id=f"ord_{number}"))
        answers = iter([False, False, True, True, True])
        assert oms.run_due(stop=lambda: next(answers)).total == 1
        assert oms.storage.tasks("leased") == ()
        assert oms.run_due().done >= 7
        assert oms.storage.tasks("waiting") == () or all(task.due_at > NOON for task in oms.storage.tasks("waiting"))


class Forgetful(Outbox):
    """Sends, loses the answer, and would send again."""

    is_once_per_key = False

    def __init__(self) -> None:
        super().__init__()
        self.sent: Counter[str] = Counter()

    def send(self, notice: Notice) -> None:
        self.sent[notice.key] += 1
        if self.sent[notice.key] == 1:
            raise PortUnknownError("no answer")


def test_a_backend_without_keys_is_never_asked_twice_blindly(tmp_path: Path) -> None:
    outbox = Forgetful()
    with bench(tmp_path, outbox=outbox) as shop:
        shop.oms.do(order(shop.oms, {TEA: 1}))
        pass_time(shop.oms, days=1)
        assert set(outbox.sent.values()) == {1}
        (dead,) = shop.oms.storage.tasks("dead")
        assert "the message may have been sent" in dead.note


class KeylessCarrier:
    """Sells a label, loses the answer, and would sell another; the test says whether it can be asked what it sold."""

    is_once_per_key = False

    def __init__(self, real: object) -> None:
        self._real = real
        self.sold: list[Label] = []

    def buy_label(self, request: LabelRequest) -> Label:
        self.sold.append(self._real.buy_label(request))  # type: ignore[attr-defined]
        raise PortUnknownError("no answer")

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


class TellingCarrier(KeylessCarrier):
    def look_up_label(self, _key: str) -> Label | None:
        return self.sold[-1] if self.sold else None


@pytest.mark.parametrize("kind", [KeylessCarrier, TellingCarrier])
def test_a_label_is_bought_once_and_looked_up_where_that_can_be_done(
    tmp_path: Path, kind: type[KeylessCarrier]
) -> None:
    with bench(tmp_path) as real:
        carrier = kind(real.oms._runner._effects._ports.carrier)
        (tmp_path / "b").mkdir()
        with bench(tmp_path / "b", carrier=carrier) as shop:  # type: ignore[arg-type]
            oms = shop.oms
            oms.do(order(oms, {TEA: 1}, method=None))
            work = FulfillmentId("ord_1.f1")
            oms.do(PickUnits(fulfillment_id=work, at=NOON))
            oms.do(PackBoxes(fulfillment_id=work, at=NOON))
            pass_time(oms, days=1)
            assert len(carrier.sold) == 1
            is_labelled = oms.look(FulfillmentOrder, work).packages[0].is_labelled
            assert is_labelled is (kind is TellingCarrier)
            assert len(oms.storage.tasks("dead")) == (not is_labelled)
