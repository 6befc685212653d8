"""How far a country is at least: never further than any point of it, and nothing within it."""

from __future__ import annotations

import random
from itertools import chain

import pytest

from omscore.places import Point, distance_km
from omscore.routing.extents import Box, boxes, least_km


def test_no_point_of_a_country_is_nearer_than_it_is_said_to_be() -> None:
    rng = random.Random(3)  # noqa: S311
    close = 0
    for _ in range(1_200):
        here = Point(rng.uniform(-89, 89), rng.uniform(-180, 180))
        country, pieces = rng.choice(list(boxes().items()))
        least = least_km(here, country)
        edges = chain.from_iterable(_some_points(rng, box) for box in pieces)
        nearest = min(distance_km(here, point) for point in edges)
        assert least <= nearest + 1e-6
        close += nearest - least < 100
    assert close > 800


def _some_points(rng: random.Random, box: Box) -> list[Point]:
    """Points of a box: a grid over its rim, and some within."""
    share = [k / 24 for k in range(25)]
    lats = [box.south + (box.north - box.south) * each for each in share]
    lons = [box.west + (box.east - box.west) * each for each in share]
    rim = [Point(lat, lon) for lat in lats for lon in (box.west, box.east)]
    rim += [Point(lat, lon) for lon in lons for lat in (box.south, box.north)]
    return rim + [Point(rng.choice(lats), rng.choice(lons)) for _ in range(30)]


@pytest.mark.parametrize(
    ("country", "lat", "lon"),
    [
        ("DE", 54.9, 8.3),  # Sylt
        ("ES", 28.1, -15.4),  # Las Palmas
        ("FR", 41.9, 8.7),  # Ajaccio
        ("GB", 60.2, -1.1),  # Lerwick
        ("PT", 37.7, -25.7),  # Ponta Delgada
        ("US", 21.3, -157.9),  # Honolulu
        ("US", 64.8, -147.7),  # Fairbanks
        ("SJ", 78.2, 15.6),  # Longyearbyen
        ("NZ", -43.9, -176.5),  # the Chatham Islands
        ("CL", -53.2, -70.9),  # Punta Arenas
        ("RU", 64.7, 177.5),  # Anadyr
        ("JP", 26.2, 127.7),  # Naha
        ("AU", -42.9, 147.3),  # Hobart
    ],
)
def test_far_parts_of_a_country_are_in_it(country: str, lat: float, lon: float) -> None:
    assert least_km(Point(lat, lon), country) == 0
