"""Routing an order from inside a unit of work: the shelf as it stands, the decision, the expired holds in its way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from omscore.engine.plans.caps import beside_taken, going_on
from omscore.engine.plans.dayrooms import count_in, look_when_there_is_room
from omscore.engine.plans.requests import facts_asked, facts_of, order_request
from omscore.engine.plans.wishes import CancelWaiting
from omscore.engine.shelves import on_hand_of, taken_cells
from omscore.engine.unit import Unit
from omscore.errors import RefusedError
from omscore.flows.allocation import decision_of
from omscore.flows.world import PromiseWaiting, RouteOrder
from omscore.fulfillment.model import FulfillmentOrder
from omscore.inventory import availability
from omscore.inventory.availability import Shelf
from omscore.inventory.commands import ExpireReservation
from omscore.items import Item
from omscore.orders.agreed import AgreedLine
from omscore.orders.commands import CancelUnits
from omscore.orders.kits import with_whole_kits
from omscore.orders.model import Order
from omscore.records import frozen, maker
from omscore.routing import Decision, Question
from omscore.routing.editions import UseProfile
from omscore.routing.liveplans import least_by_prices
from omscore.routing.promise import with_promise


def route_order(unit: Unit, command: RouteOrder) -> None:
    """Ask routing where the waiting units shall come from; expired holds in the way are expired."""
    order = unit.order(command.order_id)
    asked = waiting_of(unit, order, command.at)
    if asked is None:
        return
    decision = decided_for(unit, order, asked.question) if order.shipment_prices else asked.question.decide()
    if decision.leftovers and asked.question.request.rooms:
        look_when_there_is_room(unit, order, asked.question.request, decision, command.at)
    if not decision.assignments and not any([line.quantities.open for line in order.lines]):
        _promise(unit, order, command.at)  # everything waits already, and still must
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


@frozen(kw_only=True)
class Asked:
    """A question about an order's units, with the items it was made from and the shelves with expired holds."""

    question: Question
    overdue: Mapping[str, Shelf]
    items: Mapping[str, Item]


_new_question, _new_asked = maker(Question), maker(Asked)


def waiting_of(unit: Unit, order: Order, at: datetime) -> Asked | None:
    """Where the units of an order that wait could come from now; None when none waits."""
    waiting: list[tuple[AgreedLine, int]] = []
    skus: list[str] = []
    for line in order.lines:
        if units := line.quantities.waiting:
            agreed = line.agreed
            waiting.append((agreed, units))
            skus.append(agreed.sku)
    if not waiting:
        return None
    items = unit.items(skus)
    stock, overdue = on_hand_of(unit, skus, at)
    request = order_request(unit, order, facts_asked(unit, order, items), waiting, items, at)
    if order.fulfillments:
        request = beside_taken(unit, order, request)
    return _new_asked(
        question=_new_question(request=request, network=unit.desk.network, stock=stock), overdue=overdue, items=items
    )


def keep_decision(unit: Unit, order: Order, decision: Decision, asked: Asked, at: datetime) -> None:
    """Record a decision, with the days it promises, and all that follows; expired holds in its way are expired."""
    if asked.overdue:
        for sku, cells in taken_cells(decision).items():
            shelf = asked.overdue.get(sku)
            for reservation in () if shelf is None else availability.needed_expiries(shelf, cells):
                unit.run(ExpireReservation(reservation_id=reservation.reservation_id, at=at))
    text = unit.desk.rulebook.texts.get(decision.profile)
    if text is not None:
        unit.run(UseProfile(label=decision.profile, text=text, at=at))
    decision = with_promise(decision, asked.question.request, unit.desk.network, at)
    if decision.shares:
        count_in(unit, decision, at)
    unit.run(decision_of(order, decision, at))
    if order.promises or decision.leftovers:
        _promise(unit, order, at)


def _promise(unit: Unit, order: Order, at: datetime) -> None:
    """Promise from goods that are due what was left over, in a shop that does so; let claims go that are not needed."""
    if order.promises or unit.policy.promise_from_supply:
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
    stock, _ = on_hand_of(unit, skus, at)
    own = [unit.get(FulfillmentOrder, each) for order in orders for each in order.fulfillments]
    for work in own:
        for line in [line for line in work.lines if line.to_pick]:
            cell = (work.location_id, line.pool)
            stock[line.sku][cell] = stock[line.sku].get(cell, 0) + line.to_pick
    requests = [
        order_request(unit, order, facts_of(order, [items[agreed.sku] for agreed, _ in lines]), lines, items, at, own)
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
