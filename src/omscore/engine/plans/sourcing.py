"""Routing an order from inside a unit of work: the shelf as it stands, the decision, the expired holds in its way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from omscore.engine.plans.caps import beside_taken, going_on
from omscore.engine.plans.dayrooms import count_in, look_when_there_is_room, rooms_of
from omscore.engine.plans.wishes import CancelWaiting
from omscore.engine.shelves import shelves_of, taken_cells
from omscore.engine.unit import Unit
from omscore.errors import RefusedError
from omscore.flows.allocation import decision_of
from omscore.flows.world import PromiseWaiting, RouteOrder
from omscore.fulfillment.model import FulfillmentOrder
from omscore.inventory import availability
from omscore.inventory.availability import Shelf
from omscore.inventory.commands import ExpireReservation
from omscore.inventory.velocity import Velocity
from omscore.items import Item, ItemFlag, Ships
from omscore.orders.agreed import AgreedLine
from omscore.orders.commands import CancelUnits
from omscore.orders.kits import with_whole_kits
from omscore.orders.model import Order
from omscore.places import Destination
from omscore.policy.shop import Shop
from omscore.records import changed, maker
from omscore.routing import Decision, Demand, Question, RoutingRequest
from omscore.routing.choices import Chosen, OrderFacts, Rulebook
from omscore.routing.editions import UseProfile
from omscore.routing.liveplans import least_by_prices
from omscore.routing.promise import with_promise

_new_routing_request = maker(RoutingRequest)
_new_demand = maker(Demand)


def route_order(unit: Unit, command: RouteOrder) -> None:
    """Ask routing where the waiting units shall come from; expired holds in the way are expired."""
    order = unit.get(Order, command.order_id)
    asked = waiting_of(unit, order, command.at)
    if asked is None:
        return
    decision = decided_for(unit, order, asked.question) if order.shipment_prices else asked.question.decide()
    if decision.leftovers and asked.question.request.rooms:
        look_when_there_is_room(unit, order, asked.question.request, decision, command.at)
    if not decision.assignments and not any([line.quantities.open for line in order.lines]):
        _promise(unit, order, decision, command.at)  # everything waits already, and still must
        return
    keep_decision(unit, order, decision, asked, command.at)


def cancel_waiting(unit: Unit, command: CancelWaiting) -> None:
    """Give the order its last chance, then cancel what no stock has come for in time."""
    unit.run(RouteOrder(order_id=command.order_id, at=command.at))
    order = unit.get(Order, command.order_id)
    waiting = {line.line_id: line.quantities.waiting for line in order.lines if line.quantities.waiting}
    for line_id, units in with_whole_kits(order, waiting).items():
        unit.run(
            CancelUnits(order_id=command.order_id, line_id=line_id, units=units, reason=command.reason, at=command.at)
        )


def decided_for(unit: Unit, order: Order, question: Question) -> Decision:
    """What the shop decides on a question about an order: by the prices it was placed with, where it has some.

    Holds: the plan is one of those that are ranked best by the rate card now, whatever the prices say.
    """
    plans = unit.desk.shop.routing.live_plans
    if not order.shipment_prices or plans == 1:
        return question.decide()
    return least_by_prices(question.ranked(plans), order.shipment_prices, question.network, order.destination)


class Asked(NamedTuple):
    """A question about an order's units, with the shelves and items it was made from."""

    question: Question
    shelves: Mapping[str, Shelf]
    items: Mapping[str, Item]


def waiting_of(unit: Unit, order: Order, at: datetime) -> Asked | None:
    """Where the units of an order that wait could come from now; None when none waits."""
    waiting = [(line.agreed, units) for line in order.lines if (units := line.quantities.waiting)]
    if not waiting:
        return None
    skus = [agreed.sku for agreed, _ in waiting]
    items, shelves = unit.items(skus), shelves_of(unit, skus, at)
    request = _request(unit, order, waiting, items, at)
    if order.fulfillments:
        request = beside_taken(unit, order, request)
    stock = {sku: shelf.units_by_cell() for sku, shelf in shelves.items()}
    return Asked(Question(request=request, network=unit.desk.network, stock=stock), shelves, items)


