"""Programs that share one store: the races of threads once more, each racer a process with an opening of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.synchronize import Barrier
from typing import Any

from omscore.ports.storage import Commit, Storage
from omscore.quantities import Move
from omscore.testing.conformance.storage.commits import (
    NOON,
    SHELF,
    TAKEN,
    change,
    minutes,
    received,
    reserved,
    settled,
    task,
)
from omscore.testing.conformance.storage.laws import NewStore, Opener, StorageLaws
from omscore.testing.conformance.storage.races import PATIENCE_S, attempts, carried, check_bank, opened_bank

RACERS = 3
Work = Callable[[Storage, int, int], Any]
"""What one racer does with its store. Shape: called with the racer's number and how often to do it."""


def sell_last_units(storage: Storage, racer: int, times: int) -> list[bool]:
    return attempts(
        [reserved(1, f"S{number}", changes=(change(f"{racer} {number}"),)) for number in range(times)], storage
    )


def send_same_keys(storage: Storage, racer: int, times: int) -> list[str]:
    return [
        storage.commit(
            reserved(1, command_key=f"k{number}", answer=f"by {racer}", changes=(change(f"order:{number}"),))
        )
        for number in range(times)
    ]


def work_off(storage: Storage, racer: int, times: int) -> list[str]:
    """Leases and settles until nothing is due; the events prove which attempt counted."""
    done = []
    while leased := storage.lease(now=NOON, until=NOON + minutes(5), limit=times):
        for each in leased:
            storage.commit(
                Commit(
                    at=NOON,
                    changes=(change(each.task_id),),
                    settlements=settled(each.task_id, each.attempt).settlements,
                )
            )
            done.append(each.task_id)
    return done


def move_in_opposite_order(storage: Storage, racer: int, times: int) -> list[bool]:
    skus = [f"S{number}" for number in range(6)]
    moves = tuple(Move(sku, 1, SHELF, TAKEN) for sku in (skus if racer % 2 else reversed(skus)))
    return attempts([Commit(at=NOON, moves=moves)] * times, storage)


def carry(storage: Storage, racer: int, times: int) -> int:
    for number in range(times):
        carried(storage, racer + number)
    return times


class ProcessLaws(StorageLaws):
    """A store that declares several processes: its opener can be pickled and called in each of them."""

    def test_of_processes_that_want_the_last_unit_exactly_one_gets_it(self, new_store: NewStore) -> None:
        opener, times = new_store(), 15 * self.rounds
        with opener() as storage:
            storage.commit_many([received(1, f"S{number}") for number in range(times)])
            made = raced(opener, sell_last_units, times)
            assert [sum(each) for each in zip(*made, strict=True)] == [1] * times
            assert {level[3:5] for level in storage.stock_levels()} == {(0, 1)}
            assert storage.counts()["streams"] == times

    def test_one_command_key_sent_by_several_processes_has_one_effect_and_one_answer(self, new_store: NewStore) -> None:
        opener, times = new_store(), 10 * self.rounds
        with opener() as storage:
            storage.commit(received(100 * times))
            answers = raced(opener, send_same_keys, times)
            assert all(each == answers[0] for each in answers)
            assert storage.stock(["TEA"])[0].reserved == times
            assert storage.counts()["events"] == times

    def test_several_processes_work_off_every_task_once(self, new_store: NewStore) -> None:
        opener, names = new_store(), [f"t{number}" for number in range(30 * self.rounds)]
        with opener() as storage:
            storage.commit(Commit(at=NOON, tasks=tuple(map(task, names))))
            done = raced(opener, work_off, 4)
            assert sorted(name for each in done for name in each) == sorted(names)
            assert {each.attempt for each in storage.all_tasks()} == {1}

    def test_commits_of_several_processes_in_opposite_order_all_come_through(self, new_store: NewStore) -> None:
        opener, times = new_store(), 10 * self.rounds
        with opener() as storage:
            storage.commit_many([received(10_000, f"S{number}") for number in range(6)])
            assert all(map(all, raced(opener, move_in_opposite_order, times)))
            assert {level.reserved for level in storage.stock_levels()} == {RACERS * times}

    def test_whoever_looks_while_other_processes_commit_sees_each_commit_whole(self, new_store: NewStore) -> None:
        opener = new_store()
        with opener() as storage:
            opened_bank(storage)

            def look() -> None:
                with storage.snapshot() as view:
                    check_bank(view)

            raced(opener, carry, 10 * self.rounds, meanwhile=look)
            check_bank(storage)


def raced(opener: Opener, work: Work, times: int, meanwhile: Callable[[], None] | None = None) -> Sequence[Any]:
    """What each of the racers came to; all of them start at one moment, `meanwhile` is done until they are through."""
    ways = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in ways else "spawn")
    if "forkserver" in ways:
        context.set_forkserver_preload([__name__])  # one start, then a racer costs next to nothing
    gate = context.Barrier(RACERS)
    with ProcessPoolExecutor(RACERS, mp_context=context, initializer=_bring, initargs=(gate,)) as pool:
        racers = [pool.submit(_race, opener, work, number, times) for number in range(RACERS)]
        while meanwhile is not None and not all(racer.done() for racer in racers):
            meanwhile()
        return [racer.result(PATIENCE_S) for racer in racers]


_gates: list[Barrier] = []


def _bring(gate: Barrier) -> None:
    _gates[:] = [gate]


def _race(opener: Opener, work: Work, number: int, times: int) -> Any:
    with opener() as storage:
        _gates[0].wait(PATIENCE_S)
        return work(storage, number, times)
