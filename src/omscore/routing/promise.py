"""What can be promised for a decision: when each shipment leaves, what services ask for it, and when it arrives."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import NamedTuple

from omscore.items import ItemFlag
from omscore.money import ExchangeRate, Money
from omscore.records import changed, changer, frozen
from omscore.routing.model import Decision, Leftover, RoutingRequest
from omscore.routing.network import Network
from omscore.shipmentprices import PriceSource, ShipmentPrice

_with_promised = changer(Decision, "promised")


@frozen(kw_only=True)
class ShippingOption:
    """One service for one shipment.

    Shape: `price` is what the carrier asks, for all its parcels; `surcharges` are those of the rate card in it. The
    goods leave with the carrier's `pickup` on `leaves_on`, local time; None where it has no slots. `rate` is the
    one by which a price in another currency was exchanged; None where there was nothing to exchange.
    """

    carrier: str
    service: str
    price: Money
    leaves_on: date
    arrives_on: date
    source: PriceSource = PriceSource.TABLE
    surcharges: tuple[tuple[str, Money], ...] = ()
    pickup: time | None = None
    rate: ExchangeRate | None = None


@frozen(kw_only=True)
class PromisedShipment:
    """What one location would send.

    Shape: `units` by SKU; `options` are the services of the lane, the cheapest first, then the faster; `leaves_on` is
    the day of the first.
    Units: `mass_g` is what it weighs, `billed_g` what the rate card is asked for.
    """

    location_id: str
    units: tuple[tuple[str, int], ...]
    mass_g: int
    billed_g: int
    leaves_on: date
    options: tuple[ShippingOption, ...]


class LaterUnits(NamedTuple):
    """Units of a line that are promised from what is due, and what that rests on: the pool of a location they come to,
    the day by which, and the supplies that come on that day.
    """

    line_id: int
    sku: str
    units: int
    location_id: str
    pool: str
    due_on: date
    supplies: tuple[str, ...]


@frozen(kw_only=True)
class LaterShipment:
    """What one location would send once goods that are due have come. Shape: the last of them at the end of `there_on`,
    a civil day of the location.
    """

    there_on: date
    units: tuple[LaterUnits, ...]
    shipment: PromisedShipment


@frozen(kw_only=True)
class Promise:
    """What a customer can be told before the order is placed, and what it rests on.

    Shape: `at` is the moment it was asked; nothing was held, so it stands only as long as the stock does. `shipments`
    are from stock on hand; `later` are from goods that are due, in a shop that promises those.
    """

    at: datetime
    decision: Decision
    shipments: tuple[PromisedShipment, ...]
    later: tuple[LaterShipment, ...] = ()

    @property
    def left_over(self) -> tuple[Leftover, ...]:
        """The units that cannot be promised from stock on hand, and why."""
        return self.decision.leftovers

    @property
    def unpromised(self) -> tuple[Leftover, ...]:
        """The units that cannot be promised at all, as far as anybody knows, and why not from stock on hand."""
        found: dict[int, int] = {}
        for each in [units for later in self.later for units in later.units]:
            found[each.line_id] = found.get(each.line_id, 0) + each.units
        rest = [(left, left.units - found.get(left.line_id, 0)) for left in self.left_over]
        return tuple([changed(left, units=units) for left, units in rest if units])

    @property
    def price(self) -> Money | None:
        """What all shipments cost by their cheapest services; None when nothing is sent."""
        prices = [shipment.options[0].price for shipment in self._all]
        return Money.total(prices, prices[0].currency) if prices else None

    @property
    def arrives_on(self) -> date | None:
        """The day the last shipment arrives by the cheapest services; None when nothing is sent."""
        return max([shipment.options[0].arrives_on for shipment in self._all], default=None)

    @property
    def earliest_on(self) -> date | None:
        """The day the last shipment arrives if each goes by its fastest service; None when nothing is sent."""
        return max([min([option.arrives_on for option in shipment.options]) for shipment in self._all], default=None)

    @property
    def shipment_prices(self) -> tuple[ShipmentPrice, ...]:
        """The prices by which the plan was chosen, each once, for `PlaceOrder`; none where nothing was compared."""
        return tuple(dict.fromkeys([each for plan in self.decision.compared for each in plan.shipments]))

    @property
    def _all(self) -> tuple[PromisedShipment, ...]:
        return (*self.shipments, *[each.shipment for each in self.later])


def promised(decision: Decision, request: RoutingRequest, network: Network, at: datetime) -> Promise:
    """The promise the decision on a request allows, asked at that moment.

    Shape: goods are ready once the location has processed them, leave on its next open day before the cut-off, with the
    next pickup of the carrier where it has slots, and travel on the carrier's working days, Monday to Friday without
    its holidays. All days are civil days of the location's own time zone. Prices are those of the rate card, for what
    is in the parcel.
    """
    goods = {demand.sku: demand for demand in request.demands}
    days = network.timetable
    sent: dict[str, dict[str, int]] = {}
    for part in decision.assignments:
        units = sent.setdefault(part.location_id, {})
        units[part.sku] = units.get(part.sku, 0) + part.units
    shipments = []
    for location_id, units in sorted(sent.items()):
        location = network.location(location_id)
        inside = [(goods[sku], count) for sku, count in units.items()]
        billed_g = sum([count * network.billed_g(each.mass_g, each.volume_mm3) for each, count in inside])
        flags = {flag for each, _ in inside for flag in each.flags}
        options = []
        for quote in network.quotes(location, request.destination, billed_g, flags):
            leaving = days.leaving(location, at, quote.carrier)
            options.append(
                ShippingOption(
                    carrier=quote.carrier,
                    service=quote.service,
                    price=quote.price,
                    leaves_on=leaving.on,
                    arrives_on=days.arrives_on(location, leaving.on, quote.transit_days),
                    surcharges=quote.surcharges,
                    pickup=leaving.pickup,
                )
            )
        shipments.append(
            PromisedShipment(
                location_id=location_id,
                units=tuple(sorted(units.items())),
                mass_g=sum([count * each.mass_g for each, count in inside]),
                billed_g=billed_g,
                leaves_on=options[0].leaves_on,
                options=tuple(options),
            )
        )
    return Promise(at=at, decision=decision, shipments=tuple(shipments))


def with_promise(decision: Decision, request: RoutingRequest, network: Network, at: datetime) -> Decision:
    """The decision on a request with the days each of its shipments was promised for, by the cheapest service."""
    is_by_room = network.dim_divisor_cm3_per_kg is not None
    unit_g: dict[str, int] = {}
    for each in request.demands:
        unit_g[each.sku] = network.billed_g(each.mass_g, each.volume_mm3) if is_by_room else each.mass_g
    loads: dict[str, int] = {}
    for part in decision.assignments:
        place, load = part.location_id, part.units * unit_g[part.sku]
        loads[place] = loads[place] + load if place in loads else load
    flags = _flags_inside(decision, request) if network.rates.flags else {}
    promised = []
    for place in sorted(loads):
        location = network.sites[place].location
        carried = network.cheapest(location, request.destination, loads[place], flags.get(place, ()))
        if carried is not None:  # routing sends nothing on a lane without a rate
            promised.append(network.timetable.promised(location, at, carried))
    return _with_promised(decision, tuple(promised)) if promised else decision


def _flags_inside(decision: Decision, request: RoutingRequest) -> dict[str, set[ItemFlag]]:
    """The flags of the items in each shipment, by location."""
    flags_of = {demand.sku: demand.flags for demand in request.demands}
    flags: dict[str, set[ItemFlag]] = {}
    for part in decision.assignments:
        flags.setdefault(part.location_id, set()).update(flags_of[part.sku])
    return flags
