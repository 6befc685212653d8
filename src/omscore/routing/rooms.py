"""Exact strategies where locations have room for only so many units of an order on their day.

The plan without these bounds is made first. Where it gives a location too much, every way to give it less is a question
of its own, and the best of them is looked at first: so the first plan that fits everywhere is the best one that does.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import TypeAlias

from omscore.records import changed
from omscore.routing.problem import Problem
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
    """The plan of a strategy that gives no location more units than it has room for.

    Shape: the most units are served first; then as few SKUs as can be are torn for want of room; then what the strategy
    wants. `plan_of` is the strategy.
    """
    if not problem.room:
        return plan_of(problem)
    caps = [
        [min(cap, problem.room[place] // worth) for place, cap in enumerate(held)]
        for held, worth in zip(problem.caps, problem.worth, strict=True)
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
        place = _overfull(problem, plan)
        fitting = _fitting(problem, plan, caps, answer)
        found = _worth(problem, fitting, whole), fitting
        best = found if best is None or found[0] < best[0] else best
        if worth >= best[0]:
            lower = min([plan.lower, *[node[2].lower for node in nodes if node[0][:2] == worth[:2]]])
            return changed(best[1], lower=min(lower, best[1].cost))
        for i, at, units in plan.takes:
            if at == place and work <= MAX_WORK:
                other = [list(held) for held in caps]
                other[i][at] = units - 1
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


def _overfull(problem: Problem, plan: Plan) -> int:
    """The first location that gives more than it has room for; -1 when there is none."""
    given = [0] * problem.places
    for i, place, units in plan.takes:
        given[place] += units * problem.worth[i]
    return next((place for place, units in enumerate(given) if units > problem.room[place]), -1)


def _fitting(problem: Problem, plan: Plan, caps: _Caps, answer: Callable[[_Caps], Plan]) -> Plan:
    """Some good plan that fits everywhere."""
    while _overfull(problem, plan) >= 0:  # every round fixes what more locations give
        caps = _narrowed(problem, plan, caps)
        plan = answer(caps)
    return plan


def _narrowed(problem: Problem, plan: Plan, caps: _Caps) -> _Caps:
    """The same question where every location of the plan gives in turn what it has room for and no more."""
    room = list(problem.room)
    narrow = [
        [0 if room[place] < problem.worth[i] else cap for place, cap in enumerate(held)] for i, held in enumerate(caps)
    ]
    loaded = {place for _, place, _ in plan.takes}
    for i, place, units in sorted(plan.takes):
        given = min(units, room[place] // problem.worth[i])
        narrow[i][place] = given
        room[place] -= given * problem.worth[i]
    taken = {(i, place) for i, place, _ in plan.takes}
    for i, held in enumerate(narrow):
        for place in loaded:
            if (i, place) not in taken:
                held[place] = min(held[place], room[place] // problem.worth[i])
    return narrow
