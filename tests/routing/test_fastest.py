"""Promised days in routing: the fastest way, and locations that would be too late."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta
from itertools import combinations

import pytest

from omscore.calendars import Calendar
from omscore.places import Location
from omscore.records import changed
from omscore.routing import ArrivesWithin, Decision, Network, Profile, RateTable, RoutingRequest, route
from omscore.routing.arrivals import arrives_in_days, arrives_on
from tests.routing.shops import ABROAD, HOME, Stock, ask, least_cost, location, network, on_shelf, random_case

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
CARD = """carrier,service,zone,min_g,max_g,price,currency,transit_days
post,slow,home,0,2000,4.00,EUR,3
post,slow,home,2000,30000,7.00,EUR,4
post,swift,home,0,1000,6.00,EUR,1
post,swift,abroad,0,30000,9.00,EUR,1
"""
FASTEST = Profile(name="fastest", strategy="fastest")


def shop(*places: Location) -> Network:
    return network(*places, table=RateTable.from_csv(CARD, (HOME, ABROAD)))


def sent_from(decision: Decision) -> set[str]:
    return {part.location_id for part in decision.assignments}


def said(decision: Decision, place: str) -> tuple[str, str]:
    return next((reason.rule, reason.says) for reason in decision.reasons if reason.location_id == place)


def test_the_location_from_which_an_order_arrives_first_sends_it_though_it_costs_more() -> None:
    asked = changed(ask((1, "TEA", 1, 100), profile=FASTEST), at=MONDAY)
    places = shop(location("A"), location("B", country="AT"))
    stock = on_shelf(TEA={"A": 1, "B": 1})
    decision = route(asked, places, stock)
    assert sent_from(decision) == {"B"}
    assert said(decision, "A") == (
        "cost",
        "could ship the line alone for 4.00 EUR, 5.00 EUR less than the plan "
        "(the whole order would arrive from here on Thu 2026-03-05)",
    )
    assert sent_from(route(changed(asked, at=None), places, stock)) == {"A"}


def test_of_locations_that_are_as_fast_the_cheapest_sends_it() -> None:
    asked = changed(ask((1, "TEA", 1, 100), profile=FASTEST), at=MONDAY)
    places = shop(location("A", handling_minor=90), location("B"), location("C", handling_minor=10))
    assert sent_from(route(asked, places, on_shelf(TEA={"A": 1, "B": 1, "C": 1}))) == {"B"}


@pytest.mark.parametrize(("hours", "late"), [(0, False), (48, True)])
def test_what_takes_long_to_process_arrives_later(hours: int, late: bool) -> None:
    asked = changed(ask((1, "TEA", 1, 100), profile=FASTEST), at=MONDAY)
    places = shop(changed(location("A"), processing_hours=hours), location("B", handling_minor=90))
    assert sent_from(route(asked, places, on_shelf(TEA={"A": 1, "B": 1}))) == ({"B"} if late else {"A"})


def test_a_location_that_would_be_too_late_is_refused_with_the_days() -> None:
    within = Profile(name="soon", filters=(ArrivesWithin(days=2),))
    asked = changed(ask((1, "TEA", 1, 100), profile=within), at=MONDAY)
    places = shop(location("A"), location("B", country="AT"))
    decision = route(asked, places, on_shelf(TEA={"A": 1, "B": 1}))
    assert sent_from(decision) == {"B"}
    assert said(decision, "A") == ("arrives_within", "would arrive after 3 days, 2 are allowed")
    soft = Profile(name="soon", filters=(ArrivesWithin(days=0, hard=False),))
    decision = route(changed(asked, profile=soft), places, on_shelf(TEA={"A": 1, "B": 1}))
    assert decision.given_up == ("arrives_within",)
    assert sent_from(decision) == {"A"}


def test_days_count_from_the_day_it_is_there_and_over_the_weekend() -> None:
    friday_night = datetime(2026, 3, 6, 23, 30, tzinfo=UTC)  # Saturday in Berlin
    place = changed(location("A"), calendar=Calendar(timezone="Europe/Berlin", cutoff=time(14)))
    asked = changed(ask((1, "TEA", 1, 100)), at=friday_night)
    places = shop(place)
    day = arrives_on(place, asked, places)
    assert day is not None
    assert day.isoformat() == "2026-03-12"  # leaves on Monday, three days on the way
    assert arrives_in_days(place, asked, places) == 5


def test_the_fastest_plan_is_the_least_costly_of_those_from_locations_as_early() -> None:
    compared = 0
    for seed in range(600):
        rng = random.Random(seed)  # noqa: S311
        request, some, stock = random_case(rng, lines=3, places=4, tame=seed % 3 > 0, depth=rng.choice((2, 4)))
        slow = [changed(each, processing_hours=24 * rng.randint(0, 4)) for each in some.locations]
        places = changed(some, locations=tuple(slow))
        asked = changed(request, profile=FASTEST, at=MONDAY + timedelta(hours=rng.randint(0, 100)))
        decision = route(asked, places, stock)
        if decision.cost is None or decision.gap is not None:
            continue
        left, cost = _best_in_time(asked, places, stock)
        assert (decision.left_units, decision.cost.minor) == (left, cost), seed
        compared += 1
    assert compared > 500


def _best_in_time(request: RoutingRequest, places: Network, stock: Stock) -> tuple[int, int]:
    """Fewest units left, then the earliest day by which they can be served, then the least cost."""
    days = {each.location_id: arrives_on(each, request, places) for each in places.locations}
    least = least_cost(request, places, stock)[1]
    for day in sorted({day for day in days.values() if day is not None}):
        early = [place for place, arrives in days.items() if arrives is not None and arrives <= day]
        there = {sku: {cell: units for cell, units in held.items() if cell[0] in early} for sku, held in stock.items()}
        cost, left = least_cost(request, places, there)
        if left == least:
            return left, cost
    raise AssertionError(list(combinations(days, 1)))
