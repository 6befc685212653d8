"""A change that is told would have made the location ship, and a smaller one of its sort would not."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from omscore.errors import InputError
from omscore.items import ItemFlag
from omscore.money import Money
from omscore.places import Destination, Downtime, Point
from omscore.records import changed
from omscore.routing import MaxDistance, Profile, Question, SafetyStock, WhatIf, what_would_ship_from
from tests.routing.shops import Stock, ask, location, network, on_shelf, random_case

FIRE = Downtime(since=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2027, 1, 1, tzinfo=UTC), says="fire")
MUNICH = Destination(country="DE", point=Point(48.1, 11.6))


def told(found: tuple[WhatIf, ...]) -> dict[str, str]:
    return {each.change: each.says for each in found}


def more(stock: Stock, sku: str, place: str, units: int) -> Stock:
    level = dict(stock.get(sku, {}))
    level[place, "general"] = level.get((place, "general"), 0) + units
    return {**stock, sku: level}


def test_stock_that_is_told_is_the_least_that_makes_the_location_ship() -> None:
    shown = 0
    for seed in range(300):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = random_case(rng, lines=3, places=4)
        question = Question(request=request, network=shop, stock=stock)
        place = rng.choice([each.location_id for each in shop.locations])
        ships_already = any(part.location_id == place for part in question.decide().assignments)
        found = what_would_ship_from(place, question)
        assert not (ships_already and found)
        for each in found:
            assert any(part.location_id == place for part in each.decision.assignments), (seed, each.says)
            if each.change == "stock":
                units, sku = int(each.says.split()[1]), each.says.split()[-1]
                made = changed(question, stock=more(stock, sku, place, units)).decide()
                assert made == each.decision
                less = changed(question, stock=more(stock, sku, place, units - 1)).decide()
                assert not any(part.location_id == place for part in less.assignments), (seed, each.says)
                shown += 1
    assert shown > 50


def test_a_location_that_ships_already_needs_no_change() -> None:
    question = Question(request=ask((1, "S", 1, 100)), network=network(location("A")), stock=on_shelf(S={"A": 1}))
    assert what_would_ship_from("A", question) == ()


def test_distance_and_price_are_told_with_their_least_amount() -> None:
    shop = network(
        location("BER", point=Point(52.5, 13.4), handling_minor=80),
        location("NUE", point=Point(49.5, 11.1), handling_minor=30),
        per_100km=20,
    )
    question = Question(
        request=ask((1, "S", 1, 100), destination=MUNICH), network=shop, stock=on_shelf(S={"BER": 1, "NUE": 1})
    )
    found = what_would_ship_from("BER", question)
    # 506 km are 1.01, 160 km are 0.32: 0.69 of way and 0.50 of handling are to be made good, which no way alone does.
    assert told(found) == {"price": f"if a parcel from there cost {Money(119, 'EUR')} less"}
    near = changed(shop, locations=(changed(shop.by_id[0], handling_minor=20), shop.by_id[1]))
    assert told(what_would_ship_from("BER", changed(question, network=near)))["distance"] == "294 km closer"
    dear = changed(
        shop, locations=(changed(shop.by_id[0], handling_minor=180), shop.by_id[1]), distance_minor_per_100km=0
    )
    assert told(what_would_ship_from("BER", changed(question, network=dear))) == {
        "price": f"if a parcel from there cost {Money(150, 'EUR')} less"
    }


@pytest.mark.parametrize(
    ("place", "changes", "says"),
    [
        ({"may_ship": False}, {}, {"may_ship": "if it shipped at all"}),
        ({"ships_to": ("FR",)}, {}, {"ships_to": "if it shipped to DE"}),
        ({}, {"allowed_locations": ("B",)}, {"channel": "if channel web could use it"}),
        ({"max_distance_km": 10}, {}, {"reach": "if its reach were not bounded", "distance": "212 km closer"}),
        ({"refuses": (ItemFlag.FOOD,)}, {}, {"refuses": "if it refused no items"}),
        (
            {
                "downtimes": (
                    Downtime(
                        since=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2027, 1, 1, tzinfo=UTC), says="fire"
                    ),
                )
            },
            {},
            {"downtime": "if it were not down"},
        ),
        (
            {},
            {"profile": Profile(name="near", filters=(MaxDistance(km=100),))},
            {"filter": "without the filter max_distance", "distance": "122 km closer"},
        ),
        (
            {},
            {"profile": Profile(name="careful", filters=(SafetyStock(units=2),))},
            {"filter": "without the filter safety_stock", "stock": "with 2 more units of S"},
        ),
    ],
)
def test_what_stands_in_the_way_is_told(place: dict[str, Any], changes: dict[str, Any], says: dict[str, str]) -> None:
    shop = network(location("A", point=Point(50.1, 11.6)), location("B", country="AT"))
    first = changed(shop.by_id[0], **place)
    request = ask((1, "S", 1, 100), destination=MUNICH)
    demands = tuple(changed(demand, flags=(ItemFlag.FOOD,)) for demand in request.demands)
    request = changed(request, demands=demands, at=datetime(2026, 6, 1, tzinfo=UTC), **changes)
    question = Question(
        request=request, network=changed(shop, locations=(first, shop.by_id[1])), stock=on_shelf(S={"A": 1})
    )
    assert told(what_would_ship_from("A", question)) == says


def test_a_place_at_the_pole_can_be_moved_to() -> None:
    pole = Point(90.0, 0.0)
    shop = network(location("A", point=Point(-50.0955, 0.0)), location("B", point=pole), per_100km=30)
    question = Question(
        request=ask((1, "X", 1, 100), destination=Destination(country="DE", point=pole)),
        network=shop,
        stock=on_shelf(X={"A": 1, "B": 1}),
    )
    assert "distance" in told(what_would_ship_from("A", question))


def test_an_unknown_location_is_refused() -> None:
    question = Question(request=ask((1, "S", 1, 100)), network=network(location("A")), stock={})
    with pytest.raises(InputError, match="the network has no location 'Z'"):
        what_would_ship_from("Z", question)
