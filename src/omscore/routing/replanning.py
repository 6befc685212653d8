"""What finds the plans of questions like one that was planned: for what else may be in the parcels, and for the plans
that come next.

Shape: apart from the function that asks, for what an inner function speaks of takes longer in all the outer one, and
most orders ask for one plan.
"""

from __future__ import annotations

from collections.abc import Callable

from omscore.records import changed
from omscore.routing.contents import Contents
from omscore.routing.mixes import MixedProblem
from omscore.routing.planned import Planning, planned_by
from omscore.routing.problem import Problem
from omscore.routing.strategies import Plan
from omscore.routing.supply import Supply
from omscore.routing.weighing import Weighing


def planner(planning: Planning, supply: Supply, weighing: Weighing | None) -> Callable[[Problem], Plan]:
    """What finds the best plan of a question about the same SKUs and locations, scores weighed in."""

    def plan_of(asked: Problem) -> Plan:
        return planned_by(planning, supply, asked if weighing is None else weighing.mixed(asked))[0]

    return plan_of


def planner_within(
    planning: Planning,
    supply: Supply,
    problem: Problem,
    mixed: MixedProblem | None,
    contents: Contents | None,
    plan_of: Callable[[Problem], Plan] | None,
) -> Callable[[list[list[int]]], Plan]:
    """What finds the best plan where locations give so much at most."""

    def within(caps: list[list[int]]) -> Plan:
        narrow, kept = (mixed or problem).limited(caps)
        other, _ = planned_by(planning, changed(supply, skus=[supply.skus[i] for i in kept]), narrow)
        other = changed(other, takes=[(kept[i], place, units) for i, place, units in other.takes])
        if contents is None or narrow.need != problem.need:  # what serves less is not looked at
            return other
        if plan_of is None:
            return contents.priced(other)
        money = problem.asking(problem.need, caps, problem.unit_mass, problem.worth, ())
        return contents.asked(money, narrow).best(other, plan_of, fewest=False)

    return within
