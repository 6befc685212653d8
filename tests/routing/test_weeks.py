"""Who could go on selling an article for the longest time gives it away first."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from omscore.records import changed
from omscore.routing import Profile, route
from omscore.routing.model import Decision, RoutingRequest
from omscore.routing.weeks import weeks_of_supply
from tests.routing.shops import ask, location, network, on_shelf

SPARING = Profile(name="sparing", strategy="weeks_of_supply")
ABC = network(location("A"), location("B"), location("C"))


class Place(NamedTuple):
    units: int
    per_week: int


places = st.builds(Place, units=st.integers(0, 30), per_week=st.integers(0, 9))


def asked(units: int, *held: Place) -> tuple[RoutingRequest, dict[str, dict[tuple[str, str], int]]]:
    velocity = tuple(("TEA", place, Decimal(each.per_week)) for place, each in zip("ABC", held, strict=True))
    request = changed(ask((1, "TEA", units, 100), profile=SPARING), velocity=velocity)
    return request, on_shelf(TEA={place: each.units for place, each in zip("ABC", held, strict=True) if each.units})


def given_by(decision: Decision) -> dict[str, int]:
    return {part.location_id: part.units for part in decision.assignments}


def test_golden_case_14_the_location_with_the_most_weeks_of_supply_goes_first() -> None:
    held = (Place(18, 9), Place(14, 2), Place(22, 1))
    order = []
    for units in (1, 23, 37):
        request, stock = asked(units, *held)
        order.append(set(given_by(route(request, ABC, stock))))
    assert order == [{"C"}, {"C", "B"}, {"C", "B", "A"}]


def test_its_reasons_tell_how_long_the_units_last() -> None:
    request, stock = asked(2, Place(18, 9), Place(14, 2), Place(22, 0))
    said = {reason.location_id: reason.says for reason in route(request, ABC, stock).reasons}
    assert said == {
        "A": "could ship the line alone for 4.00 EUR, the same as the plan (they last 2.0 weeks there)",
        "B": "could ship the line alone for 4.00 EUR, the same as the plan (they last 7.0 weeks there)",
        "C": "ships 2 units on 1 line, 200 g for 4.00 EUR (sells none of them)",
    }


@given(held=st.tuples(places, places, places), units=st.integers(1, 40))
def test_nobody_gives_units_while_somebody_has_some_that_last_longer(
    held: tuple[Place, Place, Place], units: int
) -> None:
    request, stock = asked(units, *held)
    found = given_by(route(request, ABC, stock))
    weeks = {at: weeks_of_supply(each.units, Decimal(each.per_week)) for at, each in zip("ABC", held, strict=True)}
    left = {at: each.units - found.get(at, 0) for at, each in zip("ABC", held, strict=True)}
    assert sum(found.values()) == min(units, sum(each.units for each in held))
    for giver in found:
        assert all(not left[other] for other in left if weeks[other] > weeks[giver])


def test_lines_that_ship_together_go_by_the_article_that_is_shortest() -> None:
    request = changed(ask((1, "TEA", 1, 100), (2, "CUP", 1, 100)), profile=SPARING)
    request = changed(
        request,
        demands=tuple(changed(demand, together="set") for demand in request.demands),
        velocity=(
            ("TEA", "A", Decimal(1)),
            ("TEA", "B", Decimal(2)),
            ("CUP", "A", Decimal(10)),
            ("CUP", "B", Decimal(1)),
        ),
    )
    stock = on_shelf(TEA={"A": 10, "B": 10}, CUP={"A": 10, "B": 10})
    assert given_by(route(request, ABC, stock)) == {"B": 1}
