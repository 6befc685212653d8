"""G13: adding money, against adding decimals."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from timeit import Timer

from omscore.money import Money
from tests.benchmarks.goals import Goal, Result, Shown
from tests.benchmarks.rounds import Run, cost

ADDING = Goal(
    name="G13",
    what="Money + Money, against Decimal + Decimal",
    must=6,
    stretch=4.5,
    at_least=False,
    shown=Shown.TIMES,
)
SUMS_A_LINE = 20
"""Sums written out in a row, so that the loop around them does not count."""


def measure_sums(run: Run) -> Iterator[Result]:
    """The same two amounts added over and over."""
    loops = run.count(5_000)
    statement = "; ".join(["a + b"] * SUMS_A_LINE)
    money = Timer(statement, globals={"a": Money(123_456, "EUR"), "b": Money(789, "EUR")})
    decimal = Timer(statement, globals={"a": Decimal("1234.56"), "b": Decimal("7.89")})
    pairs = run.side_by_side(ADDING.name, lambda: money.timeit(loops), lambda: decimal.timeit(loops))
    yield cost(ADDING, pairs, each=loops * SUMS_A_LINE * run.slices)
