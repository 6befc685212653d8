"""What the carrier asks just now for the shipments of a promise, and what stands in for it when it gives no answer.

Routing reckons with the rate card alone; only for the plans it ranks best is the carrier asked, box by box as the goods
would be packed. Asking buys nothing, and no failure of the carrier keeps the shop from promising.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import TypeAlias

from omscore.errors import InputError, PortError, PortRefusedError
from omscore.fulfillment.packing import ItemToPack, choose_boxes
from omscore.ids import FulfillmentId
from omscore.items import Item
from omscore.money import ExchangeRate, Money, Rounding, exchange
from omscore.places import Destination
from omscore.policy.shop import Shop
from omscore.ports.carriers import CarrierQuote, Parcel
from omscore.ports.rates import RatePort
from omscore.records import changed
from omscore.routing.network import Network
from omscore.routing.promise import Promise, PromisedShipment, ShippingOption
from omscore.shipmentprices import PriceSource, ShipmentPrice, SkuUnits

log = logging.getLogger(__name__)

MOST_QUESTIONS = 12
"""How many different boxes the carrier is asked about for one shipment at most; beyond, the rate card stands."""

_MOST_DAYS = 365

Quotes: TypeAlias = Callable[[str, Destination, Parcel], tuple[CarrierQuote, ...]]
"""What the carrier asks from a country to a destination for a parcel."""

_Charges: TypeAlias = dict[tuple[str, str, str], tuple[int, int]]
"""Price in minor units and transit days, by carrier, service and currency."""


class LivePrices:
    """What one carrier asks just now for shipments to one destination; each question is put to it once.

    Holds: whatever the carrier does, every shipment has an option. After a failure in which the carrier said nothing it
    is not asked again.
    """

    def __init__(
        self,
        destination: Destination,
        items: Mapping[str, Item],
        shop: Shop,
        network: Network,
        quotes: Quotes,
        at: datetime,
        rates: RatePort | None = None,
    ) -> None:
        self._destination, self._items, self._shop = destination, items, shop
        self._network, self._quotes = network, quotes
        self._at, self._rate_of = at, _rates_at(at, shop.currency, rates)
        self._is_up = True
        self._answers: dict[tuple[str, Parcel], _Charges] = {}
        self._options: dict[tuple[str, tuple[tuple[str, int], ...]], tuple[ShippingOption, ...]] = {}

    def told(self, promise: Promise) -> Promise:
        """The promise with the carrier's own prices, each option saying where its price is from.

        Shape: where the carrier gives no price, the one option is the cheapest service of the rate card at the shop's
        fallback rate; without a fallback rate the options stay as the rate card has them. Prices in other currencies
        are exchanged at the last of the rates, and left out where there is none.
        """
        shipments = []
        for shipment in promise.shipments:
            options = self._options_of(shipment)
            shipments.append(changed(shipment, options=options, leaves_on=options[0].leaves_on))
        return changed(promise, shipments=tuple(shipments))

    def _options_of(self, shipment: PromisedShipment) -> tuple[ShippingOption, ...]:
        key = shipment.location_id, shipment.units
        if key not in self._options:
            self._options[key] = (self._is_up and self._heard(shipment)) or _instead(shipment, self._shop)
        return self._options[key]

    def _heard(self, shipment: PromisedShipment) -> tuple[ShippingOption, ...]:
        """The options the carrier offers; none when it fails."""
        try:
            return self._asked(shipment)
        except PortRefusedError as error:
            log.warning("the carrier quotes nothing from %s: %s", shipment.location_id, error)
        except PortError as error:
            log.warning("the carrier could not be asked for quotes: %s", error)
            self._is_up = False
        except Exception:
            log.exception("the carrier failed in a way it must not when asked for quotes")
            self._is_up = False
        return ()

    def _asked(self, shipment: PromisedShipment) -> tuple[ShippingOption, ...]:
        """The services that take every box of the shipment, cheapest first, then the faster; empty when none does."""
        location, timetable = self._network.location(shipment.location_id), self._network.timetable
        charges: _Charges | None = None
        for parcel, count in _parcels(shipment, self._items, self._shop).items():
            answer = self._answer(location.country, parcel)
            if charges is None:
                charges = {each: (minor * count, days) for each, (minor, days) in answer.items()}
            else:
                charges = {
                    each: (charges[each][0] + minor * count, max(charges[each][1], days))
                    for each, (minor, days) in answer.items()
                    if each in charges
                }
        options: dict[tuple[str, str], ShippingOption] = {}
        for (name, service, currency), (minor, days) in (charges or {}).items():
            price, rate = Money(minor, currency), None
            if currency != self._shop.currency:
                rate = self._rate_of(currency)
                if rate is None:
                    continue
                price = exchange(price, rate, rounding=Rounding.HALF_UP).bought
            leaving = timetable.leaving(location, self._at, name)
            option = ShippingOption(
                carrier=name,
                service=service,
                price=price,
                leaves_on=leaving.on,
                arrives_on=timetable.arrives_on(location, leaving.on, days),
                source=PriceSource.LIVE,
                pickup=leaving.pickup,
                rate=rate,
            )
            options[name, service] = min(option, options.get((name, service), option), key=_turn)
        return tuple(sorted(options.values(), key=_turn))

    def _answer(self, country: str, parcel: Parcel) -> _Charges:
        if (country, parcel) not in self._answers:
            found = _usable(self._quotes(country, self._destination, parcel))
            self._answers[country, parcel] = found
        return self._answers[country, parcel]


def prices_of(promise: Promise) -> tuple[ShipmentPrice, ...]:
    """What each shipment of a promise costs by its cheapest service."""
    return tuple(
        [
            ShipmentPrice(
                each.location_id,
                tuple([SkuUnits(*units) for units in each.units]),
                each.options[0].price,
                each.options[0].source,
            )
            for each in promise.shipments
        ]
    )


def _instead(shipment: PromisedShipment, shop: Shop) -> tuple[ShippingOption, ...]:
    """The options of a shipment for which the carrier gave no price."""
    rate = shop.routing.fallback
    if rate is None:
        return shipment.options
    price = rate.price(shipment.billed_g, shop.currency)
    return (changed(shipment.options[0], price=price, source=PriceSource.FALLBACK, surcharges=()),)


def _turn(option: ShippingOption) -> tuple[int, date, str, str]:
    return option.price.minor, option.arrives_on, option.carrier, option.service


def _rates_at(at: datetime, currency: str, rates: RatePort | None) -> Callable[[str], ExchangeRate | None]:
    """The rate from a currency into the shop's; None where nobody knows one, which is written to the log."""

    @cache
    def rate_of(foreign: str) -> ExchangeRate | None:
        if rates is None:
            return None
        try:
            return rates.rate(foreign, currency, at)
        except PortError as error:
            log.warning("a price in %s is left out of the promise: %s", foreign, error)
        except Exception:
            log.exception("the exchange rates failed in a way they must not")
        return None

    return rate_of


