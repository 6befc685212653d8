"""What a shop's routing rules cost, in money: the plans they lead to against the least costly ones there are."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from omscore.money import Money
from omscore.records import changed, frozen
from omscore.routing.engine import route
from omscore.routing.model import Decision
from omscore.routing.profiles import STANDARD, Profile
from omscore.routing.whatif import Question


@frozen(kw_only=True)
class RuleCost:
    """What one rule costs: what the orders it bears on would save without it, all other rules kept.

    Shape: `orders` would cost something else without it; `units` more would find a location.
    """

    profile: str
    rule: str
    orders: int
    saved: Money
    units: int


@frozen(kw_only=True)
class RulesCost:
    """What all rules together cost over some orders.

    Shape: `cost` and `optimum` are summed over the orders of which the same units are sent with and without rules;
    `units_left` more units find a location without them. `rules` in the order of the profiles.
    """

    orders: int
    compared: int
    cost: Money
    optimum: Money
    units_left: int
    rules: tuple[RuleCost, ...]

    @property
    def share(self) -> Decimal:
        """How much more the plans cost than they must. Units: 0.05 is five percent."""
        return Decimal(self.cost.minor - self.optimum.minor) / self.optimum.minor if self.optimum.minor else Decimal(0)


def rules_cost(questions: Iterable[Question], currency: str) -> RulesCost:
    """What the profiles of these questions cost against exact routing without any rule.

    Holds: the optimum is never above the cost where both are proven.
    """
    orders = compared = cost = optimum = units_left = 0
    tallies: dict[tuple[str, str], list[int]] = {}
    for question in questions:
        orders += 1
        ruled = question.decide()
        free = _by(question, STANDARD)
        units_left += ruled.left_units - free.left_units
        if ruled.left_units == free.left_units:
            compared += 1
            cost += _minor(ruled)
            optimum += min(_minor(free), _minor(ruled))
        for rule, without in _without_one(question.request.profile):
            tally = tallies.setdefault((question.request.profile.label, rule), [0, 0, 0])
            other = _by(question, without)
            if other.left_units < ruled.left_units:
                tally[2] += ruled.left_units - other.left_units
            elif other.left_units == ruled.left_units and _minor(other) != _minor(ruled):
                tally[0] += 1
                tally[1] += _minor(ruled) - _minor(other)
    return RulesCost(
        orders=orders,
        compared=compared,
        cost=Money(cost, currency),
        optimum=Money(optimum, currency),
        units_left=units_left,
        rules=tuple(
            RuleCost(profile=profile, rule=rule, orders=count, saved=Money(saved, currency), units=units)
            for (profile, rule), (count, saved, units) in tallies.items()
        ),
    )


def _by(question: Question, profile: Profile) -> Decision:
    request = changed(question.request, profile=profile, otherwise=())
    return route(request, question.network, question.stock)


def _minor(decision: Decision) -> int:
    return 0 if decision.cost is None else decision.cost.minor


def _without_one(profile: Profile) -> list[tuple[str, Profile]]:
    """The profile with one of its rules left out, by the name of the rule."""
    found = [
        (rule.rule, changed(profile, filters=tuple([each for each in profile.filters if each is not rule])))
        for rule in profile.filters
    ]
    found += [
        (
            f"score {each.score}",
            changed(profile, scores=tuple([other for other in profile.scores if other is not each])),
        )
        for each in profile.scores
    ]
    if profile.strategy != STANDARD.strategy:
        found.append(
            (
                f"strategy {profile.strategy if profile.own is None else profile.own.strategy}",
                changed(profile, strategy=STANDARD.strategy, own=None),
            )
        )
    if profile.max_locations:
        found.append(("max_locations", changed(profile, max_locations=0)))
    if profile.whole_below is not None:
        found.append(("whole_below", changed(profile, whole_below=None)))
    if not profile.split_lines:
        found.append(("split_lines", changed(profile, split_lines=True)))
    if profile.all_or_nothing:
        found.append(("all_or_nothing", changed(profile, all_or_nothing=False)))
    return found
