"""Filters that together leave no location, found from the rules and the network alone.

A filter whose answer depends on the order is taken to let a location pass that it could let pass for some order to the
country; so what is said here holds for every order. Own filters of plugins are taken to let everything pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple, assert_never

from omscore.parties import Channel
from omscore.places import ANYWHERE, Location
from omscore.routing.choices import Rulebook
from omscore.routing.clashes import clashing, leaving, told
from omscore.routing.extents import least_km
from omscore.routing.findings import Finding, Severity
from omscore.routing.lintreach import ELSEWHERE, Begun, begun
from omscore.routing.network import Network
from omscore.routing.profiles import Profile
from omscore.routing.rules import (
    ArrivesWithin,
    Filter,
    MaxDistance,
    OnlyGroups,
    OnlyKinds,
    OwnFilter,
    SafetyStock,
    SameMarket,
)

_MOST_TOLD = 5


class CountryClash(NamedTuple):
    """Orders that find no location by the rules, and filters of the profile they begin with that leave none.

    Shape: it `is_certain` unless the distance is a reason: it counts where the destination has a point.
    """

    orders: Begun
    filters: tuple[Filter, ...]
    is_certain: bool


def may_pass(rule: Filter, location: Location, network: Network, country: str = "") -> bool:
    """Whether the filter could let the location pass for some order; to the country, where one is named."""
    match rule:
        case MaxDistance():
            return not country or least_km(location.point, country) <= rule.km
        case OnlyGroups():
            return bool(set(network.sites[location.location_id].groups) & set(rule.groups))
        case OnlyKinds():
            return location.kind in rule.kinds
        case SameMarket():
            market = {location.country}.union(*[each for each in rule.markets if location.country in each])
            return not country or country in market
        case ArrivesWithin():
            days = network.rates.least_days(location.country, country) if country else None
            return days is None or days <= rule.days
        case SafetyStock() | OwnFilter():
            return True
        case _:
            assert_never(rule)


def passing(profile: Profile, network: Network) -> list[Location]:
    """The locations that the hard filters of a profile could let pass for some order."""
    return [
        each
        for each in network.by_id
        if each.may_ship and all([may_pass(rule, each, network) for rule in profile.filters if rule.hard])
    ]


def lint_clashes(rulebook: Rulebook, network: Network, channels: Sequence[Channel]) -> Iterator[Finding]:
    """Filters of a profile that leave no location at all, none of a channel, or none that ships to a country.

    Holds: of the filters that are named each is needed for that.
    """
    ships = frozenset([each.location_id for each in network.by_id if each.may_ship])
    if not ships:
        yield Finding(Severity.ERROR, "locations", "no location may ship; set may_ship = true for one of them")
        return
    for at, channel in enumerate(channels):
        if channel.locations and ships.isdisjoint(channel.locations):
            says = f"channel {channel.name}: none of its locations may ship; name others, or set may_ship = true"
            yield Finding(Severity.ERROR, f"channels.{at}.locations", says)
    orders = begun(rulebook, channels, _countries(network))
    for number, profile in enumerate(rulebook.profiles):
        takers = {each.channel.name for each in orders if profile in rulebook.chain(each.profile)}
        of_takers = [each for each in channels if each.name in takers]
        yield from _anywhere(rulebook, network, of_takers, ships, number, profile)
    yield from _by_country(rulebook, network, channels)


def _anywhere(
    rulebook: Rulebook,
    network: Network,
    channels: Sequence[Channel],
    ships: frozenset[str],
    number: int,
    profile: Profile,
) -> Iterator[Finding]:
    """What holds wherever an order goes; the channels are those whose orders come to the profile."""
    there = "none of the locations that may ship"
    others = {each.location_id for other in rulebook.chain(profile)[1:] for each in passing(other, network)}
    if clash := _clash(profile.filters, network, ships):
        severity, outcome = (Severity.WARNING, "it never ships") if others else (Severity.ERROR, "nothing ships")
        yield _found(severity, number, profile, clash, f"{there}; {outcome}")
        return
    if clash := _clash(profile.filters, network, ships, soft=True):
        yield _found(Severity.WARNING, number, profile, clash, f"{there}; soft ones always give way")
    for channel in channels:
        if clash := _clash(profile.filters, network, ships.intersection(channel.locations)):
            severity = Severity.ERROR if others.isdisjoint(channel.locations) else Severity.WARNING
            yield _found(severity, number, profile, clash, f"none of the locations of channel {channel.name}")


def country_clashes(rulebook: Rulebook, network: Network, channels: Sequence[Channel]) -> Iterator[CountryClash]:
    """Orders to countries that locations or choices name, where some location ships but none by any profile tried.

    Holds: where the filters leave none wherever an order goes, its country is not the reason, and it is not here.
    """
    ships = frozenset([each.location_id for each in network.by_id if each.may_ship])

    @cache
    def clash(profile: str, among: frozenset[str], country: str) -> tuple[Filter, ...]:
        return _clash(rulebook.profile(profile).filters, network, among, country)

    for each in begun(rulebook, channels, _countries(network)):
        channel, tried = each.channel, rulebook.chain(each.profile)
        able = network.sorted_out(channel.name, channel.locations, each.country)[0]
        among = frozenset([place.location_id for place in able])
        if not among or each.country == ELSEWHERE:
            continue
        clashes = [clash(profile.name, among, each.country) for profile in tried]
        its = ships.intersection(channel.locations) if channel.locations else ships
        if all(clashes) and not all([clash(profile.name, its, "") for profile in tried]):
            by_distance = any([isinstance(rule, MaxDistance) for found in clashes for rule in found])
            yield CountryClash(each, clashes[0], not by_distance)


def _by_country(rulebook: Rulebook, network: Network, channels: Sequence[Channel]) -> Iterator[Finding]:
    found: dict[tuple[str, tuple[Filter, ...], bool], list[str]] = {}
    for (profile, channel, country), clash, is_certain in country_clashes(rulebook, network, channels):
        found.setdefault((profile.name, clash, is_certain), []).append(f"{channel.name} to {country}")
    for (name, clash, is_certain), where in found.items():
        number = [each.name for each in rulebook.profiles].index(name)
        profile = rulebook.profiles[number]
        yield _found(
            Severity.ERROR if is_certain else Severity.WARNING,
            number,
            profile,
            clash,
            f"no location for orders of {', '.join(where[:_MOST_TOLD])}"
            f"{f' and {len(where) - _MOST_TOLD} more' if len(where) > _MOST_TOLD else ''}"
            f"{'' if is_certain else ', as far as the destination has a point'}"
            f"{', nor do the profiles that are tried after it' if profile.otherwise else ''}",
        )


def _clash(
    filters: Sequence[Filter], network: Network, among: frozenset[str], country: str = "", *, soft: bool = False
) -> tuple[Filter, ...]:
    """Hard filters, and with `soft` the others too, that let none of these locations pass; empty when some passes."""
    rules = [rule for rule in filters if rule.hard or soft]
    left = [
        frozenset([name for name in among if may_pass(rule, network.sites[name].location, network, country)])
        for rule in rules
    ]
    return tuple([rules[k] for k in clashing(left, among)])


def _found(severity: Severity, number: int, profile: Profile, clash: Sequence[Filter], whom: str) -> Finding:
    path = f"routing.profiles.{number}.filters"
    if len(clash) == 1:
        path = f"{path}.{profile.filters.index(clash[0])}"
    cure = "loosen it" if len(clash) == 1 else "loosen one of them"
    return Finding(severity, path, f"profile {profile.name}: {leaving(list(map(told, clash)))} {whom}; {cure}")


def _countries(network: Network) -> list[str]:
    """The countries that locations name in what they ship to, and not only by shipping anywhere."""
    return sorted({country for each in network.by_id if each.may_ship for country in each.ships_to} - {ANYWHERE})
