"""The front of an order: by trying every plan, none is missing and none is beaten."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from omscore.calendars import local_date
from omscore.errors import InputError
from omscore.places import Destination, Point
from omscore.records import changed
from omscore.routing import Network, Profile, Question, RoutingRequest, route, routing_front
from tests.routing.shops import Stock, ask, location, network, on_shelf
from tests.routing.test_scores import carrying, every_plan, scored_case, senders

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


def test_the_front_is_what_trying_every_plan_leaves() -> None:
    several = 0
    for seed in range(600):
        request, shop, stock = front_case(seed)
        cap = seed % 4 if seed % 5 == 0 else 0
        request = changed(request, profile=changed(request.profile, max_locations=cap))
        front = routing_front(Question(request=request, network=shop, stock=stock))
        found = [(each.cost.minor, each.days, each.shipments, each.co2e_mg) for each in front.plans]
        plans = [plan for _, plan in every_plan(request, shop, stock, most=cap)]
        every = {figures(plan, request, shop) for plan in plans if senders(plan)}
        best = {
            one
            for one in every
            if not any(other != one and all(a <= b for a, b in zip(other, one, strict=True)) for other in every)
        }
        assert found == sorted(best), seed
        for each in front.plans:
            nothing = {str(place.location_id): 0 for place in shop.locations}
            plan: dict[str, dict[str, int]] = {sku: {**nothing} for _, sku, _ in each.takes}
            for place, sku, units in each.takes:
                plan[sku][place] += units
            assert figures(plan, request, shop) == (each.cost.minor, each.days, each.shipments, each.co2e_mg), seed
        if found and not cap:
            decision = route(request, shop, stock)
            assert decision.cost is not None
            gap = decision.gap.minor if decision.gap else 0
            assert decision.cost.minor - gap <= found[0][0] <= decision.cost.minor
        several += len(found) > 1
    assert several > 80


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