def keep_decision(unit: Unit, order: Order, decision: Decision, asked: Asked, at: datetime) -> None:
    """Record a decision, with the days it promises, and all that follows; expired holds in its way are expired."""
    if any([shelf.expired for shelf in asked.shelves.values()]):
        for sku, cells in taken_cells(decision).items():
            for reservation in availability.needed_expiries(asked.shelves[sku], cells):
                unit.run(ExpireReservation(reservation_id=reservation.reservation_id, at=at))
    text = unit.desk.rulebook.texts.get(decision.profile)
    if text is not None:
        unit.run(UseProfile(label=decision.profile, text=text, at=at))
    decision = with_promise(decision, asked.question.request, unit.desk.network, at)
    count_in(unit, decision, at)
    unit.run(decision_of(order, decision, at))
    _promise(unit, order, decision, at)


def _promise(unit: Unit, order: Order, decision: Decision, at: datetime) -> None:
    """Promise from goods that are due what was left over, in a shop that does so; let claims go that are not needed."""
    if order.promises or (decision.leftovers and unit.policy.promise_from_supply):
        unit.run(PromiseWaiting(order_id=order.order_id, at=at))


def questions_of(unit: Unit, order_ids: Iterable[str], at: datetime) -> tuple[Question, ...]:
    """What routing would be asked if these orders were routed now: for units not picked, on one shelf that still has
    them, and with the room they take up.

    Raises: NotFoundError; RefusedError when every unit of an order is picked, sent or cancelled.
    """
    orders = [unit.get(Order, order_id) for order_id in order_ids]
    wanted = [_unpicked(order) for order in orders]
    skus = list(dict.fromkeys([agreed.sku for lines in wanted for agreed, _ in lines]))
    items = unit.items(skus)
    stock = {sku: dict(shelf.units_by_cell()) for sku, shelf in shelves_of(unit, skus, at).items()}
    own = [unit.get(FulfillmentOrder, each) for order in orders for each in order.fulfillments]
    for work in own:
        for line in [line for line in work.lines if line.to_pick]:
            cell = (work.location_id, line.pool)
            stock[line.sku][cell] = stock[line.sku].get(cell, 0) + line.to_pick
    requests = [
        _request(unit, order, lines, {agreed.sku: items[agreed.sku] for agreed, _ in lines}, at, own)
        for order, lines in zip(orders, wanted, strict=True)
    ]
    requests = [
        going_on(request, [work for work in own if work.order_id == request.order_id], is_taken=False)
        for request in requests
    ]
    return tuple([Question(request=request, network=unit.desk.network, stock=stock) for request in requests])


def _unpicked(order: Order) -> list[tuple[AgreedLine, int]]:
    wanted = [(line.agreed, line.quantities.waiting + line.quantities.allocated) for line in order.lines]
    wanted = [(agreed, units) for agreed, units in wanted if units]
    if not wanted:
        raise RefusedError(
            f"order {order.order_id} has no unit left to route: all are picked, sent or cancelled",
            code="routing.nothing_left",
        )
    return wanted


def _request(
    unit: Unit,
    order: Order,
    wanted: Sequence[tuple[AgreedLine, int]],
    items: Mapping[str, Item],
    at: datetime,
    own: Sequence[FulfillmentOrder] = (),
) -> RoutingRequest:
    """The request for so many units of each line of an order."""
    return request_of(
        unit,
        order.order_id,
        facts_of(order, items.values()),
        order.destination,
        [(line.line_id, line.sku, units, line.together) for line, units in wanted],
        items,
        kits=_kits(order, wanted) if order.kits else None,
        excluded=_excluded(unit, order, at) if order.rejections else (),
        chosen=None if order.queue is None else _by_queue(unit, order.queue.name),
        at=at,
        own=own,
    )