def _parcels(shipment: PromisedShipment, items: Mapping[str, Item], shop: Shop) -> Counter[Parcel]:
    """The boxes the goods would be packed in, alike ones counted together; none when they are too many to ask about."""
    goods = [
        ItemToPack(number, sku, units, items[sku].mass_g, items[sku].size)
        for number, (sku, units) in enumerate(shipment.units, 1)
    ]
    try:
        packages = choose_boxes(FulfillmentId("promise"), goods, shop.boxes)
    except InputError:  # more boxes than are ever packed
        return Counter()
    parcels = Counter(
        [
            Parcel(mass_g=each.mass_g, length_mm=each.length_mm, width_mm=each.width_mm, height_mm=each.height_mm)
            for each in packages
        ]
    )
    return parcels if len(parcels) <= MOST_QUESTIONS else Counter()


def _usable(quotes: tuple[CarrierQuote, ...]) -> _Charges:
    """The quotes a shop can reckon with, the cheapest of each service and currency."""
    found: _Charges = {}
    for quote in quotes:
        price, days = quote.price, quote.transit_days
        if price.minor < 0 or type(days) is not int or not 0 <= days <= _MOST_DAYS:
            continue
        charge = (price.minor, days)
        key = (quote.carrier, quote.service, price.currency)
        found[key] = min(charge, found.get(key, charge))
    return found
