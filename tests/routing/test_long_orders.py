"""Long orders: answered with a stated method and a gap that holds."""

from __future__ import annotations

import random

import pytest

from omscore.cli.replay.routed import routed
from omscore.routing import Decision, Network, RoutingRequest, route
from tests.routing.shops import Stock, ask, location, network


def case(seed: int, lines: int, places: int, *, fill: float, depth: int) -> tuple[RoutingRequest, Network, Stock]:
    rng = random.Random(seed)  # noqa: S311
    shop = network(
        *(location(f"L{k:02}", country="DE" if k % 3 else "FR", handling_minor=30 * k % 170) for k in range(places)),
        penalty=150,
    )
    demands = [(n + 1, f"S{n}", rng.randint(1, 12), rng.choice((40, 90, 150, 320))) for n in range(lines)]
    stock = {
        f"S{n}": {(f"L{k:02}", "general"): rng.randint(1, depth) for k in range(places) if rng.random() < fill}
        for n in range(lines)
    }
    return ask(*demands), shop, stock


def check(decision: Decision, request: RoutingRequest, stock: Stock) -> None:
    wanted = {demand.sku: demand.units for demand in request.demands}
    got: dict[str, int] = {}
    for part in decision.assignments:
        got[part.sku] = got.get(part.sku, 0) + part.units
        assert part.units <= stock[part.sku][part.location_id, part.pool]
    assert got == {
        sku: min(units, sum(stock[sku].values())) for sku, units in wanted.items() if any(stock[sku].values())
    }
    assert decision.cost is not None
    if decision.gap is not None:
        assert 0 < decision.gap.minor < decision.cost.minor


@pytest.mark.parametrize(
    ("lines", "places", "fill", "depth", "methods"),
    [
        (24, 6, 0.7, 500, {"exact", "grouped", "one location"}),
        (24, 6, 0.7, 20, {"exact", "grouped", "exact, SKUs split", "grouped, SKUs split"}),
        (24, 40, 0.3, 500, {"bounded"}),
        (24, 40, 0.3, 14, {"bounded", "bounded, SKUs split"}),
    ],
)
def test_an_order_of_two_dozen_lines_says_how_it_was_routed(
    lines: int, places: int, fill: float, depth: int, methods: set[str]
) -> None:
    for seed in range(10):
        request, shop, stock = case(seed, lines, places, fill=fill, depth=depth)
        decision = route(request, shop, stock)
        check(decision, request, stock)
        assert decision.method in methods


@pytest.mark.parametrize("fill", [1.0, 0.7], ids=["held everywhere", "held here and there"])
def test_an_order_of_a_thousand_lines_is_answered_with_a_gap(fill: float) -> None:
    request, shop, stock = case(1, 1_100, 6, fill=fill, depth=600)
    decision = route(request, shop, stock)
    check(decision, request, stock)
    assert decision.cost is not None
    assert decision.gap is None or decision.gap.minor * 5 < decision.cost.minor


def test_a_long_order_that_one_light_location_holds_is_proven_from_there() -> None:
    request, shop, stock = case(2, 400, 6, fill=0.5, depth=9)
    request = ask(*((d.line_id, d.sku, 1, 1) for d in request.demands))
    stock = {sku: {**held, ("L01", "general"): 1} for sku, held in stock.items()}
    decision = route(request, shop, stock)
    assert (decision.method, decision.gap) == ("one location", None)
    assert {part.location_id for part in decision.assignments} == {"L01"}


def test_a_shuffled_long_order_gives_the_same_plan() -> None:
    for fill, depth, places in ((0.7, 20, 6), (0.3, 14, 40)):
        request, shop, stock = case(3, 24, places, fill=fill, depth=depth)
        rng = random.Random(4)  # noqa: S311
        demands, locations = list(request.demands), list(shop.locations)
        rng.shuffle(demands)
        rng.shuffle(locations)
        again = route(
            ask(*((d.line_id, d.sku, d.units, d.mass_g) for d in demands)), network(*locations, penalty=150), stock
        )
        assert again == route(request, shop, stock)


def test_what_a_shops_decisions_could_save_is_told_by_method() -> None:
    decisions = []
    for seed in range(40):
        request, shop, stock = case(seed, 3 + seed // 2, 6, fill=0.6, depth=14)
        decisions.append(route(request, shop, stock))
    told = routed(decisions, "EUR")
    sending = [decision for decision in decisions if decision.cost is not None]
    assert sum(each.decisions for each in told) == len(sending)
    assert sum(each.cost.minor for each in told) == sum(d.cost.minor for d in sending if d.cost is not None)
    assert sum(each.gap.minor for each in told) == sum(d.gap.minor for d in sending if d.gap is not None)
    assert sum(each.proven for each in told) == sum(decision.gap is None for decision in sending)
    assert sum(each.long for each in told) == sum(
        len({part.sku for part in d.assignments} | {left.sku for left in d.leftovers}) > 8 for d in sending
    )
    assert all(each.largest_gap <= each.gap for each in told)
    assert [each.decisions for each in told] == sorted((each.decisions for each in told), reverse=True)