def request_of(
    unit: Unit,
    order_id: str,
    facts: OrderFacts,
    destination: Destination,
    wanted: Iterable[tuple[int, str, int, str]],
    items: Mapping[str, Item],
    *,
    at: datetime,
    excluded: tuple[tuple[str, str], ...] = (),
    own: Sequence[FulfillmentOrder] = (),
    kits: Mapping[int, tuple[str, int]] | None = None,
    chosen: Chosen | None = None,
) -> RoutingRequest:
    """The request by the rules of the shop and of the channel.

    Shape: `wanted` are (line, SKU, units, what the line ships together with); work of `own` does not count as taken on
    as far as it is not picked; `kits` names by line the kit that ships whole, and the units of the line in it;
    `chosen` is the profile where the rules of the choices do not count.
    """
    demands = tuple([_demand(line_id, items[sku], units, together) for line_id, sku, units, together in wanted])
    shop, rulebook = unit.desk.shop, unit.desk.rulebook
    channel = shop.channel(facts.channel)
    chosen = chosen or rulebook.choose(facts)
    profiles = rulebook.chain(chosen.profile) if chosen.profile.otherwise else (chosen.profile,)
    return _new_routing_request(
        order_id=order_id,
        channel=facts.channel,
        demands=_in_kits(demands, kits) if kits else demands,
        destination=destination,
        pools=channel.pools,
        allowed_locations=channel.locations,
        excluded=excluded,
        profile=chosen.profile,
        otherwise=profiles[1:],
        threshold_units=channel.reserve_threshold,
        value=facts.value if facts.value is not None and facts.value.currency == shop.currency else None,
        because=chosen.because,
        rooms=rooms_of(unit, at, own) if unit.desk.network.limited else (),
        velocity=_velocity(unit, items) if any([each.asks_for_pace for each in profiles]) else (),
        at=at,
    )


def request_as_placed(shop: Shop, rulebook: Rulebook, order: Order, items: Mapping[str, Item]) -> RoutingRequest:
    """What routing would be asked by the rules now if the order were placed again: all its units, and no rejections.

    Raises: NotFoundError when the shop has no such channel any more.
    """
    facts, channel = facts_of(order, items.values()), shop.channel(order.channel)
    chosen = rulebook.choose(facts)
    return _new_routing_request(
        order_id=order.order_id,
        channel=order.channel,
        demands=tuple(
            [_demand(line.line_id, items[line.sku], line.agreed.units, line.agreed.together) for line in order.lines]
        ),
        destination=order.destination,
        pools=channel.pools,
        allowed_locations=channel.locations,
        profile=chosen.profile,
        otherwise=rulebook.chain(chosen.profile)[1:],
        at=order.placed_at,
    )


def _kits(order: Order, wanted: Sequence[tuple[AgreedLine, int]]) -> dict[int, tuple[str, int]]:
    """The kit of each line that ships with the other parts of it."""
    whole = {kit.kit_id for kit in order.kits if kit.ships is Ships.TOGETHER}
    return {line.line_id: (f"kit {line.kit_id}", line.per_kit) for line, _ in wanted if line.kit_id in whole}


def _in_kits(demands: Sequence[Demand], kits: Mapping[int, tuple[str, int]]) -> tuple[Demand, ...]:
    """The demands, those of kits with the name of theirs."""
    return tuple(
        [
            changed(each, kit=kits[each.line_id][0], per_kit=kits[each.line_id][1]) if each.line_id in kits else each
            for each in demands
        ]
    )


def _by_queue(unit: Unit, name: str) -> Chosen | None:
    """The profile that is tried for orders in a queue; None when it is that of their own choice."""
    rules = unit.desk.shop.queue(name)
    if rules is None or not rules.profile:
        return None
    return Chosen(profile=unit.desk.rulebook.profile(rules.profile), because=f"queue {name}")


def _velocity(unit: Unit, skus: Iterable[str]) -> tuple[tuple[str, str, Decimal], ...]:
    """How fast these articles sell where, as last told; nothing is known of the others."""
    wanted = sorted(set(skus))
    unit.prepare([f"velocity/{sku}" for sku in wanted])
    told = [(sku, unit.find(Velocity, sku)) for sku in wanted]
    return tuple([(sku, place, units) for sku, known in told if known for place, units in known.per_week])


def _demand(line_id: int, item: Item, units: int, together: str) -> Demand:
    return _new_demand(
        line_id=line_id,
        sku=item.sku,
        units=units,
        mass_g=item.mass_g,
        flags=item.flags,
        together=together,
        volume_mm3=0 if item.size is None else item.size.volume_mm3,
    )


def _excluded(unit: Unit, order: Order, at: datetime) -> tuple[tuple[str, str], ...]:
    """The locations that gave the order back not long ago, and why; the latest reason counts."""
    since = at - timedelta(days=unit.desk.shop.flows.rejection_days)
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
        customer_groups=order.customer_groups,
    )


def flags_of(items: Iterable[Item]) -> tuple[ItemFlag, ...]:
    """The flags that any of the items has, each once."""
    return tuple(sorted({flag for item in items for flag in item.flags}))
