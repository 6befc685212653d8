"""The plans that come after the best one: as many units served by the same rules, the least costly first.

Every other plan takes less of some article from some location than the best one does. So each such bound is a question
of its own, and the best of their answers comes next; where it differs again, the questions go on from there. Nothing is
lost on the way, and the strategies that find the best plan find all others too, with every rule they keep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import TypeAlias

from omscore.routing.problem import Problem, Takes
from omscore.routing.rooms import QUICK
from omscore.routing.strategies import Plan

MAX_WORK = 300
"""How much may be asked. A long order would need more at once: its next plans are the best without one of the chosen
locations each, which proves nothing of the plans between.
"""

_Caps: TypeAlias = list[list[int]]


def next_best(problem: Problem, best: Plan, solved: Callable[[_Caps], Plan], *, tries: int) -> Iterator[Plan]:
    """The other plans as good as the best in all but cost, the least costly first.

    Shape: `solved` is the best plan where locations give so much of each SKU at most, found by some `tries`. A plan
    that serves fewer units is none, nor is one that tears a SKU which one location could fill, unless the best had to
    tear as many.
    Holds: of the plans found none is missing before the last, as long as `solved` is exact and `MAX_WORK` suffices.
    """
    if tries * _work(problem, best) * len(best.takes) > MAX_WORK:
        yield from _without_a_place(problem, best, solved)
        return
    served, torn = problem.served(best.takes), _torn(problem, best.takes)
    # Where all is served, every plan takes the same of each SKU, and questions need not overlap.
    is_full = served == sum(map(int.__mul__, problem.need, problem.worth))
    is_final = is_full and (bool(problem.bounds()) or not torn)  # what a question tears, all its plans tear
    told, seen = {tuple(sorted(best.takes))}, set[tuple[tuple[int, ...], ...]]()
    nodes: list[tuple[int, int, Plan, _Caps]] = [(best.cost, 0, best, problem.caps)]
    work = 0
    while nodes:
        _, _, plan, caps = heappop(nodes)
        key = tuple(sorted(plan.takes))
        if key not in told and _torn(problem, plan.takes) == torn:
            told.add(key)
            yield plan
        for narrow in _bounds(plan, caps, is_full=is_full):
            bounds = tuple(map(tuple, narrow))
            if work > MAX_WORK or bounds in seen:
                continue
            seen.add(bounds)
            found = solved(narrow)
            work += tries * _work(problem, found)
            if problem.served(found.takes) == served and not (is_final and _torn(problem, found.takes) > torn):
                heappush(nodes, (found.cost, len(seen), found, narrow))


def _bounds(plan: Plan, caps: _Caps, *, is_full: bool) -> Iterator[_Caps]:
    """Questions that together hold every plan but this one: one location gives less of one SKU than it does here.

    Shape: with `is_full` the SKUs before that one come from where they do here.
    """
    fixed = caps
    rows: dict[int, dict[int, int]] = {}
    for i, place, units in sorted(plan.takes):
        rows.setdefault(i, {})[place] = units
    for i, row in rows.items():
        for place, units in row.items():
            narrow = list(fixed)
            narrow[i] = [units - 1 if at == place else cap for at, cap in enumerate(caps[i])]
            yield narrow
        if is_full:
            fixed = list(fixed)
            fixed[i] = [row.get(at, 0) for at in range(len(caps[i]))]


def _without_a_place(problem: Problem, best: Plan, solved: Callable[[_Caps], Plan]) -> Iterator[Plan]:
    """The best plans that leave one location of the best one out, each once."""
    served, torn = problem.served(best.takes), _torn(problem, best.takes)
    found: dict[tuple[tuple[int, int, int], ...], Plan] = {}
    for without in sorted({place for _, place, _ in best.takes}):
        plan = solved([[0 if at == without else cap for at, cap in enumerate(held)] for held in problem.caps])
        if problem.served(plan.takes) == served and _torn(problem, plan.takes) <= torn:
            found.setdefault(tuple(sorted(plan.takes)), plan)
    yield from sorted(found.values(), key=lambda plan: plan.cost)


def _work(problem: Problem, plan: Plan) -> int:
    """How much it was to find the plan."""
    return 1 if plan.method in QUICK else 1 + (len(problem.need) * problem.places) ** 2 // 100


def _torn(problem: Problem, takes: Takes) -> int:
    """How many SKUs are torn that one location could fill, as far as there is room.

    Shape: where only a cap on locations tears, they count as one, and as two if a location that ships could fill one.
    """
    rows: dict[int, dict[int, int]] = {}
    for i, place, units in takes:
        rows.setdefault(i, {})[place] = units
    bounds, ships = problem.bounds(), {place for _, place, _ in takes}
    torn = 0
    for i, (need, held) in enumerate(zip(problem.need, problem.caps, strict=True)):
        row = rows.get(i, {})
        if bounds:
            able = [
                min([cap, *[bound.most[place] // bound.weights[i] for bound in bounds if bound.weights[i]]])
                for place, cap in enumerate(held)
            ]
            there = min(need, problem.most_of(able))
            torn += max(row.values(), default=0) < there <= max(able)
        elif len(row) > 1 and max(held) >= need:
            torn = max(torn, 1 + any([held[place] >= need for place in ships]))
    return torn
