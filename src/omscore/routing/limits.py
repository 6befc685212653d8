"""Which locations may ship when a rule caps how many of them do: the sets that can ship the most."""

from __future__ import annotations

from itertools import combinations
from math import comb

from omscore.routing.problem import Problem

MAX_SETS = 4_000
"""How many sets of locations are weighed at most; with more, only the locations that hold most are looked at."""

MAX_SOLVED = 256
"""How many of the best sets are routed in full at most."""


def best_sets(problem: Problem, most: int) -> tuple[list[int], bool]:
    """The sets of so many locations that serve the most units, as masks, and whether all sets were weighed.

    Shape: of those that serve the same, the ones that need not tear a SKU which one location could fill go before the
    others, which are left out then; the ones whose shipments cost least at best come first.
    """
    held = [
        sum(
            min(cap[p], need) * worth
            for cap, need, worth in zip(problem.caps, problem.need, problem.worth, strict=True)
        )
        for p in _all(problem)
    ]
    useful = [place for place in _all(problem) if held[place]]
    size = min(most, len(useful))
    is_complete = True
    if comb(len(useful), size) > MAX_SETS:
        useful.sort(key=lambda place: (-held[place], problem.least(place), place))
        while comb(len(useful), size) > MAX_SETS:
            useful.pop()
        useful.sort()
        is_complete = False
    best, found = (-1, False), list[int]()
    for places in combinations(useful, size):
        mask = sum(1 << place for place in places)
        worth = _served(problem, places), not _tears(problem, mask, places)
        if worth > best:
            best, found = worth, []
        if worth == best:
            found.append(mask)
    found.sort(key=lambda mask: (sum(problem.least(p) for p in _all(problem) if mask >> p & 1), mask))
    return found[:MAX_SOLVED], is_complete and len(found) <= MAX_SOLVED


def _tears(problem: Problem, mask: int, places: tuple[int, ...]) -> bool:
    """Whether some SKU that a location outside could fill would come from several of these."""
    return any(
        [
            holders and not holders & mask and sum([held[place] > 0 for place in places]) > 1
            for holders, held in zip(problem.holders, problem.caps, strict=True)
        ]
    )


def _all(problem: Problem) -> range:
    return range(problem.places)


def _served(problem: Problem, places: tuple[int, ...]) -> int:
    served = 0
    for need, held, worth in zip(problem.need, problem.caps, problem.worth, strict=True):
        units = problem.most_of([held[place] for place in places])
        served += (units if units < need else need) * worth
    return served
