"""What routing is asked about an order: its units as demands, by the rules of the shop and of the channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter

from omscore.engine.plans.dayrooms import rooms_of
from omscore.engine.unit import Unit
from omscore.fulfillment.model import FulfillmentOrder
from omscore.inventory.velocity import Velocity
from omscore.items import Item, ItemFlag, Ships
from omscore.orders.agreed import AgreedLine
from omscore.orders.model import Order
from omscore.places import Destination
from omscore.policy.shop import Shop
from omscore.records import changed, maker
from omscore.routing import Demand, RoutingRequest
from omscore.routing.choices import Chosen, OrderFacts, Rulebook

_ASKS_FOR_PACE = attrgetter("asks_for_pace")

_new_routing_request = maker(RoutingRequest)
_new_demand = maker(Demand)


def order_request(
    unit: Unit,
    order: Order,
    facts: OrderFacts | None,
    wanted: Sequence[tuple[AgreedLine, int]],
    items: Mapping[str, Item],
    at: datetime,
    own: Sequence[FulfillmentOrder] = (),
) -> RoutingRequest:
    """The request for so many units of each line of an order."""
    demands: list[Demand] = []
    for line, units in wanted:
        demands.append(demand_of(line.line_id, items[line.sku], units, line.together))
    return request_of(
        unit,
        order.order_id,
        order.channel,
        facts,
        order.destination,
        tuple(demands),
        kits=_kits(order, wanted) if order.kits else None,
        excluded=_excluded(unit, order, at) if order.rejections else (),
        chosen=None if order.queue is None else _by_queue(unit, order.queue.name),
        at=at,
        own=own,
    )


def request_of(
    unit: Unit,
    order_id: str,
    channel_name: str,
    facts: OrderFacts | None,
    destination: Destination,
    demands: tuple[Demand, ...],
    *,
    at: datetime,
    excluded: tuple[tuple[str, str], ...] = (),
    own: Sequence[FulfillmentOrder] = (),
    kits: Mapping[int, tuple[str, int]] | None = None,
    chosen: Chosen | None = None,
) -> RoutingRequest:
    """The request by the rules of the shop and of the channel.

    Shape: without `facts` no rule of the shop looks at any (`facts_asked`); work of `own` does not count as taken on as
    far as it is not picked; `kits` names by line the kit that ships whole, and the units of the line in it; `chosen` is
    the profile where the rules of the choices do not count.
    """
    shop, rulebook = unit.desk.shop, unit.desk.rulebook
    channel = shop.channel(channel_name)
    if chosen is None:
        chosen = rulebook.first if facts is None else rulebook.choose(facts)
    profile = chosen.profile
    otherwise = rulebook.chain(profile)[1:] if profile.otherwise else ()
    value = None if facts is None else facts.value
    return _new_routing_request(
        order_id=order_id,
        channel=channel_name,
        demands=_in_kits(demands, kits) if kits else demands,
        destination=destination,
        pools=channel.pools,
        allowed_locations=channel.locations,
        excluded=excluded,
        profile=profile,
        otherwise=otherwise,
        threshold_units=channel.reserve_threshold,
        value=value if value is not None and value.currency == shop.currency else None,
        because=chosen.because,
        rooms=rooms_of(unit, at, own) if unit.desk.network.limited else (),
        velocity=(
            _velocity(unit, demands)
            if rulebook.asks_for_pace and any(map(_ASKS_FOR_PACE, (profile, *otherwise)))
            else ()
        ),
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
            [demand_of(line.line_id, items[line.sku], line.agreed.units, line.agreed.together) for line in order.lines]
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


def _velocity(unit: Unit, demands: Iterable[Demand]) -> tuple[tuple[str, str, Decimal], ...]:
    """How fast these articles sell where, as last told; nothing is known of the others."""
    wanted = sorted({each.sku for each in demands})
    unit.prepare([f"velocity/{sku}" for sku in wanted])
    told = [(sku, unit.find(Velocity, sku)) for sku in wanted]
    return tuple([(sku, place, units) for sku, known in told if known for place, units in known.per_week])


def demand_of(line_id: int, item: Item, units: int, together: str = "") -> Demand:
    """So many units of an item as routing is asked for them."""
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


def facts_asked(unit: Unit, order: Order, items: Mapping[str, Item]) -> OrderFacts | None:
    """What `facts_of` tells; None where no rule of the shop looks at it: most name no choices and ask no value."""
    rulebook = unit.desk.rulebook
    return facts_of(order, items.values()) if rulebook.choices or rulebook.weighs_value else None


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
