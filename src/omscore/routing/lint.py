"""What is odd about a shop's routing rules though each of them can be read: choices no order can reach, profiles
nothing uses, filters that let no location pass, rules that change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from omscore.parties import Channel
from omscore.records import changed, frozen
from omscore.routing.choices import Choice, OrderFacts, Rulebook
from omscore.routing.findings import Finding, warning
from omscore.routing.lintbounds import lint_clearance, lint_days, lint_reach
from omscore.routing.lintclashes import lint_clashes, passing
from omscore.routing.lintreach import ELSEWHERE, meeting
from omscore.routing.network import Network
from omscore.routing.queues import Queues
from omscore.routing.rules import OnlyGroups, OnlyKinds, SameMarket
from omscore.routing.scores import ClearanceScore


@frozen
class Used:
    """How often past orders took a choice, and how many none fitted. Shape: `taken` by the name of the choice."""

    orders: int
    taken: dict[str, int]


def lint(
    rulebook: Rulebook, network: Network, channels: Sequence[Channel], queues: Queues | None = None
) -> list[Finding]:
    """Everything odd about the rules, in the order of the configuration; empty when nothing is."""
    bounds = [*_out_of_bounds(rulebook, network)]
    told_of = {each.path for each in bounds}
    return [
        *_unreachable(rulebook, channels),
        *_to_nowhere(rulebook, network),
        *_unused_profiles(rulebook, queues or {}),
        *[each for each in lint_clashes(rulebook, network, channels) if each.path not in told_of],
        *bounds,
        *lint_reach(network),
        *_without_effect(rulebook, network),
        *_unused_groups(rulebook, network),
    ]


def used_by(rulebook: Rulebook, orders: Iterable[OrderFacts]) -> Used:
    """Which choices these orders would take now."""
    taken = {choice.name: 0 for choice in rulebook.choices}
    count = 0
    for facts in orders:
        count += 1
        choice = rulebook.fitting(facts)
        if choice is not None:
            taken[choice.name] += 1
    return Used(count, taken)


def lint_use(rulebook: Rulebook, used: Used) -> list[Finding]:
    """Choices that none of the past orders took, and orders that took none."""
    if not used.orders or not rulebook.choices:
        return []
    found = [
        warning(f"routing.choices.{number}", f"choice {choice.name}: none of {used.orders} orders took it")
        for number, choice in enumerate(rulebook.choices)
        if not used.taken[choice.name]
    ]
    left = used.orders - sum(used.taken.values())
    if left:
        first = rulebook.profiles[0].name
        says = f"{left} of {used.orders} orders fit no choice and take the first profile, {first}"
        found.append(warning("routing.choices", says))
    return found


def _unreachable(rulebook: Rulebook, channels: Sequence[Channel]) -> Iterator[Finding]:
    for number, choice in enumerate(rulebook.choices):
        winners = sorted(set(_winners(rulebook, choice, channels)))
        if choice.name not in winners:
            says = (
                f"whatever fits it is taken by {' and '.join(winners)}, which "
                f"{'comes' if len(winners) == 1 else 'come'} before it"
                if winners
                else "no order can meet its conditions"
            )
            yield warning(f"routing.choices.{number}", f"choice {choice.name} is never taken: {says}")


def _winners(rulebook: Rulebook, choice: Choice, channels: Sequence[Channel]) -> Iterator[str]:
    """Which choices the orders take that have just what this one asks for."""
    spoken_of = sorted({country for each in rulebook.choices for country in each.countries})
    for facts in meeting(rulebook, choice, channels, [*spoken_of, ELSEWHERE]):
        winner = rulebook.fitting(facts)
        if winner is not None:
            yield winner.name


def _to_nowhere(rulebook: Rulebook, network: Network) -> Iterator[Finding]:
    for number, choice in enumerate(rulebook.choices):
        nowhere = [country for country in choice.countries if not network.sorted_out("", (), country)[0]]
        if nowhere:
            yield warning(
                f"routing.choices.{number}.countries",
                f"choice {choice.name}: no location ships to {', '.join(nowhere)}, or no rate goes there",
            )


def _unused_profiles(rulebook: Rulebook, queues: Queues) -> Iterator[Finding]:
    named = [
        *[choice.profile for choice in rulebook.choices],
        *[each.profile for each in queues.values() if each.profile],
    ]
    begun = [rulebook.profiles[0], *map(rulebook.profile, named)]
    used = {each.name for profile in begun for each in rulebook.chain(profile)}
    for number, profile in enumerate(rulebook.profiles):
        if profile.name not in used:
            yield warning(
                f"routing.profiles.{number}",
                f"profile {profile.name} is never used: it is not the first, and no choice, queue or profile names it",
            )


def _out_of_bounds(rulebook: Rulebook, network: Network) -> Iterator[Finding]:
    for number, profile in enumerate(rulebook.profiles):
        left = passing(profile, network)
        if left:  # without any, that is the finding
            path = f"routing.profiles.{number}"
            yield from lint_days(path, profile, left, network)
            yield from lint_clearance(path, profile, left, network)


def _without_effect(rulebook: Rulebook, network: Network) -> Iterator[Finding]:
    """Filters that refuse no location of the network, wherever an order goes."""
    there = network.by_id
    for number, profile in enumerate(rulebook.profiles):
        for at, rule in enumerate(profile.filters):
            alone = changed(profile, filters=(changed(rule, hard=True),), otherwise="")
            if isinstance(rule, OnlyKinds | OnlyGroups):
                idle = len(passing(alone, network)) == sum(each.may_ship for each in there)
            elif isinstance(rule, SameMarket):
                reached = {country for each in there for country in each.ships_to}
                market = next((each for each in rule.markets if {place.country for place in there} <= set(each)), ())
                idle = "*" not in reached and bool(market) and reached <= set(market)
            else:
                idle = False
            if idle:
                yield warning(
                    f"routing.profiles.{number}.filters.{at}",
                    f"profile {profile.name}: {rule.rule} refuses none of the locations; leave it out",
                )


def _unused_groups(rulebook: Rulebook, network: Network) -> Iterator[Finding]:
    named = {
        name
        for profile in rulebook.profiles
        for rule in profile.filters
        if isinstance(rule, OnlyGroups)
        for name in rule.groups
    } | {
        name
        for profile in rulebook.profiles
        for score in profile.scores
        if isinstance(score, ClearanceScore)
        for name in score.groups
    }
    for number, group in enumerate(network.groups):
        if group.name not in named and not group.priority and group.max_distance_km is None:
            yield warning(
                f"routing.groups.{number}",
                f"group {group.name} does nothing: no filter or score names it, and it has neither priority nor "
                "max_distance_km",
            )
