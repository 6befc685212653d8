"""The engine's own promises: groups, conflicts, replay, and the same trace for the same life."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from omscore.app import Oms
from omscore.errors import ConflictError, NotFoundError, RefusedError, StockShortError
from omscore.ids import CartId, LocationId, OrderId, StockDocumentId
from omscore.inventory.commands import AdjustStock
from omscore.inventory.model import AdjustReason
from omscore.orders.carts import SetCartLine
from omscore.orders.commands import CancelOrder, CancelUnits, PlaceHold
from omscore.orders.model import HoldKind, Order
from omscore.ports.clock import VirtualClock
from omscore.ports.storage import Commit, TaskState
from omscore_adapters.storage_memory import MemoryStorage
from tests.kit.shops import CUP, NOON, TEA, order, pass_time
from tests.laws.bench import Raced, bench
from tests.laws.checks import check_everything, check_replay
from tests.laws.life import Life, lives


def picture(oms: Oms) -> tuple[Any, ...]:
    """All that a store tells, apart from answers to keys and the vault."""
    tasks = tuple(oms.storage.tasks(state, limit=10**6) for state in TaskState)
    return (
        tuple(oms.storage.events()),
        tuple(oms.storage.streams()),
        tuple(oms.storage.stock_levels()),
        tuple(oms.storage.index_entries()),
        tasks,
    )


def cancel(oms: Oms, units: int) -> None:
    oms.do(CancelUnits(order_id=OrderId("ord_1"), line_id=1, units=units, at=NOON))


def test_a_group_that_falls_leaves_nothing(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 5}))
    before = picture(oms)
    with pytest.raises(ZeroDivisionError), oms.together():
        cancel(oms, 1)
        oms.do(order(oms, {CUP: 1}, order_id="ord_2", reference="9"))
        assert oms.look(Order, "ord_1").line(1).quantities.cancelled == 1
        raise ZeroDivisionError
    assert picture(oms) == before
    assert oms.look(Order, "ord_1").line(1).quantities.cancelled == 0
    assert oms.find(Order, "ord_2") is None
    cancel(oms, 2)
    oms.do(order(oms, {CUP: 1}, order_id="ord_2", reference="9"))
    assert oms.look(Order, "ord_1").line(1).quantities.cancelled == 2
    check_everything(oms)


class FallsAtTheEnd(MemoryStorage):
    """Loses a group in the last step of making it durable."""

    falls = False

    @contextmanager
    def together(self) -> Iterator[None]:
        with super().together():
            yield
            if self.falls:
                raise ConflictError("the disk had other plans")


def test_a_group_that_falls_at_its_very_end_leaves_nothing(tmp_path: Path) -> None:
    """What was read inside the group must be forgotten even when only the last step of making it durable fails."""
    store = FallsAtTheEnd()
    with bench(tmp_path, store=store) as shop, bench(tmp_path, store=store) as other:
        oms = shop.oms
        oms.do(order(oms, {TEA: 5}))
        store.falls = True
        with pytest.raises(ConflictError), oms.together():
            cancel(oms, 1)
        store.falls = False
        other.oms.do(PlaceHold(order_id=OrderId("ord_1"), kind=HoldKind.FRAUD, says="x", at=NOON))
        assert oms.look(Order, "ord_1").has_hold(HoldKind.FRAUD)
        assert "UnitsCancelled" not in [event.name for event in oms.storage.events()]
        assert oms.look(Order, "ord_1").line(1).quantities.cancelled == 0
        check_everything(oms)


def test_a_command_refused_inside_a_group_is_refused_alone(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 5}))
    with oms.together():
        cancel(oms, 1)
        with pytest.raises(RefusedError):
            cancel(oms, 9)
        with pytest.raises(StockShortError):
            oms.do(
                AdjustStock(
                    document_id=StockDocumentId("a1"),
                    location_id=LocationId("MUC"),
                    sku=TEA,
                    units=-99,
                    reason=AdjustReason.LOST,
                    at=NOON,
                )
            )
        cancel(oms, 1)
    assert oms.look(Order, "ord_1").line(1).quantities.cancelled == 2
    check_everything(oms)


def test_orders_of_one_group_share_the_shelf(oms: Oms) -> None:
    with oms.together():
        for number in range(4):
            oms.do(order(oms, {TEA: 5}, order_id=f"ord_{number}"))
    taken = [oms.look(Order, f"ord_{number}").line(1).quantities.allocated for number in range(4)]
    assert taken == [5, 5, 4, 0]
    check_everything(oms)


def test_a_command_that_meets_somebody_elses_commit_is_worked_out_again(tmp_path: Path) -> None:
    store = Raced(tmp_path)
    with bench(tmp_path, store=store) as one, bench(tmp_path, storage="sqlite") as rival:
        rival.oms.do(order(rival.oms, {TEA: 5}))
        assert one.oms.look(Order, "ord_1").line(1).quantities.cancelled == 0
        store.before_commit = lambda: cancel(rival.oms, 1)
        cancel(one.oms, 2)
        for oms in (one.oms, rival.oms):
            assert oms.look(Order, "ord_1").line(1).quantities.cancelled == 3
            check_everything(oms)


def test_stock_that_went_while_an_order_was_decided_is_not_promised_twice(tmp_path: Path) -> None:
    store = Raced(tmp_path)
    with bench(tmp_path, store=store) as one, bench(tmp_path, storage="sqlite") as rival:
        hold = SetCartLine(cart_id=CartId("c1"), channel="web", sku=TEA, units=12, at=NOON)
        store.before_commit = lambda: rival.oms.do(hold)
        one.oms.do(order(one.oms, {TEA: 5}))
        found = one.oms.look(Order, "ord_1").line(1).quantities
        assert (found.allocated, found.backordered) == (2, 3)
        check_everything(one.oms)


class Outrun(MemoryStorage):
    """Always has something newer."""

    refusals = 0
    outrun = False

    def commit(self, commit: Commit) -> str:
        if self.outrun:
            self.refusals += 1
            raise ConflictError("somebody was faster")
        return super().commit(commit)


def test_somebody_who_is_always_faster_is_told_as_a_conflict(tmp_path: Path) -> None:
    store = Outrun()
    with bench(tmp_path, store=store) as shop:
        shop.oms.do(order(shop.oms, {TEA: 5}))
        store.outrun = True
        with pytest.raises(ConflictError):
            cancel(shop.oms, 1)
        assert store.refusals == 8
        store.outrun = False
        cancel(shop.oms, 1)


def test_many_threads_at_one_shop_lose_and_double_nothing(tmp_path: Path) -> None:
    with bench(tmp_path, storage="sqlite") as shop:
        oms, errors = shop.oms, list[BaseException]()
        oms.do(order(oms, {TEA: 8}, order_id="shared", method=None))

        def work(worker: int) -> None:
            try:
                for number in range(4):
                    oms.do(order(oms, {CUP: 1}, order_id=f"o{worker}.{number}"))
                    oms.do(CancelUnits(order_id=OrderId("shared"), line_id=1, units=1, at=NOON))
                    oms.run_due()
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(worker,)) for worker in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert len(oms.listed(Order, "placed")) == 9
        assert oms.look(Order, "shared").line(1).quantities.cancelled == 8
        pass_time(oms, minutes=2)
        check_everything(oms, shop.payments)


@settings(max_examples=30)
@given(lives)
def test_replay_equals_state(tmp_path_factory: pytest.TempPathFactory, life: list[Any]) -> None:
    with bench(tmp_path_factory.mktemp("shop")) as shop:
        lived = Life(shop.oms)
        for step in life:
            lived.live(step)
        pass_time(shop.oms, days=2)
        check_replay(shop.oms)


@settings(max_examples=12)
@given(lives)
def test_same_seed_and_clock_give_the_same_trace(tmp_path_factory: pytest.TempPathFactory, life: list[Any]) -> None:
    """Twice in memory and once in a file: the same events, chains, states, tasks and rows, byte by byte."""
    pictures = []
    for storage in ("memory", "memory", "sqlite"):
        with bench(tmp_path_factory.mktemp("shop"), storage=storage) as shop:
            lived = Life(shop.oms)
            for step in life:
                lived.live(step)
            pass_time(shop.oms, days=2)
            pictures.append(picture(shop.oms))
    assert pictures[0] == pictures[1] == pictures[2]


def test_a_shop_closed_and_opened_again_goes_on_where_it_was(tmp_path: Path) -> None:
    with bench(tmp_path, storage="sqlite") as shop:
        shop.oms.do(order(shop.oms, {TEA: 2}))
        before = picture(shop.oms)
    later = VirtualClock(NOON + timedelta(days=1))
    with bench(tmp_path, storage="sqlite", clock=later) as shop:
        assert picture(shop.oms) == before
        shop.oms.run_due()
        assert not shop.oms.look(Order, "ord_1").holds
        check_everything(shop.oms, shop.payments)


def test_unknown_ids_are_answered_clearly(oms: Oms) -> None:
    with pytest.raises(NotFoundError, match="there is no order 'ord_9'; check the id"):
        oms.look(Order, "ord_9")
    with pytest.raises(NotFoundError, match="no order ord_9"):
        oms.do(CancelOrder(order_id=OrderId("ord_9"), at=NOON))
    assert oms.find(Order, "ord_9") is None
    with pytest.raises(NotFoundError, match="the shop has web, store, phone, market"):
        oms.availability(TEA, "telex")
    with pytest.raises(NotFoundError, match="item 'GHOST' is not known; list it first"):
        oms.availability("GHOST", "web")


def test_nothing_is_done_outside_while_a_group_is_open(oms: Oms) -> None:
    with pytest.raises(RefusedError, match="end the group"), oms.together():
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
    assert oms.find(Order, "ord_1") is None
    with oms.together(), oms.together():
        oms.do(order(oms, {TEA: 1}))
    assert oms.run_due().dead == 0
