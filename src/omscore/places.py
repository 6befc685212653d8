"""Where things are and where they go: points, addresses, destinations and locations.

An address is personal and stays with the person; a `Destination` is the little of it that decisions and events may
keep. Floats are allowed for coordinates and nowhere else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

import attrs

from omscore.calendars import Calendar, at_local
from omscore.errors import InputError
from omscore.ids import LocationId, checked_id
from omscore.items import ItemFlag
from omscore.pickups import CarrierPickups, check_pickups
from omscore.records import frozen
from omscore.text import checked_text

_COUNTRY = re.compile(r"[A-Z]{2}")
_EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG
MISWRITTEN = {"UK": "GB", "EL": "GR"}
"""Codes that no country has in ISO 3166 but people write, with the code they mean.

A record may bear one, as old logs do; a new order or a shop may not: rates of tax and of postage that stand under GB
would be passed over for those of everywhere else.
"""
ANYWHERE = "*"
"""Stands for every country in a location's `ships_to`."""


def checked_country(code: object) -> str:
    """The code itself when it looks like an ISO 3166 alpha-2 country code.

    Raises: InputError for anything but two upper-case ASCII letters; whether the country exists is not asked.

    >>> checked_country("DE")
    'DE'
    """
    if type(code) is not str or _COUNTRY.fullmatch(code) is None:
        shown = repr(code[:12]) if type(code) is str else type(code).__name__
        raise InputError(
            f"country {shown} is not a two-letter code; write it in capitals, as in DE", code="place.country"
        )
    return code


def _country(value: str) -> str:
    return checked_country(value)


def _degrees(value: float) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InputError(f"coordinates must be numbers, not {type(value).__name__}", code="place.point")
    # Compared before the conversion: a huge integer cannot become a float. NaN fails this comparison too.
    if not -180 <= value <= 180:
        raise InputError("coordinates must be degrees from -180 to 180", code="place.point")
    return float(value) + 0.0  # minus zero becomes zero


@frozen
class Point:
    """A spot on earth.

    Units: `lat` and `lon` in degrees, north and east positive (WGS 84).
    Raises: InputError for NaN, infinities and latitudes beyond the poles.

    >>> Point(48.137, 11.575).rounded()
    Point(lat=48.1, lon=11.6)
    """

    lat: float = attrs.field(converter=_degrees)
    lon: float = attrs.field(converter=_degrees)

    @lat.validator
    def _check_lat(self, _attribute: attrs.Attribute[float], value: float) -> None:
        if not -90 <= value <= 90:
            raise InputError("latitude must be degrees from -90 to 90; are lat and lon swapped?", code="place.point")

    def rounded(self) -> Point:
        """The point to one decimal, about 10 km: near enough for distances, too coarse to find a door."""
        return Point(round(self.lat, 1), round(self.lon, 1))


def distance_km(a: Point, b: Point) -> float:
    """How far apart two points are on the surface of the earth.

    Units: kilometres, on a sphere of the earth's mean radius (within about 0.5 %).

    >>> round(distance_km(Point(52.52, 13.405), Point(48.137, 11.575)))  # Berlin to Munich
    504
    """
    return kms_between(direction(a), (direction(b),))[0]


Direction: TypeAlias = tuple[float, float, float]
"""Of a point: where it lies as seen from the middle of the earth, as a vector of length one."""


def direction(point: Point) -> Direction:
    """What `kms_between` needs of a point, worth keeping where many distances from it are asked."""
    lat, lon = math.radians(point.lat), math.radians(point.lon)
    level = math.cos(lat)
    return level * math.cos(lon), level * math.sin(lon), math.sin(lat)


def kms_between(a: Direction, others: Iterable[Direction]) -> list[float]:
    """`distance_km` from one point to each of the others: the arc over the straight line between them."""
    halves = [math.dist(a, b) / 2 for b in others]
    return [2 * _EARTH_RADIUS_KM * math.asin(half if half < 1 else 1.0) for half in halves]


