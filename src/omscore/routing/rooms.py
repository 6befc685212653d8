"""Exact strategies where a location may give only so much of several articles together: it has room for so many units
of an order on its day, or holds parts that more than one of the articles is made of.

The plan without these bounds is made first. Where it gives a location too much, every way to give it less is a question
of its own, and the best of them is looked at first: so the first plan that fits everywhere is the best one that does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import TypeAlias

from omscore.records import changed
from omscore.routing.problem import Bound, Problem, Takes
from omscore.routing.strategies import Plan

MAX_WORK = 600
"""How much may be asked; what fits best so far is taken then, with a bound on what better could save."""

QUICK = frozenset({"exact", "exact mix", "one location", "in order", "nothing to ship"})
"""Methods that answer at once, each for a piece of the work; the others count by the size of the question."""

_Caps: TypeAlias = list[list[int]]
_Worth: TypeAlias = tuple[int, int, int]
"""How good a plan is, less is better: units not served, SKUs torn for want of room, cost."""
_Node: TypeAlias = tuple[_Worth, int, Plan, _Caps]


def within_room(problem: Problem, plan_of: Callable[[Problem], Plan]) -> Plan:
    """The plan of a strategy that gives no more from any location than its bounds allow.

    Shape: the most units are served first; then as few SKUs as can be are torn for want of room; then what the strategy
    wants. `plan_of` is the strategy.
    """
    bounds = problem.bounds()
    if not bounds:
        return plan_of(problem)
    caps = [
        [
            min([cap, *[bound.most[place] // bound.weights[i] for bound in bounds if bound.weights[i]]])
            for place, cap in enumerate(held)
        ]
        for i, held in enumerate(problem.caps)
    ]
    first, kept = problem.limited(caps)
    whole = {kept[k]: first.need[k] for k, mask in enumerate(first.holders) if mask}
    nodes: list[_Node] = []
    seen: set[tuple[tuple[int, ...], ...]] = set()
    work = 0

    def answer(caps: _Caps) -> Plan:
        nonlocal work
        narrow, kept = problem.limited(caps)
        plan = plan_of(narrow)
        work += 1 if plan.method in QUICK else 1 + (len(narrow.need) * narrow.places) ** 2 // 100
        return changed(plan, takes=[(kept[i], place, units) for i, place, units in plan.takes])

    def ask(caps: _Caps) -> None:
        key = tuple(map(tuple, caps))
        if key not in seen:
            seen.add(key)
            plan = answer(caps)
            heappush(nodes, (_worth(problem, plan, whole), len(seen), plan, caps))

    ask(caps)
    first_worth, _, root, _ = nodes[0]
    best: tuple[_Worth, Plan] | None = None
    while best is None or work <= MAX_WORK:  # whatever gives nothing fits, so some plan does
        worth, _, plan, caps = heappop(nodes)
        fitting = _fitting(bounds, plan, caps, answer)
        found = _worth(problem, fitting, whole), fitting
        best = found if best is None or found[0] < best[0] else best
        if worth >= best[0]:
            lower = min([plan.lower, *[node[2].lower for node in nodes if node[0][:2] == worth[:2]]])
            return changed(best[1], lower=min(lower, best[1].cost))
        over = _overfull(bounds, plan)
        for i, place, units in _fewer(*over, plan) if over else ():
            if work <= MAX_WORK:
                other = [list(held) for held in caps]
                other[i][place] = units
                ask(other)
    # A plan that serves as much and tears no more costs no less than the first one; of others little is known.
    is_as_good = best[0][:2] == first_worth[:2]
    lower = root.lower if is_as_good else min([problem.least(place) for place in range(problem.places)])
    return changed(best[1], method="bounded", lower=min(lower, best[1].cost))


def _worth(problem: Problem, plan: Plan, whole: dict[int, int]) -> _Worth:
    """How good the plan is; `whole` are the SKUs one location has and has room for, with the units wanted."""
    served = problem.served(plan.takes)
    entire = sum([1 for i, _, units in plan.takes if whole.get(i) == units])
    return sum(map(int.__mul__, problem.need, problem.worth)) - served, len(whole) - entire, plan.cost


def _overfull(bounds: Sequence[Bound], plan: Plan) -> tuple[Bound, int] | None:
    """The first bound that the plan breaks, and where; None when there is none."""
    for bound in bounds:
        given: dict[int, int] = {}
        for i, place, units in plan.takes:
            given[place] = given.get(place, 0) + units * bound.weights[i]
        for place in sorted(given):
            if given[place] > bound.most[place]:
                return bound, place
    return None


def _fewer(bound: Bound, place: int, plan: Plan) -> Takes:
    """For each SKU that the location gives too much of with others the most that it may give: one of them holds in
    every plan that fits.

    Shape: if a location gave one unit more of each of them, that would be too much still. So they are as few as can be
    without that, about equally many of each.
    """
    given = {i: units for i, at, units in plan.takes if at == place and bound.weights[i]}
    excess = sum([units * bound.weights[i] for i, units in given.items()]) - bound.most[place]
    while able := [i for i, units in given.items() if units and bound.weights[i] < excess]:
        i = max(able, key=lambda i: (given[i] * bound.weights[i], -i))
        given[i] -= 1
        excess -= bound.weights[i]
    return [(i, place, units - 1) for i, units in sorted(given.items()) if units]


def _fitting(bounds: Sequence[Bound], plan: Plan, caps: _Caps, answer: Callable[[_Caps], Plan]) -> Plan:
    """Some good plan that fits everywhere."""
    while _overfull(bounds, plan):  # every round fixes what more locations give
        caps = _narrowed(bounds, plan, caps)
        plan = answer(caps)
    return plan


def _narrowed(bounds: Sequence[Bound], plan: Plan, caps: _Caps) -> _Caps:
    """The same question where every location of the plan gives in turn what it may and no more."""
    left = [(bound.weights, list(bound.most)) for bound in bounds]

    def allowed(i: int, place: int) -> int:
        return min([caps[i][place], *[free[place] // weights[i] for weights, free in left if weights[i]]])

    narrow = [[cap if allowed(i, place) else 0 for place, cap in enumerate(held)] for i, held in enumerate(caps)]
    loaded = {place for _, place, _ in plan.takes}
    for i, place, units in sorted(plan.takes):
        given = narrow[i][place] = min(units, allowed(i, place))
        for weights, free in left:
            free[place] -= given * weights[i]
    taken = {(i, place) for i, place, _ in plan.takes}
    for i, held in enumerate(narrow):
        for place in loaded:
            if (i, place) not in taken:
                held[place] = min(held[place], allowed(i, place))
    return narrow
