"""What shipping a mass between two countries costs.

A rate card has bands: within one (carrier, service, zone) each row holds up to its `max_g`. A shipment above the last
band travels as several parcels: full ones of the last band's `max_g` and one for the rest, their prices added. A
shipment below the first band pays the first band, the service's smallest chargeable mass.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

import attrs

from omscore.errors import InputError
from omscore.money import Money
from omscore.records import frozen
from omscore.routing.ratecard import RateRow, ZoneRule, read_rows, wrong_row

MAX_PARCELS = 1_000


@frozen(kw_only=True)
class Quote:
    """The price of one shipment. Units: transit_days are the carrier's working days, of the slowest parcel."""

    carrier: str
    service: str
    zone: str
    price: Money
    transit_days: int


@frozen(kw_only=True)
class Ladder:
    """The cheapest price of a zone as steps of mass: step r holds for masses up to `tops[r]`.

    Shape: `floors[r]` is the lowest price of step r and all heavier steps (equal to the price on a sane rate card).
    """

    tops: tuple[int, ...]
    prices: tuple[int, ...]
    floors: tuple[int, ...]


class _Service:
    """The bands of one service in one zone, ready for bisection."""

    __slots__ = ("carrier", "days", "name", "prices", "tops")

    def __init__(self, rows: Sequence[RateRow]) -> None:
        self.carrier, self.name = rows[0].carrier, rows[0].service
        self.tops = [row.max_g for row in rows]
        self.prices = [row.price.minor for row in rows]
        self.days = [row.transit_days for row in rows]

    def charge(self, mass_g: int) -> tuple[int, int]:
        """The price in minor units and the transit days of a shipment, in as many parcels as it needs."""
        largest = self.tops[-1]
        if mass_g <= largest:
            band = bisect_left(self.tops, mass_g)
            return self.prices[band], self.days[band]
        full = (mass_g - 1) // largest
        band = bisect_left(self.tops, mass_g - full * largest)
        return full * self.prices[-1] + self.prices[band], max(self.days[-1], self.days[band])


