"""Surcharges that ask what is in a parcel: how a plan is chosen with them, and what it really costs.

Exact routing rests on prices that depend on the location and the mass alone. Where every article a location could give
has a flag, its surcharge is such a price. Elsewhere it becomes one as soon as it is settled which locations may ship
goods with the flag; so every such choice is tried where there are few. Where there are many, routing chooses without
the surcharge, the plan is priced by what is in each parcel, and what a better plan could save at most is its gap.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from copy import copy
from itertools import combinations
from math import comb

from omscore.items import ItemFlag
from omscore.money import Money
from omscore.places import Destination
from omscore.records import changed
from omscore.routing.ladders import Ladder, laid
from omscore.routing.mixes import MixedProblem
from omscore.routing.model import Demand
from omscore.routing.network import Network
from omscore.routing.problem import Problem
from omscore.routing.scores import MILLIONTHS
from omscore.routing.strategies import Plan
from omscore.routing.supply import Supply, flags_for_certain

MOST_TRIES = 64
"""So many choices of locations for flagged goods are tried for one order, each a routing question of its own."""

_NO_LADDER = Ladder(tops=(), prices=(), floors=())


class Contents:
    """What is in the parcels of an order, as far as surcharges ask for it."""

    def __init__(
        self,
        problem: Problem,
        supply: Supply,
        by_sku: dict[str, list[Demand]],
        destination: Destination,
        network: Network,
        mixed: MixedProblem | None = None,
    ) -> None:
        """Shape: with `mixed`, the question with scores, plans are weighed as it weighs them."""
        self._weighed_by: Problem = mixed or problem
        self._scale = MILLIONTHS if mixed else 1
        self._problem, self._supply, self._destination, self._network = problem, supply, destination, network
        asked = network.rates.flags
        self._flags = [asked.intersection(by_sku[sku][0].flags) for sku in supply.skus]
        self._certain = flags_for_certain(supply, by_sku, asked)

    def asked(self, problem: Problem, weighed_by: Problem) -> Contents:
        """The same of a question for as many units where locations give less. Shape: `weighed_by` as `mixed`."""
        other = copy(self)
        other._problem, other._weighed_by = problem, weighed_by
        return other

    def priced(self, plan: Plan) -> Plan:
        """The plan with what its parcels cost for what is in them.

        Holds: its `lower` still is a cost that no admissible plan beats. Any plan that ships an article with a flag
        sends at least one parcel with it, so the least rise of a price for that parcel is part of every plan's cost.
        """
        rise = self._scale * self.rise(plan)
        if not rise:
            return plan
        is_complete = _shipped(plan) == sum(self._problem.need)  # so every rival ships all of them too
        cost = plan.cost + rise
        return changed(
            plan, cost=cost, lower=min(cost, plan.lower + (self._scale * self._least_rise() if is_complete else 0))
        )

    def best(self, plan: Plan, planned: Callable[[Problem], Plan], *, fewest: bool) -> Plan:
        """The best of the plan and those with flagged goods from other locations, priced; `planned` answers a question.

        Shape: `fewest` wants few parcels first. Of equal plans the first stands: the one given, then by location.
        Holds: as `priced`. What a plan costs is what it costs where exactly the locations that ship flagged goods in it
        may; so the least of all those bounds is one for every plan.
        """
        best = self.priced(plan)
        choices = self._choices()
        if best.cost == best.lower or choices is None:
            return best
        wanted, lowers = _shipped(plan), []
        for may in choices:
            question = self._question(may)
            found = planned(question) if question is not None else None
            if found is None or _shipped(found) < wanted:
                continue  # no plan as full as this one ships flagged goods from there alone
            cost = self._weighed_by.cost(found.takes) + self._scale * self.rise(found)
            rank = (_parcels(found), cost) if fewest else (0, cost)
            lowers.append(found.lower)
            if rank < ((_parcels(best), best.cost) if fewest else (0, best.cost)):
                best = changed(found, cost=cost)
        lower = min(lowers, default=best.lower)
        return changed(best, lower=min(best.cost, lower))

    def rise(self, plan: Plan) -> int:
        """What the parcels of a plan cost more than routing reckoned with. Units: minor."""
        inside: dict[int, set[ItemFlag]] = {}
        loads: dict[int, int] = {}
        for i, place, units in plan.takes:
            inside.setdefault(place, set()).update(self._flags[i])
            loads[place] = loads.get(place, 0) + units * self._problem.unit_mass[i]
        return sum(
            [
                self._ladder(place, inside[place]).price(load) - self._ladder(place, self._certain[place]).price(load)
                for place, load in loads.items()
            ]
        )

    def _least_rise(self) -> int:
        """What some parcel of every complete plan costs more than routing reckoned with, at least."""
        least = 0
        for flag in self._network.rates.flags:
            places = {
                place
                for flags, held in zip(self._flags, self._supply.caps, strict=True)
                if flag in flags
                for place, units in enumerate(held)
                if units
            }
            rises = [self._gap(place, self._certain[place] | {flag}) for place in places]
            least = max(least, min(rises, default=0))
        return least

    def _gap(self, place: int, flags: frozenset[ItemFlag]) -> int:
        """By how much the prices of a place lie higher at least with these flags in the parcel."""
        low, high = self._ladder(place, self._certain[place]), self._ladder(place, flags)
        tops = {min(top, self._problem.mass) for top in (*low.tops, *high.tops)}
        return min([high.price(top) - low.price(top) for top in tops])

    def _ladder(self, place: int, flags: Collection[ItemFlag]) -> Ladder:
        # Every place of a supply has a rate, so the empty ladder is never climbed.
        found = self._network.ladder(self._supply.places[place], self._destination, self._problem.mass, flags)
        return found or _NO_LADDER

    def _choices(self) -> Iterator[Sequence[tuple[int, ItemFlag]]] | None:
        """Which flags may be in the parcels of which places, beside the certain ones; None when the ways are too many.

        Shape: every way in which an article is not torn that one place could give whole.
        """
        open_: set[tuple[int, ItemFlag]] = set()
        most = 0
        for i, flags in enumerate(self._flags):
            most += len(flags) * (1 if self._problem.holders[i] else self._problem.need[i])
            for place, units in enumerate(self._problem.caps[i]):
                if units:
                    open_.update([(place, flag) for flag in flags - self._certain[place]])
        most = min(most, len(open_))
        if sum([comb(len(open_), count) for count in range(most + 1)]) > MOST_TRIES:
            return None
        ordered = sorted(open_)
        return (may for count in range(most + 1) for may in combinations(ordered, count))

    def _question(self, may: Sequence[tuple[int, ItemFlag]]) -> Problem | None:
        """The question in which parcels of these places have these flags; None when an article finds no place then."""
        problem = self._problem
        flags = [of_place.union([flag for at, flag in may if at == k]) for k, of_place in enumerate(self._certain)]
        caps = [
            [units if of_sku <= flags[place] else 0 for place, units in enumerate(held)]
            for of_sku, held in zip(self._flags, problem.caps, strict=True)
        ]
        for i, held in enumerate(caps):
            if (max(held) if problem.holders[i] else sum(held)) < problem.need[i]:
                return None
        return Problem(
            need=problem.need,
            unit_mass=problem.unit_mass,
            mass=problem.mass,
            caps=caps,
            const=problem.const,
            lanes=laid([self._ladder(place, of_place) for place, of_place in enumerate(flags)]),
            penalty=problem.penalty,
            whole=problem.whole,
        )


def _shipped(plan: Plan) -> int:
    return sum([units for _, _, units in plan.takes])


def _parcels(plan: Plan) -> int:
    return len({place for _, place, _ in plan.takes})


def price_of(
    network: Network, location_id: str, destination: Destination, mass_g: int, flags: Collection[ItemFlag]
) -> tuple[Money, tuple[tuple[str, Money], ...]]:
    """What a shipment with items of these flags costs the shop, and the surcharges in it.

    Shape: the location is one that has a rate to the destination.
    """
    location = network.sites[location_id].location
    cheapest = network.quotes(location, destination, mass_g, flags)[0]
    fixed = Money(network.fixed_minor(location, destination), network.currency)
    return cheapest.price + fixed, cheapest.surcharges
