"""Orders of the last time: those that routing would find no location for are named, and bounds that reach none."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from omscore.places import Destination, LocationKind, Point
from omscore.records import changed
from omscore.routing import (
    ArrivesWithin,
    LocationGroup,
    MaxDistance,
    Network,
    OnlyGroups,
    OnlyKinds,
    Profile,
    RoutingRequest,
    Rulebook,
    SafetyStock,
    SameMarket,
    route,
)
from omscore.routing.lintorders import BOUNDS, lint_orders, stuck
from omscore.routing.rules import Filter
from tests.routing.shops import ask, location, network, on_shelf

KINDS = (LocationKind.WAREHOUSE, LocationKind.STORE)
FRIDAY = datetime(2026, 3, 6, 9, tzinfo=UTC)


def random_rules(rng: random.Random) -> tuple[Filter, ...]:
    every: list[Filter] = [
        OnlyKinds(kinds=(rng.choice(KINDS),), hard=rng.random() < 0.8),
        OnlyGroups(groups=(rng.choice(("g0", "g1")),), hard=rng.random() < 0.8),
        MaxDistance(km=rng.choice((100, 300, 600)), hard=rng.random() < 0.8),
        SameMarket(markets=rng.choice(((), (("AT", "DE"),)))),
        ArrivesWithin(days=rng.randint(2, 7)),
        SafetyStock(units=5),
    ]
    return tuple(rng.sample(every, rng.randint(0, 4)))


def random_order(seed: int) -> tuple[RoutingRequest, Network]:
    rng = random.Random(seed)  # noqa: S311
    names = [f"L{k}" for k in range(rng.randint(1, 4))]
    places = [
        location(
            name,
            country=rng.choice(("DE", "AT")),
            kind=rng.choice(KINDS),
            point=Point(rng.uniform(47, 54), rng.uniform(7, 14)),
            max_distance_km=rng.choice((None, None, 150, 400)),
            ships_to=rng.choice((("*",), ("DE",))),
        )
        for name in names
    ]
    groups = tuple(
        [
            LocationGroup(
                name=name,
                locations=tuple(rng.sample(names, rng.randint(1, len(names)))),
                max_distance_km=rng.choice((None, None, 300)),
            )
            for name in ("g0", "g1")
        ]
    )
    point = Point(rng.uniform(47, 54), rng.uniform(7, 14)) if rng.random() < 0.8 else None
    request = ask(
        (1, "S", rng.randint(1, 3), rng.choice((100, 3_000))),
        profile=Profile(name="first", filters=random_rules(rng)),
        otherwise=(Profile(name="second", filters=random_rules(rng)),) * (rng.random() < 0.3),
        destination=Destination(country=rng.choice(("DE", "AT")), point=point),
        allowed=tuple(rng.sample(names, rng.randint(1, len(names)))) if rng.random() < 0.3 else (),
    )
    return changed(request, at=FRIDAY + timedelta(hours=rng.randint(0, 90))), network(*places, groups=groups)


def finds_none(request: RoutingRequest, shop: Network) -> bool:
    """Whether routing leaves all units over though everything is there everywhere."""
    return not route(request, shop, on_shelf(S={place.location_id: 99 for place in shop.locations})).assignments


def test_an_order_is_stuck_if_and_only_if_routing_finds_it_no_location_with_full_shelves() -> None:
    found = fine = several = 0
    for seed in range(3_000):
        request, shop = random_order(seed)
        able, _ = shop.sorted_out(request.channel, request.allowed_locations, request.destination.country)
        why = stuck(request, shop)
        assert (why is not None) == (finds_none(request, shop) and bool(able)), seed
        fine += why is None
        if why is None:
            continue
        found += 1
        named = tuple([request.profile.filters[k] for k in why.filters])
        unbounded = [changed(place, max_distance_km=None) for place in shop.locations]
        free = network(*unbounded, groups=tuple([changed(each, max_distance_km=None) for each in shop.groups]))
        its = shop if BOUNDS in why.names else free
        alone = changed(request, profile=Profile(name="first", filters=named), otherwise=())
        assert finds_none(alone, its), seed
        for rule in named:
            rest = tuple([other for other in named if other is not rule])
            assert not finds_none(changed(alone, profile=Profile(name="first", filters=rest)), its), seed
        if BOUNDS in why.names:
            assert not finds_none(alone, free), seed
        several += len(why.names) > 1
    assert found > 500
    assert fine > 1_500
    assert several > 100


NEAR, FAR = Point(50.0, 10.0), Point(52.0, 10.0)  # 222 km apart


def orders(count: int, to: Point | None, profile: Profile = Profile(name="plain")) -> list[RoutingRequest]:  # noqa: B008
    request = ask((1, "S", 1, 100), profile=profile, destination=Destination(country="DE", point=to))
    return [changed(request, order_id=f"ord_{number}", at=FRIDAY) for number in range(count)]


def found_in(shop: Network, profile: Profile, *asked: list[RoutingRequest]) -> list[tuple[str, str]]:
    rulebook = Rulebook(currency="EUR", profiles=(profile, Profile(name="last")))
    every = [changed(each, profile=profile) for some in asked for each in some]
    if profile.otherwise:
        every = [changed(each, otherwise=(rulebook.profile(profile.otherwise),)) for each in every]
    return [(each.path, each.says) for each in lint_orders(rulebook, shop, every)]


def test_filters_that_leave_an_order_no_location_are_named_with_how_many_orders_and_one_of_them() -> None:
    shop = network(
        location("A", kind=LocationKind.STORE, point=FAR),
        location("B", point=NEAR),
        groups=(LocationGroup(name="south", locations=("B",)),),
    )
    plain = Profile(name="plain", filters=(OnlyKinds(kinds=(LocationKind.STORE,)), MaxDistance(km=100)))
    assert found_in(shop, plain, orders(3, NEAR), orders(5, FAR)) == [
        (
            "routing.profiles.0.filters",
            "profile plain: only_kinds (store) and max_distance (100 km) together leave no location for 3 of 8 orders, "
            "such as ord_0 to DE; loosen one of them",
        )
    ]
    assert found_in(shop, plain, orders(5, FAR), orders(5, None)) == []
    assert found_in(shop, changed(plain, otherwise="last"), orders(3, NEAR)) == []


def test_bounds_of_the_locations_may_be_what_leaves_an_order_none() -> None:
    shop = network(location("A", point=FAR, max_distance_km=100), location("B", point=FAR, max_distance_km=50))
    assert found_in(shop, Profile(name="plain"), orders(1, NEAR)) == [
        (
            "locations",
            "profile plain: max_distance_km of the locations and their groups leaves no location for 1 of 1 order, "
            "such as ord_0 to DE; loosen it",
        )
    ]


def test_a_location_a_group_or_a_filter_that_reaches_none_of_the_orders_is_named_with_the_nearest() -> None:
    shop = network(
        location("A", point=NEAR),
        location("B", point=FAR, max_distance_km=100),
        groups=(LocationGroup(name="north", locations=("B",), max_distance_km=50),),
    )
    plain = Profile(name="plain", filters=(MaxDistance(km=30, hard=False),))
    told = (
        "reaches none of 20 orders that could ship otherwise, the nearest of them {} km away; raise it or leave it out"
    )
    there = Point(50.5, 10.0)  # 56 km from A, 167 km from B
    assert found_in(shop, plain, orders(20, there), orders(9, None)) == [
        ("locations.1.max_distance_km", f"location B: max_distance_km of 100 km {told.format(167)}"),
        ("routing.groups.0.max_distance_km", f"group north: max_distance_km of 50 km {told.format(167)}"),
        ("routing.profiles.0.filters.0", f"profile plain: max_distance of 30 km {told.format(56)}"),
    ]
    assert found_in(shop, plain, orders(19, there)) == []  # too few to tell


def test_next_to_none_is_told_of_groups_and_filters_and_none_at_all_of_single_locations() -> None:
    shop = network(
        location("A", point=NEAR),
        location("B", point=FAR, max_distance_km=50),
        groups=(LocationGroup(name="north", locations=("B",), max_distance_km=50),),
    )
    few = [*orders(1, FAR), *orders(99, NEAR)]
    assert found_in(shop, Profile(name="plain"), few) == [
        (
            "routing.groups.0.max_distance_km",
            "group north: max_distance_km of 50 km reaches 1 of 100 orders that could ship otherwise, the nearest of "
            "them 0 km away; raise it or leave it out",
        )
    ]
    assert found_in(shop, Profile(name="plain"), few, orders(1, FAR)) == []


def test_bounds_that_are_said_to_reach_none_send_none() -> None:
    named = 0
    for seed in range(150):
        rng = random.Random(seed)  # noqa: S311
        _, drawn = random_order(seed)
        bounds = [rng.choice((None, 10, 40, 150)) for _ in drawn.locations]
        places = [changed(place, max_distance_km=km) for place, km in zip(drawn.locations, bounds, strict=True)]
        shop = changed(drawn, locations=tuple(places))
        asked = [
            changed(each, destination=Destination(country="DE", point=Point(rng.uniform(47, 54), rng.uniform(7, 14))))
            for each in orders(rng.randint(20, 40), NEAR)
        ]
        said = {path for path, _ in found_in(shop, Profile(name="plain"), asked)}
        for at, place in enumerate(shop.locations):
            free = changed(shop, groups=())
            sent = [not finds_none(changed(each, allowed_locations=(place.location_id,)), free) for each in asked]
            assert (f"locations.{at}.max_distance_km" in said) == (
                not any(sent) and place.max_distance_km is not None and place.ships_to_country("DE")
            ), seed
            named += f"locations.{at}.max_distance_km" in said
    assert named > 30
