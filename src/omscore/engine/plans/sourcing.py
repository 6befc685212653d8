"""Routing an order from inside a unit of work: the shelf as it stands, the decision, the expired holds in its way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from omscore.engine.shelves import shelves_of, taken_cells
from omscore.engine.unit import Unit
from omscore.flows.allocation import decision_of
from omscore.flows.world import RouteOrder
from omscore.inventory import availability
from omscore.inventory.commands import ExpireReservation
from omscore.items import Item
from omscore.orders.model import Order
from omscore.routing import Demand, RoutingRequest, route
from omscore.routing.choices import Chosen, OrderFacts
from omscore.routing.editions import UseProfile


def route_order(unit: Unit, command: RouteOrder) -> None:
    """Ask routing where the waiting units shall come from; expired holds in the way are expired."""
    order = unit.get(Order, command.order_id)
    waiting = [line for line in order.lines if line.quantities.waiting]
    if not waiting:
        return
    channel = unit.desk.shop.channel(order.channel)
    items = unit.items(line.sku for line in waiting)
    shelves = shelves_of(unit, [line.sku for line in waiting], command.at)
    chosen = _chosen(unit, order, items)
    decision = route(
        RoutingRequest(
            order_id=order.order_id,
            channel=order.channel,
            demands=tuple(
                [
                    Demand(
                        line_id=line.agreed.line_id,
                        sku=line.agreed.sku,
                        units=line.quantities.waiting,
                        mass_g=items[line.agreed.sku].mass_g,
                        flags=items[line.agreed.sku].flags,
                    )
                    for line in waiting
                ]
            ),
            destination=order.destination,
            pools=channel.pools,
            allowed_locations=channel.locations,
            profile=chosen.profile,
            otherwise=unit.desk.rulebook.chain(chosen.profile)[1:] if chosen.profile.otherwise else (),
            threshold_units=channel.reserve_threshold,
            value=order.total if order.currency == unit.desk.shop.currency else None,
            because=chosen.because,
            at=command.at,
        ),
        unit.desk.network,
        {sku: shelf.units_by_cell() for sku, shelf in shelves.items()},
    )
    if not decision.assignments and not any(line.quantities.open for line in waiting):
        return  # everything waits already, and still must
    if any([shelf.expired for shelf in shelves.values()]):
        for sku, cells in taken_cells(decision).items():
            for reservation in availability.needed_expiries(shelves[sku], cells):
                unit.run(ExpireReservation(reservation_id=reservation.reservation_id, at=command.at))
    text = unit.desk.rulebook.texts.get(decision.profile)
    if text is not None:
        unit.run(UseProfile(label=decision.profile, text=text, at=command.at))
    unit.run(decision_of(order, decision, command.at))


def _chosen(unit: Unit, order: Order, items: Mapping[str, Item]) -> Chosen:
    """By which profile the order is routed."""
    rulebook = unit.desk.rulebook
    if not rulebook.choices:
        return Chosen(profile=rulebook.profiles[0], because="")
    return rulebook.choose(facts_of(order, items.values()))


def facts_of(order: Order, items: Iterable[Item]) -> OrderFacts:
    """What the choices between profiles look at; `items` are those of the order's lines."""
    return OrderFacts(
        channel=order.channel,
        country=order.destination.country,
        value=order.total,
        tags=order.tags,
        flags=tuple(sorted({flag for item in items for flag in item.flags})),
        attributes=order.attributes,
    )
