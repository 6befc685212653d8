"""From a request, a network and the stock to a decision, the same one however the input is shuffled.

Filters leave the eligible locations, supply says what they hold, a strategy chooses, dealing turns its choice into
assignments, and every location gets its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from omscore.money import Money
from omscore.places import Location
from omscore.routing import explain
from omscore.routing.model import Assignment, Decision, Demand, Leftover, Reason, RoutingRequest, Stock
from omscore.routing.network import Network
from omscore.routing.problem import Problem
from omscore.routing.strategies import Plan, cheapest, in_order
from omscore.routing.supply import Supply, dealt, problem_of, supply_of


def route(request: RoutingRequest, network: Network, stock: Stock) -> Decision:
    """Where each unit of an order ships from: the fewest units left over first, then what the strategy wants.

    Shape: `assignments` by line, location and pool; one reason per location of the network, by location id.
    Holds: no plan exceeds stock; the same input in any order gives the same plan; reasons explain every location.
    Raises: InputError for an allowed location the network does not have, or a mass no service can carry.
    """
    by_sku: dict[str, list[Demand]] = {}
    for line in sorted(request.demands, key=lambda demand: demand.line_id):
        by_sku.setdefault(line.sku, []).append(line)
    eligible, refused = network.sorted_out(request.channel, request.allowed_locations, request.destination.country)
    reasons = {reason.location_id: reason for reason in refused}
    supply = supply_of(request, by_sku, eligible, stock)
    problem = problem_of(supply, by_sku, request, network)
    order = list(range(len(supply.places)))
    plan: Plan
    match request.strategy:
        case "cheapest":
            plan = cheapest(problem)
        case "in_order":
            order.sort(key=lambda k: (supply.places[k].priority, supply.places[k].location_id))
            plan = in_order(problem, order)
        case _:
            assert_never(request.strategy)
    assignments = dealt(request, by_sku, supply, plan.takes, order, stock)
    _explain(request, network, eligible, supply, problem, plan, assignments, reasons)
    return Decision(
        strategy=request.strategy,
        method=plan.method,
        cost=Money(plan.cost, network.currency) if plan.takes else None,
        gap=Money(plan.cost - plan.lower, network.currency) if plan.cost > plan.lower else None,
        assignments=tuple(assignments),
        leftovers=_leftovers(request, by_sku, supply, len(eligible)),
        reasons=tuple([reasons[location.location_id] for location in network.by_id]),
    )


def _leftovers(
    request: RoutingRequest, by_sku: dict[str, list[Demand]], supply: Supply, places: int
) -> tuple[Leftover, ...]:
    """The units nobody could take; lines are served in line order, so the last lines of a SKU go short."""
    if supply.wanted_units == sum(supply.need):
        return ()
    given = dict(zip(supply.skus, supply.need, strict=True))
    found: list[Leftover] = []
    for sku, lines in by_sku.items():
        sellable, wanted = given.get(sku, 0), sum(line.units for line in lines)
        left = sellable
        for line in lines:
            short = line.units - min(left, line.units)
            left -= line.units - short
            if short:
                says = explain.short_of(sellable, wanted, places, request.destination.country)
                found.append(Leftover(line_id=line.line_id, sku=sku, units=short, says=says))
    return tuple(sorted(found, key=lambda leftover: leftover.line_id))


def _explain(
    request: RoutingRequest,
    network: Network,
    eligible: Sequence[Location],
    supply: Supply,
    problem: Problem,
    plan: Plan,
    assignments: list[Assignment],
    reasons: dict[str, Reason],
) -> None:
    """Adds the reasons of the eligible locations."""
    loads: dict[str, int] = {}
    units: dict[str, int] = {}
    lines: dict[str, set[int]] = {}
    for i, place, count in plan.takes:
        location_id = supply.places[place].location_id
        loads[location_id] = loads.get(location_id, 0) + count * problem.unit_mass[i]
        units[location_id] = units.get(location_id, 0) + count
    for assignment in assignments:
        lines.setdefault(assignment.location_id, set()).add(assignment.line_id)
    numbers = {place.location_id: k for k, place in enumerate(supply.places)}
    currency = network.currency
    for location in eligible:
        location_id = location.location_id
        held = supply.held_units[location_id]
        if location_id in loads:
            cost = Money(problem.shipment(numbers[location_id], loads[location_id]), currency)
            reasons[location_id] = explain.ships(
                location_id, units[location_id], len(lines[location_id]), loads[location_id], cost
            )
        elif 0 < held == supply.wanted_units:
            alone = Money(problem.shipment(numbers[location_id], problem.mass), currency)
            total = Money(plan.cost, currency)
            reasons[location_id] = explain.has_all(location_id, len(request.demands), alone, total, request.strategy)
        else:
            reasons[location_id] = explain.has_some(location_id, held, supply.wanted_units, request.strategy)
