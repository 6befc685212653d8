"""Threads that share one store: one of them wins, nobody sees half a commit, nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import TypeVar

from omscore.errors import ConflictError, StockShortError
from omscore.ids import PersonId
from omscore.ports.storage import Commit, SeenStream, StockLevel, Storage, StorageReading
from omscore.quantities import SUPPLIER, Move, StockPlace, StockState
from omscore.records import changed
from omscore.testing.conformance.storage.commits import (
    NOON,
    SHELF,
    TAKEN,
    change,
    document,
    minutes,
    received,
    reserved,
    settled,
    task,
)
from omscore.testing.conformance.storage.laws import StorageLaws

T = TypeVar("T")

PATIENCE_S = 120
"""How long a race may take before it counts as stuck."""

BANK = tuple(StockPlace(location, "general", StockState.SELLABLE) for location in ("BER", "HAM", "MUC"))
DEPOSIT = 1_000


def at_once(threads: int, work: Callable[[int], T]) -> list[T]:
    """What each thread came to; all of them start at one moment."""
    gate = Barrier(threads)

    def run(number: int) -> T:
        gate.wait(PATIENCE_S)
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return [each.result(PATIENCE_S) for each in [pool.submit(run, number) for number in range(threads)]]


def attempts(commits: Iterable[Commit], storage: Storage) -> list[bool]:
    """Which of the commits were made; the others met somebody else's."""
    made = []
    for commit in commits:
        try:
            storage.commit(commit)
            made.append(True)
        except (ConflictError, StockShortError):
            made.append(False)
    return made


def winners(storage: Storage, commit: Commit) -> int:
    """How many of four threads made the same commit."""
    return sum(sum(made) for made in at_once(4, lambda _: attempts([commit], storage)))


def opened_bank(storage: Storage) -> None:
    storage.commit(
        Commit(
            at=NOON,
            changes=(change("left"), change("right")),
            moves=tuple(Move("TEA", DEPOSIT, SUPPLIER, place) for place in BANK),
        )
    )


def carried(storage: Storage, number: int) -> None:
    """Units go from place to place, and two streams go a version on together, whoever else does the same."""
    for step in range(number, number + 3):
        origin, target = BANK[step % 3], BANK[(step + 1) % 3]
        storage.commit(Commit(at=NOON, moves=(Move("TEA", 1 + step % 7, origin, target),)))
        versions = {name: found.version for name, found in storage.load(["left", "right"], {}).items()}
        both = Commit(at=NOON, changes=tuple(change(name, versions[name]) for name in ("left", "right")))
        attempts([both], storage)


def check_bank(view: StorageReading) -> None:
    """The bank at one moment: not a unit more or less, and both streams at one version."""
    assert sum(level.on_hand for level in view.stock_levels()) == DEPOSIT * len(BANK)
    left, right = view.streams("left"), view.streams("right")
    (version,) = {row.version for row in (*left, *right)}
    assert view.counts()["events"] == 2 * version


