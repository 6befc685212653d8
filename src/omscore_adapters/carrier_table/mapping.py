"""From a rate table to what one parcel costs.

A parcel is one box: unlike a whole shipment it cannot be split over several bands, so a service takes it only up to its
last band.
"""

from __future__ import annotations

from omscore.errors import PortRefusedError
from omscore.places import Destination
from omscore.ports.carriers import CarrierQuote
from omscore.routing.ratecard import RateRow
from omscore.routing.rates import RateTable


class Offers:
    """Every service of a rate table, by zone.

    >>> from omscore.routing.ratecard import ZoneRule
    >>> card = "carrier,service,zone,min_g,max_g,price,currency,transit_days\\npost,parcel,home,0,2000,4.90,EUR,2\\n"
    >>> offers = Offers(RateTable.from_csv(card, (ZoneRule(zone="home", origins=("DE",), destinations=("DE",)),)))
    >>> here = Destination(country="DE")
    >>> [str(quote.price) for quote in offers.quotes("DE", here, 750)], offers.quotes("DE", here, 2_001)
    (['4.90 EUR'], ())
    """

    def __init__(self, table: RateTable) -> None:
        self._table = table
        self._bands: dict[str, dict[tuple[str, str], list[RateRow]]] = {}
        for row in sorted(table.rows, key=_top):
            self._bands.setdefault(row.zone, {}).setdefault((row.carrier, row.service), []).append(row)

    def quotes(self, origin: str, destination: Destination, mass_g: int) -> tuple[CarrierQuote, ...]:
        """Every service that takes the parcel, cheapest first, then the faster, then by name."""
        country = destination.country
        zone = self._table.zone_of(origin, country)
        services = self._bands.get(zone, {}) if zone is not None and mass_g >= 0 else {}
        able = {each for each, bands in services.items() if mass_g <= bands[-1].max_g}
        if not able:
            return ()
        area = destination.postcode_area
        return tuple(
            [
                CarrierQuote(
                    carrier=quote.carrier, service=quote.service, price=quote.price, transit_days=quote.transit_days
                )
                for quote in self._table.quotes(origin, country, mass_g, postcode_area=area)
                if (quote.carrier, quote.service) in able
            ]
        )

    def quote(self, origin: str, destination: Destination, mass_g: int, service: str) -> CarrierQuote:
        """The cheapest quote of the named service.

        Raises: PortRefusedError saying the zone, the mass and the limits when no row covers the parcel.
        """
        for quote in self.quotes(origin, destination, mass_g):
            if quote.service == service:
                return quote
        zone, bands = self._service(origin, destination.country, service)
        raise PortRefusedError(
            f"service {service!r} in zone {zone!r} takes parcels of 0 to {max(map(_top, bands))} g, not {mass_g} g;"
            " split the parcel or choose another service",
            code="port.refused.mass",
            zone=zone,
            service=service,
            mass_g=mass_g,
        )

    def transit_days(self, origin: str, destination: str, service: str) -> int:
        """The transit days of the service's slowest band on a lane.

        Raises: PortRefusedError when the lane has no zone or the zone no such service.
        """
        return max(band.transit_days for band in self._service(origin, destination, service)[1])

    def _service(self, origin: str, destination: str, service: str) -> tuple[str, list[RateRow]]:
        zone = self._table.zone_of(origin, destination)
        if zone is None:
            raise PortRefusedError(
                f"no zone of the rate table covers {origin} to {destination}; add a zone rule and its rows",
                code="port.refused.zone",
                origin=origin,
                destination=destination,
            )
        services = self._bands.get(zone, {})
        bands = [band for (_, name), rows in services.items() if name == service for band in rows]
        if not bands:
            there = ", ".join(sorted({repr(name) for _, name in services})) or "no service at all"
            raise PortRefusedError(
                f"zone {zone!r} ({origin} to {destination}) has no service {service!r}; it has {there}",
                code="port.refused.service",
                zone=zone,
                service=service,
            )
        return zone, bands


def _top(row: RateRow) -> int:
    return row.max_g
