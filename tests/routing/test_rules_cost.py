"""What rules cost: never less than nothing against the proven optimum, and each rule's share by leaving it out."""

from __future__ import annotations

import random

from omscore.places import Destination, Point
from omscore.records import changed
from omscore.routing import MaxDistance, Profile, Question
from omscore.routing.rulescost import rules_cost
from tests.routing.shops import ask, location, network, on_shelf, random_case

PROFILES = (
    Profile(name="plain"),
    Profile(name="few", strategy="fewest_shipments"),
    Profile(name="listed", strategy="in_order"),
    Profile(name="one", max_locations=1),
    Profile(name="unsplit", split_lines=False),
)


def test_rules_never_cost_less_than_nothing() -> None:
    dearer = 0
    for seed in range(200):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = random_case(rng, lines=3, places=4)
        question = Question(request=changed(request, profile=PROFILES[seed % 5]), network=shop, stock=stock)
        found = rules_cost([question], "EUR")
        assert found.cost >= found.optimum
        assert found.units_left >= 0
        dearer += found.cost > found.optimum
    assert dearer > 20


def test_a_shop_without_rules_pays_nothing_for_them() -> None:
    questions = []
    for seed in range(20):
        request, shop, stock = random_case(random.Random(seed), lines=3, places=4)  # noqa: S311
        questions.append(Question(request=request, network=shop, stock=stock))
    found = rules_cost(questions, "EUR")
    assert (found.orders, found.compared) == (20, 20)
    assert found.share == 0
    assert not found.rules


def test_each_rule_is_told_with_what_it_would_save_and_what_it_keeps_back() -> None:
    shop = network(
        location("FAR", point=Point(54.0, 10.0)), location("NEAR", point=Point(48.0, 10.0), handling_minor=90)
    )
    near = Profile(name="near", filters=(MaxDistance(km=100),), max_locations=1)
    request = ask((1, "S", 2, 100), destination=Destination(country="DE", point=Point(48.1, 10.0)), profile=near)
    dear = Question(request=request, network=shop, stock=on_shelf(S={"FAR": 2, "NEAR": 2}))
    short = Question(request=request, network=shop, stock=on_shelf(S={"FAR": 1, "NEAR": 1}))
    found = rules_cost([dear, short], "EUR")
    assert (str(found.cost), str(found.optimum), found.compared, found.units_left) == ("4.90 EUR", "4.00 EUR", 1, 1)
    assert [(each.rule, str(each.saved), each.orders, each.units) for each in found.rules] == [
        ("max_distance", "1.80 EUR", 2, 0),
        ("max_locations", "0.00 EUR", 0, 0),
    ]
