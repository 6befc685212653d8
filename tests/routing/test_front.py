"""The front of an order: by trying every plan, none is missing and none is beaten."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from fractions import Fraction
from itertools import product

import pytest

from omscore.calendars import local_date
from omscore.errors import InputError
from omscore.places import Destination, Point
from omscore.records import changed
from omscore.routing import Demand, FrontPlan, Network, Profile, Question, RoutingRequest, route, routing_front
from omscore.routing.model import Room
from tests.routing.shops import Stock, ask, location, network, on_shelf
from tests.routing.test_scores import carrying, every_plan, mix_of, scored_case, senders

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def front_case(seed: int) -> tuple[RoutingRequest, Network, Stock]:
    request, shop, stock = scored_case(seed, lines=3, flags=seed % 3 == 0)
    request = changed(request, profile=Profile(name="free"), at=MONDAY)
    emits = [changed(place, co2e_g_per_tonne_km=place.co2e_g_per_tonne_km or 80) for place in shop.locations]
    return request, changed(shop, locations=tuple(emits)), stock


def figures(plan: dict[str, dict[str, int]], request: RoutingRequest, shop: Network) -> tuple[int, int, int, int]:
    """Cost, days, shipments and CO2e of a plan, from quotes and calendars alone."""
    lines = {line.sku: line for line in request.demands}
    cost = days = co2e_mg = 0
    for name in senders(plan):
        place = shop.location(name)
        parts = [(lines[sku], way[name]) for sku, way in plan.items() if way[name]]
        billed = sum(shop.billed_g(line.mass_g, line.volume_mm3) * units for line, units in parts)
        flags = {flag for line, _ in parts for flag in line.flags}
        price, carried = (
            shop.shipment_cost(place, request.destination, billed, flags),
            shop.cheapest(place, request.destination, billed, flags),
        )
        assert price is not None
        assert carried is not None
        cost += price.minor
        leaves = shop.timetable.leaves_on(place, MONDAY)
        day = shop.timetable.arrives_on(place, leaves, carried.transit_days)
        days = max(days, (day - local_date(MONDAY, place.calendar.timezone)).days)
        mass = sum(line.mass_g * units for line, units in parts)
        km = shop.km(place, request.destination) or 0
        per_tonne_km, parcels = carrying(shop, place, request.destination, billed, flags)
        co2e_mg += round(Fraction(mass * km * (per_tonne_km or 0), 1_000)) + 1_000 * parcels
    shipments = len(senders(plan))
    return cost + shop.split_penalty_minor * max(0, shipments - 1), days, shipments, co2e_mg


Plan = dict[str, dict[str, int]]


def allowed_plans(request: RoutingRequest, shop: Network, stock: Stock, rooms: dict[str, int], cap: int) -> list[Plan]:
    """Of all plans within stock, rooms and cap those that serve the most, and of these those that tear or shorten the
    fewest articles which one location could give whole.
    """
    places: list[str] = sorted([place.location_id for place in shop.locations])
    wanted: dict[str, int] = {}
    for line in request.demands:
        wanted[line.sku] = wanted.get(line.sku, 0) + line.units
    room = [rooms.get(place, 99) for place in places]
    ways_of: list[list[tuple[tuple[int, ...], bool]]] = []
    for sku, units in wanted.items():
        held = [sum(stock.get(sku, {}).get((place, pool), 0) for pool in request.pools) for place in places]
        held = [min(there, left) for there, left in zip(held, room, strict=True)]
        most = min(units, sum(held) if request.profile.split_lines else max(held))
        ways = [way for way in product(*[range(min(units, there) + 1) for there in held]) if sum(way) <= units]
        if not request.profile.split_lines:
            ways = [way for way in ways if sum(1 for part in way if part) <= 1]
        ways_of.append([(way, max(held) >= most > max(way)) for way in ways])
    best, found = (-1, 0), list[Plan]()
    for choice in product(*ways_of):
        given = [sum(units) for units in zip(*[way for way, _ in choice], strict=True)]
        if any(units > left for units, left in zip(given, room, strict=True)):
            continue
        if cap and sum(1 for units in given if units) > cap:
            continue
        worth = sum(given), -sum(torn for _, torn in choice)
        if worth >= best:
            plan = {sku: dict(zip(places, way, strict=True)) for sku, (way, _) in zip(wanted, choice, strict=True)}
            found = [*found, plan] if worth == best else [plan]
            best = worth
    return found


def unbeaten(every: set[tuple[Fraction, ...]]) -> list[tuple[Fraction, ...]]:
    return sorted(
        one
        for one in every
        if not any(other != one and all(a <= b for a, b in zip(other, one, strict=True)) for other in every)
    )


def told(plan: FrontPlan) -> tuple[Fraction, ...]:
    """The figures of a plan of a front, scores last."""
    figures = plan.cost.minor, plan.days or 0, plan.shipments, plan.co2e_mg or 0, plan.score_minor or 0
    return tuple(map(Fraction, figures))


def plan_of(front: FrontPlan, shop: Network) -> Plan:
    nothing = {str(place.location_id): 0 for place in shop.locations}
    plan: Plan = {sku: {**nothing} for _, sku, _ in front.takes}
    for place, sku, units in front.takes:
        plan[sku][place] += units
    return plan


def test_the_front_is_what_trying_every_plan_leaves() -> None:
    several = 0
    for seed in range(600):
        request, shop, stock = front_case(seed)
        front = routing_front(Question(request=request, network=shop, stock=stock))
        found = [told(each) for each in front.plans]
        plans = [plan for _, plan in every_plan(request, shop, stock)]
        every = {(*map(Fraction, figures(plan, request, shop)), Fraction(0)) for plan in plans if senders(plan)}
        assert found == unbeaten(every), seed
        for each in front.plans:
            assert (*map(Fraction, figures(plan_of(each, shop), request, shop)), Fraction(0)) == told(each), seed
        if found:
            decision = route(request, shop, stock)
            assert decision.cost is not None
            gap = decision.gap.minor if decision.gap else 0
            assert decision.cost.minor - gap <= found[0][0] <= decision.cost.minor
        several += len(found) > 1
    assert several > 80


def test_within_rooms_and_a_cap_the_front_is_what_trying_every_plan_leaves_scores_and_all() -> None:
    tight = scored = short = 0
    for seed in range(400):
        rng = random.Random(seed)  # noqa: S311
        request, shop, stock = scored_case(seed, lines=3, flags=seed % 3 == 0)
        if len(shop.locations) > 3:
            continue
        emits = [changed(place, co2e_g_per_tonne_km=place.co2e_g_per_tonne_km or 80) for place in shop.locations]
        shop = changed(shop, locations=tuple(emits))
        cap = rng.choice((0, 0, 0, 1, 2))
        scores = request.profile.scores if seed % 2 else ()
        rooms = {str(place): rng.randint(1, 6) for place in shop.sites if rng.random() < 0.6}
        request = changed(
            request,
            at=MONDAY,
            profile=Profile(name="free", scores=scores, max_locations=cap, split_lines=rng.random() < 0.75),
            rooms=tuple([Room(location_id=place, day=MONDAY.date(), units_left=n) for place, n in rooms.items()]),
        )
        front = routing_front(Question(request=request, network=shop, stock=stock))
        plans = [plan for plan in allowed_plans(request, shop, stock, rooms, cap) if senders(plan)]
        sent = [{sku: way for sku, way in plan.items() if any(way.values())} for plan in plans]
        every = set()
        for plan in plans:
            cost, *others = figures(plan, request, shop)
            score = mix_of(plan, request, shop, stock) - cost
            every.add((Fraction(cost), *map(Fraction, others), score))
        assert [told(each) for each in front.plans] == unbeaten(every), seed
        assert all((each.score_minor is None) == (not scores) for each in front.plans)
        for each in front.plans:
            assert plan_of(each, shop) in sent, seed
        free = routing_front(Question(request=changed(request, rooms=()), network=shop, stock=stock))
        tight += [plan.takes for plan in free.plans] != [plan.takes for plan in front.plans]
        scored += len({plan.score_minor for plan in front.plans}) > 1
        served = {sum(units for *_, units in plan.takes) for plan in front.plans}
        short += 0 < sum(served) < sum(line.units for line in request.demands)
        decision = route(request, shop, stock)
        assert served <= {sum(part.units for part in decision.assignments)}, seed
    assert tight > 60
    assert scored > 15
    assert short > 60


def test_a_front_is_read_as_a_table() -> None:
    shop = network(
        location("NEAR", point=Point(50.0, 10.0), handling_minor=90), location("FAR", point=Point(54.0, 10.0))
    )
    shop = changed(shop, locations=tuple([changed(place, co2e_g_per_tonne_km=100) for place in shop.locations]))
    there = Destination(country="DE", point=Point(50.0, 10.1))
    question = Question(
        request=ask((1, "<S>", 2, 500), destination=there),
        network=shop,
        stock=on_shelf(**{"<S>": {"NEAR": 2, "FAR": 2}}),
    )
    assert str(routing_front(question)) == (
        "Cost      Shipments  g CO2e  Plan\n"
        "4.00 EUR  1          44.500  2 x <S> from FAR\n"
        "4.90 EUR  1          0.700   2 x <S> from NEAR"
    )
    assert "2 x &lt;S&gt; from FAR" in routing_front(question)._repr_html_()
    silent = changed(question, network=network(location("FAR"), location("NEAR", handling_minor=90)))
    assert str(routing_front(silent)) == "Cost      Shipments  Plan\n4.00 EUR  1          2 x <S> from FAR"
    assert routing_front(changed(question, stock={})).plans == ()


def test_an_order_with_too_many_plans_is_refused_with_what_to_do() -> None:
    shop = network(*(location(f"L{k}") for k in range(9)))
    held = {f"S{n}": {f"L{k}": 1 for k in range(9)} for n in range(9)}
    request = ask(*((n, f"S{n}", 1, 100) for n in range(9)))
    with pytest.raises(InputError, match="fewer articles, or bound the locations by filters"):
        routing_front(Question(request=request, network=shop, stock=on_shelf(**held)))


def test_an_order_with_kits_has_no_front_and_is_told_so() -> None:
    request = ask((1, "LAMP", 1, 100))
    kit = changed(request, demands=(Demand(line_id=1, sku="LAMP", units=1, mass_g=100, kit="SET", per_kit=1),))
    with pytest.raises(InputError, match=r"has kits that ship whole \(SET\)"):
        routing_front(Question(request=kit, network=network(location("A")), stock=on_shelf(LAMP={"A": 1})))
