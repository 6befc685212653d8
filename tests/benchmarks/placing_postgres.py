"""G3 and G4: orders placed durably in PostgreSQL, by one client, by eight, and a hundred in a transaction, against
psycopg by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.byhand_postgres import connected, place
from tests.benchmarks.client import Clients, clients
from tests.benchmarks.goals import Goal, Result, Shown
from tests.benchmarks.rounds import Run, Slice, speed, timed
from tests.benchmarks.shop import command, opened, stock_up, wishes
from tests.kit.postgres import server

PLACING_GOALS = {
    1: Goal(
        name="G3 alone",
        what="PostgreSQL, place-order, 1 client, against psycopg by hand",
        must=1.1,
        stretch=2,
        shown=Shown.TIMES,
    ),
    8: Goal(
        name="G3 eight",
        what="PostgreSQL, place-order, 8 client processes, against psycopg by hand",
        must=0.8,
        stretch=2,
        shown=Shown.TIMES,
    ),
}
BULK_GOAL = Goal(
    name="G4",
    what="PostgreSQL, 100 orders a transaction, against psycopg by hand one by one",
    must=3,
    stretch=4,
    shown=Shown.TIMES,
)


class Stores(NamedTuple):
    """Two schemas of one server that hold the same."""

    dsn: str
    ours: str = "ours"
    theirs: str = "theirs"


@contextmanager
def stores(folder: Path) -> Iterator[Stores]:
    """A server that makes every commit durable, and two stocked shops on it."""
    with server(fsync=True) as running:
        both = Stores(running.dsn)
        for schema in (both.ours, both.theirs):
            own = folder / schema
            own.mkdir(parents=True)
            with opened(own, {"postgres": {"dsn": both.dsn, "schema": schema}}) as oms:
                stock_up(oms)
        yield both


def measure_placing(run: Run) -> Iterator[Result]:
    """Orders one by one, each client in a process of its own."""
    with stores(run.folder / "G3") as both:
        for most, goal in PLACING_GOALS.items():
            number = min(most, run.count(most))
            orders = run.count(80 // number * 2 if number > 1 else 80)
            with ExitStack() as opened_clients:
                slices = [
                    _slice(
                        opened_clients.enter_context(
                            clients(kind, number, dsn=both.dsn, schema=schema, folder=run.folder / "G3")
                        ),
                        orders,
                    )
                    for kind, schema in (("ours", both.ours), ("theirs", both.theirs))
                ]
                for warm_up in slices:
                    warm_up()
                pairs = run.side_by_side(goal.name, *slices)
            yield speed(goal, pairs, each=orders * number * run.slices)


def measure_bulk(run: Run) -> Iterator[Result]:
    """A hundred orders in a transaction, against as many one by one."""
    orders = run.count(100)
    numbers = count()
    with stores(run.folder / "G4") as both, connected(both.dsn, both.theirs) as connection:
        own = run.folder / "G4" / "bulk"
        own.mkdir()
        with opened(own, {"postgres": {"dsn": both.dsn, "schema": both.ours}}) as oms:

            def ours() -> float:
                commands = [command(wish) for wish in wishes(orders, prefix=f"o{next(numbers)}-")]

                return timed(lambda: oms.do_many(commands))

            def theirs() -> float:
                wanted = wishes(orders, prefix=f"t{next(numbers)}-")
                return timed(lambda: [place(connection, each) for each in wanted])

            ours(), theirs()
            pairs = run.side_by_side(BULK_GOAL.name, ours, theirs)
    yield speed(BULK_GOAL, pairs, each=orders * run.slices)


def _slice(group: Clients, orders: int) -> Slice:
    def work() -> float:
        group.get_ready(orders)
        return timed(group.go)

    return work
