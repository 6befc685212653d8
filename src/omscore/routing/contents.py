"""Surcharges that ask what is in a parcel: what routing may count on beforehand, and what the plan really costs.

Exact routing rests on prices that depend on the location and the mass alone. Where every article a location could give
has a flag, its surcharge is such a price. Elsewhere routing leaves it out of the choice; the plan is then priced by
what is in each parcel, and what a better plan could save at most is told as its gap.
"""

from __future__ import annotations

from collections.abc import Collection

from omscore.items import ItemFlag
from omscore.money import Money
from omscore.places import Destination
from omscore.records import changed
from omscore.routing.ladders import Ladder
from omscore.routing.model import Demand
from omscore.routing.network import Network
from omscore.routing.problem import Problem
from omscore.routing.strategies import Plan
from omscore.routing.supply import Supply, flags_for_certain

_NO_LADDER = Ladder(tops=(), prices=(), floors=())


def priced_by_contents(
    plan: Plan,
    problem: Problem,
    supply: Supply,
    by_sku: dict[str, list[Demand]],
    destination: Destination,
    network: Network,
) -> Plan:
    """The plan with what its parcels cost for what is in them.

    Holds: its `lower` still is a cost that no admissible plan beats. Any plan that ships an article with a flag sends
    at least one parcel with it, so the least rise of a price for that parcel is part of every plan's cost.
    """
    asked = network.rates.flags
    flags = [asked.intersection(by_sku[sku][0].flags) for sku in supply.skus]
    inside: dict[int, set[ItemFlag]] = {}
    loads: dict[int, int] = {}
    for i, place, units in plan.takes:
        inside.setdefault(place, set()).update(flags[i])
        loads[place] = loads.get(place, 0) + units * problem.unit_mass[i]

    def ladder(place: int, found: Collection[ItemFlag]) -> Ladder:
        # Every place of a supply has a rate, so the empty ladder is never climbed.
        return network.ladder(supply.places[place], destination, problem.mass, found) or _NO_LADDER

    certain = flags_for_certain(supply, by_sku, asked)
    rise = sum(
        [
            ladder(place, inside[place]).price(load) - ladder(place, certain[place]).price(load)
            for place, load in loads.items()
        ]
    )
    if not rise:
        return plan
    least = 0
    if sum([units for _, _, units in plan.takes]) == sum(problem.need):  # so every rival ships all of them too
        for flag in asked:
            rises = [
                _least_rise(ladder(place, certain[place]), ladder(place, certain[place] | {flag}), problem.mass)
                for place in {k for i, held in enumerate(supply.caps) if flag in flags[i] for k in _holding(held)}
            ]
            least = max(least, min(rises, default=0))
    cost = plan.cost + rise
    return changed(plan, cost=cost, lower=min(cost, plan.lower + least))


def _holding(held: list[int]) -> list[int]:
    return [place for place, units in enumerate(held) if units]


def _least_rise(low: Ladder, high: Ladder, mass_g: int) -> int:
    """By how much the one ladder lies above the other at least, up to a mass."""
    tops = {min(top, mass_g) for top in (*low.tops, *high.tops)}
    return min([high.price(top) - low.price(top) for top in tops])


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
