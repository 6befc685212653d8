"""G5: everybody wants the same article: sixteen threads, against `SELECT ... FOR UPDATE` first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from queue import SimpleQueue
from statistics import median

from omscore.app import Oms
from omscore.ids import LocationId, StockDocumentId
from omscore.inventory.commands import ListItem, ReceiveStock
from omscore.inventory.model import StockLine
from omscore.items import Item, Sku
from omscore.money import Money
from omscore.orders.model import Order
from tests.benchmarks.byhand_postgres import Connection, connected, place
from tests.benchmarks.goals import Goal, Result, Shown
from tests.benchmarks.placing_postgres import stores
from tests.benchmarks.rounds import Run, speed
from tests.benchmarks.shop import ITEM_MASS_G, SKUS, Wish, command, opened, wishes

BUYERS = 16
HOT = SKUS[:1]
LAST = "SKU-LAST"

SPEED_GOAL = Goal(
    name="G5",
    what="PostgreSQL, one SKU, 16 threads, against SELECT FOR UPDATE first",
    must=1.5,
    stretch=3,
    shown=Shown.TIMES,
)
WAIT_GOAL = Goal(
    name="G5 p99",
    what="the longest wait but one in a hundred, against theirs",
    must=0.7,
    stretch=0.2,
    at_least=False,
    shown=Shown.TIMES,
)
OVERSOLD_GOAL = Goal(
    name="G5 oversold",
    what="units sold twice when twice as many are wanted as are there",
    must=0,
    at_least=False,
    shown=Shown.NUMBER,
)


def measure_hot_sku(run: Run) -> Iterator[Result]:
    """Each of the buyers orders one by one; how long every order took is kept."""
    orders = run.count(160)
    numbers = count()
    waits: dict[str, list[float]] = {"ours": [], "theirs": []}
    worst: dict[str, list[float]] = {"ours": [], "theirs": []}
    with _both(run) as (oms, connections), ThreadPoolExecutor(BUYERS) as buyers:

        def theirs_one(wish: Wish) -> None:
            connection = connections.get()
            try:
                place(connection, wish, lock_first=True)
            finally:
                connections.put(connection)

        def slice_of(name: str, buy: Callable[[Wish], object]) -> Callable[[], float]:
            def work() -> float:
                wanted = wishes(orders, prefix=f"{name}{next(numbers)}-", skus=HOT)
                start_s = time.perf_counter()
                waits[name] += buyers.map(lambda wish: _waited(buy, wish), wanted)
                spent_s = time.perf_counter() - start_s
                if len(waits[name]) >= orders * run.slices:  # a round is whole
                    worst[name].append(sorted(waits[name])[int(len(waits[name]) * 0.99)])
                    waits[name].clear()
                return spent_s

            return work

        ours, theirs = slice_of("ours", lambda wish: oms.do(command(wish))), slice_of("theirs", theirs_one)
        ours(), theirs()
        for name in waits:
            waits[name].clear()
            worst[name].clear()
        pairs = run.side_by_side(SPEED_GOAL.name, ours, theirs)
        oversold = _oversold(oms, buyers, run.count(200))
    yield speed(SPEED_GOAL, pairs, each=orders * run.slices)
    yield Result(
        goal=WAIT_GOAL,
        ratios=tuple(mine / other for mine, other in zip(worst["ours"], worst["theirs"], strict=True)),
        figures={"ours_us": median(worst["ours"]) * 1e6, "theirs_us": median(worst["theirs"]) * 1e6},
    )
    yield Result(goal=OVERSOLD_GOAL, ratios=(float(oversold),), figures={})


@contextmanager
def _both(run: Run) -> Iterator[tuple[Oms, SimpleQueue[Connection]]]:
    """The library open for sixteen threads, and sixteen connections by hand."""
    folder = run.folder / "G5"
    with stores(folder) as both, ExitStack() as opened_connections:
        connections: SimpleQueue[Connection] = SimpleQueue()
        for _ in range(BUYERS):
            connections.put(opened_connections.enter_context(connected(both.dsn, both.theirs)))
        own = folder / "hot"
        own.mkdir()
        with opened(own, {"postgres": {"dsn": both.dsn, "schema": both.ours, "connections": BUYERS}}) as oms:
            yield oms, connections


def _waited(buy: Callable[[Wish], object], wish: Wish) -> float:
    start_s = time.perf_counter()
    buy(wish)
    return time.perf_counter() - start_s


def _oversold(oms: Oms, buyers: ThreadPoolExecutor, orders: int) -> int:
    """Units allocated beyond those that were there; the orders that came too late wait for more."""
    at = oms.clock.now()
    item = Item(sku=Sku(LAST), name="last", mass_g=ITEM_MASS_G, unit_cost=Money(300, "EUR"))
    oms.do(ListItem(item=item, at=at))
    oms.do(
        ReceiveStock(
            document_id=StockDocumentId("last"),
            location_id=LocationId("MUC"),
            lines=(StockLine(LAST, "general", orders),),
            at=at,
        )
    )
    wanted = wishes(orders * 2, prefix="last", skus=(LAST,))
    list(buyers.map(lambda wish: oms.do(command(wish)), wanted))
    (level,) = oms.storage.stock([LAST])
    sold = sum(line.quantities.allocated for wish in wanted for line in oms.look(Order, wish.order_id).lines)
    return max(0, sold - orders) + abs(level.sellable + level.allocated - orders)
