"""Exact routing of up to eight demands over integers and flat sequences, so that a compiler could take it as it is.

Locations are numbers 0, 1, ...; a set of demands is a bit mask. Prices are ladders laid end to end in `tops` and
`prices`; ladder z runs from `starts[z]` to `starts[z + 1]`. A shipment costs its location's `const` plus the step of
its mass.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cache

FAR = 1 << 60


def step_of(tops: Sequence[int], first: int, last: int, mass_g: int) -> int:
    """The first step in [first, last) that holds the mass.

    >>> step_of([100, 500, 1000], 0, 3, 101)
    1
    """
    return bisect_left(tops, mass_g, first, last)


def subset_masses(masses: Sequence[int]) -> list[int]:
    """The summed mass of every subset of the demands, by bit mask."""
    total = [0]
    for mass in masses:
        total += [below + mass for below in total]
    return total


def cheapest_sources(
    mass: Sequence[int],
    cover: Sequence[int],
    const: Sequence[int],
    ladder_of: Sequence[int],
    starts: Sequence[int],
    tops: Sequence[int],
    prices: Sequence[int],
) -> tuple[list[int], list[int]]:
    """For every subset of demands the cost and the number of the cheapest location that can ship it alone.

    Shape: FAR and -1 where no location can; equal costs go to the lower location.
    """
    size, n = len(mass), len(cover)
    cost, source = [FAR] * size, [-1] * size
    for z in range(len(starts) - 1):
        # Locations of one ladder differ only in what does not depend on the mass: a set goes to the first that covers
        # it, those that charge least first. The location rides along in the low digits of its charge.
        first, last = starts[z], starts[z + 1]
        charges = [const[place] * n + place for place in range(n) if ladder_of[place] == z]
        charges.sort()
        reached: dict[int, int] = {}
        for charge in charges:
            held = cover[charge % n]
            if held not in reached:  # else whatever it covers has a location already
                s = held
                while s:
                    if s not in reached:
                        reached[s] = charge
                    s = (s - 1) & held
        for s, charge in reached.items():
            total, place = prices[bisect_left(tops, mass[s], first, last)] + charge // n, charge % n
            if total < cost[s] or (total == cost[s] and place < source[s]):
                cost[s], source[s] = total, place
    return cost, source


@cache
def _firsts(size: int) -> list[tuple[int, list[int]]]:
    """The sets that splitting all demands asks for, small ones first, each with what its lowest demand may go along in.

    Shape: the first of these is the whole set. The first demand goes with the first part, so of the sets that have it
    the one of all demands is the only one.
    """
    found = []
    for s in (*range(2, size, 2), size - 1):
        low = s & -s
        rest = sub = s ^ low
        firsts = [s]
        while sub:
            sub = (sub - 1) & rest
            firsts.append(sub | low)
        found.append((s, firsts))
    return found


def partition(cost: Sequence[int], penalty: int) -> tuple[int, list[int]]:
    """The cheapest way to split all demands into subsets that are each shipped alone.

    Shape: the total with the penalty for every part after the first, and the parts as bit masks. Two parts may have the
    same source: the total is then a lower bound on what one shipment per location can reach.
    """
    size = len(cost)
    best, part = [0] * size, [0] * size
    best[0] = -penalty
    for s, firsts in _firsts(size):
        found, choice = FAR, 0
        for t in firsts:
            c = cost[t]
            if c < found:
                c += penalty + best[s ^ t]
                if c < found:
                    found, choice = c, t
        best[s], part[s] = found, choice
    parts = []
    s = size - 1
    while s:
        parts.append(part[s])
        s ^= part[s]
    return best[size - 1], parts


def partition_within(cost: Sequence[int], penalty: int, most: int) -> tuple[int, list[int]]:
    """The same with so many parts at most.

    Shape: the total is FAR or more when no such split exists. Two parts may have the same source, as above.
    """
    size = len(cost)
    reach = list(cost)  # in one part
    reach[0] = FAR
    layers = [[0] * size]
    for _ in range(most - 1):
        wider, part = list(reach), [0] * size
        for s, firsts in _firsts(size):
            for t in firsts:
                c = cost[t] + penalty + reach[s ^ t]
                if c < wider[s]:
                    wider[s], part[s] = c, t
        reach = wider
        layers.append(part)
    parts = []
    s = size - 1
    for part in reversed(layers):
        if part[s]:
            parts.append(part[s])
            s ^= part[s]
    parts.append(s)
    return reach[size - 1], parts


def one_shipment_each(
    mass: Sequence[int],
    cover: Sequence[int],
    const: Sequence[int],
    ladder_of: Sequence[int],
    starts: Sequence[int],
    tops: Sequence[int],
    prices: Sequence[int],
    penalty: int,
) -> tuple[int, list[int]]:
    """The cheapest plan with at most one shipment per location, whatever the prices look like.

    Shape: the total and, per location, the subset it ships (0 for none). Slower than `partition`, which suffices unless
    two light shipments from one place are cheaper than a heavy one.
    """
    size, n = len(mass), len(cover)
    reach = [FAR] * size
    reach[0] = -penalty
    taken = [[0] * size for _ in range(n)]
    for place in range(n):
        z = ladder_of[place]
        after = list(reach)
        t = cover[place]
        while t:
            total = prices[step_of(tops, starts[z], starts[z + 1], mass[t])] + const[place] + penalty
            others = (size - 1) ^ t
            s = others
            while True:
                if reach[s] + total < after[s | t]:
                    after[s | t] = reach[s] + total
                    taken[place][s | t] = t
                if s == 0:
                    break
                s = (s - 1) & others
            t = (t - 1) & cover[place]
        reach = after
    ships = [0] * n
    s = size - 1
    for place in range(n - 1, -1, -1):
        ships[place] = taken[place][s]
        s ^= ships[place]
    return reach[size - 1], ships