def _recipient(value: str) -> str:
    return checked_text(value, what="recipient")


def _lines(value: tuple[str, ...]) -> tuple[str, ...]:
    if type(value) is not tuple or not 1 <= len(value) <= 4:
        raise InputError("an address has 1 to 4 lines, given as a tuple of texts", code="place.lines")
    return tuple(checked_text(line, what=f"address line {number}") for number, line in enumerate(value, start=1))


def _city(value: str) -> str:
    return checked_text(value, what="city")


def _postcode(value: str) -> str:
    return checked_text(value, what="postcode", max_length=20, empty=True)


def _postcode_area(value: str) -> str:
    return checked_text(value, what="postcode area", max_length=20, empty=True)


def _region(value: str) -> str:
    return checked_text(value, what="region", empty=True)


@frozen(kw_only=True)
class Address:
    """Where a person or a company receives post; personal, so only the country shows when it is printed."""

    recipient: str = attrs.field(converter=_recipient, repr=False)
    lines: tuple[str, ...] = attrs.field(converter=_lines, repr=False)
    city: str = attrs.field(converter=_city, repr=False)
    country: str = attrs.field(converter=_country)
    postcode: str = attrs.field(default="", converter=_postcode, repr=False)
    region: str = attrs.field(default="", converter=_region, repr=False)


@frozen(kw_only=True)
class Destination:
    """What events may keep of an address: enough to choose a location and a rate, too little to find a door."""

    country: str = attrs.field(converter=_country)
    postcode_area: str = attrs.field(default="", converter=_postcode_area)
    point: Point | None = attrs.field(default=None)

    @point.validator
    def _check_point(self, _attribute: attrs.Attribute[Point | None], value: Point | None) -> None:
        if value is not None and type(value) is not Point:
            raise InputError(f"point must be a Point or None, not {type(value).__name__}", code="place.point")


def destination_of(address: Address, point: Point | None = None) -> Destination:
    """The address without what identifies a household: the front part of the postcode and a rounded point.

    Shape: the area is the text before the blank of the postcode (at most 4 characters), or its first 3 letters and
    digits when it has no blank.

    >>> home = Address(recipient="A. Reader", lines=("1 High Street",), city="Ayr", country="GB", postcode="SW1A 1AA")
    >>> destination_of(home).postcode_area
    'SW1A'
    """
    front, blank, _ = address.postcode.strip().upper().partition(" ")
    characters = "".join(character for character in front if character.isalnum())
    return Destination(
        country=address.country,
        postcode_area=characters[: 4 if blank else 3],
        point=None if point is None else point.rounded(),
    )


class LocationKind(StrEnum):
    """What sort of place holds or ships the goods."""

    WAREHOUSE = "warehouse"
    STORE = "store"
    SUPPLIER = "supplier"
    THIRD_PARTY = "third_party"
    VIRTUAL = "virtual"


def _location_id(value: str) -> LocationId:
    return LocationId(checked_id(value, what="location id"))


def _name(value: str) -> str:
    return checked_text(value, what="location name")


def _ships_to(value: tuple[str, ...]) -> tuple[str, ...]:
    if type(value) is not tuple or not value:
        raise InputError(
            'ships_to must be a tuple of country codes or ("*",); set may_ship=False for a place that ships nothing',
            code="place.ships_to",
        )
    return tuple(country if country == ANYWHERE else checked_country(country) for country in value)


@frozen(kw_only=True)
class Downtime:
    """A span in which a location takes no new work, `until` excluded."""

    since: datetime
    until: datetime
    says: str

    def __attrs_post_init__(self) -> None:
        for moment in (self.since, self.until):
            if type(moment) is not datetime or moment.tzinfo is None:
                raise InputError("a downtime is told by moments with their offset", code="place.downtime")
        if self.since >= self.until:
            raise InputError(f"the downtime {self.says!r} ends before it begins", code="place.downtime")


