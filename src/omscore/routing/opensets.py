"""Routing of long orders: weigh the sets of locations that could ship the order together.

A set is bounded below by the cheapest mass bands that hold what its locations must ship and what they may share; the
most promising sets are packed first, and a set whose bound cannot beat the best plan is never opened. What was not
settled within the step limits is what the gap reports.
"""

from __future__ import annotations

from itertools import pairwise

from omscore.routing.problem import Problem, Takes, shared_bound

MAX_SETS = 2_500
MAX_PACKED = 30_000
MAX_NODES = 6_000
_MAX_PIECES = 14
_MAX_OPTIONS = 16
_MAX_FRONTIER = 48

_Bands = tuple[int, int, tuple[int, ...]]


class OpenSet:
    """One set of locations: what each must ship, what may be shared, and the least the set can cost."""

    __slots__ = ("bands", "bound", "caps", "free", "load", "mask", "must", "places", "rest")

    def __init__(self, problem: Problem, groups: list[tuple[int, int, list[int]]], mask: int) -> None:
        self.mask = mask
        self.places = [place for place in range(problem.places) if mask >> place & 1]
        self.load = [0] * len(self.places)
        self.free: list[int] = []
        self.must: Takes = []
        self.rest: list[tuple[int, int]] = []
        self.caps: dict[int, list[int]] = {}
        self.bands: list[_Bands] = []
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
        frontier: list[_Bands] = [(fixed, 0, ())]
        for k, place in enumerate(self.places):
            first, last = problem.step(place, self.load[k]), problem.step(place, reach[k])
            # Many steps are taken in strides: at the price of a stride's first and with the room of its last.
            stride = -(-(last - first + 1) // _MAX_OPTIONS)
            options = [
                (problem.floors[r], min(problem.tops[min(r + stride - 1, last)], reach[k]))
                for r in range(first, last + 1, stride)
            ]
            widened = [
                (price + more, room + cap, (*caps, cap)) for price, room, caps in frontier for more, cap in options
            ]
            frontier = _undominated(widened)
        self.bands = [bands for bands in frontier if bands[1] >= problem.mass]
        self.bound = self.bands[0][0]


def _undominated(bands: list[_Bands]) -> list[_Bands]:
    bands.sort(key=lambda found: (found[0], -found[1], found[2]))
    kept: list[_Bands] = []
    for found in bands:
        if not kept or found[1] > kept[-1][1]:
            kept.append(found)
    while len(kept) > _MAX_FRONTIER:
        # Two neighbours become one with the price of the cheaper and the room of the larger: still a lower bound.
        odd = kept[-1:] if len(kept) % 2 else []
        kept = [(a[0], b[1], b[2]) for a, b in zip(kept[0::2], kept[1::2], strict=False)] + odd
    return kept


def search(problem: Problem, takes: Takes, cost: int) -> tuple[Takes, int, int, bool]:
    """The best plan found that costs less than the one given, or that one.

    Shape: the plan, its cost, a cost that no plan can beat, and whether every set of locations was weighed.
    """
    groups = demand_groups(problem)
    masks, complete = _covering_sets(problem, groups, cost)
    found = [one for one in (OpenSet(problem, groups, mask) for mask in masks) if one.bound < cost]
    found.sort(key=lambda one: (one.bound, len(one.places), one.mask))
    lower = cost
    packed = nodes = 0
    for one in found:
        if one.bound >= cost:
            break
        if packed > MAX_PACKED:
            lower = min(lower, one.bound)
            break
        for bands in one.bands[:6]:
            if bands[0] >= cost:
                break
            packed += 1 + len(one.free) + len(one.rest)
            plan = _pack(problem, one, bands[2])
            if (total := problem.cost(plan)) < cost:
                takes, cost = plan, total
        if one.bound < cost:
            exact, used = _fill(problem, one, cost, MAX_NODES - nodes)
            nodes += used
            if exact is None:
                lower = min(lower, one.bound)
            elif exact:
                takes, cost = exact, problem.cost(exact)
    if not complete:
        lower = 0
    if lower < cost:
        lower = max(lower, shared_bound(problem, apart=False))
    return takes, cost, min(lower, cost), complete


def demand_groups(problem: Problem) -> list[tuple[int, int, list[int]]]:
    """The whole SKUs by the locations that hold them: (location mask, summed mass, SKU numbers)."""
    members: dict[int, list[int]] = {}
    for i, mask in enumerate(problem.holders):
        if mask:
            members.setdefault(mask, []).append(i)
    return [
        (mask, sum(problem.need[i] * problem.unit_mass[i] for i in found), found) for mask, found in members.items()
    ]


def _covering_sets(problem: Problem, groups: list[tuple[int, int, list[int]]], ceiling: int) -> tuple[list[int], bool]:
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


def _holds_scattered(problem: Problem, mask: int) -> bool:
    return all(
        sum(cap for place, cap in enumerate(problem.caps[i]) if mask >> place & 1) >= problem.need[i]
        for i in problem.scattered
    )


def _pack(problem: Problem, one: OpenSet, room: tuple[int, ...]) -> Takes:
    """Shares out what is free, heaviest first, into the tightest band that holds it; else where it costs least."""
    load = one.load[:]
    takes = one.must[:]
    masses = problem.unit_mass
    for i in sorted(one.free, key=lambda i: (-masses[i] * problem.need[i], i)):
        mass = masses[i] * problem.need[i]
        slots = [k for k, place in enumerate(one.places) if problem.holders[i] >> place & 1]
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
    inside = [k for k in slots if load[k] + mass <= room[k]]
    if inside:
        return min(inside, key=lambda k: (room[k] - load[k], k))

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


def _fill(problem: Problem, one: OpenSet, ceiling: int, budget: int) -> tuple[Takes | None, int]:
    """The cheapest way to share out what is free, tried exhaustively with bounds.

    Shape: an empty plan when none is under the ceiling, None when the pieces or the budget did not allow to know; and
    the number of nodes looked at.
    """
    pieces = [(problem.unit_mass[i] * problem.need[i], i, problem.need[i]) for i in one.free]
    for i, left in one.rest:
        pieces += [(problem.unit_mass[i], i, 1)] * left if left <= _MAX_PIECES else [(0, i, 0)] * (_MAX_PIECES + 1)
    if len(pieces) > _MAX_PIECES or budget <= 0:
        return None, 0
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
            return None, nodes
        choice[depth] = k
        load[k] += mass
        if i in caps:
            caps[i][k] -= 1
        if fixed + sum(problem.floors[problem.step(p, load[q])] for q, p in enumerate(one.places)) < ceiling:
            depth += 1
    if not best:
        return [], nodes
    return merged(one.must + [(pieces[n][1], one.places[k], pieces[n][2]) for n, k in enumerate(best)]), nodes
