"""The program over whole plans: one plan for each order, no cell of stock drawn on twice; solved by HiGHS.

Its relaxation prices every unit of stock; with whole plans only, it is the joint plan itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import highspy
import numpy as np

from omscore.errors import SetupError
from omscore.routing.joint.columns import Column, Prices
from omscore.routing.joint.shelf import Cell
from omscore.routing.joint.sums import Floats
from omscore.routing.joint.swaps import Swaps

SEED = 1
GAP = 5e-5
"""A combination is good enough when no other can be better by a larger share."""
INF = highspy.kHighsInf


class _Quiet(highspy.Highs):
    """A solver that does not even print who made it: it would when its callbacks are set up."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def enableCallbacks(self) -> None:
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


class Master:
    """The program; columns are added as they are found.

    Shape: rows are one for each order, then one for each cell and number of units kept back, then one for all units.
    """

    def __init__(
        self, orders: int, cells: Mapping[Cell, int], limits: Mapping[int, Sequence[int]], least_units: int
    ) -> None:
        self._orders, self._cells, self._keeps = orders, cells, sorted(limits)
        self.columns: list[Column] = []
        self._known: set[tuple[int, object]] = set()
        self._struck: set[Column] = set()
        self._at = {keep: orders + k * len(cells) for k, keep in enumerate(self._keeps)}
        stock = [units for keep in self._keeps for units in limits[keep]]
        self._stock = np.array(stock, dtype=float)
        lower = np.array([1.0] * orders + [-INF] * len(stock) + [float(least_units)])
        upper = np.array([1.0] * orders + [float(units) for units in stock] + [INF])
        self._least_units = least_units
        self._solver = _Quiet()
        # With presolve HiGHS 1.16 tells a plan now and then that is not the one whose cost and proof it tells.
        # The number of threads is the whole program's to set: a solver that asks for another one refuses to run.
        for name, value in (("random_seed", SEED), ("parallel", "off"), ("presolve", "off")):
            self._solver.setOptionValue(name, value)
        empty = np.array([], dtype=np.int32)
        self._solver.addRows(len(lower), lower, upper, 0, empty, empty, np.array([]))

    def add(self, columns: Sequence[Column]) -> int:
        """Add those that are not there yet; how many these are."""
        fresh = []
        for column in columns:
            key = column.order, column.draws
            if key not in self._known:
                self._known.add(key)
                fresh.append(column)
        starts, index, value = [], list[int](), list[float]()
        for column in fresh:
            starts.append(len(index))
            for row, amount in self._entries(column):
                index.append(row)
                value.append(amount)
        count = len(fresh)
        self._solver.addCols(
            count,
            np.array([float(column.cost) for column in fresh]),
            np.zeros(count),
            np.full(count, INF),
            len(index),
            np.array(starts, dtype=np.int32),
            np.array(index, dtype=np.int32),
            np.array(value),
        )
        self.columns += fresh
        return count

    def _entries(self, column: Column) -> list[tuple[int, float]]:
        entries = [(column.order, 1.0)]
        for draw in (*column.draws, *column.rooms):
            number = self._cells.get(draw.cell)
            if number is not None:
                entries += [(self._at[keep] + number, float(draw.units)) for keep in self._keeps if keep <= draw.keep]
        if column.units:
            entries.append((self._orders + len(self._stock), float(column.units)))
        return entries

    def swapped(self, start: Sequence[Column], left_s: Callable[[], float]) -> list[Column]:
        """A plan that is better than the one of these columns, if swaps lead to one."""
        plans: list[list[Column]] = [[] for _ in range(self._orders)]
        for column in self.columns:
            if column not in self._struck:
                plans[column.order].append(column)
        limits = {self._orders + k: int(units) for k, units in enumerate(self._stock)}
        swaps = Swaps(start, plans, self._takes, limits, self._least_units)
        return swaps.improve(left_s)

    def _takes(self, column: Column) -> list[tuple[int, int]]:
        last = self._orders + len(self._stock)
        return [(row, round(amount)) for row, amount in self._entries(column) if self._orders <= row < last]

    def strike(self, column: Column) -> None:
        """Take a plan out of the program."""
        self._struck.add(column)
        self._solver.changeColBounds(self.columns.index(column), 0.0, 0.0)

    def relaxed(self, time_limit_s: float) -> tuple[float, Floats, Prices] | None:
        """The least cost when plans may be mixed, what each order costs in it, and the prices of the stock.

        Shape: None when the time is up. Raises: SetupError when the solver cannot do it.
        """
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + time_limit_s)
        self._solver.run()
        status = self._solver.getModelStatus()
        if status == highspy.HighsModelStatus.kTimeLimit:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise SetupError(
                f"the solver gave up ({self._solver.modelStatusToString(status)}); try another release of highspy",
                code="routing.solver",
            )
        dual = np.array(self._solver.getSolution().row_dual)
        priced = np.maximum(0.0, -dual[self._orders : self._orders + len(self._stock)])
        by_keep, paid, size = {}, np.zeros(len(self._cells) + 1), len(self._cells)
        for k, keep in enumerate(self._keeps):
            paid = paid.copy()
            paid[:size] += priced[k * size : (k + 1) * size]
            by_keep[keep] = paid
        prices = Prices(by_keep=by_keep, unit=max(0.0, float(dual[-1])) if self._least_units else 0.0)
        return float(self._solver.getInfo().objective_function_value), dual[: self._orders], prices

    def worth(self, prices: Prices) -> float:
        """What all stock is worth at these prices, less what serving the units that must be served is worth."""
        before = np.zeros(len(self._cells))
        total = 0.0
        for k, keep in enumerate(self._keeps):
            paid = prices.by_keep[keep][:-1]
            total += float(((paid - before) * self._stock[k * len(self._cells) : (k + 1) * len(self._cells)]).sum())
            before = paid
        return total - prices.unit * self._least_units

    def whole(self, start: Sequence[Column], time_limit_s: float) -> tuple[list[Column], float]:
        """One plan for each order, at worst these, and a cost that no other combination of these plans beats."""
        solver, count = self._solver, len(self.columns)
        numbers = np.arange(count, dtype=np.int32)
        solver.changeColsIntegrality(count, numbers, np.full(count, highspy.HighsVarType.kInteger))
        solver.setOptionValue("time_limit", solver.getRunTime() + time_limit_s)
        solver.setOptionValue("mip_rel_gap", GAP)
        values = np.zeros(count)
        started = set(start)
        values[[k for k, column in enumerate(self.columns) if column in started]] = 1.0
        solver.setSolution(count, numbers, values)
        solver.run()
        picked = {
            self.columns[k].order: self.columns[k]
            for k in np.flatnonzero(np.array(solver.getSolution().col_value) > 0.5)
        }
        cost, start_cost = (sum([column.cost for column in columns]) for columns in (picked.values(), start))
        info = solver.getInfo()
        if len(picked) < self._orders or abs(cost - info.objective_function_value) > 0.5:
            return list(start), 0.0  # nothing in time, or what the solver tells is not to be trusted
        chosen = list(start) if cost > start_cost else [column for _, column in sorted(picked.items())]
        return chosen, float(info.mip_dual_bound)
