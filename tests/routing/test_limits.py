"""Caps on where an order may come from, and the plan with the fewest parcels, against trying everything."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from itertools import combinations

import pytest

from omscore.errors import InputError
from omscore.money import Money
from omscore.records import changed
from omscore.routing import Decision, Network, Profile, RoutingRequest, route
from tests.routing.shops import Stock, ask, least_cost, location, network, on_shelf, random_case

HUGE = 10**9


def within(request: RoutingRequest, shop: Network, stock: Stock, most: int) -> tuple[int, bool, int]:
    """Units left over, whether a SKU is torn that need not be, and the cost of the best plan from so many locations."""
    places = [one.location_id for one in shop.locations]
    wanted = {sku: sum(d.units for d in request.demands if d.sku == sku) for sku in {d.sku for d in request.demands}}

    def holds(place: str, sku: str) -> bool:
        return stock[sku].get((place, "general"), 0) >= min(wanted[sku], sum(stock[sku].values()))

    found = []
    for chosen in combinations(places, min(most, len(places))):
        there = {sku: {cell: units for cell, units in held.items() if cell[0] in chosen} for sku, held in stock.items()}
        cost, left = least_cost(request, shop, there)
        torn = any(
            any(holds(place, sku) for place in places)
            and not any(holds(place, sku) for place in chosen)
            and sum(stock[sku].get((place, "general"), 0) > 0 for place in chosen) > 1
            for sku in wanted
        )
        found.append((left, torn, cost))
    return min(found)


def shipments(decision: Decision) -> int:
    return len({part.location_id for part in decision.assignments})


@pytest.mark.parametrize("most", [1, 2, 3])
def test_an_order_comes_from_no_more_locations_than_its_profile_allows_at_the_least_cost(most: int) -> None:
    cut = proven = 0
    profile = Profile(name="few", max_locations=most)
    for seed in range(500):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = random_case(rng, lines=3, places=4, tame=seed % 3 > 0, depth=rng.choice((2, 4)))
        decision = route(changed(request, profile=profile), shop, stock)
        left, _, cost = within(request, shop, stock, most)
        assert shipments(decision) <= most, seed
        assert decision.left_units == left, seed
        found = decision.cost.minor if decision.cost else 0
        assert found == cost if decision.gap is None else 0 <= found - cost <= decision.gap.minor, seed
        cut += decision.left_units > 0
        proven += decision.gap is None
    assert cut > 20
    assert proven > 490


def test_the_plan_with_the_fewest_parcels_has_the_fewest_and_then_costs_the_least() -> None:
    dearer = 0
    profile = Profile(name="whole", strategy="fewest_shipments")
    for seed in range(800):
        request, shop, stock = random_case(random.Random(seed), lines=4, places=4, tame=seed % 3 > 0)  # noqa: S311
        decision = route(changed(request, profile=profile), shop, stock)
        if decision.cost is None:
            continue
        steep, left = least_cost(request, changed(shop, split_penalty_minor=HUGE), stock)
        count = steep // HUGE + 1
        assert decision.left_units == left
        assert shipments(decision) == count, seed
        assert decision.gap is None, seed
        assert decision.cost.minor == steep % HUGE + shop.split_penalty_minor * (count - 1), seed
        cheapest = route(request, shop, stock)
        assert cheapest.cost is not None
        assert cheapest.cost <= decision.cost
        dearer += cheapest.cost < decision.cost
    assert dearer > 10


def test_lines_that_are_not_split_come_from_one_location_each() -> None:
    profile = Profile(name="unsplit", split_lines=False)
    short = 0
    for seed in range(500):
        request, shop, stock = random_case(random.Random(seed), lines=3, places=4)  # noqa: S311
        if len({demand.sku for demand in request.demands}) < len(request.demands):
            continue
        decision = route(changed(request, profile=profile), shop, stock)
        most = {demand.sku: max(stock[demand.sku].values(), default=0) for demand in request.demands}
        asked = [(d.line_id, d.sku, min(d.units, most[d.sku]), d.mass_g) for d in request.demands if most[d.sku]]
        cost, _ = least_cost(ask(*asked), shop, stock) if asked else (0, 0)
        assert (decision.cost.minor if decision.cost else 0) == cost, seed
        assert decision.gap is None
        for demand in request.demands:
            assert len({part.location_id for part in decision.assignments if part.line_id == demand.line_id}) <= 1
        short += any("lines are not split" in left.says for left in decision.leftovers)
    assert short > 20


@pytest.mark.parametrize("strategy", ["in_order", "nearest"])
def test_strategies_that_follow_a_list_keep_to_the_caps_too(strategy: str) -> None:
    profile = Profile(name="listed", strategy=strategy, max_locations=2, split_lines=False)  # type: ignore[arg-type]
    for seed in range(300):
        request, shop, stock = random_case(random.Random(seed), lines=4, places=5)  # noqa: S311
        decision = route(changed(request, profile=profile), shop, stock)
        assert shipments(decision) <= 2
        for sku in {demand.sku for demand in request.demands}:
            assert len({part.location_id for part in decision.assignments if part.sku == sku}) <= 1


@pytest.mark.parametrize("strategy", ["cheapest", "fewest_shipments"])
def test_a_cap_on_locations_splits_no_line_that_must_be_whole(strategy: str) -> None:
    profile = Profile(name="p", strategy=strategy, max_locations=2, split_lines=False)  # type: ignore[arg-type]
    decision = route(
        ask((1, "X", 3, 100), (2, "Y", 10, 100), (3, "Z", 10, 100), profile=profile),
        network(location("A"), location("B"), location("C")),
        on_shelf(X={"A": 3, "B": 2, "C": 2}, Y={"B": 10}, Z={"C": 10}),
    )
    assert len({part.location_id for part in decision.assignments if part.sku == "X"}) <= 1
    for seed in range(300):
        request, shop, stock = random_case(random.Random(seed), lines=4, places=5)  # noqa: S311
        found = route(changed(request, profile=profile), shop, stock)
        assert shipments(found) <= 2
        for sku in {demand.sku for demand in request.demands}:
            assert len({part.location_id for part in found.assignments if part.sku == sku}) <= 1, seed


def test_a_small_order_is_not_split_and_a_large_one_is() -> None:
    shop = network(location("A"), location("B"))
    stock = on_shelf(S={"A": 1}, T={"B": 1})
    profile = Profile(name="careful", whole_below=Decimal("50"))
    request = ask((1, "S", 1, 100), (2, "T", 1, 100), profile=profile)
    small, large = (route(changed(request, value=Money.of(value, "EUR")), shop, stock) for value in ("49.99", "50.00"))
    assert shipments(small) == 1
    assert [left.says for left in small.leftovers] == [
        "1 of 1 unit could be sold, but the order may come from no more than 1 location"
    ]
    assert shipments(large) == 2


def test_all_or_nothing_sends_everything_or_holds_everything_back() -> None:
    shop = network(location("A"), location("B"))
    profile = Profile(name="complete", all_or_nothing=True)
    request = ask((1, "S", 2, 100), (2, "T", 1, 100), profile=profile)
    whole = route(request, shop, on_shelf(S={"A": 1, "B": 1}, T={"B": 1}))
    assert not whole.leftovers
    part = route(request, shop, on_shelf(S={"A": 2}))
    assert part.assignments == ()
    assert part.cost is None
    assert {left.line_id: left.units for left in part.leftovers} == {1: 2, 2: 1}
    assert [reason.says for reason in part.reasons] == [
        "has 2 of the 3 units; nothing is sent before everything can be",
        "has 0 of the 3 units",
    ]


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda: Profile(name="x", version=0), "must be 1 or more"),
        (lambda: Profile(name="x", max_locations=-1), "zero .no cap. or more"),
        (lambda: Profile(name="x", whole_below=Decimal(0)), "above zero"),
        (lambda: Profile(name="No Blanks"), "small letters"),
    ],
)
def test_a_profile_out_of_bounds_is_refused(made: Callable[[], Profile], says: str) -> None:
    with pytest.raises(InputError, match=says):
        made()