@frozen(kw_only=True)
class RateTable:
    """The rate cards of all carriers in one currency.

    Raises: SetupError when bands overlap or leave a gap, a row's zone has no rule, or two currencies meet.

    >>> card = "carrier,service,zone,min_g,max_g,price,currency,transit_days\\npost,parcel,home,0,2000,4.90,EUR,2\\n"
    >>> table = RateTable.from_csv(card, (ZoneRule(zone="home", origins=("DE",), destinations=("DE",)),))
    >>> str(table.quote("DE", "DE", 4_100).price)  # two full parcels and one of 100 g
    '14.70 EUR'
    """

    rows: tuple[RateRow, ...]
    zones: tuple[ZoneRule, ...]
    _services: dict[str | None, tuple[_Service, ...]] = attrs.field(init=False, repr=False, eq=False)
    _lanes: dict[tuple[str, str], str | None] = attrs.field(init=False, repr=False, eq=False, factory=dict)
    _ladders: dict[tuple[str, int], Ladder] = attrs.field(init=False, repr=False, eq=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        _check_zones(self.rows, self.zones)
        object.__setattr__(self, "_services", _services_of(self.rows))

    @staticmethod
    def from_csv(text: str, zones: tuple[ZoneRule, ...]) -> RateTable:
        """The table a rate card in CSV text describes; prices are decimal text such as 4.90.

        Shape: a header row with exactly the eight columns of `ratecard.COLUMNS`, in any order; the header is row 1.
        Raises: InputError or SetupError naming the row number and the column.
        """
        return RateTable(rows=read_rows(text), zones=zones)

    @property
    def currency(self) -> str | None:
        """The one currency of all rows; None for an empty table."""
        return self.rows[0].price.currency if self.rows else None

    def zone_of(self, origin_country: str, destination_country: str) -> str | None:
        """The zone of the first rule that matches the lane; None when no rule does."""
        lane = (origin_country, destination_country)
        if lane not in self._lanes:
            self._lanes[lane] = next((rule.zone for rule in self.zones if rule.matches(*lane)), None)
        return self._lanes[lane]

    def serves(self, origin_country: str, destination_country: str) -> bool:
        """Whether any service carries on the lane."""
        return self.zone_of(origin_country, destination_country) in self._services

    def quote(
        self, origin_country: str, destination_country: str, mass_g: int, service: str | None = None
    ) -> Quote | None:
        """The price of one shipment: of the cheapest service, or of the named one.

        Shape: None when the lane has no zone or the zone no such service. Equal prices: the faster, then by name.
        Raises: InputError when the mass is negative or would fill more than 1,000 parcels with every service.
        """
        quotes = self.quotes(origin_country, destination_country, mass_g, service)
        return quotes[0] if quotes else None

    def quotes(
        self, origin_country: str, destination_country: str, mass_g: int, service: str | None = None
    ) -> tuple[Quote, ...]:
        """The prices of one shipment by every service that can carry it, or by the named one.

        Shape: the cheapest first; of equal prices the faster, then by name.
        Raises: as `quote`.
        """
        zone = self.zone_of(origin_country, destination_country)
        services = [s for s in self._services.get(zone, ()) if service is None or s.name == service]
        if zone is None or not services:
            return ()
        charges = [(*offer.charge(mass_g), offer.carrier, offer.name) for offer in _able(services, mass_g)]
        currency = self.rows[0].price.currency
        return tuple(
            [
                Quote(
                    carrier=carrier,
                    service=name,
                    zone=zone,
                    price=Money(price_minor, currency),
                    transit_days=transit_days,
                )
                for price_minor, transit_days, carrier, name in sorted(charges)
            ]
        )

    def ladder(self, origin_country: str, destination_country: str, mass_g: int) -> Ladder | None:
        """The cheapest prices of a lane as steps that reach at least to the mass; None without a rate.

        Holds: the step of a mass has the price that `quote` names for it.
        """
        zone = self.zone_of(origin_country, destination_country)
        if zone is None or zone not in self._services:
            return None
        # Laid up to a power of two, so that few ladders serve all orders and none depends on which order came first.
        reach = max(12, mass_g.bit_length())
        ladder = self._ladders.get((zone, reach))
        if ladder is None or ladder.tops[-1] < mass_g:
            ladder = self._ladders[zone, reach] = _ladder(self._services[zone], 1 << reach, mass_g)
        return ladder


def _able(services: Iterable[_Service], mass_g: int) -> list[_Service]:
    if type(mass_g) is not int or mass_g < 0:
        raise InputError(
            f"a shipment of {mass_g!r} g cannot be priced; give whole grams, zero or more", code="rates.mass"
        )
    able = [service for service in services if mass_g <= service.tops[-1] * MAX_PARCELS]
    if not able:
        raise InputError(
            f"a shipment of {mass_g} g fills more than {MAX_PARCELS} parcels; add a heavier band to the rate table",
            code="rates.too_heavy",
            mass_g=mass_g,
        )
    return able


def _ladder(services: Sequence[_Service], limit_g: int, mass_g: int) -> Ladder:
    able = _able(services, mass_g)
    limit_g = max(mass_g, min(limit_g, max(service.tops[-1] for service in able) * MAX_PARCELS))
    steps = {
        min(parcels * service.tops[-1] + top, limit_g)
        for service in able
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


def _services_of(rows: tuple[RateRow, ...]) -> dict[str | None, tuple[_Service, ...]]:
    bands: dict[tuple[str, str, str], list[tuple[RateRow, int]]] = {}
    for number, row in enumerate(rows, start=2):
        if row.price.currency != rows[0].price.currency:
            raise wrong_row(
                number, "currency", f"is {row.price.currency}, others are {rows[0].price.currency}; use one"
            )
        bands.setdefault((row.zone, row.carrier, row.service), []).append((row, number))
    services: dict[str, list[_Service]] = {}
    for (zone, _, _), found in sorted(bands.items()):
        found.sort(key=lambda pair: (pair[0].min_g, pair[0].max_g))
        for (lower, _), (upper, number) in pairwise(found):
            if upper.min_g < lower.max_g or upper.max_g <= lower.max_g:
                raise wrong_row(number, "min_g", f"{upper.min_g} overlaps the band that ends at {lower.max_g} g")
            if upper.min_g > lower.max_g + 1:
                raise wrong_row(number, "min_g", f"{upper.min_g} leaves a gap after {lower.max_g} g; start there")
        services.setdefault(zone, []).append(_Service([row for row, _ in found]))
    return {zone: tuple(found) for zone, found in services.items()}


def _check_zones(rows: tuple[RateRow, ...], zones: tuple[ZoneRule, ...]) -> None:
    named = {rule.zone for rule in zones}
    for number, row in enumerate(rows, start=2):
        if row.zone not in named:
            raise wrong_row(number, "zone", f"{row.zone!r} has no zone rule; add one or correct the name")
        if row.max_g < max(row.min_g, 1) or row.min_g < 0:
            raise wrong_row(number, "max_g", f"{row.max_g} does not lie above min_g {row.min_g}")
        if row.price.minor < 0:
            raise wrong_row(number, "price", f"{row.price} is below zero")
