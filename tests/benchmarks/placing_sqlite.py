"""G1 and G2: orders placed durably in SQLite, one per transaction and a hundred, against `sqlite3` by hand."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

from omscore.app import Oms
from tests.benchmarks.byhand_sqlite import connected, place, place_batch
from tests.benchmarks.goals import Goal, Result
from tests.benchmarks.rounds import Run, speed, timed
from tests.benchmarks.shop import command, opened, stock_up, wishes

PLACING_GOALS = {
    "full": Goal(
        name="G1 full", what="SQLite, place-order, synchronous=full, against sqlite3 by hand", must=0.70, stretch=0.80
    ),
    "normal": Goal(
        name="G1 normal",
        what="SQLite, place-order, synchronous=normal, against sqlite3 by hand",
        must=0.55,
        stretch=0.70,
    ),
}
BULK_GOAL = Goal(
    name="G2", what="SQLite, 100 orders a transaction, against executemany by hand", must=0.45, stretch=0.60
)


def measure_placing(run: Run) -> Iterator[Result]:
    """Orders one by one."""
    orders = run.count(100)
    for synchronous, goal in PLACING_GOALS.items():
        with contestants(run.folder / goal.name.replace(" ", "_"), synchronous) as (oms, connection):
            slices = count()

            def ours(oms: Oms = oms, slices: Iterator[int] = slices) -> float:
                commands = [command(wish) for wish in wishes(orders, prefix=f"o{next(slices)}-")]

                def work() -> None:
                    for each in commands:
                        oms.do(each)

                return timed(work)

            def theirs(connection: sqlite3.Connection = connection, slices: Iterator[int] = slices) -> float:
                wanted = wishes(orders, prefix=f"t{next(slices)}-")

                def work() -> None:
                    for each in wanted:
                        place(connection, each)

                return timed(work)

            ours(), theirs()  # nobody pays for the first pages of a file
            pairs = run.side_by_side(goal.name, ours, theirs)
            yield speed(goal, pairs, each=orders * run.slices)


def measure_bulk(run: Run) -> Iterator[Result]:
    """A hundred orders in a transaction, three transactions a slice."""
    orders, batches = run.count(100), run.count(3)
    with contestants(run.folder / "G2", "full") as (oms, connection):
        slices = count()

        def ours() -> float:
            commands = [[command(w) for w in wishes(orders, prefix=f"o{next(slices)}-")] for _ in range(batches)]

            def work() -> None:
                for batch in commands:
                    oms.do_many(batch)

            return timed(work)

        def theirs() -> float:
            wanted = [wishes(orders, prefix=f"t{next(slices)}-") for _ in range(batches)]

            def work() -> None:
                for batch in wanted:
                    place_batch(connection, batch)

            return timed(work)

        ours(), theirs()
        pairs = run.side_by_side(BULK_GOAL.name, ours, theirs)
        yield speed(BULK_GOAL, pairs, each=orders * batches * run.slices)


@contextmanager
def contestants(folder: Path, synchronous: str) -> Iterator[tuple[Oms, sqlite3.Connection]]:
    """Two equal files, one open in the library, one with `sqlite3`."""
    folder.mkdir()
    storage = {"sqlite": {"path": "ours.db", "synchronous": synchronous}}
    with opened(folder, storage) as oms:
        stock_up(oms)
    shutil.copyfile(folder / "ours.db", folder / "theirs.db")
    with (
        opened(folder, storage) as oms,
        closing(connected(folder / "theirs.db", synchronous=synchronous)) as connection,
    ):
        yield oms, connection
