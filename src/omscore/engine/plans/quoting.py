"""What can be promised for goods nobody has ordered yet: routed on the shelf as it stands, with nothing written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from omscore.engine.checking import checked_question
from omscore.engine.livequotes import LivePrices, prices_of
from omscore.engine.plans.kits import articles_of, parts_of
from omscore.engine.plans.promising import later_of
from omscore.engine.plans.requests import demand_of, flags_of, request_of
from omscore.engine.shelves import on_hand_of
from omscore.engine.unit import Unit
from omscore.engine.wrong import shown
from omscore.errors import InputError
from omscore.items import Item, Ships
from omscore.money import Money
from omscore.places import Destination
from omscore.ports.carriers import CarrierPort, CarrierQuote, Parcel
from omscore.ports.rates import RatePort
from omscore.quantities import checked_units
from omscore.records import changed
from omscore.routing import route, route_ranked
from omscore.routing.begun import gone_on
from omscore.routing.choices import OrderFacts
from omscore.routing.liveplans import least_by_prices
from omscore.routing.model import RoutingRequest, Stock
from omscore.routing.network import Network
from omscore.routing.promise import LaterShipment, Promise, promised


def promise_of(
    unit: Unit,
    *,
    channel: str,
    destination: Destination,
    units: Mapping[str, int],
    value: Money | None,
    tags: tuple[str, ...],
    customer_groups: tuple[str, ...] = (),
    carrier: CarrierPort | None = None,
    rates: RatePort | None = None,
) -> Promise:
    """The promise for so many units of each SKU, by the very rules an order would be routed by; at the carrier's own
    prices, if one is given to be asked, exchanged at these rates where they are in another currency.
    """
    _check(units, destination, value, tags, customer_groups)
    listed = unit.items(units)
    items = unit.items(articles_of(listed.values()))
    facts = OrderFacts(
        channel=channel,
        country=destination.country,
        value=value,
        tags=tags,
        flags=flags_of(items.values()),
        customer_groups=customer_groups,
    )
    wanted, kits = _wanted(unit, units, listed)
    stock, _ = on_hand_of(unit, items, unit.at)
    demands = tuple([demand_of(number, items[sku], count) for number, (sku, count) in enumerate(wanted, 1)])
    request = request_of(unit, "promise", channel, facts, destination, demands, at=unit.at, kits=kits)
    network, shop = unit.desk.network, unit.desk.shop
    if carrier is None:
        promise = promised(route(request, network, stock), request, network, unit.at)
    else:
        ask, by = unit.desk.meter.call, unit.desk.carrier

        def quotes(origin_country: str, destination: Destination, parcel: Parcel) -> tuple[CarrierQuote, ...]:
            return ask(by, "quotes", carrier.quotes, origin_country, destination, parcel)

        prices = LivePrices(destination, items, shop, network, quotes, unit.at, rates)
        promise = _by_prices(prices, request, network, stock, shop.routing.live_plans, unit.at)
    if promise.left_over and unit.policy.promise_from_supply:
        promise = changed(promise, later=_later(unit, promise, request, stock))
    return promise


def _by_prices(
    prices: LivePrices, request: RoutingRequest, network: Network, stock: Stock, plans: int, at: datetime
) -> Promise:
    """The promise with the least total at live prices, of so many plans."""
    ranked = route_ranked(request, network, stock, plans)
    promises = [prices.told(promised(decision, request, network, at)) for decision in ranked]
    known = dict.fromkeys([price for promise in promises for price in prices_of(promise)])
    decision = least_by_prices(ranked, known, network, request.destination)
    chosen = next(each for each in promises if each.decision.assignments == decision.assignments)
    return changed(chosen, decision=decision)


def _later(unit: Unit, promise: Promise, request: RoutingRequest, stock: Stock) -> tuple[LaterShipment, ...]:
    """The rest from goods that are due, beside what is taken from the shelf."""
    left = {each.line_id: each.units for each in promise.left_over}
    demands = [changed(each, units=left[each.line_id]) for each in request.demands if each.line_id in left]
    shelf = {sku: dict(cells) for sku, cells in stock.items()}
    for part in promise.decision.assignments:
        shelf[part.sku][part.location_id, part.pool] -= part.units
    rest = gone_on(changed(request, demands=tuple(demands)), promise.decision.assignments)
    return later_of(unit, rest, shelf, unit.at)


def _wanted(
    unit: Unit, units: Mapping[str, int], listed: Mapping[str, Item]
) -> tuple[list[tuple[str, int]], dict[int, tuple[str, int]]]:
    """One line for each article and for each part of a kit, and which of them ship whole with others."""
    wanted: list[tuple[str, int]] = []
    kits: dict[int, tuple[str, int]] = {}
    for at, (sku, count) in enumerate(units.items(), 1):
        kit = listed[sku].kit
        if kit is None:
            wanted.append((sku, count))
            continue
        parts_of(unit, sku, kit)
        for part in kit.parts:
            wanted.append((part.sku, count * part.units))
            if kit.ships is Ships.TOGETHER:
                kits[len(wanted)] = (f"kit {at}", part.units)
    return wanted, kits


def _check(units: object, destination: object, value: object, tags: object, groups: object) -> None:
    """Raises: InputError for the first of them that cannot be what it should."""
    if not isinstance(units, Mapping) or not units:
        raise InputError("a promise needs at least one article; give units by SKU", code="promise.empty")
    for sku, count in units.items():
        checked_question(sku, what="the SKU")
        checked_units(count, what=f"units of {sku}")
    if type(destination) is not Destination:
        raise InputError(f"destination must be a Destination, not {type(destination).__name__}", code="promise.input")
    if value is not None and (type(value) is not Money or value.minor < 0):
        raise InputError(f"value must be Money of zero or more, not {shown(value)}", code="promise.input")
    for words, what in ((tags, "tags"), (groups, "customer_groups")):
        if type(words) is not tuple or not all([type(word) is str for word in words]):
            raise InputError(f"{what} must be a tuple of texts, not {shown(words)}", code="promise.input")
