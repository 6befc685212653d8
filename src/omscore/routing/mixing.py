"""The least mix of money and scores: exact for orders of some size, searched with a proven gap beyond.

Which units a location ships together decides the price of its shipment, and what these units count is a sum over them.
So the sets of pieces that exact routing goes through bear one more amount, and nothing is lost: the least mix found is
the least of all plans in which no SKU is torn that one location could give whole.
"""

from __future__ import annotations

from omscore.routing.kernel import step_of
from omscore.routing.limits import best_sets
from omscore.routing.mixes import MixedProblem
from omscore.routing.multisets import NEVER, Sets, fits
from omscore.routing.problem import Takes
from omscore.routing.shifting import shifted
from omscore.routing.strategies import Plan, cheapest

_NOTHING = Plan(method="nothing to ship", takes=[], cost=0, lower=0)


def least_mix(problem: MixedProblem, most: int = 0) -> Plan:
    """The plan with the least mix of money and scores, in millionths of a minor unit.

    Shape: `most` caps how many locations ship, 0 is no cap. The method is "exact mix", or "bounded mix" when the order
    is too long to be settled; ", SKUs split" follows when a SKU had to be taken from several locations.
    Holds: `lower` is a mix that no admissible plan beats.
    """
    plan = _least(problem)
    if most and len({place for _, place, _ in plan.takes}) > most:
        return _least_within(problem, most)
    return plan


def _least(problem: MixedProblem) -> Plan:
    if not any(problem.need):
        return _NOTHING
    split = ", SKUs split" * bool(problem.scattered)
    if fits(problem):
        takes = _MixedSets(problem).least_plan()
        cost = problem.cost(takes)
        return Plan(method=f"exact mix{split}", takes=takes, cost=cost, lower=cost)
    plain = cheapest(problem.plain())
    takes = shifted(problem, plain.takes)
    cost = problem.cost(takes)
    lower = min(cost, plain.lower + problem.rebates() + problem.least_counted())
    method = "exact mix" if lower == cost else "bounded mix"
    return Plan(method=f"{method}{split}", takes=takes, cost=cost, lower=lower)


def _least_within(problem: MixedProblem, most: int) -> Plan:
    """The least mix from so many locations, when more of them would be better or could ship more.

    Shape: the most units are served first; then SKUs that one location can fill stay whole if they can; then the mix.
    """
    masks, is_complete = best_sets(problem, most)
    best: Plan | None = None
    lower = NEVER
    for mask in masks:
        narrow, kept = problem.within(mask)
        found = _least(narrow)
        lower = min(lower, found.lower)
        if best is None or found.cost < best.cost:
            takes = [(kept[i], place, units) for i, place, units in found.takes]
            best = Plan(method=found.method, takes=takes, cost=found.cost, lower=0)
    if best is None:
        return _NOTHING
    if not is_complete:
        lower = min(lower, min([problem.least(place) for place in range(problem.places)]))
    method = "exact mix" if lower >= best.cost else "bounded mix"
    return Plan(method=method, takes=best.takes, cost=best.cost, lower=min(lower, best.cost))


class _MixedSets(Sets):
    """The sets of pieces of a question, with what each counts at each location."""

    def __init__(self, problem: MixedProblem) -> None:
        super().__init__(problem)
        self._grams = self._grams_of(problem) if problem.beyond is not None else []
        self._counted = [self._counted_at(problem, place) for place in range(problem.places)]
        prices: list[list[int]] = []
        for first, last in zip(problem.starts, problem.starts[1:], strict=False):
            prices.append([problem.prices[step_of(problem.tops, first, last, mass)] for mass in self.mass])
        self._prices = [prices[z] for z in problem.ladder_of]

    def _counted_at(self, problem: MixedProblem, place: int) -> list[int]:
        """What every set counts at the location; of one it does not hold the number means nothing."""
        counted = [problem.const[place]]
        for i, count in enumerate(self.pieces):
            each = problem.need[i] if problem.holders[i] else 1
            lower = counted[:]
            for digit in range(1, count + 1):
                more = problem.counted(i, place, digit * each)
                counted += [below + more for below in lower]
        if problem.beyond is not None:
            for s in self.within[self.held[place]]:
                counted[s] += problem.beyond(place, self.mass[s], self._grams[s]) if s else 0
        return counted

    def _grams_of(self, problem: MixedProblem) -> list[int]:
        """What every set weighs."""
        grams = [0]
        for i, count in enumerate(self.pieces):
            each = problem.grams[i] * (problem.need[i] if problem.holders[i] else 1)
            lower = grams[:]
            for digit in range(1, count + 1):
                grams += [below + digit * each for below in lower]
        return grams

    def price(self, place: int, s: int) -> int:
        return self._prices[place][s] + self._counted[place][s]

    def cheapest_sources(self) -> tuple[list[int], list[int]]:
        cost, source = [NEVER] * self.size, [-1] * self.size
        for place, held in enumerate(self.held):
            prices, counted = self._prices[place], self._counted[place]
            for s in self.within[held]:
                total = prices[s] + counted[s]
                if total < cost[s]:
                    cost[s], source[s] = total, place
        return cost, source

    def least_plan(self) -> Takes:
        """The plan with the least mix. Every unit is held by somebody, so there is one."""
        cost, source = self.cheapest_sources()
        best, part = self.partition(cost)
        ships: dict[int, int] = {}
        s = self.size - 1
        while s:
            ships[source[part[s]]] = ships.get(source[part[s]], 0) + part[s]
            s -= part[s]
        # Parts from one place make one shipment, if it holds them all and that costs no more than they did apart.
        takes = self.takes(list(ships.items()))
        if self._holds(ships) and self.problem.cost(takes) <= best[self.size - 1]:
            return takes
        shipped, _ = self.one_shipment_each(best, NEVER)
        return self.takes(shipped)

    def _holds(self, ships: dict[int, int]) -> bool:
        return all(
            [
                s // stride % (count + 1) <= self.held[place] // stride % (count + 1)
                for place, s in ships.items()
                for count, stride in zip(self.pieces, self.strides, strict=True)
            ]
        )
