"""Routing an order from inside a unit of work: the shelf as it stands, the decision, the expired holds in its way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from omscore.engine.shelves import shelves_of, taken_cells
from omscore.engine.unit import Unit
from omscore.errors import RefusedError
from omscore.flows.allocation import decision_of
from omscore.flows.world import RouteOrder
from omscore.fulfillment.model import FulfillmentOrder
from omscore.inventory import availability
from omscore.inventory.commands import ExpireReservation
from omscore.items import Item, ItemFlag
from omscore.orders.model import AgreedLine, Order
from omscore.places import Destination
from omscore.routing import Demand, Question, RoutingRequest, route
from omscore.routing.choices import OrderFacts
from omscore.routing.editions import UseProfile


def route_order(unit: Unit, command: RouteOrder) -> None:
    """Ask routing where the waiting units shall come from; expired holds in the way are expired."""
    order = unit.get(Order, command.order_id)
    waiting = [line for line in order.lines if line.quantities.waiting]
    if not waiting:
        return
    items = unit.items([line.sku for line in waiting])
    shelves = shelves_of(unit, [line.sku for line in waiting], command.at)
    wanted = [(line.agreed, line.quantities.waiting) for line in waiting]
    decision = route(
        _request(unit, order, wanted, items, command.at),
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


def question_of(unit: Unit, order: Order) -> Question:
    """What routing would be asked if the order were routed now: for units not picked, on a shelf that still has them.

    Raises: RefusedError when every unit is picked, sent or cancelled.
    """
    wanted = [(line.agreed, line.quantities.waiting + line.quantities.allocated) for line in order.lines]
    wanted = [(agreed, units) for agreed, units in wanted if units]
    if not wanted:
        raise RefusedError(
            f"order {order.order_id} has no unit left to route: all are picked, sent or cancelled",
            code="routing.nothing_left",
        )
    skus = [agreed.sku for agreed, _ in wanted]
    items = unit.items(skus)
    stock = {sku: dict(shelf.units_by_cell()) for sku, shelf in shelves_of(unit, skus, unit.at).items()}
    for fulfillment_id in order.fulfillments:
        work = unit.get(FulfillmentOrder, fulfillment_id)
        for line in work.lines:
            if line.to_pick:
                cell = (work.location_id, line.pool)
                stock[line.sku][cell] = stock[line.sku].get(cell, 0) + line.to_pick
    request = _request(unit, order, wanted, items, unit.at)
    return Question(request=request, network=unit.desk.network, stock=stock)


def _request(
    unit: Unit, order: Order, wanted: Sequence[tuple[AgreedLine, int]], items: Mapping[str, Item], at: datetime
) -> RoutingRequest:
    """The request for so many units of each line of an order."""
    return request_of(
        unit,
        order.order_id,
        facts_of(order, items.values()),
        order.destination,
        [(line.line_id, line.sku, units) for line, units in wanted],
        items,
        excluded=_excluded(unit, order, at) if order.rejections else (),
        at=at,
    )


def request_of(
    unit: Unit,
    order_id: str,
    facts: OrderFacts,
    destination: Destination,
    wanted: Iterable[tuple[int, str, int]],
    items: Mapping[str, Item],
    *,
    at: datetime,
    excluded: tuple[tuple[str, str], ...] = (),
) -> RoutingRequest:
    """The request by the rules of the shop and of the channel. Shape: `wanted` are (line, SKU, units)."""
    shop, rulebook = unit.desk.shop, unit.desk.rulebook
    channel = shop.channel(facts.channel)
    chosen = rulebook.choose(facts)
    return RoutingRequest(
        order_id=order_id,
        channel=facts.channel,
        demands=tuple(
            [
                Demand(line_id=line_id, sku=sku, units=units, mass_g=items[sku].mass_g, flags=items[sku].flags)
                for line_id, sku, units in wanted
            ]
        ),
        destination=destination,
        pools=channel.pools,
        allowed_locations=channel.locations,
        excluded=excluded,
        profile=chosen.profile,
        otherwise=rulebook.chain(chosen.profile)[1:] if chosen.profile.otherwise else (),
        threshold_units=channel.reserve_threshold,
        value=facts.value if facts.value is not None and facts.value.currency == shop.currency else None,
        because=chosen.because,
        at=at,
    )


def _excluded(unit: Unit, order: Order, at: datetime) -> tuple[tuple[str, str], ...]:
    """The locations that gave the order back not long ago, and why; the latest reason counts."""
    days = unit.desk.shop.flows.rejection_days
    since = at - timedelta(days=days)
    return tuple(
        {
            rejection.location_id: f"gave the order back on {rejection.at:%Y-%m-%d}: {rejection.reason}"
            for rejection in order.rejections
            if rejection.at > since
        }.items()
    )


def facts_of(order: Order, items: Iterable[Item]) -> OrderFacts:
    """What the choices between profiles look at; `items` are those of the order's lines."""
    return OrderFacts(
        channel=order.channel,
        country=order.destination.country,
        value=order.total,
        tags=order.tags,
        flags=flags_of(items),
        attributes=order.attributes,
    )


def flags_of(items: Iterable[Item]) -> tuple[ItemFlag, ...]:
    """The flags that any of the items has, each once."""
    return tuple(sorted({flag for item in items for flag in item.flags}))
