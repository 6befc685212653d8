"""The country names of the "Online Retail" data, as codes and the rounded point of each country's capital.

"Unspecified" is taken for the shop's own country, "European Community" for the seat of its commission in Belgium.
Source: ISO 3166-1 alpha-2 codes; points of capitals from GeoNames (cities15000, CC BY 4.0), rounded to one decimal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from omscore.errors import InputError
from omscore.places import Destination, Point

CODES: Final[Mapping[str, str]] = {
    "Australia": "AU",
    "Austria": "AT",
    "Bahrain": "BH",
    "Belgium": "BE",
    "Brazil": "BR",
    "Canada": "CA",
    "Channel Islands": "JE",
    "Cyprus": "CY",
    "Czech Republic": "CZ",
    "Denmark": "DK",
    "EIRE": "IE",
    "European Community": "BE",
    "Finland": "FI",
    "France": "FR",
    "Germany": "DE",
    "Greece": "GR",
    "Hong Kong": "HK",
    "Iceland": "IS",
    "Israel": "IL",
    "Italy": "IT",
    "Japan": "JP",
    "Lebanon": "LB",
    "Lithuania": "LT",
    "Malta": "MT",
    "Netherlands": "NL",
    "Norway": "NO",
    "Poland": "PL",
    "Portugal": "PT",
    "RSA": "ZA",
    "Saudi Arabia": "SA",
    "Singapore": "SG",
    "Spain": "ES",
    "Sweden": "SE",
    "Switzerland": "CH",
    "USA": "US",
    "United Arab Emirates": "AE",
    "United Kingdom": "GB",
    "Unspecified": "GB",
}
"""All 38 names that occur."""

_POINTS: Final[Mapping[str, tuple[float, float]]] = {
    "AE": (24.5, 54.4),
    "AT": (48.2, 16.4),
    "AU": (-35.3, 149.1),
    "BE": (50.9, 4.3),
    "BH": (26.2, 50.6),
    "BR": (-15.8, -47.9),
    "CA": (45.4, -75.7),
    "CH": (46.9, 7.4),
    "CY": (35.2, 33.4),
    "CZ": (50.1, 14.4),
    "DE": (52.5, 13.4),
    "DK": (55.7, 12.6),
    "ES": (40.4, -3.7),
    "FI": (60.2, 24.9),
    "FR": (48.9, 2.3),
    "GB": (51.5, -0.1),
    "GR": (38.0, 23.7),
    "HK": (22.3, 114.2),
    "IE": (53.3, -6.2),
    "IL": (31.8, 35.2),
    "IS": (64.1, -21.9),
    "IT": (41.9, 12.5),
    "JE": (49.2, -2.1),
    "JP": (35.7, 139.7),
    "LB": (33.9, 35.5),
    "LT": (54.7, 25.3),
    "MT": (35.9, 14.5),
    "NL": (52.4, 4.9),
    "NO": (59.9, 10.7),
    "PL": (52.2, 21.0),
    "PT": (38.7, -9.1),
    "SA": (24.7, 46.7),
    "SE": (59.3, 18.1),
    "SG": (1.3, 103.9),
    "US": (38.9, -77.0),
    "ZA": (-25.7, 28.2),
}

_DESTINATIONS = {code: Destination(country=code, point=Point(*point)) for code, point in _POINTS.items()}


def country_code(name: str) -> str:
    """The code of a country name of the file.

    Raises: InputError for a name the data does not have.

    >>> country_code("EIRE")
    'IE'
    """
    code = CODES.get(name.strip())
    if code is None:
        raise InputError(f"Country {name!r} is not one of the {len(CODES)} names of this format")
    return code


def destination_in(code: str) -> Destination:
    """Where an order for that country is taken to go.

    >>> destination_in("IE").point
    Point(lat=53.3, lon=-6.2)
    """
    return _DESTINATIONS[code]
