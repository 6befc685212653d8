"""Sums of shipments: from what each location would charge for every state to the least that a state costs when each
location ships at most once.

A state says how much of each SKU is sent; states are numbered row by row, so that sums and differences of states are
those of their numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from heapq import heappop, heappush
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]

_FAR = 1e300
"""No cost is above this but the infinite one."""


@lru_cache(maxsize=256)
def _pairs(shape: tuple[int, ...]) -> tuple[Whole, Whole, Whole]:
    """For every state all its parts and what each leaves of it, end to end, and where those of a state begin."""
    states = np.indices(shape).reshape(len(shape), -1).T
    parts = [np.flatnonzero((states <= state).all(axis=1)) for state in states]
    lengths = [len(inside) for inside in parts]
    part = np.concatenate(parts).astype(np.int64)
    whole = np.repeat(np.arange(len(states)), lengths)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
    return part, whole - part, starts


class Sums:
    """The least cost of every state, by `cost[place, state]`.

    Shape: `most` caps the shipments, 0 is no cap. Units: as `cost`; the penalty counts for each shipment after the
    first.
    """

    def __init__(self, shape: tuple[int, ...], cost: Floats, penalty: int, most: int) -> None:
        self._part, self._rest, self._starts = _pairs(shape)
        self._cost = cost + penalty
        self._cost[:, 0] = 0.0  # a location that ships nothing
        rows = most + 1 if most else 1
        reach = np.full((rows, cost.shape[1]), np.inf)
        reach[:, 0] = 0.0
        self._back = 1 if most else 0  # with a cap a shipment leads to the next row
        self._history = [reach]
        for place in range(len(cost)):
            here = self._cost[place][self._part]
            after = reach.copy()
            for row in range(self._back, rows):
                sums = reach[row - self._back][self._rest] + here
                after[row] = np.minimum(reach[row], np.minimum.reduceat(sums, self._starts))
            reach = after
            self._history.append(reach)
        self.least: Floats = reach[-1] - penalty
        self.least[0] = 0.0

    def parts(self, state: int) -> list[tuple[int, int]]:
        """The shipments that make the state for the least: (place, state)."""
        return next(iter(self.nearest([(float(self.least[state]), state)], np.inf)))[1]

    def nearest(
        self, states: Iterable[tuple[float, int]], limit: float
    ) -> Iterator[tuple[float, list[tuple[int, int]]]]:
        """All ways to make one of the states, the least costly first, as (value, shipments).

        Shape: a state comes with its value when made for the least; no value is above `limit`.
        """
        top = len(self._history) - 1
        row = len(self._history[0]) - 1
        ways: list[tuple[float, int, int, int, list[tuple[int, int]]]] = []
        for value, state in states:
            heappush(ways, (value, top, state, row, []))
        while ways:
            value, place, state, row, parts = heappop(ways)
            if not state:
                yield value, parts[::-1]
                continue
            place -= 1
            before, least = self._history[place], self._history[place + 1][row, state]
            if before[row, state] - least + value <= limit:
                heappush(ways, (value + float(before[row, state] - least), place, state, row, parts))
            if self._back > row:
                continue
            first = self._starts[state]
            last = self._starts[state + 1] if state + 1 < len(self._starts) else len(self._part)
            part = self._part[first + 1 : last]
            sums = before[row - self._back][self._rest[first + 1 : last]] + self._cost[place][part] - least + value
            for at in np.flatnonzero(sums <= min(limit, _FAR)):
                shipped = int(part[at])
                way = (float(sums[at]), place, state - shipped, row - self._back, [*parts, (place, shipped)])
                heappush(ways, way)
