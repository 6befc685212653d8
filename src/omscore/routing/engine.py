"""From a request, a network and the stock to a decision, the same one however the input is shuffled.

Filters leave the eligible locations, supply says what they hold, a strategy chooses, dealing turns its choice into
assignments, and every location gets its reason. Soft filters give way, in their order, while units find no location;
then the profiles come that are named for that case.
"""

from __future__ import annotations

from collections.abc import Sequence

from omscore.capacity import DayShare
from omscore.money import Money
from omscore.records import changed
from omscore.routing import explain
from omscore.routing.arrivals import arrives_on
from omscore.routing.begun import within_caps
from omscore.routing.contents import Contents
from omscore.routing.eligibility import eligible_for
from omscore.routing.kits import KitQuestion, held_together
from omscore.routing.model import Assignment, Decision, Demand, LocationScore, RoutingRequest, Stock
from omscore.routing.network import Network
from omscore.routing.offers import candidates_of, offers_of
from omscore.routing.ownstrategies import Ranks, ranks_of
from omscore.routing.planned import planned_by, weeks_of
from omscore.routing.problem import Problem
from omscore.routing.profiles import Profile
from omscore.routing.rules import Filter, kept_back
from omscore.routing.strategies import Plan
from omscore.routing.supply import SharedPart, dealt, problem_of, supply_of
from omscore.routing.telling import explain_places, leftovers_of, tell_scores
from omscore.routing.together import groups_of
from omscore.routing.weighing import Weighing, in_money


def route(request: RoutingRequest, network: Network, stock: Stock) -> Decision:
    """Where each unit of an order ships from: the fewest units left over first, then what the strategy wants.

    Shape: `assignments` by line, location and pool; one reason per location of the network, by location id.
    Holds: no plan exceeds stock; the same input in any order gives the same plan; reasons explain every location; a
    filter gives way, and another profile is taken, only where fewer units are left over for it.
    Raises: InputError for an allowed location the network does not have, or a mass no service can carry.
    """
    kits = KitQuestion(request, network, stock) if any([line.kit for line in request.demands]) else None
    if kits is not None:
        request = kits.request
    by_sku: dict[str, list[Demand]] = {}
    for line in sorted(request.demands, key=lambda demand: demand.line_id):
        by_sku.setdefault(line.sku, []).append(line)
    best = _by_profile(request, request.profile, by_sku, network, stock, kits)
    because = request.because
    for profile in request.otherwise:
        if not best.leftovers:
            break
        because += f"{'; ' * bool(because)}{best.profile} left {explain.counted(best.left_units, 'unit')} over"
        other = _by_profile(request, profile, by_sku, network, stock, kits)
        if other.left_units < best.left_units:
            best = changed(other, because=because)
    return best


def _by_profile(
    request: RoutingRequest,
    profile: Profile,
    by_sku: dict[str, list[Demand]],
    network: Network,
    stock: Stock,
    kits: KitQuestion | None,
) -> Decision:
    """The decision of one profile, with as few of its soft filters given up as leave the fewest units over.

    Shape: after them lines ship apart that should ship together, if the profile allows it.
    """
    best = _decided(request, profile, (), by_sku, network, stock, kits)
    given_up: tuple[Filter, ...] = ()
    if best.leftovers:
        soft = profile.soft
        for count in range(1, len(soft) + 1):
            other = _decided(request, profile, soft[:count], by_sku, network, stock, kits)
            if other.left_units < best.left_units:
                best, given_up = other, soft[:count]
                if not best.leftovers:
                    break
    apart = False
    if best.leftovers and profile.keep_together == "if_possible" and any([line.together for line in request.demands]):
        other = _decided(request, profile, profile.soft, by_sku, network, stock, kits, apart=True)
        if other.left_units < best.left_units:
            best, given_up, apart = other, profile.soft, True
    for rule in reversed(given_up):  # one that was given up in vain on the way holds after all
        fewer = tuple([each for each in given_up if each is not rule])
        other = _decided(request, profile, fewer, by_sku, network, stock, kits, apart=apart)
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
    kits: KitQuestion | None,
    *,
    apart: bool = False,
) -> Decision:
    rules = tuple([rule for rule in profile.filters if rule not in given_up]) if profile.filters else ()
    keep = request.threshold_units + kept_back(rules) if rules else request.threshold_units
    if kits is None:
        return _planned(request, profile, given_up, rules, keep, by_sku, network, stock, (), apart=apart)

    def of_shelf(asked: RoutingRequest, shelf: Stock, shared: Sequence[SharedPart]) -> Decision:
        return _planned(asked, profile, given_up, rules, keep, by_sku, network, shelf, shared, apart=apart)

    return kits.decision(of_shelf, keep)


