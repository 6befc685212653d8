"""From a routing decision to work at locations, and from new stock to the orders that wait for it.

New stock calls the orders that wait for it at once. Besides, every order with backordered units is looked at once a
day for as long as it waits, so that none is forgotten when stock and order come at the very same moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from omscore.flows.notices import notice
from omscore.flows.reordering import look_at
from omscore.flows.world import Later, PromiseWaiting, Reaction, RouteOrder, TaskKind, World, on
from omscore.fulfillment.commands import DropUnits, OpenWork
from omscore.fulfillment.events import UnitsDropped, UnitsRejected
from omscore.fulfillment.model import WorkUnits
from omscore.ids import DecisionId, FulfillmentId, LocationId, StockDocumentId
from omscore.inventory import events as stock
from omscore.inventory.commands import AdjustStock, ReceiveSupply
from omscore.inventory.model import AdjustReason
from omscore.orders import events as e
from omscore.orders.commands import AllocateLines, CancelUnits, PlaceHold, QueueOrder, RecallUnits, TakeBackUnits
from omscore.orders.kits import torn_groups, torn_takes, with_whole_kits
from omscore.orders.model import HoldKind, LineUnits, Order, Take
from omscore.records import maker
from omscore.returns.events import ReturnDisposed
from omscore.returns.model import Disposition
from omscore.routing.decisions import RecordDecision, RoutingDecided
from omscore.routing.model import Decision, Leftover

_new_open_work = maker(OpenWork)
_new_allocate_lines = maker(AllocateLines)
_new_record_decision = maker(RecordDecision)
_new_work_units = maker(WorkUnits)
_new_take = maker(Take)


def _recalled(event: e.LinesRecalled, _world: World) -> Reaction:
    return _dropped(event.takes, event.at)


def _dropped(takes: Iterable[Take], at: datetime) -> Reaction:
    for take in takes:
        yield DropUnits(fulfillment_id=take.fulfillment_id, line_id=take.line_id, units=take.units, at=at)


def _cancelled(event: e.UnitsCancelled, world: World) -> Reaction:
    yield from _dropped(event.drops, event.at)
    if event.from_backordered and world.policy.promise_from_supply:
        yield PromiseWaiting(order_id=event.order_id, at=event.at)
        sku = world.order(event.order_id).line(event.line_id).sku
        if world.is_waited_for(sku):  # what these units had claimed can be promised to those who came later
            yield _promise_again(sku, event.at, f"{event.order_id}.cancelled/{sku}")


def _looked_at_again(event: e.LinesBackordered, world: World) -> Reaction:
    yield Later(
        task_id=f"{event.order_id}.route_again@",
        kind=TaskKind.ROUTE_AGAIN,
        due_at=event.at + timedelta(hours=world.policy.route_again_after_hours),
        payload={"order_id": event.order_id},
    )


def _supply_told(event: stock.SupplyExpected | stock.SupplyChanged | stock.SupplyCancelled, world: World) -> Reaction:
    if world.policy.promise_from_supply and world.is_waited_for(event.sku):
        yield _promise_again(event.sku, event.at, f"supply/{event.sku}")


def _claimed(event: stock.SupplyClaimed, _world: World) -> Reaction:
    if event.lost:
        yield _promise_again(event.sku, event.at, f"supply/{event.sku}")


def _received(event: stock.StockReceived, world: World) -> Reaction:
    """What came with a supply is expected no more; what came is there for those who wait for it."""
    units: dict[str, int] = {}
    for sku, _, count in event.lines:
        units[sku] = units.get(sku, 0) + count
    if event.supply_id is not None:
        for sku, count in units.items():
            yield ReceiveSupply(sku=sku, supply_id=event.supply_id, units=count, at=event.at)
    yield from _came_free(units, world, f"stock/{event.document_id}", event.at)


def _transferred(event: stock.TransferReceived, world: World) -> Reaction:
    return _came_free((line.sku for line in event.lines), world, f"stock/{event.document_id}", event.at)


def _counted(event: stock.StockAdjusted | stock.StockCounted, world: World) -> Reaction:
    return _came_free((event.sku,), world, f"stock/{event.document_id}", event.at)


def _unreserved(
    event: stock.ReservationReleased | stock.ReservationExpired | stock.ReservationConfirmed, world: World
) -> Reaction:
    return _came_free((event.sku,), world, f"hold/{event.reservation_id}", event.at)


def _given_up(event: UnitsDropped, world: World) -> Reaction:
    return _came_free((each.sku for each in event.units), world, f"work/{event.fulfillment_id}", event.at)


def _disposed(event: ReturnDisposed, world: World) -> Reaction:
    restocked = [
        sku
        for (_, _, disposition), sku in zip(event.units, event.skus, strict=True)
        if disposition is Disposition.RESTOCK
    ]
    yield from _came_free(restocked, world, f"return/{event.return_id}", event.at)


def decision_of(order: Order, decision: Decision, at: datetime) -> RecordDecision:
    """The decision under the order's next decision id."""
    decision_id = DecisionId(f"{order.order_id}.d{len(order.decisions) + 1}")
    return _new_record_decision(decision_id=decision_id, order_id=order.order_id, decision=decision, at=at)


