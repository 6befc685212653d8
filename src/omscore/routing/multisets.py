"""Exact plans for orders with articles that no location can fill alone: units and whole articles in one numbering.

A demand is an article with so many pieces: one for an article that is never torn, one for each unit of a scattered one.
A set of pieces is a number in mixed radix, its digits the pieces of each demand. First the cheapest split into sets is
found as if a location could ship twice; where it would have to, the locations that can still matter are gone through
one by one, each shipping one set.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from omscore.routing.kernel import FAR, step_of
from omscore.routing.problem import Problem, Takes

MAX_PAIRS = 1_000_000
"""For how many pairs of a set and a set within it this is tried: a tenth of a second, for the rare order in need."""


NEVER = FAR << 40
"""More than any plan costs or counts, in millionths too."""


def fits(problem: Problem) -> bool:
    """Whether the order is small enough to be settled here."""
    pieces = _pieces(problem)
    return prod([(n + 1) * (n + 2) // 2 for n in pieces]) <= MAX_PAIRS


def cheapest_split(problem: Problem, ceiling: int) -> tuple[Takes, int]:
    """The least costly plan that costs less than the ceiling, and its cost; no takes when there is none.

    Holds: no plan costs less than the one found, or than the ceiling when none is.
    """
    sets = Sets(problem)
    cost, source = sets.cheapest_sources()
    best, part = sets.partition(cost)
    full = sets.size - 1
    if best[full] >= ceiling:
        return [], ceiling
    parts: list[int] = []
    s = full
    while s:
        parts.append(part[s])
        s -= part[s]
    if len({source[each] for each in parts}) == len(parts):
        return sets.takes([(source[each], each) for each in parts]), best[full]
    shipped, total = sets.one_shipment_each(best, ceiling)
    return (sets.takes(shipped), total) if shipped else ([], ceiling)


def _pieces(problem: Problem) -> list[int]:
    return [1 if holders else need for holders, need in zip(problem.holders, problem.need, strict=True)]


class Sets:
    """The numbering of one problem's sets of pieces, with the mass of each and the sets within it."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.pieces = _pieces(problem)
        self.strides: list[int] = []
        self.size = 1
        for count in self.pieces:
            self.strides.append(self.size)
            self.size *= count + 1
        self.mass = [0]
        self.within: list[list[int]] = [[0]]
        self.beginning: list[list[int]] = [[]]
        """The sets within a set that have a piece of its last demand."""
        for i, (count, stride) in enumerate(zip(self.pieces, self.strides, strict=True)):
            units = problem.need[i] if problem.holders[i] else 1
            mass = units * problem.unit_mass[i]
            lower = [(self.mass[s], self.within[s]) for s in range(stride)]
            for digit in range(1, count + 1):
                steps = [stride * n for n in range(1, digit + 1)]
                for below, inside in lower:
                    self.mass.append(below + digit * mass)
                    begin = [t + step for step in steps for t in inside]
                    self.beginning.append(begin)
                    self.within.append(inside + begin)
        self.held = [self._held(place) for place in range(problem.places)]

    def _held(self, place: int) -> int:
        """All that the location could ship, as a set."""
        held = 0
        for i, (count, stride) in enumerate(zip(self.pieces, self.strides, strict=True)):
            whole = self.problem.holders[i]
            held += stride * ((whole >> place & 1) if whole else min(count, self.problem.caps[i][place]))
        return held

    def price(self, place: int, s: int) -> int:
        """What a shipment of the set costs from the location."""
        problem = self.problem
        z = problem.ladder_of[place]
        step = step_of(problem.tops, problem.starts[z], problem.starts[z + 1], self.mass[s])
        return problem.prices[step] + problem.const[place]

    def cheapest_sources(self) -> tuple[list[int], list[int]]:
        """For every set the cost and the number of the cheapest location that holds it; FAR and -1 where none does."""
        cost, source = [FAR] * self.size, [-1] * self.size
        n = self.problem.places
        for z in range(len(self.problem.starts) - 1):
            key = [FAR] * self.size
            for place in range(n):
                if self.problem.ladder_of[place] == z:
                    key[self.held[place]] = min(key[self.held[place]], self.problem.const[place] * n + place)
            for count, stride in zip(self.pieces, self.strides, strict=True):
                for s in range(self.size - 1, -1, -1):
                    if s // stride % (count + 1) < count and key[s + stride] < key[s]:
                        key[s] = key[s + stride]
            for s in range(1, self.size):
                if key[s] < FAR:
                    total = self.price(key[s] % n, s)
                    if total < cost[s] or (total == cost[s] and key[s] % n < source[s]):
                        cost[s], source[s] = total, key[s] % n
        return cost, source

    def partition(self, cost: Sequence[int]) -> tuple[list[int], list[int]]:
        """For every set the cheapest split into sets that are each shipped, and the part with its last demand."""
        penalty = self.problem.penalty
        best, part = [0] * self.size, [0] * self.size
        best[0] = -penalty
        for s in range(1, self.size):
            found, choice = NEVER, 0
            for t in self.beginning[s]:
                total = cost[t] + best[s - t]
                if total < found:
                    found, choice = total, t
            best[s], part[s] = found + penalty, choice
        return best, part

    def one_shipment_each(self, best: Sequence[int], ceiling: int) -> tuple[list[tuple[int, int]], int]:
        """The cheapest plan below the ceiling in which each location ships one set; empty when there is none.

        A location matters only if it can ship some set at a price that, with the rest at its bound, stays below.
        """
        full, penalty = self.size - 1, self.problem.penalty
        options: list[tuple[int, list[tuple[int, int]]]] = []
        for place, held in enumerate(self.held):
            priced = [(t, self.price(place, t) + penalty) for t in self.within[held] if t]
            kept = [(t, price) for t, price in priced if price + best[full - t] < ceiling]
            if kept:
                options.append((place, kept))
        reach = [NEVER] * self.size
        reach[0] = -penalty
        chosen: list[dict[int, int]] = []
        for _, kept in options:
            after = list(reach)
            taken: dict[int, int] = {}
            for t, price in kept:
                for s in self.within[full - t]:
                    total = reach[s] + price
                    if total < after[s + t]:
                        after[s + t] = total
                        taken[s + t] = t
            reach = after
            chosen.append(taken)
        if reach[full] >= ceiling:
            return [], ceiling
        shipped: list[tuple[int, int]] = []
        s = full
        for (place, _), taken in zip(reversed(options), reversed(chosen), strict=True):
            if t := taken.get(s, 0):
                shipped.append((place, t))
                s -= t
        return shipped, reach[full]

    def takes(self, shipped: Sequence[tuple[int, int]]) -> Takes:
        """A plan of locations and sets as units by article."""
        takes: Takes = []
        for place, s in shipped:
            for i, (count, stride) in enumerate(zip(self.pieces, self.strides, strict=True)):
                if digit := s // stride % (count + 1):
                    takes.append((i, place, self.problem.need[i] if self.problem.holders[i] else digit))
        return sorted(takes)
