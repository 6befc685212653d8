"""What each service of a zone asks for a mass, and the cheapest of them as a ladder of prices."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from copy import copy
from itertools import pairwise
from typing import NamedTuple

from omscore.errors import InputError
from omscore.records import frozen
from omscore.routing.ratecard import RateRow, wrong_row
from omscore.routing.surcharges import Addition

MAX_PARCELS = 1_000


@frozen(kw_only=True)
class Ladder:
    """The cheapest price of a zone as steps of mass: step r holds for masses up to `tops[r]`.

    Shape: `floors[r]` is the lowest price of step r and all heavier steps (equal to the price on a sane rate card).
    """

    tops: tuple[int, ...]
    prices: tuple[int, ...]
    floors: tuple[int, ...]

    def price(self, mass_g: int) -> int:
        """The price of a mass the ladder reaches. Units: minor."""
        return self.prices[bisect_left(self.tops, mass_g)]


class Lanes(NamedTuple):
    """The ladders of several places laid end to end; places that share a ladder share a stretch.

    Shape: ladder z runs from `starts[z]` to `starts[z + 1]`; `ladder_of` has the number of that of each place.
    """

    starts: Sequence[int]
    tops: Sequence[int]
    prices: Sequence[int]
    floors: Sequence[int]
    ladder_of: Sequence[int]


def laid(ladders: Sequence[Ladder]) -> Lanes:
    """The ladders of some places, each laid once."""
    same = list(map(id, ladders))  # one ladder object serves all locations in a zone
    distinct = dict(zip(same, ladders, strict=True))
    starts: list[int] = [0]
    tops: list[int] = []
    prices: list[int] = []
    floors: list[int] = []
    for ladder in distinct.values():
        tops += ladder.tops
        prices += ladder.prices
        floors += ladder.floors
        starts.append(len(tops))
    numbers = {each: number for number, each in enumerate(distinct)}
    return Lanes(starts, tops, prices, floors, [numbers[each] for each in same])


class RatedService:
    """The bands of one service in one zone, ready for bisection, and what it adds to its rates."""

    __slots__ = ("additions", "carrier", "days", "name", "prices", "tops")

    def __init__(self, rows: Sequence[RateRow]) -> None:
        self.additions: tuple[Addition, ...] = ()
        self.carrier, self.name = rows[0].carrier, rows[0].service
        self.tops = [row.max_g for row in rows]
        self.prices = [row.price.minor for row in rows]
        self.days = [row.transit_days for row in rows]

    def adding(self, additions: tuple[Addition, ...]) -> RatedService:
        """The same service with these surcharges."""
        other = copy(self)
        other.additions = additions
        return other

    def charge(self, mass_g: int) -> tuple[int, int]:
        """The price in minor units, surcharges included, and the transit days of a shipment."""
        rate, days = self.rate(mass_g)
        return rate + sum([each.on(rate) for each in self.additions]), days

    def parcels(self, mass_g: int) -> int:
        """In how many parcels a shipment travels."""
        return max(1, -(-mass_g // self.tops[-1]))

    def rate(self, mass_g: int) -> tuple[int, int]:
        """The price without surcharges and the transit days of a shipment, in as many parcels as it needs."""
        largest = self.tops[-1]
        if mass_g <= largest:
            band = bisect_left(self.tops, mass_g)
            return self.prices[band], self.days[band]
        full = (mass_g - 1) // largest
        band = bisect_left(self.tops, mass_g - full * largest)
        return full * self.prices[-1] + self.prices[band], max(self.days[-1], self.days[band])


def able(services: Iterable[RatedService], mass_g: int) -> list[RatedService]:
    """The services that carry a shipment of the mass.

    Raises: InputError when the mass is negative or none does.
    """
    if type(mass_g) is not int or mass_g < 0:
        raise InputError(
            f"a shipment of {mass_g!r} g cannot be priced; give whole grams, zero or more", code="rates.mass"
        )
    strong = [service for service in services if mass_g <= service.tops[-1] * MAX_PARCELS]
    if not strong:
        raise InputError(
            f"a shipment of {mass_g} g fills more than {MAX_PARCELS} parcels; add a heavier band to the rate table",
            code="rates.too_heavy",
            mass_g=mass_g,
        )
    return strong


def ladder_of(services: Sequence[RatedService], limit_g: int, mass_g: int) -> Ladder:
    """The ladder of the cheapest prices up to the limit, and at least up to the mass."""
    strong = able(services, mass_g)
    limit_g = max(mass_g, min(limit_g, max(service.tops[-1] for service in strong) * MAX_PARCELS))
    steps = {
        min(parcels * service.tops[-1] + top, limit_g)
        for service in strong
        for parcels in range(min(-(-limit_g // service.tops[-1]), MAX_PARCELS))
        for top in service.tops
    }
    tops: list[int] = []
    prices: list[int] = []
    for top in sorted(steps):
        price = min(s.charge(top)[0] for s in services if top <= s.tops[-1] * MAX_PARCELS)
        if prices and prices[-1] == price:
            tops[-1] = top
        else:
            tops.append(top)
            prices.append(price)
    floors = prices[:]
    for step in range(len(floors) - 2, -1, -1):
        floors[step] = min(floors[step], floors[step + 1])
    return Ladder(tops=tuple(tops), prices=tuple(prices), floors=tuple(floors))


def services_of(rows: tuple[RateRow, ...]) -> dict[str | None, tuple[RatedService, ...]]:
    """The services of each zone, by carrier and name, before any surcharge.

    Raises: SetupError when bands overlap or leave a gap, or two currencies meet.
    """
    bands: dict[tuple[str, str, str], list[tuple[RateRow, int]]] = {}
    for number, row in enumerate(rows, start=2):
        if row.price.currency != rows[0].price.currency:
            raise wrong_row(
                number, "currency", f"is {row.price.currency}, others are {rows[0].price.currency}; use one"
            )
        bands.setdefault((row.zone, row.carrier, row.service), []).append((row, number))
    services: dict[str, list[RatedService]] = {}
    for (zone, _, _), found in sorted(bands.items()):
        found.sort(key=lambda pair: (pair[0].min_g, pair[0].max_g))
        for (lower, _), (upper, number) in pairwise(found):
            if upper.min_g < lower.max_g or upper.max_g <= lower.max_g:
                raise wrong_row(number, "min_g", f"{upper.min_g} overlaps the band that ends at {lower.max_g} g")
            if upper.min_g > lower.max_g + 1:
                raise wrong_row(number, "min_g", f"{upper.min_g} leaves a gap after {lower.max_g} g; start there")
        services.setdefault(zone, []).append(RatedService([row for row, _ in found]))
    return {zone: tuple(found) for zone, found in services.items()}