def _decided(event: RoutingDecided, world: World) -> Reaction:
    """One fulfillment order per location, numbered on from the order's last one."""
    order = world.order(event.order_id)
    decision = event.decision
    left = decision.leftovers
    by_location: dict[str, list[WorkUnits]] = {}
    for each in decision.assignments:
        units = _new_work_units(each.line_id, each.sku, each.pool, each.units)
        by_location.setdefault(each.location_id, []).append(units)
    takes: list[Take] = []
    opened: list[OpenWork] = []
    shares = dict(decision.shares)
    for number, (location_id, its_units) in enumerate(sorted(by_location.items()), len(order.fulfillments) + 1):
        fulfillment_id = FulfillmentId(f"{order.order_id}.f{number}")
        for line_id, _, _, count in its_units:
            takes.append(_new_take(line_id, count, fulfillment_id))
        opened.append(
            _new_open_work(
                fulfillment_id=fulfillment_id,
                order_id=order.order_id,
                location_id=LocationId(location_id),
                person_id=order.person_id,
                address_name=order.address_name,
                destination=order.destination,
                on_hold=bool(order.holds),
                units=tuple(its_units),
                at=event.at,
                share=shares.get(location_id),
            )
        )
    yield _new_allocate_lines(
        order_id=order.order_id,
        decision_id=event.decision_id,
        takes=tuple(takes),
        backorders=tuple([LineUnits(each.line_id, each.units) for each in left]) if left else (),
        at=event.at,
    )
    yield from opened
    policy = world.policy
    if policy.tell_delayed:
        yield from _told_if_late(event, order, [(work.fulfillment_id, work.location_id) for work in opened])
    if policy.tell_low_stock:
        yield from look_at([each.sku for each in decision.assignments], world, event.decision_id, event.at)
    if not left or decision.when_left == "wait" or order.queue is not None:
        return  # in a queue, its rules say what comes
    newly = [each for each in left if order.line(each.line_id).quantities.open]
    if newly:
        yield from _left_over(event, newly, world)


def _told_if_late(event: RoutingDecided, order: Order, opened: Iterable[tuple[FulfillmentId, str]]) -> Reaction:
    """The customer is told when the day a shipment was to leave on has ended everywhere and it is still here."""
    leaves_on = {each.location_id: each.leaves_on for each in event.decision.promised}
    for fulfillment_id, location_id in opened:
        if location_id in leaves_on:
            due_at = datetime.combine(leaves_on[location_id] + timedelta(days=1), _NOON_UTC)
            yield notice(
                "delayed",
                f"{fulfillment_id}.late",
                order,
                max(due_at, event.at),
                fulfillment_id=fulfillment_id,
                promised_on=leaves_on[location_id].isoformat(),
            )


_NOON_UTC = time(12, tzinfo=UTC)
"""When the day before has ended in every time zone."""


def _left_over(event: RoutingDecided, newly: list[Leftover], world: World) -> Reaction:
    """Units that wait for the first time, where the rules want more than waiting."""
    when_left = event.decision.when_left
    if when_left == "cancel":
        left = {each.line_id: each.units for each in newly}
        for line_id, units in with_whole_kits(world.order(event.order_id), left).items():
            yield CancelUnits(order_id=event.order_id, line_id=line_id, units=units, reason="sold out", at=event.at)
        return
    count = sum([each.units for each in newly])
    says = f"{count} {'unit' if count == 1 else 'units'} found no location: {newly[0].says}"
    queue = world.queue(when_left)
    if queue is None:
        yield PlaceHold(order_id=event.order_id, kind=HoldKind.REVIEW, says=says, at=event.at)
    else:
        until = queue.ends_at(event.at)
        yield QueueOrder(order_id=event.order_id, queue=when_left, reason=says, until=until, at=event.at)


