"""From a request, a network and the stock to a decision, the same one however the input is shuffled.

Filters leave the eligible locations, supply says what they hold, a strategy chooses, dealing turns its choice into
assignments, and every location gets its reason. Soft filters give way, in their order, while units find no location;
then the profiles come that are named for that case.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from omscore.capacity import DayShare
from omscore.money import Money
from omscore.records import changed
from omscore.routing import explain
from omscore.routing.contents import Contents, price_of
from omscore.routing.eligibility import eligible_for
from omscore.routing.model import Assignment, Decision, Demand, Leftover, Reason, RoutingRequest, Stock
from omscore.routing.network import Network
from omscore.routing.problem import Problem
from omscore.routing.profiles import Profile
from omscore.routing.rooms import within_room
from omscore.routing.rules import Filter, kept_back
from omscore.routing.strategies import Plan, cheapest, fewest_shipments, in_order
from omscore.routing.supply import Supply, dealt, problem_of, supply_of
from omscore.routing.together import Groups, Joined, groups_of
from omscore.routing.weeks import Weeks, lasting, longest_first


def route(request: RoutingRequest, network: Network, stock: Stock) -> Decision:
    """Where each unit of an order ships from: the fewest units left over first, then what the strategy wants.

    Shape: `assignments` by line, location and pool; one reason per location of the network, by location id.
    Holds: no plan exceeds stock; the same input in any order gives the same plan; reasons explain every location; a
    filter gives way, and another profile is taken, only where fewer units are left over for it.
    Raises: InputError for an allowed location the network does not have, or a mass no service can carry.
    """
    by_sku: dict[str, list[Demand]] = {}
    for line in sorted(request.demands, key=lambda demand: demand.line_id):
        by_sku.setdefault(line.sku, []).append(line)
    best = _by_profile(request, request.profile, by_sku, network, stock)
    because = request.because
    for profile in request.otherwise:
        if not best.leftovers:
            break
        because += f"{'; ' * bool(because)}{best.profile} left {explain.counted(best.left_units, 'unit')} over"
        other = _by_profile(request, profile, by_sku, network, stock)
        if other.left_units < best.left_units:
            best = changed(other, because=because)
    return best


def _by_profile(
    request: RoutingRequest, profile: Profile, by_sku: dict[str, list[Demand]], network: Network, stock: Stock
) -> Decision:
    """The decision of one profile, with as few of its soft filters given up as leave the fewest units over.

    Shape: after them lines ship apart that should ship together, if the profile allows it.
    """
    best = _decided(request, profile, (), by_sku, network, stock)
    given_up: tuple[Filter, ...] = ()
    if best.leftovers:
        soft = profile.soft
        for count in range(1, len(soft) + 1):
            other = _decided(request, profile, soft[:count], by_sku, network, stock)
            if other.left_units < best.left_units:
                best, given_up = other, soft[:count]
                if not best.leftovers:
                    break
    apart = False
    if best.leftovers and profile.keep_together == "if_possible" and any([line.together for line in request.demands]):
        other = _decided(request, profile, profile.soft, by_sku, network, stock, apart=True)
        if other.left_units < best.left_units:
            best, given_up, apart = other, profile.soft, True
    for rule in reversed(given_up):  # one that was given up in vain on the way holds after all
        fewer = tuple([each for each in given_up if each is not rule])
        other = _decided(request, profile, fewer, by_sku, network, stock, apart=apart)
        if other.left_units == best.left_units:
            best, given_up = other, fewer
    return best


def _decided(
    request: RoutingRequest,
    profile: Profile,
    given_up: tuple[Filter, ...],
    by_sku: dict[str, list[Demand]],
    network: Network,
    stock: Stock,
    *,
    apart: bool = False,
) -> Decision:
    rules = tuple([rule for rule in profile.filters if rule not in given_up]) if profile.filters else ()
    eligible, reasons = eligible_for(request, network, rules)
    keep = request.threshold_units + kept_back(rules) if rules else request.threshold_units
    supply = supply_of(request, by_sku, eligible, stock, keep)
    problem = problem_of(supply, by_sku, request, network, split_lines=profile.split_lines)
    most = profile.most_locations(request.value)
    groups = {} if apart else groups_of(by_sku)
    weeks = _weeks(request, supply) if profile.strategy == "weeks_of_supply" else []

    def planned(asked: Problem) -> tuple[Plan, Sequence[int]]:
        joined = Joined(asked, supply.skus, by_sku, groups) if groups else None
        members = joined.members if joined else [[i] for i in range(len(supply.skus))]
        question = joined.problem if joined else asked
        plan, order = _planned(request, profile, supply, question, network, most, weeks, members)
        return changed(plan, takes=joined.apart(plan.takes)) if joined else plan, order

    plan, order = planned(problem)
    if network.rates.flags and plan.takes:
        contents = Contents(problem, supply, by_sku, request.destination, network)
        if profile.strategy in ("cheapest", "fewest_shipments") and not most and not problem.room:
            plan = contents.best(plan, lambda asked: planned(asked)[0], fewest=profile.strategy == "fewest_shipments")
        else:
            plan = contents.priced(plan)
    left_units = supply.wanted_units - sum([units for _, _, units in plan.takes])
    if left_units and profile.all_or_nothing:
        plan = Plan(method="all or nothing", takes=[], cost=0, lower=0)
    assignments = dealt(request, by_sku, supply, plan.takes, order, stock, keep)
    _explain(request, profile, network, supply, problem, by_sku, plan, assignments, reasons, most)
    for k, place in enumerate(supply.places if weeks else ()):
        lasts = min([weeks[i][k] for i in range(len(supply.skus)) if supply.caps[i][k]])
        reasons[place.location_id] = explain.with_weeks(reasons[place.location_id], lasts)
    return Decision(
        strategy=profile.strategy,
        method=plan.method,
        cost=Money(plan.cost, network.currency) if plan.takes else None,
        gap=Money(plan.cost - plan.lower, network.currency) if plan.cost > plan.lower else None,
        assignments=tuple(assignments),
        leftovers=(
            _leftovers(request, profile, by_sku, groups, supply, problem, plan, len(eligible), most)
            if left_units
            else ()
        ),
        reasons=tuple([reasons[location.location_id] for location in network.by_id]),
        profile=profile.label,
        because=request.because,
        given_up=tuple([rule.rule for rule in given_up]) + (("keep_together",) if apart else ()),
        shares=_shares(request, assignments) if request.rooms else (),
    )


def _shares(request: RoutingRequest, assignments: Sequence[Assignment]) -> tuple[tuple[str, DayShare], ...]:
    used = {assignment.location_id for assignment in assignments}
    return tuple(sorted([(room.location_id, room.share) for room in request.rooms if room.location_id in used]))


def _planned(
    request: RoutingRequest,
    profile: Profile,
    supply: Supply,
    problem: Problem,
    network: Network,
    most: int,
    weeks: Weeks,
    members: list[list[int]],
) -> tuple[Plan, Sequence[int]]:
    """What the strategy chooses, and the order in which the chosen locations are dealt out to lines."""
    order: Sequence[int] = range(len(supply.places))
    match profile.strategy:
        case "cheapest":
            return within_room(problem, lambda asked: cheapest(asked, most)), order
        case "fewest_shipments":
            return within_room(problem, lambda asked: fewest_shipments(asked, most)), order
        case "in_order" | "weeks_of_supply":
            order = sorted(order, key=lambda k: network.sites[supply.places[k].location_id].rank)
        case "nearest":
            # Without a point of the destination its country is all that is known of how near a location is.
            near = [
                (network.km(place, request.destination) or 0, place.country != request.destination.country)
                for place in supply.places
            ]
            order = sorted(order, key=lambda k: (*near[k], network.sites[supply.places[k].location_id].rank))
        case _:
            assert_never(profile.strategy)
    orders = longest_first(weeks, members, order) if weeks else [order] * len(problem.need)
    return in_order(problem, orders, most, whole=not profile.split_lines), order


def _weeks(request: RoutingRequest, supply: Supply) -> Weeks:
    velocity = {(sku, location_id): units for sku, location_id, units in request.velocity}
    return lasting(supply.skus, [place.location_id for place in supply.places], supply.caps, velocity)


def _leftovers(
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
                    says = explain.not_together(groups[sku])
                elif given.get(sku, 0) == there:
                    says = explain.short_of(there, wanted, places, request.destination.country)
                elif problem.room and not profile.all_or_nothing:
                    says = explain.no_room(there, wanted)
                else:
                    shipping = len({place for _, place, _ in plan.takes})
                    says = explain.not_allowed(there, wanted, profile, most, shipping)
                found.append(Leftover(line_id=line.line_id, sku=sku, units=short, says=says))
    return tuple(sorted(found, key=lambda leftover: leftover.line_id))


def _explain(
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
    loads: dict[str, int] = {}
    units: dict[str, int] = {}
    lines: dict[str, set[int]] = {}
    for i, place, count in plan.takes:
        at = supply.places[place].location_id
        loads[at] = loads.get(at, 0) + count * problem.unit_mass[i]
        units[at] = units.get(at, 0) + count
    for assignment in assignments:
        lines.setdefault(assignment.location_id, set()).add(assignment.line_id)
    numbers: dict[str, int] = {place.location_id: k for k, place in enumerate(supply.places)}
    currency, wanted_units, barred = network.currency, supply.wanted_units, supply.barred
    limited = not profile.split_lines or bool(most)
    flags = [by_sku[sku][0].flags for sku in supply.skus] if network.rates.flags else [()] * len(supply.skus)
    nothing_ships = not plan.takes and wanted_units > 0
    for location_id, held in supply.held_units.items():
        if held < wanted_units and location_id not in loads and not nothing_ships and (held or not barred):
            reasons[location_id] = explain.has_some(location_id, held, wanted_units, profile.strategy, limited)
        elif nothing_ships and held:
            reasons[location_id] = explain.holds_back(location_id, held, wanted_units)
        elif not held and location_id in barred:
            reasons[location_id] = explain.refuses(location_id, supply.barred[location_id])
        elif location_id in loads:
            cost = Money(problem.shipment(numbers[location_id], loads[location_id]), currency)
            added: tuple[tuple[str, Money], ...] = ()
            if network.rates.surcharges:
                inside = {flag for i, at, _ in plan.takes if at == numbers[location_id] for flag in flags[i]}
                cost, added = price_of(network, location_id, request.destination, loads[location_id], inside)
            reasons[location_id] = explain.ships(
                location_id,
                units[location_id],
                len(lines[location_id]),
                loads[location_id],
                cost,
                is_billed=network.dim_divisor_cm3_per_kg is not None,
                surcharges=added,
            )
        elif 0 < held == wanted_units:
            alone = Money(problem.shipment(numbers[location_id], problem.mass), currency)
            if network.rates.flags:
                inside = {flag for of_sku in flags for flag in of_sku}
                alone, _ = price_of(network, location_id, request.destination, problem.mass, inside)
            total = Money(plan.cost, currency)
            reasons[location_id] = explain.has_all(location_id, len(request.demands), alone, total, profile.strategy)
        else:
            reasons[location_id] = explain.has_some(location_id, held, wanted_units, profile.strategy, limited)
