"""Filters that leave no location: what the linter names is what it takes, and feasible shops are left alone."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from importlib.resources import files
from itertools import combinations, product
from pathlib import Path

from omscore.ids import LocationId
from omscore.parties import Channel, ChannelKind
from omscore.places import Destination, LocationKind, Point
from omscore.policy.loading import load_shop
from omscore.policy.starter import write_starter_shop
from omscore.records import changed
from omscore.routing import (
    ArrivesWithin,
    Choice,
    LocationGroup,
    MaxDistance,
    Network,
    OnlyGroups,
    OnlyKinds,
    OrderFacts,
    Profile,
    Rulebook,
    SameMarket,
    route,
)
from omscore.routing.clashes import clashing, told
from omscore.routing.findings import Finding, Severity
from omscore.routing.lint import lint
from omscore.routing.lintclashes import country_clashes, lint_clashes
from omscore.routing.rules import Filter
from tests.kit.shops import RATES, SHOP
from tests.routing.shops import ask, location, network, on_shelf

COUNTRIES = ("AT", "DE", "FR")
KINDS = (LocationKind.WAREHOUSE, LocationKind.STORE, LocationKind.SUPPLIER)
MONDAY = datetime(2026, 3, 2, 7, tzinfo=UTC)
GROUPS = ("g0", "g1", "g2")


def test_the_sets_named_have_nothing_in_common_and_without_any_of_them_the_others_have() -> None:
    rng = random.Random(7)  # noqa: S311
    clashes = 0
    for _ in range(4_000):
        among = frozenset("ABCDE"[: rng.randint(1, 5)])
        left = [frozenset(rng.sample("ABCDEF", rng.randint(0, 6))) for _ in range(rng.randint(0, 6))]
        found = clashing(left, among)
        assert bool(found) == (not among.intersection(*left))
        if found:
            named = [left[k] for k in found]
            assert not among.intersection(*named)
            for k in range(len(named)):
                assert among.intersection(*named[:k], *named[k + 1 :])
            clashes += len(found) > 1
    assert clashes > 300


def random_rules(rng: random.Random) -> tuple[Filter, ...]:
    every: list[Filter] = [
        OnlyKinds(kinds=tuple(rng.sample(KINDS, rng.randint(1, 2))), hard=rng.random() < 0.8),
        OnlyGroups(groups=tuple(rng.sample(GROUPS, rng.randint(1, 2))), hard=rng.random() < 0.8),
        OnlyGroups(groups=(rng.choice(GROUPS),)),
        SameMarket(markets=rng.choice(((), (("AT", "DE"),), (("DE", "FR"),))), hard=rng.random() < 0.8),
        ArrivesWithin(days=rng.randint(1, 6)),
    ]
    return tuple(dict.fromkeys(rng.sample(every, rng.randint(0, 4))))


def random_shop(seed: int) -> tuple[Rulebook, Network, tuple[Channel, ...]]:
    """A shop whose places, groups and rules hang together by chance."""
    rng = random.Random(seed)  # noqa: S311
    names = [f"L{k}" for k in range(rng.randint(2, 5))]
    places = [
        location(
            name,
            country=rng.choice(COUNTRIES),
            kind=rng.choice(KINDS),
            may_ship=rng.random() < 0.9,
            ships_to=rng.choice((("*",), ("DE",), ("AT", "DE"), COUNTRIES)),
        )
        for name in names
    ]
    groups = tuple(LocationGroup(name=g, locations=tuple(rng.sample(names, rng.randint(1, 2)))) for g in GROUPS)
    profiles = (
        Profile(name="first", filters=random_rules(rng), otherwise=rng.choice(("", "", "second"))),
        Profile(name="second", filters=random_rules(rng)),
    )
    choices = (
        Choice(name="vip", profile="second", tags=("vip",), channels=rng.choice(((), ("web",)))),
        Choice(name="south", profile=rng.choice(("first", "second")), countries=rng.choice((("AT",), ("FR", "DE")))),
    )
    channels = (
        Channel(name="web", kind=ChannelKind.WEB, currency="EUR"),
        Channel(
            name="store",
            kind=ChannelKind.STORE,
            currency="EUR",
            locations=tuple(map(LocationId, rng.sample(names, rng.randint(1, len(names))))),
        ),
    )
    rulebook = Rulebook(currency="EUR", profiles=profiles, choices=choices[: rng.randint(0, 2)])
    return rulebook, network(*places, groups=groups), channels


def ships(profiles: tuple[Profile, ...], shop: Network, channel: Channel, country: str) -> bool:
    """Whether routing would ship an order early on a Monday, if everything were there everywhere."""
    to = Destination(country=country)
    request = ask((1, "S", 1, 100), profile=profiles[0], otherwise=profiles[1:], destination=to)
    request = changed(request, allowed_locations=channel.locations, at=MONDAY)
    return bool(route(request, shop, on_shelf(S={place.location_id: 9 for place in shop.locations})).assignments)


def asked_by(rulebook: Rulebook, channels: tuple[Channel, ...]) -> list[tuple[Profile, Channel, str]]:
    """With which profile orders begin, tried for all there could be."""
    found = []
    for channel in channels:
        for country in COUNTRIES:
            for tags in ((), ("vip",)):
                facts = OrderFacts(channel=channel.name, country=country, tags=tags)
                found.append((rulebook.choose(facts).profile, channel, country))
    return found


def shipped_to(shop: Network, rulebook: Rulebook) -> set[str]:
    """The countries the shop names."""
    of_places = {country for place in shop.locations if place.may_ship for country in place.ships_to}
    return (of_places | {country for each in rulebook.choices for country in each.countries}) - {"*"}


def test_orders_are_said_to_find_no_location_if_and_only_if_routing_finds_none() -> None:
    silent = loud = 0
    for seed in range(800):
        rulebook, shop, channels = random_shop(seed)
        paths = [each.path.split(".") for each in lint(rulebook, shop, channels) if about_filters(each)]
        stops = {path[2] for path in paths if path[1:2] == ["profiles"]}
        told_of = {
            (each.orders.profile.name, each.orders.channel.name, each.orders.country)
            for each in country_clashes(rulebook, shop, channels)
        }
        for profile, channel, country in asked_by(rulebook, channels):
            able, _ = shop.sorted_out(channel.name, channel.locations, country)
            if not able or country not in shipped_to(shop, rulebook):
                continue
            is_told = (profile.name, channel.name, country) in told_of
            does_ship = ships(rulebook.chain(profile), shop, channel, country)
            assert not (is_told and does_ship), seed
            assert does_ship or str(rulebook.profiles.index(profile)) in stops, seed
            silent += does_ship
            loud += is_told
    assert silent > 2_500
    assert loud > 200


def about_filters(each: Finding) -> bool:
    """Whether a finding says that filters let no location pass."""
    return " leave" in each.says or "transit_days" in each.says


def all_hard(filters: tuple[Filter, ...]) -> tuple[Filter, ...]:
    return tuple(dict.fromkeys([changed(rule, hard=True) for rule in filters]))


def test_feasible_shops_are_left_alone() -> None:
    feasible = 0
    for seed in range(800):
        rulebook, shop, channels = random_shop(seed)
        strict = [changed(each, filters=all_hard(each.filters), otherwise="") for each in rulebook.profiles]
        every = product(strict, channels, shipped_to(shop, rulebook) | {"DE"})
        if all(ships((profile,), shop, channel, country) for profile, channel, country in every):
            feasible += 1
            assert not [*lint_clashes(rulebook, shop, channels)], seed
    assert feasible > 60


def test_without_any_of_the_filters_that_are_named_some_location_is_left() -> None:
    several = 0
    for seed in range(800):
        rulebook, shop, channels = random_shop(seed)
        for (profile, channel, country), named, is_certain in country_clashes(rulebook, shop, channels):
            assert is_certain
            alone = changed(profile, filters=named, otherwise="")
            assert not ships((alone,), shop, channel, country), seed
            for rule in named:
                rest = changed(alone, filters=tuple([other for other in named if other is not rule]))
                assert ships((rest,), shop, channel, country), seed
            several += len(named) > 1
    assert several > 40


WEB = Channel(name="web", kind=ChannelKind.WEB, currency="EUR")
GERMAN = network(
    location("A", ships_to=("DE", "AT")),
    location("B", kind=LocationKind.STORE, ships_to=("DE",)),
    groups=(LocationGroup(name="south", locations=("B",)),),
)


def found_in(shop: Network, *filters: Filter, choices: tuple[Choice, ...] = ()) -> list[tuple[str, str, str]]:
    profile = Profile(name="plain", filters=filters)
    rulebook = Rulebook(currency="EUR", profiles=(profile,), choices=choices)
    return [(each.severity, each.path, each.says) for each in lint(rulebook, shop, (WEB,))]


def test_three_filters_of_which_any_two_go_together_are_named_all_three() -> None:
    shop = network(
        location("A", kind=LocationKind.STORE),
        location("B", kind=LocationKind.WAREHOUSE),
        location("C", kind=LocationKind.STORE),
        groups=(
            LocationGroup(name="ab", locations=("A", "B")),
            LocationGroup(name="bc", locations=("B", "C")),
            LocationGroup(name="all", locations=("A", "B", "C")),
        ),
    )
    store = OnlyKinds(kinds=(LocationKind.STORE,))
    rules: tuple[Filter, ...] = (
        OnlyGroups(groups=("ab",)),
        OnlyGroups(groups=("bc",)),
        store,
        OnlyGroups(groups=("all",)),
    )
    assert (
        Severity.ERROR,
        "routing.profiles.0.filters",
        "profile plain: only_groups (ab), only_groups (bc) and only_kinds (store) together leave none of the "
        "locations that may ship; nothing ships; loosen one of them",
    ) in found_in(shop, *rules)
    for left_out in range(3):
        kept = [rule for k, rule in enumerate(rules) if k != left_out]
        assert not [says for _, _, says in found_in(shop, *kept) if "together leave" in says]


def test_a_country_that_a_location_ships_to_but_no_rule_lets_any_is_named() -> None:
    assert found_in(GERMAN, OnlyGroups(groups=("south",))) == [
        (
            Severity.ERROR,
            "routing.profiles.0.filters.0",
            "profile plain: only_groups (south) leaves no location for orders of web to AT; loosen it",
        )
    ]
    assert (
        Severity.ERROR,
        "routing.profiles.0.filters.0",
        "profile plain: arrives_within (3 days) leaves no location for orders of web to AT; loosen it",
    ) in found_in(GERMAN, ArrivesWithin(days=3))


def test_a_distance_less_than_the_way_to_a_country_is_found_without_any_order() -> None:
    shop = network(
        location("A", point=Point(50.0, 8.0), ships_to=("DE", "AT"), max_distance_km=80),
        location("B", point=Point(53.5, 10.0), ships_to=("AT",), max_distance_km=250),
        groups=(LocationGroup(name="north", locations=("B",), max_distance_km=200),),
    )
    assert found_in(shop) == [
        (
            Severity.WARNING,
            "locations.1.max_distance_km",
            "location B: max_distance_km of 250 is less than the way to any country it ships to, 277 km at least; "
            "raise it or leave it out",
        ),
        (
            Severity.WARNING,
            "routing.groups.0.max_distance_km",
            "group north: max_distance_km of 200 is less than the way to any country it ships to, 277 km at least; "
            "raise it or leave it out",
        ),
    ]
    far = network(location("A", point=Point(53.5, 10.0), ships_to=("DE", "AT")))
    assert found_in(far, MaxDistance(km=200)) == [
        (
            Severity.WARNING,
            "routing.profiles.0.filters.0",
            "profile plain: max_distance (200 km) leaves no location for orders of web to AT, as far as the "
            "destination has a point; loosen it",
        )
    ]
    assert found_in(far, MaxDistance(km=600)) == []


def test_shops_that_come_with_omscore_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text(SHOP, encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    demo = tmp_path / "demo"
    demo.mkdir()
    for name in ("shop.toml", "rates.csv"):
        text = files("omscore.cli").joinpath(f"demo/{name}").read_text(encoding="utf-8")
        (demo / name).write_text(text, encoding="utf-8")
    for config in (tmp_path / "shop.toml", demo / "shop.toml", write_starter_shop(tmp_path / "starter")):
        shop = load_shop(config)
        assert lint(shop.rulebook(), shop.network(), shop.channels, shop.queues) == []


def test_pairs_of_filters_are_told_as_they_are_set() -> None:
    rules: list[Filter] = [MaxDistance(km=5), SameMarket(), ArrivesWithin(days=2)]
    assert [told(one) + told(other) for one, other in combinations(rules, 2)] == [
        "max_distance (5 km)same_market",
        "max_distance (5 km)arrives_within (2 days)",
        "same_marketarrives_within (2 days)",
    ]
