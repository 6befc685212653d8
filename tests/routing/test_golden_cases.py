"""The worked cases that every order router must get right."""

from __future__ import annotations

from decimal import Decimal

import pytest

from omscore.places import Destination, Point
from omscore.routing import Decision, FallbackRate, LocationGroup, route, sellable_above
from omscore.routing.fallback import fallback_amount
from tests.routing.shops import BY_PRIORITY, ask, location, network, on_shelf


def taken(decision: Decision) -> dict[str, int]:
    units: dict[str, int] = {}
    for part in decision.assignments:
        units[part.location_id] = units.get(part.location_id, 0) + part.units
    return units


@pytest.mark.parametrize(
    ("held", "demand", "expected"),
    [
        ({"A": 2, "B": 4, "C": 5}, 5, {"A": 2, "B": 3}),
        ({"A": 1, "B": 1}, 2, {"A": 1, "B": 1}),
        ({"A": 10, "B": 15}, 13, {"A": 10, "B": 3}),
    ],
)
def test_taking_in_order_empties_one_location_before_the_next(
    held: dict[str, int], demand: int, expected: dict[str, int]
) -> None:
    shop = network(*(location(name) for name in held))
    decision = route(ask((1, "S", demand, 100), profile=BY_PRIORITY), shop, on_shelf(S=held))
    assert taken(decision) == expected
    assert decision.method == "in order"
    assert decision.leftovers == ()


def test_taking_in_order_follows_priority_before_the_id() -> None:
    shop = network(location("A", priority=2), location("B", priority=1), location("C", priority=1))
    decision = route(ask((1, "S", 5, 100), profile=BY_PRIORITY), shop, on_shelf(S={"A": 9, "B": 2, "C": 2}))
    assert taken(decision) == {"B": 2, "C": 2, "A": 1}


def test_cheapest_splits_a_line_that_no_location_can_fill() -> None:
    shop = network(location("A"), location("B"))
    decision = route(ask((1, "S", 2, 100)), shop, on_shelf(S={"A": 1, "B": 1}))
    assert taken(decision) == {"A": 1, "B": 1}
    assert decision.method == "exact, SKUs split"


def test_cheapest_takes_the_whole_line_from_the_one_location_that_can_fill_it() -> None:
    shop = network(location("A"), location("B"))
    decision = route(ask((1, "S", 13, 100)), shop, on_shelf(S={"A": 10, "B": 15}))
    assert taken(decision) == {"B": 13}
    assert decision.gap is None


@pytest.mark.parametrize(("on_hand", "allocated", "threshold", "units"), [(10, 5, 3, 2), (10, 10, -5, 5), (2, 1, 4, 0)])
def test_sellable_above_a_threshold(on_hand: int, allocated: int, threshold: int, units: int) -> None:
    assert sellable_above(on_hand, allocated, threshold) == units


def test_case_13_the_fallback_rate_is_flat_up_to_a_mass_and_by_mass_beyond() -> None:
    """Up to 5 lb 8 flat, beyond 0.75 for each lb: 10 lb are 11.75, in pounds and in grams."""
    flat, per_lb = Decimal(8), Decimal("0.75")
    assert fallback_amount(Decimal(10), up_to=Decimal(5), flat=flat, per_mass=per_lb) == Decimal("11.75")
    lb_g = Decimal("453.59237")
    in_g = fallback_amount(10 * lb_g, up_to=5 * lb_g, flat=flat, per_mass=per_lb / lb_g)
    assert in_g.quantize(Decimal("1e-9")) == Decimal("11.75")
    rate = FallbackRate(up_to_g=5_000, flat=flat, per_kg=per_lb)
    assert [str(rate.price(mass_g, "USD")) for mass_g in (0, 5_000, 10_000)] == ["8.00 USD", "8.00 USD", "11.75 USD"]


@pytest.mark.parametrize(("km", "chosen"), [(9, {"A": 1}), (11, {})])
def test_case_17_of_two_greatest_distances_the_smaller_one_applies(km: int, chosen: dict[str, int]) -> None:
    """Maximum distance 10 on the location, 50 on its group."""
    shop = network(
        location("A", point=Point(50.0, 10.0), max_distance_km=10),
        groups=(LocationGroup(name="town", locations=("A",), max_distance_km=50),),
    )
    away = Destination(country="DE", point=Point(50.0 + km / 111.195, 10.0))
    decision = route(ask((1, "S", 1, 100), destination=away), shop, on_shelf(S={"A": 1}))
    assert taken(decision) == chosen
    if not chosen:
        assert [reason.says for reason in decision.reasons] == ["is 11 km away and sends no further than 10 km"]
