"""One order's routing question in integers: what is needed, who holds how much, and what a shipment costs.

A SKU is *whole* when some location holds all the units it needs: then it is never torn apart. It is *scattered* when
no single location does: then its units may come from several. `need` already excludes units that nobody holds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from copy import copy
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from omscore.routing.kernel import step_of
from omscore.routing.ladders import Lanes

Takes: TypeAlias = list[tuple[int, int, int]]
"""A plan: (SKU number, location number, units), each pair at most once."""

_SCALE = 1 << 20


@lru_cache(maxsize=256)
def _bits(places: int) -> tuple[int, ...]:
    """The bit of each place in a mask."""
    return tuple([1 << place for place in range(places)])


def mass_of(need: Sequence[int], unit_mass: Sequence[int]) -> int:
    """What so many units weigh together."""
    return sum(map(int.__mul__, need, unit_mass))


class Bound(NamedTuple):
    """What a location may give of several SKUs together.

    Shape: a unit of SKU number i counts `weights[i]`, and location number l gives no more than `most[l]` of it.
    """

    weights: Sequence[int]
    most: Sequence[int]


class Problem:
    """The question, with everything numbered: SKUs by first line, locations by id.

    Shape: `whole` forbids to take a SKU from more than one location; `caps[i][l]` usable units; `holders[i]` the mask
    of locations that hold all of a whole SKU, 0 when scattered. SKUs that must stay together are one here: `worth[i]`
    is how many units of the order one unit stands for. `room[l]` bounds the units of the order that a location takes,
    `shared` how much it gives of what several SKUs are made of; empty is no bound.
    """

    __slots__ = (
        "caps",
        "const",
        "floors",
        "holders",
        "ladder_of",
        "mass",
        "need",
        "penalty",
        "places",
        "prices",
        "room",
        "scattered",
        "shared",
        "starts",
        "tops",
        "unit_mass",
        "whole",
        "worth",
    )

    def __init__(
        self,
        need: list[int],
        unit_mass: list[int],
        mass: int,
        caps: list[list[int]],
        const: list[int],
        lanes: Lanes,
        penalty: int,
        whole: bool = False,
        room: Sequence[int] = (),
        shared: Sequence[Bound] = (),
    ) -> None:
        self.places, self.whole = len(const), whole
        self.const, self.penalty, self.unit_mass, self.need, self.caps = const, penalty, unit_mass, need, caps
        self.worth, self.room, self.shared = [1] * len(need), room, shared
        self.starts, self.tops, self.prices, self.floors, self.ladder_of = lanes
        self._hold(mass)

    def _hold(self, mass: int) -> None:
        """Find who holds what from `need` and `caps`; all of it weighs `mass`."""
        self.mass = mass
        if self.places == 1:  # nobody else could have given a part of it
            self.holders, self.scattered = [1] * len(self.need), []
            return
        bits = _bits(self.places)
        holders: list[int] = []
        for i, units in enumerate(self.need):
            mask = 0
            for place, cap in enumerate(self.caps[i]):
                if cap >= units:
                    mask |= bits[place]
            holders.append(mask)
        self.holders = holders
        self.scattered = [i for i, mask in enumerate(holders) if not mask] if 0 in holders else []

    def within(self, mask: int) -> tuple[Problem, list[int]]:
        """The question with these locations alone, and the number here of each SKU there: those they hold none of are
        left out, and of the others no more is wanted than they hold.
        """
        return self.limited([[cap if mask >> place & 1 else 0 for place, cap in enumerate(held)] for held in self.caps])

    def limited(self, caps: list[list[int]]) -> tuple[Problem, list[int]]:
        """The question where locations hold so much at most, and the number here of each SKU there, as in `within`."""
        need = [min(units, self.most_of(held)) for units, held in zip(self.need, caps, strict=True)]
        kept = [i for i, units in enumerate(need) if units]
        return self.asking(
            [need[i] for i in kept],
            [caps[i] for i in kept],
            [self.unit_mass[i] for i in kept],
            [self.worth[i] for i in kept],
            [Bound([bound.weights[i] for i in kept], bound.most) for bound in self.shared],
        ), kept

    def asking(
        self,
        need: list[int],
        caps: list[list[int]],
        unit_mass: list[int],
        worth: list[int],
        shared: Sequence[Bound],
    ) -> Problem:
        """The question for other units at the same locations."""
        other = copy(self)
        other.need, other.caps, other.unit_mass, other.worth, other.shared = need, caps, unit_mass, worth, shared
        other._hold(mass_of(need, unit_mass))
        return other

    def bounds(self) -> list[Bound]:
        """What bounds several SKUs together: first the room of a day."""
        return [Bound(self.worth, self.room)] * bool(self.room) + [*self.shared]

    def served(self, takes: Takes) -> int:
        """How many units of the order a plan serves."""
        return sum([units * self.worth[i] for i, _, units in takes])

    def most_of(self, held: Sequence[int]) -> int:
        """How many units of a SKU can come from locations that hold so many each."""
        return max(held, default=0) if self.whole else sum(held)

    def with_penalty(self, penalty: int) -> Problem:
        """The question with another charge for each shipment after the first."""
        other = copy(self)
        other.penalty = penalty
        return other

    def most(self) -> int:
        """What no plan can cost, splits left out."""
        return sum(self.const) + sum([max(self.prices[self._lane(place)]) for place in range(self.places)])

    def _lane(self, place: int) -> slice:
        z = self.ladder_of[place]
        return slice(self.starts[z], self.starts[z + 1])

    def step(self, place: int, mass_g: int) -> int:
        """The step of the location's ladder that holds the mass."""
        z = self.ladder_of[place]
        return step_of(self.tops, self.starts[z], self.starts[z + 1], mass_g)

    def shipment(self, place: int, mass_g: int) -> int:
        """What one shipment of the mass costs from the location."""
        z = self.ladder_of[place]
        step = bisect_left(self.tops, mass_g, self.starts[z], self.starts[z + 1])  # as `step`; asked most of all
        return self.prices[step] + self.const[place]

    def least(self, place: int) -> int:
        """What any shipment from the location costs at least."""
        return self.floors[self.starts[self.ladder_of[place]]] + self.const[place]

    def cost(self, takes: Takes) -> int:
        """What a plan costs, splits included."""
        loads: dict[int, int] = {}
        for i, place, units in takes:
            loads[place] = loads.get(place, 0) + units * self.unit_mass[i]
        return sum(self.shipment(place, load) for place, load in loads.items()) + self.penalty * max(0, len(loads) - 1)


