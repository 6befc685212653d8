"""The CO2e of a shipment by the service that carries it: the one that asks the least for its mass.

Which service that is depends on the whole shipment, while exact routing adds up units. So a unit counts what the
cleanest service of its lane would emit for it, and what the real one emits beyond that is counted once for each
shipment; it never is less than nothing, so that every bound on the rest of a mix holds on.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from omscore.items import ItemFlag
from omscore.places import Destination, Location
from omscore.routing.emissions import Emission
from omscore.routing.network import Network

_PER_G = 1_000_000
"""Grams times kilometres times grams per tonne and kilometre: so many of them are a gram of CO2e."""


def co2e_of(
    network: Network,
    location: Location,
    destination: Destination,
    billed_g: int,
    mass_g: int,
    flags: frozenset[ItemFlag],
) -> Fraction | None:
    """The grams of CO2e of one shipment with items of these flags; None when nobody says what is emitted, or how far it
    goes is not known.
    """
    km = network.km(location, destination)
    per_tonne_km, parcels_g = _said(network, location, destination, billed_g, flags)
    if km is None or per_tonne_km is None:
        return None
    return Fraction(per_tonne_km * mass_g * km, _PER_G) + parcels_g


def says_co2e(network: Network, location: Location, destination: Destination) -> bool:
    """Whether it is known what every service would emit for a shipment from the location."""
    return destination.point is not None and None not in _figures(network, location, destination)


class ParcelCarbon:
    """What the services emit that would carry the parcels of one order, by the number of each location.

    Shape: `flags` are those that every parcel of the location has. What else is in a parcel may make another service
    cost less by its surcharges; that is not looked at. `default` counts where nobody says what is emitted.
    Units: grams of CO2e per tonne and kilometre; `price` of a gram in millionths of a minor unit.
    """

    def __init__(
        self,
        network: Network,
        places: Sequence[Location],
        destination: Destination,
        flags: Sequence[frozenset[ItemFlag]],
        default: int,
        price: Fraction,
    ) -> None:
        self._network, self._places, self._destination, self._flags = network, places, destination, flags
        self._default, self._price = default, price
        self._km = [network.km(place, destination) or 0 for place in places]
        self.least = [
            min([default if each is None else each for each in _figures(network, place, destination)])
            for place in places
        ]
        """The least that any service of the lane emits."""
        self._rates: dict[tuple[int, int], tuple[Fraction, int]] = {}
        self._counts: dict[tuple[int, int], tuple[int, int, int]] = {}

    def beyond(self, k: int, billed_g: int, mass_g: int) -> Fraction:
        """What a shipment emits beyond the least of its units. Units: grams of CO2e."""
        per_g, parcels_g = self._rate(k, billed_g)
        return per_g * mass_g + parcels_g

    def counts(self, k: int, billed_g: int, mass_g: int) -> int:
        """What that counts, rounded half even. Units: millionths of a minor unit."""
        found = self._counts.get((k, billed_g))
        if found is None:  # whole numbers: exact routing asks this for every set of articles
            per_g, parcels_g = [each * self._price for each in self._rate(k, billed_g)]
            below = lcm(per_g.denominator, parcels_g.denominator)
            found = self._counts[k, billed_g] = int(per_g * below), int(parcels_g * below), below
        per, fixed, below = found
        whole, rest = divmod(per * mass_g + fixed, below)
        return whole + (2 * rest > below or (2 * rest == below and whole % 2 == 1))

    def _rate(self, k: int, billed_g: int) -> tuple[Fraction, int]:
        """What a shipment of that billed mass emits beyond the least: for each gram in it, and for its parcels."""
        found = self._rates.get((k, billed_g))
        if found is None:
            said, parcels_g = _said(self._network, self._places[k], self._destination, billed_g, self._flags[k])
            more = (self._default if said is None else said) - self.least[k]
            found = self._rates[k, billed_g] = Fraction(more * self._km[k], _PER_G), parcels_g
        return found


def _said(
    network: Network, location: Location, destination: Destination, billed_g: int, flags: frozenset[ItemFlag]
) -> tuple[int | None, int]:
    """What the service of a shipment emits per tonne and kilometre, None when nobody said, and for its parcels."""
    carried = network.cheapest(location, destination, billed_g, flags)
    if carried is None:
        return location.co2e_g_per_tonne_km, 0
    said = network.rates.emission(location.country, destination.country, carried.carrier, carried.service)
    return _figure(said, location), 0 if said is None else said.g_per_parcel * carried.parcels


def _figures(network: Network, location: Location, destination: Destination) -> list[int | None]:
    """What each service of the lane emits per tonne and kilometre."""
    lane, rates = (location.country, destination.country), network.rates
    return [_figure(rates.emission(*lane, *service), location) for service in rates.services(*lane)]


def _figure(said: Emission | None, location: Location) -> int | None:
    return location.co2e_g_per_tonne_km if said is None or said.g_per_tonne_km is None else said.g_per_tonne_km
