"""The plans that come next: by trying every plan, none is missing, and all keep to the rules of the first."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest

from omscore.errors import InputError
from omscore.places import Destination, LocationKind, Point
from omscore.records import changed
from omscore.routing import (
    Decision,
    Demand,
    MaxDistance,
    Network,
    OnlyKinds,
    Profile,
    RoutingRequest,
    SafetyStock,
    nextbest,
    route,
    route_ranked,
)
from tests.routing.shops import Stock, ask, location, network, on_shelf, random_case, with_extras
from tests.routing.test_rooms import cost_of, kept_together, with_rooms
from tests.routing.test_scores import every_plan, mix_in, mix_of, scored_case, taken

Plan = dict[str, dict[str, int]]
Takes = list[tuple[str, str, int]]


def ranks(request: RoutingRequest, shop: Network, stock: Stock, plans: int = 6) -> tuple[Decision, ...]:
    """The decisions, after what holds of any of them was checked: the first is that of `route`, none is there twice,
    and each takes what it says and no more than there is.
    """
    found = route_ranked(request, shop, stock, plans)
    assert found[0] == route(request, shop, stock)
    assert len({decision.assignments for decision in found}) == len(found) <= plans
    for decision in found:
        assert decision.left_units == found[0].left_units
        assert (decision.given_up, decision.profile, decision.because) == (
            found[0].given_up,
            found[0].profile,
            found[0].because,
        )
        drawn: Counter[tuple[str, str, str]] = Counter()
        for part in decision.assignments:
            drawn[part.sku, part.location_id, part.pool] += part.units
        assert all(
            units <= stock[sku][place, pool] - request.threshold_units for (sku, place, pool), units in drawn.items()
        )
        ships = {reason.location_id for reason in decision.reasons if reason.rule == "ships"}
        assert ships == {part.location_id for part in decision.assignments}
        assert [reason.location_id for reason in decision.reasons] == sorted(p.location_id for p in shop.locations)
    return found


def plain(plan: Plan) -> Takes:
    """What is taken, in order."""
    return sorted((sku, place, units) for sku, way in plan.items() for place, units in way.items() if units)


@pytest.mark.parametrize("flags", [False, True])
@pytest.mark.parametrize("scores", [False, True])
def test_no_plan_that_comes_next_is_missing_and_each_costs_what_it_says(scores: bool, flags: bool) -> None:
    compared = 0
    for seed in range(120):
        request, shop, stock = scored_case(seed, lines=3, flags=flags)
        if not scores:
            request = changed(request, profile=Profile(name="free"))
        plans = sorted((mix, plain(plan)) for mix, plan in every_plan(request, shop, stock))
        if not plans[0][1]:
            continue
        found = ranks(request, shop, stock)
        assert all((mix_in(each), plain(taken(each))) in plans for each in found), seed
        if found[0].gap is not None:  # so many places for flagged goods that not all were tried
            assert flags
            continue
        assert [mix_in(each) for each in found] == [mix for mix, _ in plans[:6]], seed
        assert len(found) == min(6, len(plans))
        compared += len(found) - 1
    assert compared > 120


def admissible(
    request: RoutingRequest, shop: Network, stock: Stock, rooms: dict[str, int], groups: Sequence[set[str]] = ()
) -> list[tuple[int, Takes]]:
    """Every plan that serves the most units, tears the fewest articles for it and keeps to all caps, with its cost."""
    profile = request.profile
    places: list[str] = [one.location_id for one in shop.locations]
    room = [rooms.get(place, 99) for place in places]
    wanted: Counter[str] = Counter()
    mass: dict[str, int] = {}
    for demand in request.demands:
        wanted[demand.sku] += demand.units
        mass[demand.sku] = demand.mass_g
    ways_of: list[list[tuple[tuple[int, ...], bool]]] = []
    for sku, units in wanted.items():
        held = [min(stock.get(sku, {}).get((place, "general"), 0), room[k]) for k, place in enumerate(places)]
        there = min(units, sum(held) if profile.split_lines else max(held))
        whole = max(held) >= there
        ways_of.append(
            [
                (way, (whole and (sum(way) < there if rooms else False)) or (whole and sum(map(bool, way)) > 1))
                for way in product(*[range(min(there, most) + 1) for most in held])
                if sum(way) <= there and (profile.split_lines or sum(map(bool, way)) <= 1)
            ]
        )
    found: list[tuple[int, int, int, Plan]] = []
    for plan in product(*ways_of):
        counts = [sum(way[k] for way, _ in plan) for k in range(len(places))]
        if any(count > most for count, most in zip(counts, room, strict=True)):
            continue
        if profile.max_locations and sum(map(bool, counts)) > profile.max_locations:
            continue
        rows = dict(zip(wanted, [way for way, _ in plan], strict=True))
        if any(
            (any(rows[sku]) and (rows[sku].count(0) < len(places) - 1 or sum(rows[sku]) < wanted[sku]))
            or {bool(count) for count in rows[sku]} != {bool(count) for count in rows[other]}
            or [bool(count) for count in rows[sku]] != [bool(count) for count in rows[other]]
            for group in groups
            for sku in group
            for other in group
        ):
            continue
        torn = sum(extra for _, extra in plan)
        if not rooms and any(
            counts[k] and extra and stock[sku].get((place, "general"), 0) >= sum(way)
            for sku, (way, extra) in zip(wanted, plan, strict=True)
            for k, place in enumerate(places)
        ):
            continue  # a location that ships anyway could give it whole
        loads = [sum(way[k] * mass[sku] for sku, way in rows.items()) for k in range(len(places))]
        cost = cost_of(loads, counts, request, shop)
        told = {sku: dict(zip(places, way, strict=True)) for sku, way in rows.items()}
        found.append((sum(wanted.values()) - sum(counts), torn if rooms else min(torn, 1), cost, told))
    least = min((left, torn) for left, torn, _, _ in found)
    return sorted((cost, plain(plan)) for left, torn, cost, plan in found if (left, torn) == least)


def ruled(rules: str, seed: int) -> tuple[RoutingRequest, Network, Stock, dict[str, int], list[set[str]]]:
    """A small order under rules of one sort, with the room of locations and the articles that ship together."""
    rng = random.Random(seed)  # noqa: S311
    request, shop, stock = random_case(
        rng, lines=3, places=4 if rules[0] == "m" else 3, tame=seed % 3 > 0, depth=rng.choice((2, 4))
    )
    rooms: dict[str, int] = {}
    match rules:
        case "most 1" | "most 2" | "most 3":
            request = changed(request, profile=Profile(name="few", max_locations=int(rules[-1])))
        case "rooms":
            rooms = {f"L{k:02}": rng.randint(1, 6) for k in range(3) if rng.random() < 0.7}
            request = with_rooms(request, **rooms)
        case "whole":
            request = changed(request, profile=Profile(name="whole", split_lines=False))
        case "together":
            request = kept_together(request, *[line.line_id for line in request.demands[:2]])
            return request, shop, stock, rooms, [{line.sku for line in request.demands if line.together}]
    return request, shop, stock, rooms, []


@pytest.mark.parametrize("rules", ["free", "most 1", "most 2", "most 3", "rooms", "whole", "together"])
def test_under_caps_rooms_and_groups_the_plans_that_come_next_are_the_least_of_all_admissible_ones(rules: str) -> None:
    compared = 0
    for seed in [*range(120), 578]:
        request, shop, stock, rooms, groups = ruled(rules, seed)
        plans = admissible(request, shop, stock, rooms, groups)
        found = ranks(request, shop, stock)
        if found[0].cost is None:
            continue
        assert [each.cost.minor for each in found if each.cost] == [cost for cost, _ in plans[:6]], seed
        assert all((each.cost.minor, plain(taken(each))) in plans for each in found if each.cost), seed
        compared += len(found) - 1
    assert compared > 60


def kit_lines(kit: str, kits: int, recipe: dict[str, int], first: int) -> list[Demand]:
    return [
        Demand(line_id=first + at, sku=sku, units=kits * count, mass_g=100, kit=kit, per_kit=count)
        for at, (sku, count) in enumerate(recipe.items())
    ]


def test_of_kits_every_way_to_send_them_whole_is_found_and_none_is_torn() -> None:
    shop = network(*(location(f"L{k}", handling_minor=10 * k * k) for k in range(3)), penalty=50)
    compared = 0
    for seed in range(80):
        rng = random.Random(seed)  # noqa: S311
        recipe = {"BULB": 2, "LAMP": 1}
        wanted = rng.randint(1, 3)
        demands = [*kit_lines("light", wanted, recipe, 1), Demand(line_id=3, sku="TEA", units=1, mass_g=700)]
        stock = {
            sku: {(f"L{k}", "general"): rng.randint(1, 5) for k in range(3) if rng.random() < 0.9}
            for sku in ("BULB", "LAMP", "TEA")
        }
        have = [min(stock[sku].get((f"L{k}", "general"), 0) // n for sku, n in recipe.items()) for k in range(3)]
        sent = min(wanted, sum(have))
        kits = [
            way
            for way in product(*[range(min(sent, most) + 1) for most in have])
            if sum(way) == sent and (max(have) < sent or max(way) == sent)
        ]
        teas = [place for place, _ in stock["TEA"]] or [""]
        costs: list[tuple[int, Takes]] = []
        for way, tea in product(kits, teas):
            loads = [300 * count + 700 * (tea == f"L{k}") for k, count in enumerate(way)]
            takes = [(sku, f"L{k}", n * count) for k, count in enumerate(way) if count for sku, n in recipe.items()]
            parcels = [int(load > 0) for load in loads]
            costs.append((cost_of(loads, parcels, ask(), shop), sorted([*takes, *[("TEA", tea, 1)] * bool(tea)])))
        request = changed(ask(), demands=tuple(demands))
        if not any(takes for _, takes in costs):
            continue
        found = ranks(request, shop, stock)
        assert [each.cost.minor for each in found if each.cost] == sorted(cost for cost, _ in costs)[:6], seed
        assert all((each.cost.minor, plain(taken(each))) in costs for each in found if each.cost), seed
        compared += len(found) - 1
    assert compared > 100


def test_what_was_given_up_for_the_first_plan_stays_given_up_and_what_holds_for_it_holds_for_all() -> None:
    far, near = Point(54.0, 10.0), Point(48.2, 10.0)
    shop = network(
        location("A", point=near, kind=LocationKind.STORE),
        location("B", point=near, handling_minor=20),
        location("C", point=near, handling_minor=50),
        location("D", point=far),
    )
    request = changed(
        ask((1, "TEA", 2, 100), (2, "CUP", 1, 100), destination=Destination(country="DE", point=Point(48.1, 10.0))),
        profile=Profile(
            name="near",
            filters=(
                OnlyKinds(kinds=(LocationKind.WAREHOUSE,)),
                SafetyStock(units=1, hard=False),
                MaxDistance(km=200),
            ),
        ),
    )
    stock = on_shelf(TEA={"A": 9, "B": 2, "C": 3, "D": 9}, CUP={"A": 9, "B": 1, "C": 1, "D": 9})
    found = ranks(request, shop, stock)
    assert {each.given_up for each in found} == {("safety_stock",)}
    assert [plain(taken(each)) for each in found] == [
        [("CUP", "B", 1), ("TEA", "B", 2)],
        [("CUP", "C", 1), ("TEA", "C", 2)],
        [("CUP", "C", 1), ("TEA", "B", 2)],
        [("CUP", "B", 1), ("TEA", "C", 2)],
    ]
    # Another profile that is tried when units are left over is that of all plans.
    none = Profile(name="none", filters=(OnlyKinds(kinds=(LocationKind.SUPPLIER,)),))
    second = changed(request, profile=none, otherwise=(request.profile,), because="no choice fits")
    assert [each.profile for each in ranks(second, shop, stock)] == ["near@1"] * 4


def test_plans_that_cost_the_same_come_in_one_order_however_the_input_is_shuffled() -> None:
    for seed in range(40):
        rng = random.Random(seed)  # noqa: S311
        shop = network(*(location(f"L{k}") for k in range(4)))
        request = ask((1, "TEA", 1, 100), (2, "CUP", 1, 100))
        stock = on_shelf(TEA=dict.fromkeys(("L0", "L1", "L2", "L3"), 1), CUP=dict.fromkeys(("L0", "L1", "L2"), 1))
        mixed = {sku: dict(rng.sample(list(held.items()), len(held))) for sku, held in stock.items()}
        others = changed(shop, locations=tuple(rng.sample(shop.locations, 4)))
        shuffled = changed(request, demands=tuple(rng.sample(request.demands, 2)))
        assert ranks(shuffled, others, mixed) == ranks(request, shop, stock)


@pytest.mark.parametrize("strategy", ["fewest_shipments", "fastest", "nearest", "in_order", "weeks_of_supply"])
def test_a_strategy_that_does_not_go_by_cost_alone_has_one_plan(strategy: Any) -> None:
    shop = network(location("A"), location("B"))
    request = ask((1, "TEA", 1, 100), profile=Profile(name="other", strategy=strategy))
    assert len(ranks(request, shop, on_shelf(TEA={"A": 1, "B": 1}))) == 1


def test_nothing_comes_after_an_order_that_is_held_back_or_has_no_stock() -> None:
    shop = network(location("A"), location("B"))
    whole = ask((1, "TEA", 3, 100), profile=Profile(name="all", all_or_nothing=True))
    assert len(ranks(whole, shop, on_shelf(TEA={"A": 1, "B": 1}))) == 1
    assert len(ranks(ask((1, "TEA", 3, 100)), shop, {})) == 1


def test_a_long_order_is_asked_about_without_one_of_its_locations_each_and_about_no_more() -> None:
    rng = random.Random(5)  # noqa: S311
    asked = 0
    for _ in range(4):
        lines = [(n, f"S{n}", 2, rng.choice((100, 300, 700))) for n in range(1, 31)]
        shop = network(*(location(f"L{k}", handling_minor=rng.randint(0, 90)) for k in range(8)), penalty=30)
        stock = on_shelf(
            **{sku: {f"L{k}": rng.randint(1, 4) for k in range(8) if rng.random() < 0.6} for _, sku, _, _ in lines}
        )
        found = ranks(ask(*lines), shop, stock, 10)
        places = {part.location_id for part in found[0].assignments}
        costs = [each.cost.minor for each in found if each.cost]
        assert costs[1:] == sorted(costs[1:])
        assert 1 < len(found) <= 1 + len(places)
        for other in found[1:]:
            assert places - {part.location_id for part in other.assignments}
        asked += len(found)
    assert asked > 8


def test_where_the_work_ends_what_was_found_is_told_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    request, shop, stock, _, _ = ruled("most 3", 13)
    every = ranks(request, shop, stock, 10)
    assert len(every) == 10
    monkeypatch.setattr(nextbest, "MAX_WORK", 8)
    some = ranks(request, shop, stock, 10)
    assert 1 < len(some) < len(every)
    costs = [each.cost.minor for each in some if each.cost]
    assert costs == sorted(costs)


@pytest.mark.parametrize("plans", [0, 11, -1, True, 2.0, "3", None])
def test_a_number_of_plans_that_makes_no_sense_is_refused(plans: Any) -> None:
    with pytest.raises(InputError, match="from 1 to 10 plans can be compared"):
        route_ranked(ask((1, "TEA", 1, 100)), network(location("A")), {}, plans)


def test_with_surcharges_too_many_to_try_a_plan_still_costs_what_its_parcels_do() -> None:
    several = 0
    for seed in range(60):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = with_extras(rng, random_case(rng, lines=4, places=4), flags=True)
        request = changed(request, profile=Profile(name="few", max_locations=3))
        places: list[str] = [place.location_id for place in shop.locations]
        for each in ranks(request, shop, stock):
            rows = {sku: {**dict.fromkeys(places, 0), **way} for sku, way in taken(each).items()}
            if each.cost is not None:
                assert each.cost.minor == mix_of(rows, request, shop, stock), seed
                several += each.gap is not None
    assert several > 5
