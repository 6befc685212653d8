"""Places: points on earth, addresses that do not print, destinations that name no household."""

from __future__ import annotations

import math
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.calendars import Calendar
from omscore.errors import InputError
from omscore.ids import LocationId
from omscore.places import (
    Address,
    Destination,
    Location,
    LocationKind,
    Point,
    checked_country,
    destination_of,
    distance_km,
)

points = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))
BERLIN, MUNICH = Point(52.52, 13.405), Point(48.137, 11.575)
HALF_ROUND_KM = math.pi * 6371.0088

HOME = Address(
    recipient="Ada Reader", lines=("1 High Street", "Flat 2"), city="London", country="GB", postcode="SW1A 1AA"
)
MUC = Location(
    location_id=LocationId("MUC"),
    name="Munich",
    kind=LocationKind.WAREHOUSE,
    country="DE",
    point=MUNICH,
    calendar=Calendar(timezone="Europe/Berlin"),
    address=HOME,
)


@given(points, points, points)
def test_distance_is_symmetric_bounded_and_takes_no_detour(a: Point, b: Point, c: Point) -> None:
    assert distance_km(a, a) == 0
    assert distance_km(a, b) == pytest.approx(distance_km(b, a))
    assert 0 <= distance_km(a, b) <= HALF_ROUND_KM * 1.000001
    # At antipodes a rounding error in the last bit of the chord is worth some metres.
    assert distance_km(a, c) <= distance_km(a, b) + distance_km(b, c) + 0.5


def test_known_distances() -> None:
    assert distance_km(BERLIN, MUNICH) == pytest.approx(504, abs=1)
    assert distance_km(Point(0, 0), Point(0, 1)) == pytest.approx(111.195, abs=0.001)
    assert distance_km(Point(0, 179), Point(0, -179)) == pytest.approx(222.39, abs=0.01)
    assert distance_km(Point(90, 0), Point(-90, 123)) == pytest.approx(HALF_ROUND_KM)


@given(points)
def test_rounding_moves_a_point_by_less_than_8_km_and_rounds_once(point: Point) -> None:
    rounded = point.rounded()
    assert rounded.rounded() == rounded
    assert distance_km(point, rounded) < 8


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        (90.1, 0),
        (-91, 0),
        (0, 180.5),
        (0, -181),
        (float("nan"), 0),
        (0, float("nan")),
        (float("inf"), 0),
        ("1", 0),
        (True, 0),
        (None, 0),
        (10**400, 0),
    ],
    ids=lambda value: str(value)[:8],
)
def test_a_point_off_the_globe_is_refused(lat: object, lon: object) -> None:
    with pytest.raises(InputError):
        Point(lat, lon)  # type: ignore[arg-type]


def test_a_point_keeps_floats_and_has_no_minus_zero() -> None:
    assert Point(48, 11) == Point(48.0, 11.0)
    assert type(Point(48, 11).lat) is float
    assert repr(Point(-0.04, -0.0).rounded()) == "Point(lat=0.0, lon=0.0)"


@pytest.mark.parametrize("code", ["de", "DEU", "D", "", "D1", "ÄÖ", "DE\n", None, 5, ["DE"]], ids=repr)
def test_a_country_is_two_capital_letters(code: object) -> None:
    with pytest.raises(InputError, match="country"):
        checked_country(code)
    assert checked_country("JP") == "JP"


def test_an_address_prints_nothing_but_its_country() -> None:
    assert repr(HOME) == "Address(country='GB')"
    assert "Reader" not in repr(MUC)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipient", ""),
        ("recipient", "a\u202eb"),
        ("lines", ()),
        ("lines", ("a",) * 5),
        ("lines", ["a"]),
        ("lines", "1 High Street"),
        ("lines", ("a", "")),
        ("lines", ("a", 5)),
        ("city", "x" * 201),
        ("country", "England"),
        ("postcode", "x" * 21),
        ("region", "\x00"),
    ],
)
def test_an_address_with_a_field_that_cannot_be_is_refused(field: str, value: Any) -> None:
    with pytest.raises(InputError):
        attrs.evolve(HOME, **{field: value})


def test_an_address_is_kept_in_composed_form() -> None:
    assert attrs.evolve(HOME, city="Zu\u0308rich").city == "Z\u00fcrich"


@pytest.mark.parametrize(
    ("postcode", "area"),
    [
        ("SW1A 1AA", "SW1A"),
        ("m1 1ae", "M1"),
        ("1012 AB", "1012"),
        ("K1A 0B1", "K1A"),
        ("10115", "101"),
        ("90210-1234", "902"),
        ("00-950", "009"),
        ("1234567 X", "1234"),
        (" 10115 ", "101"),
        ("", ""),
    ],
)
def test_a_destination_keeps_only_the_front_of_the_postcode(postcode: str, area: str) -> None:
    assert destination_of(attrs.evolve(HOME, postcode=postcode)).postcode_area == area


@given(points)
def test_a_destination_keeps_only_a_rounded_point(point: Point) -> None:
    destination = destination_of(HOME, point)
    assert destination == Destination(country="GB", postcode_area="SW1A", point=point.rounded())
    assert destination_of(HOME).point is None


def test_nothing_of_the_household_is_left_in_a_destination() -> None:
    printed = repr(destination_of(HOME, BERLIN))
    for personal in ("Ada", "Reader", "High", "Flat", "London", "1AA", "52.52", "13.405"):
        assert personal not in printed


def test_a_destination_takes_only_a_point() -> None:
    with pytest.raises(InputError, match="Point"):
        Destination(country="GB", point=(1.0, 2.0))  # type: ignore[arg-type]


def test_a_location_ships_to_the_countries_it_lists() -> None:
    assert MUC.ships_to_country("JP")
    listed = attrs.evolve(MUC, ships_to=("DE", "AT"))
    assert listed.ships_to_country("AT")
    assert not listed.ships_to_country("JP")
    assert attrs.evolve(MUC, ships_to=("DE", "*")).ships_to_country("JP")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("location_id", "a b"),
        ("location_id", ""),
        ("name", ""),
        ("kind", "warehouse"),
        ("country", "Germany"),
        ("point", (48.1, 11.6)),
        ("calendar", "Europe/Berlin"),
        ("address", None),
        ("ships_to", ()),
        ("ships_to", ("Germany",)),
        ("ships_to", ["DE"]),
        ("ships_to", "DE"),
        ("may_ship", 1),
        ("priority", 1.0),
        ("priority", True),
        ("handling_minor", -1),
        ("handling_minor", 1.5),
        ("handling_minor", 10**15),
    ],
)
def test_a_location_with_a_field_that_cannot_be_is_refused(field: str, value: Any) -> None:
    with pytest.raises(InputError):
        attrs.evolve(MUC, **{field: value})
