"""What shipping a mass between two countries costs.

A rate card has bands: within one (carrier, service, zone) each row holds up to its `max_g`. A shipment above the last
band travels as several parcels: full ones of the last band's `max_g` and one for the rest, their prices added. A
shipment below the first band pays the first band, the service's smallest chargeable mass. Surcharges come on top.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, TypeAlias

import attrs

from omscore.items import ItemFlag
from omscore.money import Money
from omscore.records import frozen
from omscore.routing.emissions import Emission, RatedLane, check_emissions, emission_of
from omscore.routing.ladders import Ladder, Lanes, RatedService, able, ladder_of, laid, services_of
from omscore.routing.ratecard import RateRow, ZoneRule, read_rows, wrong_row
from omscore.routing.surcharges import Addition, Surcharge, additions_of, check_surcharges, postcode_start

_Due: TypeAlias = tuple[int, ...]
"""The numbers of the surcharges that fall due."""


MOST_KEPT = 4_096
"""For how many lanes and masses it is remembered who carries them for the least."""


@frozen(kw_only=True)
class Quote:
    """The price of one shipment.

    Shape: `surcharges` are those that are part of the price, by name, in the order of the table.
    Units: transit_days are the carrier's working days, of the slowest parcel.
    """

    carrier: str
    service: str
    zone: str
    price: Money
    transit_days: int
    surcharges: tuple[tuple[str, Money], ...] = ()


_LEAST_REACH = 12
"""Ladders reach to 4 kg at least, as a power of two of grams."""


class Carried(NamedTuple):
    """A service that carries a shipment, in how many working days and how many parcels."""

    carrier: str
    service: str
    transit_days: int
    parcels: int = 1


@frozen(kw_only=True)
class RateTable:
    """The rate cards of all carriers in one currency, the surcharges on them, and what the services emit.

    Shape: `flags` are those of items that some surcharge asks for.
    Raises: SetupError when bands overlap or leave a gap, a row's zone has no rule, two currencies meet, or a surcharge
    or an emission fits no service.

    >>> card = "carrier,service,zone,min_g,max_g,price,currency,transit_days\\npost,parcel,home,0,2000,4.90,EUR,2\\n"
    >>> table = RateTable.from_csv(card, (ZoneRule(zone="home", origins=("DE",), destinations=("DE",)),))
    >>> str(table.quote("DE", "DE", 4_100).price)  # two full parcels and one of 100 g
    '14.70 EUR'
    """

    rows: tuple[RateRow, ...]
    zones: tuple[ZoneRule, ...]
    surcharges: tuple[Surcharge, ...] = ()
    emissions: tuple[Emission, ...] = ()
    flags: frozenset[ItemFlag] = attrs.field(init=False, repr=False, eq=False)
    _additions: tuple[Addition, ...] = attrs.field(init=False, repr=False, eq=False)
    _services: dict[str | None, tuple[RatedService, ...]] = attrs.field(init=False, repr=False, eq=False)
    _lanes: dict[tuple[str, str], str | None] = attrs.field(init=False, repr=False, eq=False, factory=dict)
    _dearer: dict[tuple[str, _Due], tuple[RatedService, ...]] = attrs.field(
        init=False, repr=False, eq=False, factory=dict
    )
    _cheapest: dict[tuple[str, str, _Due, int], Carried] = attrs.field(init=False, repr=False, eq=False, factory=dict)
    _ladders: dict[tuple[str, _Due, int], Ladder] = attrs.field(init=False, repr=False, eq=False, factory=dict)
    _laid: dict[tuple[tuple[str, ...], str, int], tuple[Lanes, int]] = attrs.field(
        init=False, repr=False, eq=False, factory=dict
    )

    def __attrs_post_init__(self) -> None:
        _check_zones(self.rows, self.zones)
        object.__setattr__(self, "_services", services_of(self.rows))
        check_surcharges(self.surcharges, {(row.carrier, row.service) for row in self.rows})
        check_emissions(self.emissions, [RatedLane(row.carrier, row.service, row.zone) for row in self.rows])
        object.__setattr__(self, "_additions", additions_of(self.surcharges, self.currency) if self.currency else ())
        flags = frozenset([flag for surcharge in self.surcharges for flag in surcharge.flags])
        object.__setattr__(self, "flags", flags)

    @staticmethod
    def from_csv(
        text: str,
        zones: tuple[ZoneRule, ...],
        surcharges: tuple[Surcharge, ...] = (),
        emissions: tuple[Emission, ...] = (),
    ) -> RateTable:
        """The table a rate card in CSV text describes; prices are decimal text such as 4.90.

        Shape: a header row with exactly the eight columns of `ratecard.COLUMNS`, in any order; the header is row 1.
        Raises: InputError or SetupError naming the row number and the column.
        """
        return RateTable(rows=read_rows(text), zones=zones, surcharges=surcharges, emissions=emissions)

    @property
    def currency(self) -> str | None:
        """The one currency of all rows; None for an empty table."""
        return self.rows[0].price.currency if self.rows else None

    def zone_of(self, origin_country: str, destination_country: str) -> str | None:
        """The zone of the first rule that matches the lane; None when no rule does."""
        lane = (origin_country, destination_country)
        if lane in self._lanes:
            return self._lanes[lane]
        zone = self._lanes[lane] = next((rule.zone for rule in self.zones if rule.matches(*lane)), None)
        return zone

    def serves(self, origin_country: str, destination_country: str) -> bool:
        """Whether any service carries on the lane."""
        return self.zone_of(origin_country, destination_country) in self._services

    def quote(
        self,
        origin_country: str,
        destination_country: str,
        mass_g: int,
        service: str | None = None,
        *,
        postcode_area: str = "",
        flags: Collection[ItemFlag] = (),
    ) -> Quote | None:
        """The price of one shipment: of the cheapest service, or of the named one.

        Shape: None when the lane has no zone or the zone no such service. Equal prices: the faster, then by name. The
        area and the flags of the items in the shipment are for the surcharges.
        Raises: InputError when the mass is negative or would fill more than 1,000 parcels with every service.
        """
        quotes = self.quotes(
            origin_country, destination_country, mass_g, service, postcode_area=postcode_area, flags=flags
        )
        return quotes[0] if quotes else None

    def cheapest(
        self,
        origin_country: str,
        destination_country: str,
        mass_g: int,
        *,
        postcode_area: str = "",
        flags: Collection[ItemFlag] = (),
    ) -> Carried | None:
        """Who carries a shipment for the least, without the price; None without a rate.

        Holds: it is the service that `quote` names.
        Raises: as `quote`.
        """
        due = self._due(destination_country, postcode_area, flags) if self.surcharges else ()
        asked = (origin_country, destination_country, due, mass_g)
        found = self._cheapest.get(asked)
        if found is None:
            offers = self._offers(self.zone_of(origin_country, destination_country), due)
            if not offers:
                return None
            charges = [(*each.charge(mass_g), each.carrier, each.name) for each in able(offers, mass_g)]
            _, days, carrier, name = min(charges)
            parcels = next(each.parcels(mass_g) for each in offers if (each.carrier, each.name) == (carrier, name))
            if len(self._cheapest) >= MOST_KEPT:
                self._cheapest.clear()
            found = self._cheapest[asked] = Carried(carrier, name, days, parcels)
        return found

    def emission(self, origin_country: str, destination_country: str, carrier: str, service: str) -> Emission | None:
        """What the service emits on the lane; None when nobody said."""
        zone = self.zone_of(origin_country, destination_country)
        return None if zone is None else emission_of(self.emissions, RatedLane(carrier, service, zone))

    def least_days(self, origin_country: str, destination_country: str) -> int | None:
        """The fewest days any service of the lane takes; None without one. Units: the carrier's working days."""
        offers = self._services.get(self.zone_of(origin_country, destination_country), ())
        return min([day for each in offers for day in each.days], default=None)

    def services(self, origin_country: str, destination_country: str) -> tuple[tuple[str, str], ...]:
        """The carriers and services of the lane, by name."""
        zone = self.zone_of(origin_country, destination_country)
        return tuple([(each.carrier, each.name) for each in self._services.get(zone, ())])

    def quotes(
        self,
        origin_country: str,
        destination_country: str,
        mass_g: int,
        service: str | None = None,
        *,
        postcode_area: str = "",
        flags: Collection[ItemFlag] = (),
    ) -> tuple[Quote, ...]:
        """The prices of one shipment by every service that can carry it, or by the named one.

        Shape: the cheapest first; of equal prices the faster, then by name.
        Raises: as `quote`.
        """
        zone = self.zone_of(origin_country, destination_country)
        offers = self._offers(zone, self._due(destination_country, postcode_area, flags))
        offers = tuple([offer for offer in offers if service is None or offer.name == service])
        if zone is None or not offers:
            return ()
        currency = self.rows[0].price.currency

        def quoted(offer: RatedService) -> Quote:
            rate_minor, transit_days = offer.rate(mass_g)
            added = [(each.name, each.on(rate_minor)) for each in offer.additions]
            return Quote(
                carrier=offer.carrier,
                service=offer.name,
                zone=zone,
                price=Money(rate_minor + sum([minor for _, minor in added]), currency),
                transit_days=transit_days,
                surcharges=tuple([(name, Money(minor, currency)) for name, minor in added]),
            )

        quotes = [quoted(offer) for offer in able(offers, mass_g)]
        return tuple(sorted(quotes, key=lambda each: (each.price.minor, each.transit_days, each.carrier, each.service)))

    def ladder(
        self,
        origin_country: str,
        destination_country: str,
        mass_g: int,
        *,
        postcode_area: str = "",
        flags: Collection[ItemFlag] = (),
    ) -> Ladder | None:
        """The cheapest prices of a lane as steps that reach at least to the mass; None without a rate.

        Holds: the step of a mass has the price that `quote` names for it.
        """
        zone = self.zone_of(origin_country, destination_country)
        if zone is None or zone not in self._services:
            return None
        due = self._due(destination_country, postcode_area, flags)
        # Laid up to a power of two, so that few ladders serve all orders and none depends on which order came first.
        reach = max(_LEAST_REACH, mass_g.bit_length())
        ladder = self._ladders.get((zone, due, reach))
        if ladder is None or ladder.tops[-1] < mass_g:
            ladder = self._ladders[zone, due, reach] = ladder_of(self._offers(zone, due), 1 << reach, mass_g)
        return ladder

    def lanes(self, origin_countries: tuple[str, ...], destination_country: str, mass_g: int) -> Lanes:
        """The ladders of many lanes that all have a rate, for shipments that no surcharge concerns."""
        reach = mass_g.bit_length()
        key = (origin_countries, destination_country, reach if reach > _LEAST_REACH else _LEAST_REACH)
        found = self._laid.get(key)
        if found is None or found[1] < mass_g:
            by_country = {each: self.ladder(each, destination_country, mass_g) for each in origin_countries}
            ladders = [ladder for each in origin_countries if (ladder := by_country[each]) is not None]
            if len(self._laid) >= MOST_KEPT:
                self._laid.clear()
            found = self._laid[key] = laid(ladders), min([ladder.tops[-1] for ladder in ladders], default=mass_g)
        return found[0]

    def _due(self, country: str, postcode_area: str, flags: Collection[ItemFlag]) -> _Due:
        """The numbers of the surcharges for such a shipment, whatever the service."""
        if not self.surcharges:
            return ()
        area = postcode_start(postcode_area)
        return tuple(
            [k for k, each in enumerate(self.surcharges) if each.goes_to(country, area) and each.concerns(flags)]
        )

    def _offers(self, zone: str | None, due: _Due) -> tuple[RatedService, ...]:
        """The services of a zone with these surcharges, as far as each asks for them."""
        if zone is None or not due:
            return self._services.get(zone, ())
        if (zone, due) not in self._dearer:
            self._dearer[zone, due] = tuple(
                [
                    offer.adding(
                        tuple(
                            [
                                self._additions[k]
                                for k in due
                                if self.surcharges[k].carried_by(offer.carrier, offer.name)
                            ]
                        )
                    )
                    for offer in self._services.get(zone, ())
                ]
            )
        return self._dearer[zone, due]


def _check_zones(rows: tuple[RateRow, ...], zones: tuple[ZoneRule, ...]) -> None:
    named = {rule.zone for rule in zones}
    for number, row in enumerate(rows, start=2):
        if row.zone not in named:
            raise wrong_row(number, "zone", f"{row.zone!r} has no zone rule; add one or correct the name")
        if row.max_g < max(row.min_g, 1) or row.min_g < 0:
            raise wrong_row(number, "max_g", f"{row.max_g} does not lie above min_g {row.min_g}")
        if row.price.minor < 0:
            raise wrong_row(number, "price", f"{row.price} is below zero")
