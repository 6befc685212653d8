"""The exact strategy and an independent mixed-integer program come to the same cost, order for order."""

from __future__ import annotations

import random

import pytest

from omscore.records import changed
from omscore.routing import Profile, route
from tests.kit.mip import model_of, solved
from tests.routing.shops import random_case


@pytest.mark.parametrize(("lines", "places", "cases"), [(3, 4, 150), (6, 8, 60), (8, 12, 25)])
def test_the_cheapest_plan_costs_what_a_solver_finds(lines: int, places: int, cases: int) -> None:
    torn = 0
    for seed in range(cases):
        request, shop, stock = random_case(
            random.Random(seed),  # noqa: S311
            lines=lines,
            places=places,
            tame=seed % 3 > 0,
            depth=2 + seed % 3,
        )
        decision = route(request, shop, stock)
        if decision.cost is None:
            continue
        found = solved(model_of(request, shop, stock))
        assert found is not None
        if seed % 3:  # a rate card on which more never costs less
            assert decision.gap is None, seed
        allowed = 1e-6 * found + (0 if decision.gap is None else decision.gap.minor)
        assert -1e-6 * found <= decision.cost.minor - found <= allowed, seed
        torn += "split" in decision.method
    assert torn > cases // 20


def test_many_articles_that_nobody_has_enough_of_are_settled_too() -> None:
    settled = 0
    for seed in range(60):
        request, shop, stock = random_case(random.Random(seed), lines=7, places=10, units=3, depth=1)  # noqa: S311
        decision = route(request, shop, stock)
        if decision.cost is None or decision.gap is not None:
            continue
        found = solved(model_of(request, shop, stock))
        assert found is not None
        assert abs(decision.cost.minor - found) <= 1e-6 * found, seed
        settled += 1
    assert settled > 50


def test_with_a_cap_on_locations_it_costs_what_a_solver_finds() -> None:
    capped = 0
    profile = Profile(name="few", max_locations=2)
    for seed in range(400):
        request, shop, stock = random_case(random.Random(seed), lines=5, places=6, depth=6)  # noqa: S311
        free = route(request, shop, stock)
        if len({part.location_id for part in free.assignments}) <= 2:
            continue
        decision = route(changed(request, profile=profile), shop, stock)
        if decision.cost is None or decision.gap is not None or decision.left_units > free.left_units:
            continue  # not everything can come from two: there is no such plan in the program
        found = solved(model_of(request, shop, stock, most=2))
        if found is None:
            continue
        assert abs(decision.cost.minor - found) <= 1e-6 * found, seed
        capped += 1
    assert capped > 3
