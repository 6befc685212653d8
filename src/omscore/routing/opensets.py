"""Routing of long orders: weigh the sets of locations that could ship the order together.

A set is bounded below by the cheapest mass bands that hold what its locations must ship and what they may share; the
most promising sets are packed first, and a set whose bound cannot beat the best plan is never opened. What was not
settled within the step limits is what the gap reports.
"""

from __future__ import annotations

from itertools import pairwise

from omscore.routing.bands import Bands, undominated
from omscore.routing.covers import Groups, count_bound, covering_sets, demand_groups, neighbours
from omscore.routing.problem import Problem, Takes, shared_bound

MAX_MEASURED = 12_000
MAX_PACKED = 10_000
MAX_NODES = 6_000
_MAX_PIECES = 14
_MAX_OPTIONS = 16


class OpenSet:
    """One set of locations: what each must ship, what may be shared, and the least the set can cost."""

    __slots__ = ("bands", "bound", "caps", "free", "load", "mask", "must", "places", "rest")

    def __init__(self, problem: Problem, groups: Groups, mask: int) -> None:
        self.mask = mask
        self.places = [place for place in range(problem.places) if mask >> place & 1]
        self.load = [0] * len(self.places)
        self.free: list[int] = []
        self.must: Takes = []
        self.rest: list[tuple[int, int]] = []
        self.caps: dict[int, list[int]] = {}
        self.bands: list[Bands] = []
        self.bound = 0
        reach = self.load[:]
        at = {place: k for k, place in enumerate(self.places)}
        for holders, mass, members in groups:
            here = holders & mask
            if here & (here - 1):
                self.free += members
                for k, place in enumerate(self.places):
                    if here >> place & 1:
                        reach[k] += mass
            else:
                place = here.bit_length() - 1
                self.load[at[place]] += mass
                self.must += [(i, place, problem.need[i]) for i in members]
        for i in problem.scattered:
            self._scatter(problem, i, reach)
        self._bound(problem, [load + more for load, more in zip(self.load, reach, strict=True)])

    def _scatter(self, problem: Problem, i: int, reach: list[int]) -> None:
        need, mass = problem.need[i], problem.unit_mass[i]
        held = [problem.caps[i][place] for place in self.places]
        spare = sum(held) - need
        left = need
        caps = []
        for k, place in enumerate(self.places):
            must = max(0, held[k] - spare)
            left -= must
            self.load[k] += must * mass
            if must:
                self.must.append((i, place, must))
            caps.append(held[k] - must)
        if left:
            self.rest.append((i, left))
            self.caps[i] = caps
            for k, cap in enumerate(caps):
                reach[k] += min(cap, left) * mass

    def _bound(self, problem: Problem, reach: list[int]) -> None:
        """Finds the cheapest bands whose room holds the whole mass: no way to share the load can cost less."""
        fixed = problem.penalty * (len(self.places) - 1) + sum(problem.const[place] for place in self.places)
        frontier: list[Bands] = [(fixed, 0, ())]
        for k, place in enumerate(self.places):
            first, last = problem.step(place, self.load[k]), problem.step(place, reach[k])
            # Many steps are taken in strides: at the price of a stride's first and with the room of its last.
            stride = -(-(last - first + 1) // _MAX_OPTIONS)
            options = [
                (problem.floors[r], min(problem.tops[min(r + stride - 1, last)], reach[k]))
                for r in range(first, last + 1, stride)
            ]
            widened = [
                (price + more, room - cap, (*caps, cap)) for price, room, caps in frontier for more, cap in options
            ]
            frontier = undominated(widened)
        self.bands = [bands for bands in frontier if -bands[1] >= problem.mass]
        self.bound = self.bands[0][0]


def search(problem: Problem, takes: Takes, cost: int) -> tuple[Takes, int, int, bool]:
    """The best plan found that costs less than the one given, or that one.

    Shape: the plan, its cost, a cost that no plan can beat, and whether every set of locations was weighed.
    """
    groups = demand_groups(problem)
    masks, complete = covering_sets(problem, groups, cost)
    if not complete:
        masks = list(dict.fromkeys([*neighbours(problem, groups, takes), *masks]))
    measured = max(12, MAX_MEASURED // (1 + len(groups) + len(problem.scattered)))
    if len(masks) > measured:
        masks, complete = masks[:measured], False
    found = [one for one in (OpenSet(problem, groups, mask) for mask in masks) if one.bound < cost]
    found.sort(key=lambda one: (one.bound, len(one.places), one.mask))
    lower = cost
    packed = nodes = 0
    for one in found:
        if one.bound >= cost:
            break
        one.free.sort(key=lambda i: (-problem.unit_mass[i] * problem.need[i], i))
        if packed > MAX_PACKED:
            lower = min(lower, one.bound)
            break
        for bands in one.bands[: max(1, min(6, 2_000 // (len(one.free) + 1)))]:
            if bands[0] >= cost:
                break
            packed += 1 + len(one.free) + len(one.rest)
            plan = _pack(problem, one, bands[2])
            if (total := problem.cost(plan)) < cost:
                takes, cost = plan, total
        if one.bound < cost:
            better, used, settled = _fill(problem, one, cost, MAX_NODES - nodes)
            nodes += used
            if better:
                takes, cost = better, problem.cost(better)
            if not settled:
                lower = min(lower, one.bound)
    if not complete:
        lower = count_bound(problem, groups)
    if lower < cost:
        lower = max(lower, shared_bound(problem, apart=False))
    return takes, cost, min(lower, cost), complete


def _pack(problem: Problem, one: OpenSet, room: tuple[int, ...]) -> Takes:
    """Shares out what is free, heaviest first, into the tightest band that holds it; else where it costs least."""
    load = one.load[:]
    takes = one.must[:]
    masses = problem.unit_mass
    slots_of: dict[int, list[int]] = {}
    for i in one.free:
        mass = masses[i] * problem.need[i]
        holders = problem.holders[i]
        slots = slots_of.get(holders)
        if slots is None:
            slots = slots_of[holders] = [k for k, place in enumerate(one.places) if holders >> place & 1]
        k = _slot(problem, one, load, room, slots, mass)
        load[k] += mass
        takes.append((i, one.places[k], problem.need[i]))
    for i, left in one.rest:
        caps = one.caps[i][:]
        got = [0] * len(caps)
        while left:
            fits = [0 if not cap else (room[k] - load[k]) // max(1, masses[i]) for k, cap in enumerate(caps)]
            slots = [k for k, cap in enumerate(caps) if cap]
            inside = [k for k in slots if fits[k] > 0]
            if inside:
                k = max(inside, key=lambda k: (min(fits[k], caps[k]), -k))
                units = min(fits[k], caps[k], left)
            else:
                k = _slot(problem, one, load, room, slots, masses[i])
                units = min(caps[k], left)
            got[k] += units
            caps[k] -= units
            load[k] += units * masses[i]
            left -= units
        takes += [(i, one.places[k], units) for k, units in enumerate(got) if units]
    return merged(takes)


def _slot(problem: Problem, one: OpenSet, load: list[int], room: tuple[int, ...], slots: list[int], mass: int) -> int:
    tightest, least = -1, 0
    for k in slots:
        spare = room[k] - load[k] - mass
        if spare >= 0 and (tightest < 0 or spare < least):
            tightest, least = k, spare
    if tightest >= 0:
        return tightest

    def dearer(k: int) -> tuple[int, int]:
        place = one.places[k]
        return problem.shipment(place, load[k] + mass) - problem.shipment(place, load[k]), k

    return min(slots, key=dearer)


def merged(takes: Takes) -> Takes:
    """The same plan with one entry per SKU and location, in their order."""
    units: dict[tuple[int, int], int] = {}
    for i, place, count in takes:
        units[i, place] = units.get((i, place), 0) + count
    return [(i, place, count) for (i, place), count in sorted(units.items())]


def _fill(problem: Problem, one: OpenSet, ceiling: int, budget: int) -> tuple[Takes, int, bool]:
    """The cheapest way to share out what is free, tried exhaustively with bounds.

    Shape: the plan, empty when none under the ceiling was found; the nodes looked at; and whether all were settled.
    """
    pieces = [(problem.unit_mass[i] * problem.need[i], i, problem.need[i]) for i in one.free]
    for i, left in one.rest:
        pieces += [(problem.unit_mass[i], i, 1)] * left if left <= _MAX_PIECES else [(0, i, 0)] * (_MAX_PIECES + 1)
    if len(pieces) > _MAX_PIECES or budget <= 0:
        return [], 0, False
    pieces.sort(key=lambda piece: (-piece[0], piece[1]))
    # The next unit of one SKU never goes to an earlier location than the last: the same plan in another order.
    twin = [False] + [a[1] == b[1] for a, b in pairwise(pieces)]
    load, caps = one.load[:], {i: found[:] for i, found in one.caps.items()}
    fixed = problem.penalty * (len(one.places) - 1) + sum(problem.const[place] for place in one.places)
    choice = [-1] * len(pieces)
    best: list[int] = []
    depth, nodes = 0, 0
    while depth >= 0:
        if depth == len(pieces):
            total = fixed + sum(problem.prices[problem.step(p, load[k])] for k, p in enumerate(one.places))
            if total < ceiling:
                ceiling, best = total, choice[:]
            depth -= 1
            if ceiling <= one.bound or depth < 0:
                break
        mass, i, _ = pieces[depth]
        k = choice[depth]
        if k >= 0:
            load[k] -= mass
            if i in caps:
                caps[i][k] += 1
        elif twin[depth]:
            k = choice[depth - 1] - 1
        k += 1
        while k < len(one.places) and not (caps[i][k] > 0 if i in caps else problem.holders[i] >> one.places[k] & 1):
            k += 1
        if k == len(one.places):
            choice[depth] = -1
            depth -= 1
            continue
        nodes += 1
        if nodes > budget:
            break
        choice[depth] = k
        load[k] += mass
        if i in caps:
            caps[i][k] -= 1
        if fixed + sum(problem.floors[problem.step(p, load[q])] for q, p in enumerate(one.places)) < ceiling:
            depth += 1
    shared = [(pieces[n][1], one.places[k], pieces[n][2]) for n, k in enumerate(best)]
    return merged(one.must + shared) if best else [], nodes, nodes <= budget