class ThreadRaceLaws(StorageLaws):
    """Threads that share one store: one of them wins, nobody sees half a commit, nothing is done twice."""

    def test_nothing_is_kept_of_a_person_who_is_forgotten_meanwhile(self, storage: Storage) -> None:
        """One forgets, as a shop does: the fact first, then the documents; the others keep what they can."""
        for turn in range(8):
            person = f"per_{turn}"
            storage.commit(changed(document(person, "Ada"), changes=(change(person),)))

            def work(number: int, person: str = person) -> None:
                if number == 0:
                    storage.commit(Commit(at=NOON, changes=(change(person, 1),)))
                    storage.vault_erase(PersonId(person))
                    return
                for step in range(6):
                    kept = document(person, "Ada", f"label {number}.{step}")
                    attempts([changed(kept, unchanged=(SeenStream(person, 1),))], storage)

            at_once(4, work)
            assert storage.vault_names(PersonId(person)) == ()

    def test_of_threads_that_want_the_last_unit_exactly_one_gets_it(self, storage: Storage) -> None:
        skus = [f"S{number}" for number in range(10 * self.rounds)]
        storage.commit_many([received(1, sku) for sku in skus])
        wanted = [[reserved(1, sku, changes=(change(f"{sku} {thread}"),)) for sku in skus] for thread in range(4)]
        made = at_once(4, lambda thread: attempts(wanted[thread], storage))
        assert [sum(each) for each in zip(*made, strict=True)] == [1] * len(skus)
        assert {level[3:5] for level in storage.stock_levels()} == {(0, 1)}
        assert storage.counts()["streams"] == len(skus)

    def test_threads_share_a_store_without_overselling(self, storage: Storage) -> None:
        storage.commit(received(25))
        wanted = [[reserved(1, changes=(change(f"{thread} {number}"),)) for number in range(20)] for thread in range(3)]
        made = at_once(3, lambda thread: attempts(wanted[thread], storage))
        assert sum(map(sum, made)) == 25
        assert storage.stock(["TEA"]) == (StockLevel("TEA", "MUC", "general", reserved=25),)
        assert storage.counts()["streams"] == 25

    def test_a_stream_goes_on_by_one_of_the_threads_that_want_its_next_version(self, storage: Storage) -> None:
        versions = range(5 * self.rounds)
        for version in versions:
            commit = Commit(at=NOON, changes=(change("a", version),))
            assert winners(storage, commit) == 1
        assert [event.version for event in storage.events(stream="a")] == [version + 1 for version in versions]

    def test_one_command_key_sent_by_sixteen_threads_has_one_effect_and_one_answer(self, storage: Storage) -> None:
        storage.commit(received(100))
        for number in range(2 * self.rounds):

            def send(thread: int, number: int = number) -> str:
                keyed = reserved(1, command_key=f"k{number}", fingerprint="f", answer=f"by {thread}")
                return storage.commit(changed(keyed, changes=(change(f"order:{number}"),)))

            answers = at_once(16, send)
            assert len(set(answers)) == 1
            assert storage.stock(["TEA"])[0].reserved == number + 1
            assert storage.load([f"order:{number}"], {})[f"order:{number}"].version == 1

    def test_leases_taken_by_several_workers_are_disjoint(self, storage: Storage) -> None:
        tasks = tuple(task(f"t{number}") for number in range(40 * self.rounds))
        storage.commit(Commit(at=NOON, tasks=tasks))

        def work(_: int) -> list[tuple[str, int]]:
            taken = []
            while leased := storage.lease(now=NOON, until=NOON + minutes(5), limit=3):
                taken += [(each.task_id, each.attempt) for each in leased]
            return taken

        taken = [each for worker in at_once(4, work) for each in worker]
        assert sorted(taken) == sorted((each.task_id, 1) for each in tasks)

    def test_of_threads_that_settle_one_attempt_exactly_one_is_heard(self, storage: Storage) -> None:
        for number in range(5 * self.rounds):
            storage.commit(Commit(at=NOON, tasks=(task(f"t{number}"),)))
            storage.lease(now=NOON, until=NOON + minutes(5), limit=1)
            assert winners(storage, settled(f"t{number}", 1)) == 1

    def test_commits_of_many_rows_in_opposite_order_all_come_through(self, storage: Storage) -> None:
        skus = [f"S{number}" for number in range(6)]
        storage.commit_many([received(10_000, sku) for sku in skus])
        times = 8 * self.rounds

        def move(thread: int) -> list[bool]:
            order = skus if thread % 2 else list(reversed(skus))
            moves = tuple(Move(sku, 1, SHELF, TAKEN) for sku in order)
            return attempts([Commit(at=NOON, moves=moves)] * times, storage)

        assert all(map(all, at_once(4, move)))
        assert {level.reserved for level in storage.stock_levels()} == {4 * times}

    def test_whoever_looks_while_commits_are_made_sees_each_whole_or_not_at_all(self, storage: Storage) -> None:
        opened_bank(storage)
        done = Event()

        def work(thread: int) -> int:
            number = 0
            while not done.is_set():
                carried(storage, thread + number)
                number += 1
            return number

        def look() -> None:
            for _ in range(12 * self.rounds):
                with storage.snapshot() as view:
                    check_bank(view)

        with ThreadPoolExecutor(3) as pool:
            workers = [pool.submit(work, thread) for thread in range(2)]
            try:
                pool.submit(look).result(PATIENCE_S)
            finally:
                done.set()
            assert all(worker.result(PATIENCE_S) for worker in workers)
        check_bank(storage)
