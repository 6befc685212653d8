"""What a plan means: for lines that go short, and for every location that was asked."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from omscore.money import Money
from omscore.routing import explain
from omscore.routing.arrivals import arrives_on
from omscore.routing.contents import price_of
from omscore.routing.model import Assignment, Demand, Leftover, LocationScore, Reason, RoutingRequest
from omscore.routing.network import Network
from omscore.routing.problem import Problem
from omscore.routing.profiles import Profile
from omscore.routing.strategies import Plan
from omscore.routing.supply import Supply
from omscore.routing.together import Groups
from omscore.routing.weeks import Weeks

_LINE_ID = attrgetter("line_id")


def leftovers_of(
    request: RoutingRequest,
    profile: Profile,
    by_sku: dict[str, list[Demand]],
    groups: Groups,
    supply: Supply,
    problem: Problem,
    plan: Plan,
    places: int,
    most: int,
) -> tuple[Leftover, ...]:
    """The units nobody could take; lines are served in line order, so the last lines of a SKU go short."""
    sellable = dict(zip(supply.skus, supply.need, strict=True))
    given = dict.fromkeys(supply.skus, 0)
    for i, _, units in plan.takes:
        given[supply.skus[i]] += units
    shared = {sku for bound in problem.shared for sku, count in zip(supply.skus, bound.weights, strict=True) if count}
    found: list[Leftover] = []
    for sku, lines in by_sku.items():
        wanted = sum(line.units for line in lines)
        there = sellable.get(sku, 0)
        left = given.get(sku, 0)
        for line in lines:
            short = line.units - min(left, line.units)
            left -= line.units - short
            if short:
                if sku in groups and not given.get(sku, 0):
                    says = explain.not_together(groups[sku], is_room=bool(problem.room))
                elif given.get(sku, 0) == there:
                    says = explain.short_of(there, wanted, places, request.destination.country)
                elif (problem.room or sku in shared) and not profile.all_or_nothing:
                    says = explain.no_room(there, wanted, is_room=bool(problem.room), is_shared=sku in shared)
                else:
                    shipping = len({place for _, place, _ in plan.takes})
                    says = explain.not_allowed(there, wanted, profile, most, shipping)
                found.append(Leftover(line_id=line.line_id, sku=sku, units=short, says=says))
    return tuple(sorted(found, key=lambda leftover: leftover.line_id))


def tell_scores(scores: Sequence[LocationScore], reasons: dict[str, Reason], currency: str) -> None:
    """Adds to the reasons of locations what the scores said of them."""
    said: dict[str, list[LocationScore]] = {}
    for score in scores:
        said.setdefault(score.location_id, []).append(score)
    for location_id, of_location in said.items():
        reasons[location_id] = explain.with_scores(reasons[location_id], of_location, currency)


def tell_weeks(weeks: Weeks, supply: Supply, reasons: dict[str, Reason]) -> None:
    """Adds to the reasons of locations how long what they have would last them."""
    for place, location in enumerate(supply.places):
        lasts = min([of_sku[place] for of_sku, held in zip(weeks, supply.caps, strict=True) if held[place]])
        reasons[location.location_id] = explain.with_weeks(reasons[location.location_id], lasts)


def tell_arrivals(supply: Supply, request: RoutingRequest, network: Network, reasons: dict[str, Reason]) -> None:
    """Adds to the reasons of locations the day the whole order would arrive from there."""
    for location in supply.places:
        day = arrives_on(location, request, network)
        if day is not None:
            reasons[location.location_id] = explain.with_arrival(reasons[location.location_id], day)


def explain_places(
    request: RoutingRequest,
    profile: Profile,
    network: Network,
    supply: Supply,
    problem: Problem,
    by_sku: dict[str, list[Demand]],
    plan: Plan,
    assignments: list[Assignment],
    reasons: dict[str, Reason],
    most: int,
) -> None:
    """Adds the reasons of the eligible locations."""
    held_units, wanted_units, barred = supply.held_units, supply.wanted_units, supply.barred
    said = explain.has_some(wanted_units, profile.strategy, not profile.split_lines or bool(most))
    for share in held_units.items():
        reasons[share[0]] = said[share]
    for location_id, flags in barred.items():
        if not held_units[location_id]:
            reasons[location_id] = explain.refuses(location_id, flags)
    if not plan.takes:
        if wanted_units:
            for location_id, held in held_units.items():
                if held:
                    reasons[location_id] = explain.holds_back(location_id, held, wanted_units)
        return
    loads: dict[int, int] = {}
    units: dict[int, int] = {}
    unit_mass = problem.unit_mass
    for i, place, count in plan.takes:
        if place in loads:
            loads[place] += count * unit_mass[i]
            units[place] += count
        else:
            loads[place], units[place] = count * unit_mass[i], count
    is_alone = len(loads) == 1
    currency, rates = network.currency, network.rates
    flags_of = [by_sku[sku][0].flags for sku in supply.skus] if rates.surcharges else []
    for place, load in loads.items():
        location_id = supply.places[place].location_id
        cost_minor = plan.cost if is_alone else problem.shipment(place, load)  # one shipment is all a plan pays for
        added: tuple[tuple[str, Money], ...] = ()
        if rates.surcharges:
            inside = {flag for i, at, _ in plan.takes if at == place for flag in flags_of[i]}
            cost, added = price_of(network, location_id, request.destination, load, inside)
            cost_minor = cost.minor
        sent = assignments if is_alone else [each for each in assignments if each.location_id == location_id]
        reasons[location_id] = explain.ships(
            location_id,
            units[place],
            len({*map(_LINE_ID, sent)}),
            load,
            cost_minor,
            currency,
            network.dim_divisor_cm3_per_kg is not None,
            added,
        )
    if len(loads) == len(supply.places) or wanted_units not in held_units.values():
        return
    for place, location in enumerate(supply.places):
        location_id = location.location_id
        if held_units[location_id] == wanted_units and place not in loads:
            alone_minor = problem.shipment(place, problem.mass)
            if rates.flags:
                inside = {flag for of_sku in flags_of for flag in of_sku}
                alone_minor = price_of(network, location_id, request.destination, problem.mass, inside)[0].minor
            reasons[location_id] = explain.has_all(
                location_id, len(request.demands), alone_minor, plan.cost, currency, profile.strategy
            )
