"""What can be promised for goods nobody has ordered yet: routed on the shelf as it stands, with nothing written."""

from __future__ import annotations

from collections.abc import Mapping

from omscore.engine.livequotes import with_live_prices
from omscore.engine.plans.sourcing import flags_of, request_of
from omscore.engine.shelves import shelves_of
from omscore.engine.unit import Unit
from omscore.errors import InputError
from omscore.money import Money
from omscore.places import Destination
from omscore.ports.carriers import CarrierPort
from omscore.quantities import checked_units
from omscore.routing import route
from omscore.routing.choices import OrderFacts
from omscore.routing.promise import Promise, promised


def promise_of(
    unit: Unit,
    *,
    channel: str,
    destination: Destination,
    units: Mapping[str, int],
    value: Money | None,
    tags: tuple[str, ...],
    carrier: CarrierPort | None = None,
) -> Promise:
    """The promise for so many units of each SKU, by the very rules an order would be routed by; at the carrier's own
    prices, if one is given to be asked.
    """
    if not units:
        raise InputError("a promise needs at least one article; give units by SKU", code="promise.empty")
    for sku, count in units.items():
        checked_units(count, what=f"units of {sku}")
    items = unit.items(units)
    facts = OrderFacts(
        channel=channel, country=destination.country, value=value, tags=tags, flags=flags_of(items.values())
    )
    wanted = [(number, sku, count, "") for number, (sku, count) in enumerate(units.items(), 1)]
    stock = {sku: shelf.units_by_cell() for sku, shelf in shelves_of(unit, units, unit.at).items()}
    request = request_of(unit, "promise", facts, destination, wanted, items, at=unit.at)
    network = unit.desk.network
    promise = promised(route(request, network, stock), request, network, unit.at)
    if carrier is None:
        return promise
    return with_live_prices(promise, destination, items, unit.desk.shop, network, carrier)
