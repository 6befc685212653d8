"""The ways to source an order: `cheapest` and `fewest_shipments`, which prove what they can, and `in_order`, which
follows a list.

A SKU that one location can fill is never torn apart by the first two; a scattered SKU is. All serve the most units that
the stock allows, so a strategy decides only where the units come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from omscore.records import frozen, maker
from omscore.routing import kernel
from omscore.routing.covers import demand_groups
from omscore.routing.limits import best_sets
from omscore.routing.multisets import cheapest_split, fits
from omscore.routing.opensets import merged, search
from omscore.routing.problem import Problem, Takes, shared_bound

MAX_EXACT = 8


@frozen(kw_only=True)
class Plan:
    """Where the units come from. Units: minor; `lower` is a cost that no admissible plan can beat."""

    method: str
    takes: Takes
    cost: int
    lower: int


_new_plan = maker(Plan)


def cheapest(problem: Problem, most: int = 0) -> Plan:
    """The least costly plan: proven so for up to eight whole SKUs, bounded for longer orders.

    Shape: `most` caps how many locations ship, 0 is no cap; if they cannot ship everything, they ship what they can.
    The method is "one location", "exact", "grouped" (all sets of locations weighed), or "bounded" (step limit
    met); ", SKUs split" follows when a SKU had to be taken from several locations.
    """
    plan = _cheapest(problem)
    if most and len({place for _, place, _ in plan.takes}) > most:
        return _cheapest_within(problem, most)
    return plan


def _cheapest(problem: Problem) -> Plan:
    if not any(problem.need):
        return _new_plan(method="nothing to ship", takes=[], cost=0, lower=0)
    single = _single(problem)
    if single is not None and single.lower == single.cost:
        return single
    if not problem.scattered and len(problem.need) <= MAX_EXACT:
        found = _subsets(problem, [[i] for i in range(len(problem.need))])
        return _new_plan(method="exact", takes=found.takes, cost=found.cost, lower=found.cost)
    start = single or _start(problem)
    takes, cost, lower, complete = search(problem, start.takes, start.cost)
    if lower < cost and fits(problem):
        better, least = cheapest_split(problem, cost)
        if better:
            takes, cost = better, least
        lower = cost
    method = "exact" if lower == cost else "grouped" if complete else "bounded"
    # A scattered SKU needs several locations in every plan, so the words hold for whichever plan was found.
    return _new_plan(method=method + ", SKUs split" * bool(problem.scattered), takes=takes, cost=cost, lower=lower)


def fewest_shipments(problem: Problem, most: int = 0) -> Plan:
    """The plan with the fewest shipments; of those the least costly. As exact as `cheapest`."""
    # A shipment more costs more than any plan can, so whatever is cheapest then has the fewest.
    steep = problem.with_penalty(problem.most() + problem.penalty * problem.places + 1)
    found = cheapest(steep, most)
    cost = problem.cost(found.takes)
    lower = cost if found.lower == found.cost else min(cost, shared_bound(problem, apart=False))
    return _new_plan(method=found.method, takes=found.takes, cost=cost, lower=lower)


def in_order(problem: Problem, orders: Sequence[Sequence[int]], most: int = 0, *, whole: bool = False) -> Plan:
    """Takes each SKU from the first location of its list that has some, then from the next.

    Shape: one list of locations for each SKU; with `most`, no further location is begun once so many ship; with
    `whole`, a SKU comes from the first location that has all of it; a location gives no more than its bounds allow.
    Where SKUs share what they are made of, those that need most of it go first, or last, if that serves more.
    Holds: the bound also allows for tearing SKUs apart, as this strategy does.
    """
    skus = range(len(problem.need))
    takes = _in_turn(problem, skus, orders, most, whole=whole)
    if problem.shared:
        parts = [sum([bound.weights[i] for bound in problem.shared]) for i in skus]
        for sign in (-1, 1):
            turn = sorted(skus, key=lambda i: sign * parts[i])
            other = _in_turn(problem, turn, orders, most, whole=whole)
            if problem.served(other) > problem.served(takes):
                takes = other
    if not takes:
        return _new_plan(method="nothing to ship", takes=[], cost=0, lower=0)
    cost = problem.cost(takes)
    is_complete = sum([units for _, _, units in takes]) == sum(problem.need)
    lower = min(cost, shared_bound(problem, apart=True)) if is_complete else cost
    return _new_plan(method="in order", takes=takes, cost=cost, lower=lower)


def _in_turn(
    problem: Problem, turn: Sequence[int], orders: Sequence[Sequence[int]], most: int, *, whole: bool
) -> Takes:
    """What SKUs take that come in this turn."""
    takes: Takes = []
    used: set[int] = set()
    bounds = [(bound.weights, list(bound.most)) for bound in problem.bounds()]
    for i in turn:
        need = left = problem.need[i]
        held = problem.caps[i]
        for place in orders[i]:
            there = held[place]
            for weights, free in bounds:
                if weights[i]:
                    there = min(there, free[place] // weights[i])
            if not left or not there or (whole and there < need):
                continue
            if most and place not in used and len(used) == most:
                continue
            units = min(left, there)
            takes.append((i, place, units))
            used.add(place)
            left -= units
            for weights, free in bounds:
                free[place] -= units * weights[i]
    return takes


def _single(problem: Problem) -> Plan | None:
    """The cheapest plan from one location, with a bound on every plan that uses more.

    Two shipments: the heavier carries at least half the mass, and no ladder falls below its `floors` from there on; the
    other costs at least the least of another location. Three or more cost at least the three least, and two penalties.
    """
    if problem.places == 1 and not problem.scattered:
        cost = problem.shipment(0, problem.mass)
        takes: Takes = []
        for i, units in enumerate(problem.need):
            takes.append((i, 0, units))
        return _new_plan(method="one location", takes=takes, cost=cost, lower=cost)
    able, some = -1, 0
    for mask in problem.holders:
        able &= mask
        some |= mask
    if able <= 0:
        return None
    costs = [(problem.shipment(place, problem.mass), place) for place in range(problem.places) if able >> place & 1]
    cost, place = min(costs)
    takes = [(i, place, units) for i, units in enumerate(problem.need)]
    useful = [p for p in range(problem.places) if some >> p & 1]
    least = sorted((problem.least(p), p) for p in useful)
    lower = cost
    if len(least) > 1 and cost > least[0][0] + least[1][0] + problem.penalty:
        half = (problem.mass + 1) // 2
        for p in useful:
            other = least[0][0] if least[0][1] != p else least[1][0]
            heavier = problem.floors[problem.step(p, half)] + problem.const[p]
            lower = min(lower, heavier + other + problem.penalty)
        if len(least) > 2:
            lower = min(lower, sum(found for found, _ in least[:3]) + 2 * problem.penalty)
    return _new_plan(method="one location", takes=takes, cost=cost, lower=lower)


def _cheapest_within(problem: Problem, most: int) -> Plan:
    """The least costly plan from so many locations, when more of them would be cheaper or could ship more.

    Shape: the most units are served first; then SKUs that one location can fill stay whole if they can; then the cost.
    """
    single = _single(problem)
    if most == 1 and single is not None:
        return _new_plan(method="one location", takes=single.takes, cost=single.cost, lower=single.cost)
    if not problem.scattered and len(problem.need) <= MAX_EXACT:
        mass, lanes = _lanes(problem, [[i] for i in range(len(problem.need))])
        cost, source = kernel.cheapest_sources(mass, *lanes)
        total, parts = kernel.partition_within(cost, problem.penalty, most)
        if total < kernel.FAR:
            takes = sorted(
                (i, source[part], units) for part in parts for i, units in enumerate(problem.need) if part >> i & 1
            )
            if problem.cost(takes) == total:
                return _new_plan(method="exact", takes=takes, cost=total, lower=total)
    masks, is_complete = best_sets(problem, most)
    best: Plan | None = None
    lower = kernel.FAR
    for mask in masks:
        narrow, kept = problem.within(mask)
        found = _cheapest(narrow)
        lower = min(lower, found.lower)
        if best is None or found.cost < best.cost:
            takes = [(kept[i], place, units) for i, place, units in found.takes]
            best = _new_plan(method=found.method, takes=takes, cost=found.cost, lower=0)
    if best is None:
        return _new_plan(method="nothing to ship", takes=[], cost=0, lower=0)
    if not is_complete:
        lower = min(problem.least(place) for place in range(problem.places))
    method = "exact" if lower >= best.cost else "bounded"
    return _new_plan(method=method, takes=best.takes, cost=best.cost, lower=min(lower, best.cost))


def _subsets(problem: Problem, groups: list[list[int]]) -> Plan:
    """The cheapest plan that ships every group whole, each location at most once."""
    mass, lanes = _lanes(problem, groups)
    cost, source = kernel.cheapest_sources(mass, *lanes)
    total, parts = kernel.partition(cost, problem.penalty)
    takes = [
        (i, source[part], problem.need[i])
        for part in parts
        for g, group in enumerate(groups)
        if part >> g & 1
        for i in group
    ]
    if problem.cost(takes) > total:
        # Two light shipments from one place beat a heavy one on this rate card, but a location ships once.
        total, ships = kernel.one_shipment_each(mass, *lanes, problem.penalty)
        takes = [
            (i, place, problem.need[i])
            for place, part in enumerate(ships)
            for g, group in enumerate(groups)
            if part >> g & 1
            for i in group
        ]
    takes.sort()
    return _new_plan(method="exact", takes=takes, cost=total, lower=0)


_Lanes: TypeAlias = tuple[Sequence[int], Sequence[int], Sequence[int], Sequence[int], Sequence[int], Sequence[int]]
"""Which groups each location holds, and its prices, as the kernel takes them."""


def _lanes(problem: Problem, groups: list[list[int]]) -> tuple[list[int], _Lanes]:
    """The mass of every set of groups, and the locations that could ship them."""
    masses = [sum(problem.need[i] * problem.unit_mass[i] for i in group) for group in groups]
    cover = [0] * problem.places
    for g, group in enumerate(groups):
        left, bit = problem.holders[group[0]], 1 << g
        while left:
            lowest = left & -left
            cover[lowest.bit_length() - 1] |= bit
            left ^= lowest
    lanes = (cover, problem.const, problem.ladder_of, problem.starts, problem.tops, problem.prices)
    return kernel.subset_masses(masses), lanes


def _start(problem: Problem) -> Plan:
    """A good plan to begin the search with: exact over groups where they are few, else the best value first."""
    groups = demand_groups(problem)
    if not problem.scattered and len(groups) <= MAX_EXACT:
        return _subsets(problem, [members for _, _, members in groups])
    left = problem.need[:]
    closed = set(range(problem.places))
    takes: Takes = []
    while any(left):
        values: list[tuple[int, int]] = []
        for place in sorted(closed):
            mass = units = 0
            for i, need in enumerate(left):
                if need and (got := _part(problem, i, place, need)):
                    mass += got * problem.unit_mass[i]
                    units += got
            if units:
                values.append(((problem.shipment(place, mass) + problem.penalty) * 1_000 // units, place))
        _, place = min(values)  # never empty: `need` counts only units that somebody holds
        closed.remove(place)
        for i, need in enumerate(left):
            if need and (got := _part(problem, i, place, need)):
                takes.append((i, place, got))
                left[i] -= got
    takes = merged(takes)
    return _new_plan(method="bounded", takes=takes, cost=problem.cost(takes), lower=0)


def _part(problem: Problem, i: int, place: int, need: int) -> int:
    """The units of a SKU the location would take over: all or none of a whole SKU."""
    if problem.holders[i]:
        return need if problem.holders[i] >> place & 1 else 0
    return min(need, problem.caps[i][place])
