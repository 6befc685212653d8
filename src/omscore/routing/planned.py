"""What a profile's strategy chooses: one question, one plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple, assert_never

from omscore.records import changed
from omscore.routing.arrivals import arrives_on
from omscore.routing.mixes import MixedProblem
from omscore.routing.mixing import least_mix
from omscore.routing.model import Demand, RoutingRequest
from omscore.routing.network import Network
from omscore.routing.ownstrategies import Ranks, first_ranked
from omscore.routing.problem import Problem
from omscore.routing.profiles import Profile
from omscore.routing.rooms import within_room
from omscore.routing.strategies import Plan, cheapest, fewest_shipments, in_order
from omscore.routing.supply import Supply
from omscore.routing.together import Groups, Joined
from omscore.routing.weeks import Weeks, lasting, longest_first


class Planning(NamedTuple):
    """What every plan of one question goes by; `most` is how many locations a plan may take, 0 for any number."""

    request: RoutingRequest
    profile: Profile
    by_sku: dict[str, list[Demand]]
    groups: Groups
    network: Network
    most: int
    weeks: Weeks
    ranks: Ranks


def planned_by(planning: Planning, supply: Supply, problem: Problem) -> tuple[Plan, Sequence[int]]:
    """What the strategy chooses, and the order in which the chosen locations are dealt out to lines."""
    if not planning.groups:
        members = [[i] for i in range(len(problem.need))] if planning.weeks or planning.ranks else []
        return _chosen(planning, supply, problem, members)
    joined = Joined(problem, supply.skus, planning.by_sku, planning.groups)
    plan, order = _chosen(planning, supply, joined.problem, joined.members)
    return changed(plan, takes=joined.apart(plan.takes)), order


def _chosen(
    planning: Planning, supply: Supply, problem: Problem, members: list[list[int]]
) -> tuple[Plan, Sequence[int]]:
    request, profile, _, _, network, most, weeks, ranks = planning
    order: Sequence[int] = range(len(supply.places))
    match profile.strategy:
        case "cheapest":
            if not problem.room and not problem.shared:
                return _least(problem, most), order
            return within_room(problem, lambda asked: _least(asked, most)), order
        case "fewest_shipments":
            return within_room(problem, lambda asked: fewest_shipments(asked, most)), order
        case "fastest":
            days = [arrives_on(place, request, network) for place in supply.places]
            return _fastest(problem, days, lambda asked: within_room(asked, lambda each: cheapest(each, most))), order
        case "in_order" | "weeks_of_supply" | "own":
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
    orders: Sequence[Sequence[int]] = [order] * len(problem.need)
    if weeks:
        orders = longest_first(weeks, members, order)
    elif ranks:
        orders = first_ranked(ranks, members, order)
    return in_order(problem, orders, most, whole=not profile.split_lines), order


def _least(problem: Problem, most: int) -> Plan:
    """The least costly plan, scores weighed in where the question has some."""
    return least_mix(problem, most) if isinstance(problem, MixedProblem) else cheapest(problem, most)


def _fastest(problem: Problem, days: Sequence[date | None], plan_of: Callable[[Problem], Plan]) -> Plan:
    """The least costly plan from the locations that could have sent the order earliest and serve as much as all could.

    Shape: `days` by location; a location of which nobody knows the day comes last.
    """
    plan = plan_of(problem)
    most = problem.served(plan.takes)
    for day in sorted({day for day in days if day is not None}):
        mask = sum([1 << place for place, arrives in enumerate(days) if arrives is not None and arrives <= day])
        narrow, kept = problem.within(mask)
        found = plan_of(narrow)
        takes = [(kept[i], place, units) for i, place, units in found.takes]
        if problem.served(takes) == most:
            return changed(found, takes=takes)
    return plan


def weeks_of(request: RoutingRequest, supply: Supply) -> Weeks:
    """How long what each place has of each SKU would last it."""
    velocity = {(sku, location_id): units for sku, location_id, units in request.velocity}
    return lasting(supply.skus, [place.location_id for place in supply.places], supply.caps, velocity)
