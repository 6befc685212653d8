"""Orders that wait in queues: tried when the queue runs, moved on when their time is over, in their turn, by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omscore.app import Oms
from omscore.engine.effects import Effects, Ports
from omscore.engine.plans.wishes import MoveToQueue
from omscore.errors import InputError, NotFoundError, RefusedError
from omscore.fulfillment.commands import RejectWork
from omscore.ids import FulfillmentId, OrderId
from omscore.orders.commands import CancelOrder
from omscore.orders.model import HoldKind, Order
from omscore.orders.status import OrderStatus, status_of
from omscore.ports.clock import VirtualClock
from omscore.routing.decisions import KeptDecision
from tests.kit.shops import CUP, POT, TEA, order, pass_time, receive, small_shop
from tests.laws.checks import check_everything

THREE = """
[queues.store-stock]
profile = "whole"
every_hours = 4
most_days = 3
then = "may-split"
only_at_runs = true

[queues.may-split]
profile = "split"
at = [06:00:00]
timezone = "Europe/Berlin"
most_days = 7
then = "cancel"

[queues.by-hand]
every_hours = 24
most_days = 1
then = "hold"
priority_tags = ["vip"]

[[routing.profiles]]
name = "whole"
all_or_nothing = true
when_left = "store-stock"

[[routing.profiles]]
name = "split"
"""


@contextmanager
def shop(folder: Path, *, stock: bool = True, edit: str = THREE) -> Iterator[Oms]:
    with small_shop(folder, storage={"memory": {}}, stock=stock, edit=edit) as oms:
        yield oms


def queue_of(oms: Oms, order_id: str = "ord_1") -> str:
    stay = oms.look(Order, order_id).queue
    return "" if stay is None else stay.name


def waiting(oms: Oms, order_id: str = "ord_1") -> int:
    return sum(line.quantities.waiting for line in oms.look(Order, order_id).lines)


def move(oms: Oms, queue: str, order_id: str = "ord_1", *, reason: str = "asked for", by: str = "ada") -> None:
    oms.do(MoveToQueue(order_id=OrderId(order_id), queue=queue, reason=reason, by=by, at=oms.clock.now()))


def mail(folder: Path) -> str:
    return "".join(each.read_text(encoding="utf-8") for each in sorted((folder / "mail").rglob("*")) if each.is_file())


def moves(oms: Oms, order_id: str = "ord_1") -> list[tuple[str, str]]:
    """The queues an order was in, and why it came there."""
    found = []
    for row in oms.storage.events(stream=f"order/{order_id}"):
        event = oms.codec.event(row.name, row.at, row.body)
        if row.name == "OrderQueued":
            found.append((event.queue, event.reason))
    return found


def test_an_order_goes_from_waiting_whole_to_being_split_and_is_cancelled_in_the_end(tmp_path: Path) -> None:
    with shop(tmp_path) as oms:
        pass_time(oms, minutes=30)  # so that its time ends between two runs
        oms.do(order(oms, {TEA: 16}))
        assert (queue_of(oms), waiting(oms)) == ("store-stock", 16)
        pass_time(oms, days=2, hours=23)
        assert (queue_of(oms), waiting(oms)) == ("store-stock", 16)
        pass_time(oms, hours=1)
        assert (queue_of(oms), waiting(oms)) == ("may-split", 16)
        pass_time(oms, hours=16)  # until half past four in the morning, UTC: not yet
        assert waiting(oms) == 16
        pass_time(oms, hours=1)  # six in Berlin
        assert (queue_of(oms), waiting(oms)) == ("may-split", 2)
        kept = oms.look(KeptDecision, oms.look(Order, "ord_1").decisions[-1]).decision
        assert (kept.profile, kept.because) == ("split@1", "queue may-split")
        pass_time(oms, days=7)
        found = oms.look(Order, "ord_1").line(1).quantities
        assert (queue_of(oms), found.cancelled, found.allocated) == ("", 2, 14)
        assert "these goods of your order ord_1 are not to be had" in mail(tmp_path)
        first, second = moves(oms)
        assert first[0] == "store-stock"
        assert first[1].startswith("16 units found no location: ")
        assert second == ("may-split", "3 days in the queue store-stock are over")
        check_everything(oms)


def test_an_order_that_is_served_is_in_no_queue_and_no_index(tmp_path: Path) -> None:
    with shop(tmp_path) as oms:
        oms.do(order(oms, {TEA: 16}))
        assert oms.listed(Order, "queue", "store-stock") == oms.listed(Order, "queue") == ("ord_1",)
        receive(oms, "MUC", {TEA: 10}, document="more")
        oms.run_due()
        assert waiting(oms) == 16, "the queue is served when it runs, not before"
        pass_time(oms, hours=4)
        assert (waiting(oms), queue_of(oms)) == (0, "")
        assert oms.listed(Order, "queue", "store-stock") == oms.listed(Order, "queue") == ()
        pass_time(oms, days=30)
        assert oms.look(Order, "ord_1").line(1).quantities.cancelled == 0
        check_everything(oms)


def test_a_queue_that_is_served_at_any_time_takes_stock_as_it_comes(tmp_path: Path) -> None:
    with shop(tmp_path, edit=THREE.replace("only_at_runs = true", "")) as oms:
        oms.do(order(oms, {TEA: 16}))
        receive(oms, "MUC", {TEA: 10}, document="more")
        oms.run_due()
        assert (waiting(oms), queue_of(oms)) == (0, "")


def test_what_a_location_gives_back_comes_into_the_queue_again(tmp_path: Path) -> None:
    with shop(tmp_path) as oms:
        oms.do(order(oms, {POT: 2}))
        oms.do(RejectWork(fulfillment_id=FulfillmentId("ord_1.f1"), reason="too busy", at=oms.clock.now()))
        assert (queue_of(oms), waiting(oms)) == ("store-stock", 2)
        check_everything(oms)


def test_a_queue_that_ends_with_hold_stops_the_order_for_a_person(tmp_path: Path) -> None:
    with shop(tmp_path, stock=False) as oms:
        oms.do(order(oms, {TEA: 1}))
        move(oms, "by-hand", reason="the buyer calls the supplier")
        pass_time(oms, days=1)
        found = oms.look(Order, "ord_1")
        assert found.queue is None
        assert found.has_hold(HoldKind.REVIEW)
        assert [hold.says for hold in found.holds if hold.kind is HoldKind.REVIEW] == [
            "1 unit found no location, and 1 day in the queue by-hand are over"
        ]
        check_everything(oms)


def test_a_person_moves_orders_with_a_reason_and_only_to_queues_there_are(tmp_path: Path) -> None:
    with shop(tmp_path) as oms:
        oms.do(order(oms, {TEA: 16}))
        move(oms, "may-split")
        move(oms, "may-split")
        assert moves(oms)[1:] == [("may-split", "asked for")], "moving it where it is changes nothing"
        with pytest.raises(NotFoundError, match="no queue 'may_split'; the shop has store-stock, may-split, by-hand"):
            move(oms, "may_split")
        with pytest.raises(InputError, match="give reason and by"):
            move(oms, "by-hand", reason=" ")
        move(oms, "")
        assert queue_of(oms) == ""
        assert waiting(oms) == 16
        oms.do(order(oms, {TEA: 1}, order_id="ord_2"))
        with pytest.raises(RefusedError, match="order ord_2 has no unit that waits"):
            move(oms, "by-hand", "ord_2")
        check_everything(oms)


def test_orders_are_served_by_priority_then_in_the_order_they_were_placed_whenever_they_came_in(
    tmp_path: Path,
) -> None:
    with shop(tmp_path, stock=False) as oms:
        for number, tags in enumerate([(), (), ("vip",), ("vip",)], 1):
            oms.do(order(oms, {TEA: 1}, order_id=f"ord_{number}", tags=tags))
            pass_time(oms, minutes=1)
        for number in (4, 2, 3, 1):  # the moves have an order of their own, which does not count
            move(oms, "by-hand", f"ord_{number}")
        served = []
        for number in range(4):
            receive(oms, "MUC", {TEA: 1}, document=f"one-{number}")
            oms.run_due()
            served += [each for each in ("ord_1", "ord_2", "ord_3", "ord_4") if not waiting(oms, each)]
        assert list(dict.fromkeys(served)) == ["ord_3", "ord_4", "ord_1", "ord_2"]


def test_the_runs_of_a_queue_are_one_task_however_many_orders_are_in_it_and_end_with_the_last(tmp_path: Path) -> None:
    with shop(tmp_path, stock=False) as oms:
        for number in range(5):
            oms.do(order(oms, {TEA: 1}, order_id=f"ord_{number}"))
        oms.run_due()

        def runs() -> list[str]:
            return [each.task_id for each in oms.storage.tasks("waiting", limit=99) if each.kind == "queue_run"]

        assert runs() == ["queue.store-stock.20260302T160000Z"]
        pass_time(oms, hours=4)
        assert runs() == ["queue.store-stock.20260302T200000Z"]
        for number in range(5):
            oms.do(CancelOrder(order_id=OrderId(f"ord_{number}"), at=oms.clock.now()))
        pass_time(oms, hours=8)
        assert runs() == []


def test_a_run_that_was_lost_is_appointed_again_by_the_daily_look(tmp_path: Path) -> None:
    with shop(tmp_path, edit=THREE.replace("most_days = 3", "most_days = 30")) as oms:
        oms.do(order(oms, {TEA: 16}))
        oms.run_due()
        assert oms.storage.drop("queue.store-stock.20260302T160000Z", note="a slip")
        receive(oms, "MUC", {TEA: 10}, document="more")
        pass_time(oms, hours=23)
        assert waiting(oms) == 16
        pass_time(oms, hours=6)
        assert waiting(oms) == 0


def test_orders_in_a_queue_that_is_gone_from_the_file_are_found_served_and_held_in_time(tmp_path: Path) -> None:
    with small_shop(tmp_path, edit=THREE, stock=False) as oms:
        for number in (1, 2):
            oms.do(order(oms, {TEA: 1}, order_id=f"ord_{number}"))
    renamed = THREE.replace("store-stock", "stores")
    with small_shop(
        tmp_path,
        edit=renamed.replace(chr(34) + "whole" + chr(34) + "\nall", chr(34) + "whole" + chr(34) + "\nversion = 2\nall"),
    ) as oms:
        clock = oms.clock
        assert isinstance(clock, VirtualClock)
        assert oms.listed(Order, "queue") == ("ord_1", "ord_2")
        receive(oms, "MUC", {TEA: 1}, document="one")
        oms.run_due()
        assert (waiting(oms, "ord_1"), queue_of(oms, "ord_1")) == (0, "")
        pass_time(oms, days=3)
        second = oms.look(Order, "ord_2")
        assert second.queue is None
        (says,) = [hold.says for hold in second.holds if hold.kind is HoldKind.REVIEW]
        assert says == "1 unit found no location, and the queue store-stock is not in shop.toml any more"


def test_a_shorter_time_holds_from_the_next_run_on_and_a_longer_one_at_once(tmp_path: Path) -> None:
    with small_shop(tmp_path, edit=THREE, stock=False) as oms:
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
    with small_shop(tmp_path, edit=THREE.replace("most_days = 3", "most_days = 5"), stock=False) as oms:
        pass_time(oms, days=4)
        assert queue_of(oms) == "store-stock"
        now = oms.clock.now()
    with small_shop(tmp_path, edit=THREE.replace("most_days = 3", "most_days = 2"), stock=False) as oms:
        assert isinstance(oms.clock, VirtualClock)
        oms.clock.set(now)
        pass_time(oms, hours=4)
        assert queue_of(oms) == "may-split"


def test_an_order_is_moved_on_once_however_often_its_end_is_told(tmp_path: Path) -> None:
    with shop(tmp_path, stock=False) as oms:
        oms.do(order(oms, {TEA: 1}))
        over = oms.clock.now() + timedelta(days=3)
        assert isinstance(oms.clock, VirtualClock)
        oms.clock.set(over)
        effects = Effects(oms._desk, Ports(payments={}, carrier=oms.carrier))
        told = [each for each in oms.storage.tasks("waiting", limit=99) if each.kind in ("queue_run", "queue_over")]
        assert len(told) == 2
        outcomes = [
            effects.attempt(each, over) for each in (*told, *told)
        ]  # as workers find it, before any has moved it
        for outcome in outcomes:
            for command in outcome.commands:
                oms._dispatcher.run(command, at=over)
        assert [queue for queue, _ in moves(oms)] == ["store-stock", "may-split"]
        assert (queue_of(oms), waiting(oms)) == ("may-split", 1), "not on to where that queue ends"
        check_everything(oms)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("place"), st.sampled_from([(TEA, 1), (TEA, 3), (CUP, 2)])),
        st.tuples(st.just("receive"), st.sampled_from([(TEA, 1), (TEA, 2), (CUP, 3)])),
        st.tuples(st.just("pass"), st.sampled_from([1, 5, 24, 80, 200])),
        st.tuples(st.just("move"), st.tuples(st.integers(0, 9), st.sampled_from(["may-split", "by-hand", ""]))),
        st.tuples(st.just("cancel"), st.integers(0, 9)),
    ),
    max_size=14,
)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_whatever_happens_an_order_is_in_at_most_one_queue_bounded_in_time_and_never_lost(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, tuple[str, int] | int | tuple[int, str]]]
) -> None:
    with shop(tmp_path_factory.mktemp("laws"), stock=False) as oms:
        placed: list[str] = []
        for number, (step, what) in enumerate(steps):
            match step, what:
                case "place", (str(sku), int(units)):
                    placed.append(f"ord_{number}")
                    oms.do(order(oms, {sku: units}, order_id=placed[-1]))
                case "receive", (str(sku), int(units)):
                    receive(oms, "MUC", {sku: units}, document=f"doc-{number}")
                    oms.run_due()
                case "pass", int(hours):
                    pass_time(oms, hours=hours)
                case "move", (int(which), str(queue)) if placed and waiting(oms, placed[which % len(placed)]):
                    move(oms, queue, placed[which % len(placed)])
                case "cancel", int(which) if placed:
                    with suppress(RefusedError):  # it may be cancelled already
                        oms.do(CancelOrder(order_id=OrderId(placed[which % len(placed)]), at=oms.clock.now()))
                case _:
                    continue
            check_queues(oms, placed)
        oms.run_due()
        pass_time(oms, days=12)
        oms.run_due()
        assert not [each for each in placed if queue_of(oms, each)], "no way through the queues takes longer"
        check_everything(oms)


def check_queues(oms: Oms, placed: list[str]) -> None:
    """The laws of queues: one at most, only while units wait, found by the index, with an end that is appointed."""
    now = oms.clock.now()
    tasks = oms.storage.tasks("waiting", limit=10_000)
    runs = {each.task_id.split(".")[1] for each in tasks if each.kind == "queue_run"}
    inside = {name: set(oms.listed(Order, "queue", name)) for name in oms.shop.queues}
    for order_id in placed:
        found = oms.look(Order, order_id)
        names = [name for name, ids in inside.items() if order_id in ids]
        assert names == ([] if found.queue is None else [found.queue.name])
        if found.queue is None:
            continue
        assert waiting(oms, order_id)
        assert found.queue.name in runs
        rules = oms.shop.queues[found.queue.name]
        assert found.queue.since <= now <= found.queue.since + timedelta(days=rules.most_days)
        ends = {each.due_at for each in tasks if each.task_id.startswith(f"{order_id}.queue_over@")}
        assert found.queue.until in ends


def test_status_words_do_not_depend_on_the_queue(tmp_path: Path) -> None:
    with shop(tmp_path, stock=False) as oms:
        oms.do(order(oms, {TEA: 1}))
        before = status_of(oms.look(Order, "ord_1"))
        move(oms, "")
        assert status_of(oms.look(Order, "ord_1")) is before is not OrderStatus.CANCELLED