def _planned(
    request: RoutingRequest,
    profile: Profile,
    given_up: tuple[Filter, ...],
    rules: tuple[Filter, ...],
    keep: int,
    by_sku: dict[str, list[Demand]],
    network: Network,
    stock: Stock,
    shared: Sequence[SharedPart],
    *,
    apart: bool,
) -> Decision:
    eligible, reasons = eligible_for(request, network, rules)
    most = profile.most_locations(request.value)
    if request.begun:
        eligible, stock, most = within_caps(request, profile, eligible, reasons, stock)
    supply = supply_of(request, by_sku, eligible, stock, keep)
    problem = problem_of(supply, by_sku, request, network, split_lines=profile.split_lines, shared=shared)
    if shared:
        supply = held_together(supply, problem)
    groups = {} if apart else groups_of(by_sku)
    weeks = weeks_of(request, supply) if profile.strategy == "weeks_of_supply" else []
    ranks: Ranks = []
    if profile.own is not None:
        offers = offers_of(request, supply, by_sku, stock, keep)
        ranks = ranks_of(profile.own, candidates_of(request, network, supply), offers)
    weighing, mixed, contents = None, None, None
    if profile.scores:
        weighing = Weighing(profile.scores, request, supply, by_sku, network, stock, keep)
        mixed = weighing.mixed(problem)
    plan, order = planned_by(request, profile, supply, by_sku, groups, mixed or problem, network, most, weeks, ranks)
    if network.rates.flags and plan.takes:
        contents = Contents(problem, supply, by_sku, request.destination, network, mixed)
        if profile.strategy in ("cheapest", "fewest_shipments") and not (most or problem.bounds()):

            def plan_of(asked: Problem) -> Plan:
                weighed = asked if weighing is None else weighing.mixed(asked)
                return planned_by(request, profile, supply, by_sku, groups, weighed, network, most, weeks, ranks)[0]

            plan = contents.best(plan, plan_of, fewest=profile.strategy == "fewest_shipments")
        else:
            plan = contents.priced(plan)
    scores: tuple[LocationScore, ...] = ()
    if weighing is not None:
        plan = in_money(plan, problem.cost(plan.takes) + (contents.rise(plan) if contents else 0))
    left_units = supply.wanted_units - sum([units for _, _, units in plan.takes])
    if left_units and profile.all_or_nothing:
        plan = Plan(method="all or nothing", takes=[], cost=0, lower=0)
    if weighing is not None:
        scores = weighing.told(plan.takes)
    assignments = dealt(request, by_sku, supply, plan.takes, order, stock, keep)
    explain_places(request, profile, network, supply, problem, by_sku, plan, assignments, reasons, most)
    if scores:
        tell_scores(scores, reasons, network.currency)
    for k, place in enumerate(supply.places if weeks else ()):
        lasts = min([weeks[i][k] for i in range(len(supply.skus)) if supply.caps[i][k]])
        reasons[place.location_id] = explain.with_weeks(reasons[place.location_id], lasts)
    for place in supply.places if profile.strategy == "fastest" else ():
        day = arrives_on(place, request, network)
        if day is not None:
            reasons[place.location_id] = explain.with_arrival(reasons[place.location_id], day)
    return Decision(
        strategy=profile.strategy,
        method=plan.method,
        cost=Money(plan.cost, network.currency) if plan.takes else None,
        gap=Money(plan.cost - plan.lower, network.currency) if plan.cost > plan.lower else None,
        assignments=tuple(assignments),
        leftovers=(
            leftovers_of(request, profile, by_sku, groups, supply, problem, plan, len(eligible), most)
            if left_units
            else ()
        ),
        reasons=tuple([reasons[location_id] for location_id in network.sites]),
        profile=profile.label,
        because=request.because,
        given_up=tuple([rule.rule for rule in given_up]) + (("keep_together",) if apart else ()),
        shares=_shares(request, assignments) if request.rooms else (),
        when_left=profile.when_left,
        scores=scores,
    )


def _shares(request: RoutingRequest, assignments: Sequence[Assignment]) -> tuple[tuple[str, DayShare], ...]:
    used = {assignment.location_id for assignment in assignments}
    return tuple(sorted([(room.location_id, room.share) for room in request.rooms if room.location_id in used]))
