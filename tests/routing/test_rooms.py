"""Locations that take only so much on a day, against trying everything; lines that ship together."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product

import pytest

from omscore.capacity import DayShare
from omscore.records import changed
from omscore.routing import Decision, Demand, Network, Profile, RoutingRequest, route
from omscore.routing.model import Room
from tests.routing.shops import Stock, ask, least_cost, location, network, on_shelf, random_case

DAY = date(2026, 3, 2)


def with_rooms(request: RoutingRequest, **units: int) -> RoutingRequest:
    rooms = tuple(Room(location_id=place, day=DAY, units_left=left) for place, left in units.items())
    return changed(request, rooms=rooms)


def given(decision: Decision) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in decision.assignments:
        found[part.location_id] = found.get(part.location_id, 0) + part.units
    return found


def test_a_location_gives_an_order_no_more_units_than_it_has_room_for() -> None:
    shop = network(location("A"), location("B", handling_minor=300))
    request = ask((1, "TEA", 3, 100), (2, "CUP", 3, 100))
    stock = on_shelf(TEA={"A": 5, "B": 5}, CUP={"A": 5})
    assert given(route(request, shop, stock)) == {"A": 6}
    assert given(route(with_rooms(request, A=4), shop, stock)) == {"A": 3, "B": 3}
    decision = route(with_rooms(request, A=2, B=1), shop, stock)
    assert given(decision) == {"A": 2, "B": 1}
    share = DayShare(day=DAY, by_order=False, by_unit=True)
    assert decision.shares == (("A", share), ("B", share))
    assert all("take no more units for that day" in leftover.says for leftover in decision.leftovers)


def test_a_location_without_room_is_left_out_and_says_so() -> None:
    limited = changed(location("A"), orders_per_day=40)
    shop = network(limited, location("B", handling_minor=300))
    full = Room(location_id="A", day=DAY, orders_left=0)
    decision = route(changed(ask((1, "TEA", 1, 100)), rooms=(full,)), shop, on_shelf(TEA={"A": 5, "B": 5}))
    assert given(decision) == {"B": 1}
    assert decision.shares == ()
    assert [(reason.rule, reason.says) for reason in decision.reasons if reason.location_id == "A"] == [
        ("capacity", "has no room left on Mon 2026-03-02: it takes 40 orders a day")
    ]


@pytest.mark.parametrize("strategy", ["cheapest", "in_order"])
def test_with_room_for_so_many_units_as_many_are_served_as_can_be_at_the_least_cost(strategy: str) -> None:
    tight = proven = 0
    for seed in range(1_500):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = random_case(rng, lines=3, places=3, tame=seed % 3 > 0, depth=rng.choice((2, 4)))
        rooms = {f"L{k:02}": rng.randint(1, 6) for k in range(3) if rng.random() < 0.7}
        asked = with_rooms(request, **rooms)
        if strategy == "in_order":
            asked = changed(asked, profile=Profile(name="listed", strategy="in_order"))
        decision = route(asked, shop, stock)
        assert all(units <= rooms.get(place, 99) for place, units in given(decision).items()), seed
        free = route(changed(asked, rooms=()), shop, stock)
        tight += any(units > rooms.get(place, 99) for place, units in given(free).items())
        if strategy == "in_order":
            continue
        left, _, cost = reference(request, shop, stock, rooms)
        assert decision.left_units == left, seed
        found = decision.cost.minor if decision.cost else 0
        if decision.gap is None:
            proven += 1
            assert found == cost, seed
        else:
            assert found - cost <= decision.gap.minor, seed  # it may have torn what need not be
    assert tight > 300
    assert proven > 1_400 or strategy != "cheapest"


def reference(request: RoutingRequest, shop: Network, stock: Stock, rooms: dict[str, int]) -> tuple[int, int, int]:
    """Fewest units left, how many SKUs that one location has room for must be torn for it, and the least cost."""
    wanted: dict[str, int] = {}
    mass: dict[str, int] = {}
    for demand in request.demands:
        wanted[demand.sku] = wanted.get(demand.sku, 0) + demand.units
        mass[demand.sku] = demand.mass_g
    places = [one.location_id for one in shop.locations]
    room = [rooms.get(place, 99) for place in places]
    choices: list[list[tuple[tuple[int, ...], bool]]] = []
    for sku, units in wanted.items():
        held = [min(stock.get(sku, {}).get((place, "general"), 0), room[k]) for k, place in enumerate(places)]
        most = min(units, sum(held))
        whole = max(held) >= most
        choices.append(
            [
                (way, whole and (sum(1 for part in way if part) > 1 or sum(way) < most))
                for way in product(*[range(min(units, there) + 1) for there in held])
                if sum(way) <= units
            ]
        )
    best = (sum(wanted.values()) + 1, 0, 0)
    masses = [mass[sku] for sku in wanted]
    for plan in product(*choices):
        counts = [sum(way[k] for way, _ in plan) for k in range(len(places))]
        if any(count > most for count, most in zip(counts, room, strict=True)):
            continue
        left = sum(wanted.values()) - sum(counts)
        torn = sum(extra for _, extra in plan)
        if (left, torn) > best[:2]:
            continue
        loads = [sum(way[k] * grams for (way, _), grams in zip(plan, masses, strict=True)) for k in range(len(places))]
        best = min(best, (left, torn, cost_of(loads, counts, request, shop)))
    return best


def cost_of(loads: Sequence[int], units: Sequence[int], request: RoutingRequest, shop: Network) -> int:
    prices = [
        price.minor
        for place, load, count in zip(shop.locations, loads, units, strict=True)
        if count and (price := shop.shipment_cost(place, request.destination, load)) is not None
    ]
    return sum(prices) + shop.split_penalty_minor * max(0, len(prices) - 1)


def kept_together(request: RoutingRequest, *lines: int) -> RoutingRequest:
    demands = [changed(demand, together="set" if demand.line_id in lines else "") for demand in request.demands]
    return changed(request, demands=tuple(demands))


def test_lines_that_ship_together_ship_from_one_location_though_it_costs_more() -> None:
    shop = network(location("A"), location("B", handling_minor=900))
    request = ask((1, "LAMP", 1, 900), (2, "BULB", 2, 50), (3, "TEA", 1, 100))
    stock = on_shelf(LAMP={"A": 1, "B": 1}, BULB={"A": 1, "B": 2}, TEA={"A": 1})
    where = {(part.line_id, part.location_id) for part in route(kept_together(request, 1, 2), shop, stock).assignments}
    assert where == {(1, "B"), (2, "B"), (3, "A")}


def test_lines_that_ship_together_wait_together_unless_the_profile_lets_them_go() -> None:
    shop = network(location("A"), location("B"))
    request = kept_together(ask((1, "LAMP", 1, 900), (2, "BULB", 2, 50), (3, "TEA", 1, 100)), 1, 2)
    stock = on_shelf(LAMP={"A": 1}, BULB={"B": 2}, TEA={"B": 1})
    decision = route(request, shop, stock)
    assert given(decision) == {"B": 1}
    assert {leftover.says for leftover in decision.leftovers} == {
        "the lines of 'set' ship together, and no location has all of them"
    }
    eager = changed(request, profile=Profile(name="eager", keep_together="if_possible"))
    decision = route(eager, shop, stock)
    assert given(decision) == {"A": 1, "B": 3}
    assert decision.given_up == ("keep_together",)
    nowhere = on_shelf(LAMP={"A": 1}, TEA={"B": 1})
    assert given(route(request, shop, nowhere)) == {"B": 1}


def test_keeping_lines_together_costs_what_the_best_location_for_them_costs() -> None:
    bound = 0
    for seed in range(800):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = random_case(rng, lines=4, places=4, tame=seed % 3 > 0, depth=rng.choice((3, 6)))
        skus = {demand.sku for demand in request.demands}
        if len(skus) < 3 or len(request.demands) != len(skus):
            continue
        first, second = request.demands[:2]
        asked = kept_together(request, first.line_id, second.line_id)
        decision = route(asked, shop, stock)
        best = min(_each_place_alone(request, shop, stock, first, second), default=None)
        if best is None:
            assert decision.left_units >= first.units + second.units
            continue
        left, cost = best
        assert decision.left_units == left, seed
        assert decision.cost is not None
        if decision.gap is None:
            assert decision.cost.minor == cost, seed
        sources = {part.location_id for part in decision.assignments if part.line_id in (first.line_id, second.line_id)}
        assert len(sources) == 1
        bound += cost > least_cost(request, shop, stock)[0]
    assert bound > 30


def _each_place_alone(
    request: RoutingRequest, shop: Network, stock: Stock, first: Demand, second: Demand
) -> Iterator[tuple[int, int]]:
    """Units left and the least cost if this pair comes from this place, for each place that has all of both."""
    for place in shop.locations:
        here = (str(place.location_id), "general")
        if all(stock[demand.sku].get(here, 0) >= demand.units for demand in (first, second)):
            only: Stock = {demand.sku: {here: stock[demand.sku][here]} for demand in (first, second)}
            cost, left = least_cost(request, shop, {**stock, **only})
            yield left, cost


def test_groups_of_lines_that_share_an_article_are_one_group() -> None:
    shop = network(location("A"), location("B"))
    lines = [(1, "A", "x"), (2, "B", "x"), (3, "B", "y"), (4, "C", "y")]
    demands = tuple(Demand(line_id=n, sku=sku, units=1, mass_g=10, together=group) for n, sku, group in lines)
    request = changed(ask((1, "A", 1, 10)), demands=demands)
    stock = on_shelf(A={"A": 1, "B": 1}, B={"A": 2, "B": 2}, C={"B": 1})
    assert given(route(request, shop, stock)) == {"B": 4}
