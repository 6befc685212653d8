"""From a request, a network and the stock to a decision, the same one however the input is shuffled.

Filters leave the eligible locations, supply says what they hold, a strategy chooses, dealing turns its choice into
assignments, and every location gets its reason. Soft filters give way, in their order, while units find no location;
then the profiles come that are named for that case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter

from omscore.capacity import DayShare
from omscore.money import Money
from omscore.records import changed, frozen, maker
from omscore.routing import explain
from omscore.routing.begun import within_caps
from omscore.routing.contents import Contents
from omscore.routing.eligibility import eligible_for
from omscore.routing.kits import KitQuestion, held_together
from omscore.routing.model import Assignment, Decision, Demand, LocationScore, RoutingRequest, Stock
from omscore.routing.network import Network
from omscore.routing.nextbest import next_best
from omscore.routing.offers import candidates_of, offers_of
from omscore.routing.ownstrategies import Ranks, ranks_of
from omscore.routing.planned import Planning, planned_by, weeks_of
from omscore.routing.problem import Problem
from omscore.routing.profiles import Profile
from omscore.routing.replanning import planner, planner_within
from omscore.routing.rules import Filter, kept_back
from omscore.routing.strategies import Plan
from omscore.routing.supply import SharedPart, dealt, problem_of, supply_of
from omscore.routing.telling import explain_places, leftovers_of, tell_arrivals, tell_scores, tell_weeks
from omscore.routing.together import groups_of
from omscore.routing.weighing import Weighing, in_money

_LINE_ID = attrgetter("line_id")
_new_decision, _new_planning = maker(Decision), maker(Planning)
_money = lru_cache(maxsize=4_096)(Money)
"""What plans cost comes again and again."""


def route(request: RoutingRequest, network: Network, stock: Stock) -> Decision:
    """Where each unit of an order ships from: the fewest units left over first, then what the strategy wants.

    Shape: `assignments` by line, location and pool; one reason per location of the network, by location id.
    Holds: no plan exceeds stock; the same input in any order gives the same plan; reasons explain every location; a
    filter gives way, and another profile is taken, only where fewer units are left over for it.
    Raises: InputError for an allowed location the network does not have, or a mass no service can carry.
    """
    for line in request.demands:
        if line.kit:
            kits = KitQuestion(request, network, stock)
            return routed(kits.request, network, stock, kits)[0]
    return routed(request, network, stock, None)[0]


@frozen(kw_only=True)
class Way:
    """By what an order is routed: a profile, its filters that are given up, and whether lines ship apart."""

    profile: Profile
    given_up: tuple[Filter, ...] = ()
    apart: bool = False


_new_way = maker(Way)


def routed(
    request: RoutingRequest, network: Network, stock: Stock, kits: KitQuestion | None
) -> tuple[Decision, Way, dict[str, list[Demand]]]:
    """The decision on a request in which kits, if any, are articles already; its way, and the lines of each SKU."""
    by_sku: dict[str, list[Demand]] = {}
    for line in sorted(request.demands, key=_LINE_ID):
        if line.sku in by_sku:
            by_sku[line.sku].append(line)
        else:
            by_sku[line.sku] = [line]
    best, way = _by_profile(request, request.profile, by_sku, network, stock, kits)
    because = request.because
    for profile in request.otherwise:
        if not best.leftovers:
            break
        because += f"{'; ' * bool(because)}{best.profile} left {explain.counted(best.left_units, 'unit')} over"
        other, another = _by_profile(request, profile, by_sku, network, stock, kits)
        if other.left_units < best.left_units:
            best, way = changed(other, because=because), another
    return best, way, by_sku


def _by_profile(
    request: RoutingRequest,
    profile: Profile,
    by_sku: dict[str, list[Demand]],
    network: Network,
    stock: Stock,
    kits: KitQuestion | None,
) -> tuple[Decision, Way]:
    """The decision of one profile, with as few of its soft filters given up as leave the fewest units over.

    Shape: after them lines ship apart that should ship together, if the profile allows it.
    """
    way = _new_way(profile=profile)
    best = _decided(request, way, by_sku, network, stock, kits)
    if not best.leftovers:
        return best, way
    soft = profile.soft
    for count in range(1, len(soft) + 1):
        eased = _new_way(profile=profile, given_up=soft[:count])
        other = _decided(request, eased, by_sku, network, stock, kits)
        if other.left_units < best.left_units:
            best, way = other, eased
            if not best.leftovers:
                break
    if best.leftovers and profile.keep_together == "if_possible" and any([line.together for line in request.demands]):
        eased = _new_way(profile=profile, given_up=profile.soft, apart=True)
        other = _decided(request, eased, by_sku, network, stock, kits)
        if other.left_units < best.left_units:
            best, way = other, eased
    for rule in reversed(way.given_up):  # one that was given up in vain on the way holds after all
        eased = changed(way, given_up=tuple([each for each in way.given_up if each is not rule]))
        other = _decided(request, eased, by_sku, network, stock, kits)
        if other.left_units == best.left_units:
            best, way = other, eased
    return best, way


def rules_of(request: RoutingRequest, way: Way) -> tuple[tuple[Filter, ...], int]:
    """The filters that hold, and the units they keep back in every cell with those of the channel."""
    rules = tuple([rule for rule in way.profile.filters if rule not in way.given_up])
    return rules, request.threshold_units + kept_back(rules)


def _decided(
    request: RoutingRequest,
    way: Way,
    by_sku: dict[str, list[Demand]],
    network: Network,
    stock: Stock,
    kits: KitQuestion | None,
) -> Decision:
    rules, keep = rules_of(request, way) if way.profile.filters else ((), request.threshold_units)
    if kits is None:
        return next(plans_of(request, way, rules, keep, by_sku, network, stock, ()))
    return kits.decision(
        lambda asked, shelf, shared: next(plans_of(asked, way, rules, keep, by_sku, network, shelf, shared)), keep
    )


def plans_of(
    request: RoutingRequest,
    way: Way,
    rules: tuple[Filter, ...],
    keep: int,
    by_sku: dict[str, list[Demand]],
    network: Network,
    stock: Stock,
    shared: Sequence[SharedPart],
) -> Iterator[Decision]:
    """What the strategy chooses; whoever asks on gets the plans that come next, where they are ranked by cost."""
    profile = way.profile
    eligible, reasons = eligible_for(request, network, rules)
    most = profile.most_locations(request.value)
    if request.begun:
        eligible, stock, most = within_caps(request, profile, eligible, reasons, stock)
    supply = supply_of(request, by_sku, eligible, stock, keep)
    problem = problem_of(supply, by_sku, request, network, split_lines=profile.split_lines, shared=shared)
    if shared:
        supply = held_together(supply, problem)
    groups = {} if way.apart else groups_of(by_sku)
    weeks = weeks_of(request, supply) if profile.strategy == "weeks_of_supply" else []
    ranks: Ranks = []
    if profile.own is not None:
        offers = offers_of(request, supply, by_sku, stock, keep)
        ranks = ranks_of(profile.own, candidates_of(request, network, supply), offers)
    weighing, mixed, contents = None, None, None
    plan_of: Callable[[Problem], Plan] | None = None
    if profile.scores:
        weighing = Weighing(profile.scores, request, supply, by_sku, network, stock, keep)
        mixed = weighing.mixed(problem)
    planning = _new_planning(request, profile, by_sku, groups, network, most, weeks, ranks)
    found, order = planned_by(planning, supply, mixed or problem)
    if network.rates.flags and found.takes:
        contents = Contents(problem, supply, by_sku, request.destination, network, mixed)
        if profile.strategy in ("cheapest", "fewest_shipments") and not (most or problem.bounds()):
            plan_of = planner(planning, supply, weighing)
            found = contents.best(found, plan_of, fewest=profile.strategy == "fewest_shipments")
        else:
            found = contents.priced(found)
    others: Iterator[Plan] | None = None
    chosen: Plan | None = found
    while chosen is not None:
        plan = chosen
        scores: tuple[LocationScore, ...] = ()
        if weighing is not None:
            plan = in_money(plan, problem.cost(plan.takes) + (contents.rise(plan) if contents else 0))
        left_units = supply.wanted_units
        for _, _, units in plan.takes:
            left_units -= units
        if left_units and profile.all_or_nothing:
            plan = Plan(method="all or nothing", takes=[], cost=0, lower=0)
        if weighing is not None:
            scores = weighing.told(plan.takes)
        assignments = dealt(request, by_sku, supply, plan.takes, order, stock, keep)
        explain_places(request, profile, network, supply, problem, by_sku, plan, assignments, reasons, most)
        if scores:
            tell_scores(scores, reasons, network.currency)
        if weeks:
            tell_weeks(weeks, supply, reasons)
        if profile.strategy == "fastest":
            tell_arrivals(supply, request, network, reasons)
        yield _new_decision(
            strategy=profile.strategy,
            method=plan.method,
            cost=_money(plan.cost, network.currency) if plan.takes else None,
            gap=_money(plan.cost - plan.lower, network.currency) if plan.cost > plan.lower else None,
            assignments=tuple(assignments),
            leftovers=(
                leftovers_of(request, profile, by_sku, groups, supply, problem, plan, len(eligible), most)
                if left_units
                else ()
            ),
            reasons=tuple(map(reasons.__getitem__, network.sites)),
            profile=profile.label,
            because=request.because,
            given_up=_given_up(way) if way.given_up or way.apart else (),
            shares=_shares(request, assignments) if request.rooms else (),
            when_left=profile.when_left,
            scores=scores,
        )
        if others is None:  # somebody asks on
            within = planner_within(planning, supply, problem, mixed, contents, plan_of)
            tries = 4 if problem.bounds() or plan_of is not None else 1  # such a question is several
            others = next_best(problem, found, within, tries=tries) if plan.takes else iter(())
        chosen = next(others, None)


def _given_up(way: Way) -> tuple[str, ...]:
    return tuple([rule.rule for rule in way.given_up]) + (("keep_together",) if way.apart else ())


def _shares(request: RoutingRequest, assignments: Sequence[Assignment]) -> tuple[tuple[str, DayShare], ...]:
    used = {assignment.location_id for assignment in assignments}
    return tuple(sorted([(room.location_id, room.share) for room in request.rooms if room.location_id in used]))
