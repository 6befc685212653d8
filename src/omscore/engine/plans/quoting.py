"""What can be promised for goods nobody has ordered yet: routed on the shelf as it stands, with nothing written."""

from __future__ import annotations

from collections.abc import Mapping

from omscore.engine.shelves import shelves_of
from omscore.engine.unit import Unit
from omscore.errors import InputError
from omscore.money import Money
from omscore.places import Destination
from omscore.quantities import checked_units
from omscore.routing import Demand, RoutingRequest, route
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
) -> Promise:
    """The promise for so many units of each SKU, by the very rules an order would be routed by."""
    if not units:
        raise InputError("a promise needs at least one article; give units by SKU", code="promise.empty")
    for sku, count in units.items():
        checked_units(count, what=f"units of {sku}")
    rules = unit.desk.shop.channel(channel)
    items = unit.items(units)
    facts = OrderFacts(
        channel=channel,
        country=destination.country,
        value=value or Money.zero(rules.currency),
        tags=tags,
        flags=tuple(sorted({flag for item in items.values() for flag in item.flags})),
    )
    rulebook = unit.desk.rulebook
    chosen = rulebook.choose(facts)
    decision = route(
        RoutingRequest(
            order_id="promise",
            channel=channel,
            demands=tuple(
                Demand(line_id=number, sku=sku, units=count, mass_g=items[sku].mass_g, flags=items[sku].flags)
                for number, (sku, count) in enumerate(units.items(), 1)
            ),
            destination=destination,
            pools=rules.pools,
            allowed_locations=rules.locations,
            profile=chosen.profile,
            otherwise=rulebook.chain(chosen.profile)[1:],
            threshold_units=rules.reserve_threshold,
            value=value if value is not None and value.currency == unit.desk.shop.currency else None,
            because=chosen.because if rulebook.choices else "",
            at=unit.at,
        ),
        unit.desk.network,
        {sku: shelf.units_by_cell() for sku, shelf in shelves_of(unit, units, unit.at).items()},
    )
    masses = {sku: item.mass_g for sku, item in items.items()}
    return promised(decision, destination, unit.desk.network, masses, unit.at)