def shared_bound(problem: Problem, *, apart: bool) -> int:
    """A cost no plan can beat; with `apart`, not even one that tears whole SKUs.

    Each unit is charged its location's price per gram and a share of the location's price per shipment. The shares of
    the units a location ships never sum to more than that price, because they are shares of all it could ship; so the
    least charge of every unit, summed, is at most the cost of any plan.
    """
    within: list[tuple[int, int, list[tuple[int, int]]]] = []
    grouped: dict[int, int] = {}
    for i, units in enumerate(problem.need):
        if problem.holders[i] and not apart:
            grouped[problem.holders[i]] = grouped.get(problem.holders[i], 0) + units * problem.unit_mass[i]
        elif units:
            held = [(place, min(cap, units)) for place, cap in enumerate(problem.caps[i]) if cap > 0]
            within.append((units, problem.unit_mass[i], held))
    for mask, mass in grouped.items():
        within.append((1, mass, [(place, 1) for place in range(problem.places) if mask >> place & 1]))
    best = 0
    for by_mass in (False, True):
        weights = [(mass if by_mass else _SCALE // units) for units, mass, _ in within]
        total = [0] * problem.places
        for weight, (_, _, held) in zip(weights, within, strict=True):
            for place, units in held:
                total[place] += weight * units
        for per_gram in (False, True):
            slope, opening = _minorants(problem, per_gram)
            found = 0
            for weight, (units, mass, held) in zip(weights, within, strict=True):
                found += units * min(
                    slope[place] * mass + opening[place] * weight // max(1, total[place]) for place, _ in held
                )
            best = max(best, -(-found // _SCALE) - problem.penalty)
    return best


def _minorants(problem: Problem, per_gram: bool) -> tuple[list[int], list[int]]:
    """Straight lines below every location's prices, scaled: per gram, and per shipment with the split penalty."""
    slopes, openings = [], []
    for z in range(len(problem.starts) - 1):
        first, last = problem.starts[z], problem.starts[z + 1]
        if per_gram:
            steps = range(first, min(last, step_of(problem.tops, first, last, problem.mass) + 1))
            slopes.append(min(problem.floors[r] * _SCALE // max(1, min(problem.tops[r], problem.mass)) for r in steps))
            openings.append(0)
        else:
            slopes.append(0)
            openings.append(problem.floors[first])
    return (
        [slopes[z] for z in problem.ladder_of],
        [
            (openings[z] + const + problem.penalty) * _SCALE
            for z, const in zip(problem.ladder_of, problem.const, strict=True)
        ],
    )