@frozen(kw_only=True)
class Location:
    """A place that can hold or ship stock.

    Shape: `ships_to` lists countries, or "*" for all; a lower `priority` is asked first; items with a flag it `refuses`
    never ship from here; it takes no new work in its `downtimes`, and no more than `orders_per_day` and `units_per_day`
    of the work that would leave it on one day; None is no bound. A carrier with `pickups` takes goods along only then.
    Units: `handling_minor` is charged per shipment, in minor units of the shop's base currency; `max_distance_km` as
    the crow flies, None is no bound; `processing_hours` pass until an order is ready to leave; `co2e_g_per_tonne_km` is
    what its carriers emit for each tonne and kilometre, None when nobody said.
    """

    location_id: LocationId = attrs.field(converter=_location_id)
    name: str = attrs.field(converter=_name)
    kind: LocationKind
    country: str = attrs.field(converter=_country)
    point: Point
    calendar: Calendar
    address: Address
    ships_to: tuple[str, ...] = attrs.field(default=(ANYWHERE,), converter=_ships_to)
    may_ship: bool = True
    priority: int = 0
    handling_minor: int = 0
    max_distance_km: int | None = None
    refuses: tuple[ItemFlag, ...] = ()
    downtimes: tuple[Downtime, ...] = ()
    processing_hours: int = 0
    orders_per_day: int | None = None
    units_per_day: int | None = None
    co2e_g_per_tonne_km: int | None = None
    pickups: tuple[CarrierPickups, ...] = ()

    def __attrs_post_init__(self) -> None:
        parts = (self.kind, LocationKind), (self.point, Point), (self.calendar, Calendar), (self.address, Address)
        for value, expected in parts:
            if type(value) is not expected:
                raise InputError(
                    f"location {self.location_id} needs a {expected.__name__}, not {type(value).__name__}",
                    code="place.location",
                )
        if type(self.may_ship) is not bool or type(self.priority) is not int:
            raise InputError("may_ship must be True or False and priority a whole number", code="place.location")
        if type(self.handling_minor) is not int or not 0 <= self.handling_minor < 10**15:
            raise InputError(
                "handling_minor must be a whole number of minor units of at least 0", code="place.handling"
            )
        if self.max_distance_km is not None and (type(self.max_distance_km) is not int or self.max_distance_km <= 0):
            raise InputError("max_distance_km must be a whole number above zero", code="place.max_distance")
        if type(self.processing_hours) is not int or not 0 <= self.processing_hours <= 8_760:
            raise InputError("processing_hours must be a whole number from 0 to 8760", code="place.processing")
        emits = self.co2e_g_per_tonne_km
        if emits is not None and (type(emits) is not int or not 0 <= emits <= 100_000):
            raise InputError("co2e_g_per_tonne_km must be a whole number from 0 to 100000", code="place.carbon")
        if self.pickups:
            check_pickups(self.pickups, self.calendar)
        for limit, what in ((self.orders_per_day, "orders_per_day"), (self.units_per_day, "units_per_day")):
            if limit is not None and (type(limit) is not int or limit <= 0):
                raise InputError(f"{what} must be a whole number above zero", code="place.capacity")

    def work_day(self, at: datetime) -> date:
        """The local day on which work given at that moment would leave, once it is processed."""
        return self.calendar.ship_date(at + timedelta(hours=self.processing_hours))

    def day_ends(self, day: date) -> datetime:
        """From when on work that is given to it leaves later than on that day."""
        return at_local(day, self.calendar.cutoff, self.calendar.timezone) - timedelta(hours=self.processing_hours)

    @property
    def is_limited(self) -> bool:
        """Whether it takes only so much on a day."""
        return self.orders_per_day is not None or self.units_per_day is not None

    def ships_to_country(self, country: str) -> bool:
        """Whether parcels to that country may leave from here (a may_ship=False place still answers by the list)."""
        return ANYWHERE in self.ships_to or country in self.ships_to
