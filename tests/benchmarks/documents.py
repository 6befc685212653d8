"""G12: the stored text of an order, written and read, against orjson on plain dicts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import orjson

from omscore.codec import Codec
from omscore.engine.contexts import EVENTS
from omscore.orders.model import Order
from tests.benchmarks.goals import Goal, Result, Shown
from tests.benchmarks.rounds import Run, cost, timed
from tests.benchmarks.shop import command, opened, stock_up, wishes

WRITING = Goal(
    name="G12 write",
    what="order to text, against orjson.dumps of dicts",
    must=6,
    stretch=3,
    at_least=False,
    shown=Shown.TIMES,
)
READING = Goal(
    name="G12 read",
    what="text to order, against orjson.loads to dicts",
    must=6,
    stretch=2.5,
    at_least=False,
    shown=Shown.TIMES,
)


def measure_documents(run: Run) -> Iterator[Result]:
    """Orders of two lines as they stand once placed, each written for the first time: nothing of it is remembered."""
    texts = _order_texts(run)
    dicts = [orjson.loads(text) for text in texts]
    codec = Codec(EVENTS)

    def write_ours() -> float:
        orders = [codec.record(text, Order) for text in texts]
        return timed(lambda: [codec.text(order) for order in orders])

    pairs = run.side_by_side(
        WRITING.name, write_ours, lambda: timed(lambda: [orjson.dumps(each).decode() for each in dicts])
    )
    yield cost(WRITING, pairs, each=len(texts) * run.slices)
    pairs = run.side_by_side(
        READING.name,
        lambda: timed(lambda: [codec.record(text, Order) for text in texts]),
        lambda: timed(lambda: [orjson.loads(text) for text in texts]),
    )
    yield cost(READING, pairs, each=len(texts) * run.slices)


def _order_texts(run: Run) -> list[str]:
    folder = run.folder / "G12"
    folder.mkdir()
    numbers = count()
    with opened(folder, {"memory": {}}) as oms:
        stock_up(oms)
        for wish in wishes(run.count(2_000), prefix=f"o{next(numbers)}-"):
            oms.do(command(wish))
        return [row.state for row in oms.storage.streams("order/")]
