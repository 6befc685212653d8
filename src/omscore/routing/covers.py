"""Which sets of locations hold an order together, and how few locations can.

Whole SKUs held by the same locations form one group, so a set is checked against a handful of masks.
"""

from __future__ import annotations

from typing import TypeAlias

from omscore.routing.bands import Bands, undominated
from omscore.routing.problem import Problem, Takes

MAX_SETS = 2_500

Groups: TypeAlias = list[tuple[int, int, list[int]]]
"""The whole SKUs by the locations that hold them: (location mask, summed mass, SKU numbers)."""


def demand_groups(problem: Problem) -> Groups:
    """The whole SKUs by the locations that hold them: (location mask, summed mass, SKU numbers)."""
    members: dict[int, list[int]] = {}
    for i, mask in enumerate(problem.holders):
        if mask:
            members.setdefault(mask, []).append(i)
    return [
        (mask, sum(problem.need[i] * problem.unit_mass[i] for i in found), found) for mask, found in members.items()
    ]


def covering_sets(problem: Problem, groups: Groups, ceiling: int) -> tuple[list[int], bool]:
    """The sets of locations that hold everything and whose cheapest shipments alone stay under the ceiling."""
    least = [problem.least(place) for place in range(problem.places)]
    order = sorted(range(problem.places), key=lambda place: (least[place], place))
    everything = (1 << len(groups)) - 1
    cover = [sum(1 << g for g, group in enumerate(groups) if group[0] >> place & 1) for place in order]
    later = [*cover, 0]
    for j in range(len(order) - 1, -1, -1):
        later[j] |= later[j + 1]
    masks: list[int] = []
    queue = [(0, 0, 0, -problem.penalty)]
    weighed = 0
    for begin, mask, covered, bound in queue:  # grows while it is read: small sets come first
        for j in range(begin, len(order)):
            price = bound + least[order[j]] + problem.penalty
            if price >= ceiling:
                break
            weighed += 1
            if weighed > MAX_SETS:
                return masks, False
            wider, now = mask | 1 << order[j], covered | cover[j]
            if now == everything and _holds_scattered(problem, wider):
                masks.append(wider)
            if now | later[j + 1] == everything:
                queue.append((j + 1, wider, now, price))
    return masks, True


def neighbours(problem: Problem, groups: Groups, takes: Takes) -> list[int]:
    """The sets that differ from the plan's by one location dropped, added or exchanged and still hold everything.

    Shape: by what their shipments cost at least.
    """
    begin = sum({1 << place for _, place, _ in takes})
    inside = [0] + [1 << place for place in range(problem.places) if begin >> place & 1]
    outside = [0] + [1 << place for place in range(problem.places) if not begin >> place & 1]
    masks = {begin ^ out | into for out in inside for into in outside}
    holding = [
        mask
        for mask in masks
        if mask and all(holders & mask for holders, _, _ in groups) and _holds_scattered(problem, mask)
    ]
    least = [problem.least(place) + problem.penalty for place in range(problem.places)]
    return sorted(holding, key=lambda mask: (sum(price for k, price in enumerate(least) if mask >> k & 1), mask))


def count_bound(problem: Problem, groups: Groups) -> int:
    """What the order costs at least, judged by how few shipments can hold it and how much each can carry."""
    fewest = 1
    for i in problem.scattered:
        caps = sorted(problem.caps[i], reverse=True)
        fewest = max(fewest, next(k for k in range(1, len(caps) + 1) if sum(caps[:k]) >= problem.need[i]))
    holders = sorted((mask for mask, _, _ in groups), key=lambda mask: (mask.bit_count(), mask))
    tries = [MAX_SETS]

    def covered(chosen: int, more: int) -> bool:
        """Whether some `more` further locations could cover what is open; yes when the tries run out."""
        tries[0] -= 1
        uncovered = next((mask for mask in holders if not mask & chosen), 0)
        if not uncovered or tries[0] < 0:
            return True
        return more > 0 and any(
            covered(chosen | 1 << place, more - 1) for place in range(problem.places) if uncovered >> place & 1
        )

    while not covered(0, fewest):
        fewest += 1
    least = sorted(problem.least(place) for place in range(problem.places))
    return max(sum(least[:fewest]) + problem.penalty * (fewest - 1), _carrying_bound(problem, groups, fewest))


def _carrying_bound(problem: Problem, groups: Groups, fewest: int) -> int:
    """The cheapest bands of `fewest` or more shipments that carry the mass, each from whatever location is cheapest."""
    reach = 0
    for place in range(problem.places):
        held = sum(mass for holders, mass, _ in groups if holders >> place & 1)
        parts = [min(problem.caps[i][place], problem.need[i]) * problem.unit_mass[i] for i in problem.scattered]
        reach = max(reach, held + sum(parts))
    options: list[Bands] = []
    for z in range(len(problem.starts) - 1):
        const = min(c for c, ladder in zip(problem.const, problem.ladder_of, strict=True) if ladder == z)
        options += [
            (problem.floors[r] + const + problem.penalty, -min(problem.tops[r], reach), ())
            for r in range(problem.starts[z], problem.starts[z + 1])
        ]
    options = undominated(options)
    frontier: list[Bands] = [(-problem.penalty, 0, ())]
    best, shipments = -1, 0
    while shipments < problem.places and (best < 0 or frontier[0][0] + options[0][0] < best):
        frontier = undominated([(a[0] + b[0], a[1] + b[1], ()) for a in frontier for b in options])
        shipments += 1
        carrying = [price for price, room, _ in frontier if -room >= problem.mass]
        if shipments >= fewest and carrying and (best < 0 or carrying[0] < best):
            best = carrying[0]
    return max(0, best)


def _holds_scattered(problem: Problem, mask: int) -> bool:
    return all(
        sum(cap for place, cap in enumerate(problem.caps[i]) if mask >> place & 1) >= problem.need[i]
        for i in problem.scattered
    )