def _rejected(event: UnitsRejected, world: World) -> Reaction:
    """The units are open again and another source is looked for, until so many locations have given up that a person
    must look at it. What still waits then is looked at again once a day, like any other backorder.
    """
    order_id = event.order_id
    given_back = tuple([LineUnits(line_id, units) for line_id, _, _, units in event.units])
    yield TakeBackUnits(
        order_id=order_id,
        fulfillment_id=event.fulfillment_id,
        location_id=event.location_id,
        units=given_back,
        reason=event.reason,
        at=event.at,
    )
    order = world.order(order_id)
    if order.kits or any([line.agreed.together for line in order.lines]):
        work = world.work(event.fulfillment_id)
        begun = frozenset([line.line_id for line in work.lines if line.picked or line.packed or line.shipped])
        torn = torn_takes(order, event.fulfillment_id, begun)
        torn += torn_groups(order, event.fulfillment_id, begun, [line_id for line_id, *_ in given_back])
        if torn:
            says = f"parts of what {event.location_id} cannot send whole"
            yield RecallUnits(order_id=order_id, reason=says, takes=torn, at=event.at)
            given_back += tuple([LineUnits(line_id, units) for line_id, units, _ in torn])
            order = world.order(order_id)
    count = len(order.rejections)
    if event.is_missing:
        for number, (_, sku, pool, units) in enumerate(event.units, 1):
            yield AdjustStock(
                document_id=StockDocumentId(f"{order_id}.r{count}.{number}"),
                location_id=event.location_id,
                sku=sku,
                units=-units,
                reason=AdjustReason.LOST,
                pool=pool,
                says=event.reason,
                at=event.at,
            )
    if count < world.policy.most_rejections:
        yield RouteOrder(order_id=order_id, at=event.at)
    else:
        yield PlaceHold(
            order_id=order_id,
            kind=HoldKind.REVIEW,
            says=f"{count} times a location could not do it, the last one because: {event.reason}",
            at=event.at,
        )
        yield _new_allocate_lines(
            order_id=order_id, decision_id=order.decisions[-1], takes=(), backorders=given_back, at=event.at
        )
    if not event.is_missing:
        yield from _came_free((each.sku for each in event.units), world, f"work/{event.fulfillment_id}", event.at)


def _promise_again(sku: str, at: datetime, source: str) -> Later:
    """Let all that wait for the article be promised anew, in turn."""
    task_id = f"{source}.promise@"
    return Later(task_id=task_id, kind=TaskKind.PROMISE_AGAIN, due_at=at, payload={"sku": sku})


def _came_free(skus: Iterable[str], world: World, source: str, at: datetime) -> Reaction:
    """One task for all of them, so that orders which wait for several are served in their turn and sent whole."""
    wanted = [sku for sku in dict.fromkeys(skus) if world.is_waited_for(sku)]
    if wanted:
        payload = {str(number): sku for number, sku in enumerate(wanted, 1)}
        yield Later(task_id=f"{source}.fill@", kind=TaskKind.FILL_BACKORDERS, due_at=at, payload=payload)


HANDLERS = (
    on(RoutingDecided, _decided),
    on(e.UnitsCancelled, _cancelled),
    on(e.LinesRecalled, _recalled),
    on(e.LinesBackordered, _looked_at_again),
    on(stock.SupplyExpected, _supply_told),
    on(stock.SupplyChanged, _supply_told),
    on(stock.SupplyCancelled, _supply_told),
    on(stock.SupplyClaimed, _claimed),
    on(stock.StockReceived, _received),
    on(stock.TransferReceived, _transferred),
    on(stock.StockAdjusted, _counted),
    on(stock.StockCounted, _counted),
    on(stock.ReservationReleased, _unreserved),
    on(stock.ReservationExpired, _unreserved),
    on(stock.ReservationConfirmed, _unreserved),
    on(UnitsDropped, _given_up),
    on(UnitsRejected, _rejected),
    on(ReturnDisposed, _disposed),
)
"""Decisions become work; cancelled work is let go; new stock calls the orders that wait for it."""
