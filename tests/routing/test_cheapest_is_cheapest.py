"""The cheapest strategy against a reference that tries every admissible plan."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from omscore.routing import Assignment, Decision, Demand, Network, RateTable, RoutingRequest, route
from omscore.routing.covers import count_bound, demand_groups
from omscore.routing.kernel import one_shipment_each, partition, subset_masses
from omscore.routing.problem import shared_bound
from omscore.routing.supply import problem_of, supply_of
from tests.routing.shops import (
    ABROAD,
    BY_PRIORITY,
    HOME,
    Stock,
    ask,
    least_cost,
    location,
    network,
    on_shelf,
    random_case,
    random_table,
)


def minor(decision: Decision) -> int:
    return decision.cost.minor if decision.cost else 0


def gap(decision: Decision) -> int:
    return decision.gap.minor if decision.gap else 0


def recomputed(decision: Decision, request: RoutingRequest, shop: Network) -> int:
    """The cost of the assignments, from the quotes alone."""
    mass = {demand.line_id: demand.mass_g for demand in request.demands}
    loads: dict[str, int] = {}
    for part in decision.assignments:
        loads[part.location_id] = loads.get(part.location_id, 0) + part.units * mass[part.line_id]
    costs = [shop.shipment_cost(shop.location(name), request.destination, load) for name, load in loads.items()]
    return sum(cost.minor for cost in costs if cost) + shop.split_penalty_minor * max(0, len(loads) - 1)


@pytest.mark.parametrize("tame", [True, False], ids=["rising prices", "prices that jump"])
def test_small_orders_cost_what_trying_everything_finds(tame: bool) -> None:
    methods: Counter[str] = Counter()
    for seed in range(1_500):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = random_case(rng, lines=5, places=rng.randint(1, 4), tame=tame)
        decision = route(request, shop, stock)
        best, left = least_cost(request, shop, stock)
        assert (minor(decision), gap(decision)) == (best, 0), seed
        assert sum(leftover.units for leftover in decision.leftovers) == left, seed
        assert recomputed(decision, request, shop) == best, seed
        methods[decision.method] += 1
    assert {"one location", "exact", "exact, SKUs split"} <= set(methods)


def test_eight_whole_skus_are_exact_even_where_two_light_shipments_beat_a_heavy_one() -> None:
    for seed in range(60):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = random_case(rng, lines=8, places=4, units=2, tame=False, depth=6)
        stock = {sku: {cell: units + 4 for cell, units in held.items()} for sku, held in stock.items()}
        decision = route(request, shop, stock)
        assert (minor(decision), gap(decision)) == (least_cost(request, shop, stock)[0], 0), seed


def test_middling_orders_never_claim_a_smaller_gap_than_the_true_one() -> None:
    proven = 0
    for seed in range(120):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = random_case(rng, lines=11, places=4, units=2, depth=3, tame=seed % 3 > 0)
        decision = route(request, shop, stock)
        best, _ = least_cost(request, shop, stock)
        assert minor(decision) >= best, seed
        assert minor(decision) - gap(decision) <= best, seed
        proven += decision.gap is None
    assert proven > 90


def test_in_order_tells_a_gap_that_holds_even_against_plans_that_tear_skus_apart() -> None:
    for seed in range(300):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = random_case(rng, lines=4, places=3, units=2)
        request = ask(*((d.line_id, d.sku, d.units, d.mass_g) for d in request.demands), profile=BY_PRIORITY)
        decision = route(request, shop, stock)
        best, left = least_cost(request, shop, stock, apart=True)
        assert minor(decision) - gap(decision) <= best <= minor(decision), seed
        assert sum(leftover.units for leftover in decision.leftovers) == left, seed


def test_a_location_ships_once_even_when_the_card_would_reward_two_parcels() -> None:
    tops, prices = [100, 10_000], [100, 900]
    mass = subset_masses([100, 100])
    both = ([3], [0], [0], [0, 2], tops, prices)
    total, ships = one_shipment_each(mass, *both, 0)
    assert (total, ships) == (900, [3])
    assert partition([0, 100, 100, 900], 0)[0] == 200
    assert partition([0, 100, 100, 900], 50)[0] == 250
    assert partition([0, 100, 100, 900], 800) == (900, [3])


def test_a_split_penalty_keeps_an_order_together() -> None:
    locations = (location("A", country="AT"), location("B"), location("C"))
    request = ask((1, "X", 1, 100), (2, "Y", 1, 100))
    stock = on_shelf(X={"A": 1, "B": 1}, Y={"A": 1, "C": 1})
    assert {a.location_id for a in route(request, network(*locations), stock).assignments} == {"B", "C"}
    assert {a.location_id for a in route(request, network(*locations, penalty=200), stock).assignments} == {"A"}


def test_the_cheapest_plan_is_the_same_from_fifty_locations_as_from_the_few_that_matter() -> None:
    rng = random.Random(5)  # noqa: S311
    shop = network(
        *(location(f"L{k:02}", handling_minor=10 * k) for k in range(50)), table=random_table(rng, tame=True)
    )
    request = ask(*((n, f"S{n}", 1, 100 + 40 * n) for n in range(8)))
    stock = on_shelf(**{f"S{n}": {f"L{k:02}": 1 for k in range(50) if k % 8 == n} for n in range(8)})
    decision = route(request, shop, stock)
    assert [part.location_id for part in decision.assignments] == [f"L{n:02}" for n in range(8)]
    assert decision.gap is None


def test_equal_costs_go_to_the_location_that_sorts_first() -> None:
    stock: Stock = on_shelf(S={"B": 5, "A": 5, "C": 5})
    decision = route(ask((1, "S", 5, 100)), network(location("C"), location("B"), location("A")), stock)
    assert decision.assignments == (Assignment(line_id=1, sku="S", location_id="A", pool="general", units=5),)


def test_equal_costs_go_to_the_location_that_sorts_first_even_across_zones() -> None:
    # 1,500 g cost 6.50 from home and 2.50 handling, or 9.00 from abroad; the far one sorts first, then last.
    stock = on_shelf(**{f"S{n}": {"A": 1, "B": 1, "Z": 1} for n in range(3)})
    request = ask(*((n, f"S{n}", 1, 500) for n in range(3)))
    home, far = location("B", handling_minor=250), {name: location(name, country="AT") for name in "AZ"}
    for name, chosen in (("A", "A"), ("Z", "B")):
        decision = route(request, network(home, far[name]), stock)
        assert {part.location_id for part in decision.assignments} == {chosen}
    both = stock | on_shelf(S9={"C": 1})
    wider = ask(*((n, f"S{n}", 1, 500) for n in (0, 1, 2, 9)))
    decision = route(wider, network(home, far["A"], location("C")), both)
    assert {part.location_id for part in decision.assignments} == {"A", "C"}


def test_orders_of_twenty_lines_are_bounded_by_what_trying_everything_finds() -> None:
    open_gaps = 0
    for seed in range(40):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = random_case(rng, lines=20, places=3, units=1, depth=1, tame=seed % 2 == 0)
        request = ask(*((n, f"S{n}", 1, rng.choice((50, 100, 300, 450))) for n in range(20)))
        decision = route(request, shop, stock)
        best, _ = least_cost(request, shop, stock)
        assert minor(decision) - gap(decision) <= best <= minor(decision), seed
        open_gaps += decision.gap is not None
    assert 0 < open_gaps < 30


def test_a_card_of_many_small_bands_does_not_loosen_the_proof() -> None:
    rows = "\n".join(
        f"post,parcel,{zone},{10 * n},{10 * n + 10},{3 + n // 9}.{n * 37 % 100:02},EUR,1"
        for zone in ("home", "abroad")
        for n in range(60)
    )
    card = "carrier,service,zone,min_g,max_g,price,currency,transit_days\n" + rows
    table = RateTable.from_csv(card, (HOME, ABROAD))
    for seed in range(150):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = random_case(rng, lines=9, places=3, units=2, depth=2)
        shop = network(*shop.locations, table=table, penalty=shop.split_penalty_minor)
        decision = route(request, shop, stock)
        best, _ = least_cost(request, shop, stock)
        assert minor(decision) - gap(decision) <= best <= minor(decision), seed


def test_the_quick_bounds_never_exceed_the_true_optimum() -> None:
    tight = 0
    for seed in range(400):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = random_case(rng, lines=4, places=4, tame=seed % 2 == 0)
        by_sku: dict[str, list[Demand]] = {}
        for demand in request.demands:
            by_sku.setdefault(demand.sku, []).append(demand)
        supply = supply_of(request, by_sku, shop.by_id, stock, keep=0)
        if not supply.need:
            continue
        problem = problem_of(supply, by_sku, request, shop, split_lines=True)
        best, _ = least_cost(request, shop, stock)
        by_count = count_bound(problem, demand_groups(problem))
        assert by_count <= best, seed
        assert shared_bound(problem, apart=False) <= best, seed
        assert shared_bound(problem, apart=True) <= least_cost(request, shop, stock, apart=True)[0], seed
        tight += by_count == best
    assert tight > 20


@pytest.mark.parametrize(
    "limit", ["opensets.MAX_PACKED", "opensets.MAX_NODES", "opensets.MAX_MEASURED", "covers.MAX_SETS"]
)
def test_a_search_that_meets_its_limit_at_once_still_tells_a_true_gap(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"omscore.routing.{limit}", 0)
    for seed in range(80):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = random_case(rng, lines=10, places=4, units=2, depth=2, tame=seed % 2 == 0)
        decision = route(request, shop, stock)
        best, _ = least_cost(request, shop, stock)
        assert minor(decision) - gap(decision) <= best <= minor(decision), seed
