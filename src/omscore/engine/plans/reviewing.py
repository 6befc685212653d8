"""Looking again at where an order comes from: sourced anew only if that is better for it and worse for nobody."""

from __future__ import annotations

from omscore.engine.plans.sourcing import decided_for, keep_decision, questions_of, waiting_of
from omscore.engine.plans.wishes import ReviewSourcing
from omscore.engine.unit import Unit
from omscore.errors import RefusedError
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import OrderId
from omscore.money import Money
from omscore.orders.commands import RecallUnits
from omscore.orders.model import Order
from omscore.records import changed
from omscore.routing import Decision, Question
from omscore.routing.decisions import KeptDecision
from omscore.routing.explain import counted


def review_sourcing(unit: Unit, command: ReviewSourcing) -> None:
    """Route everything that is not picked as if it were free; take the new plan if fewer units wait, or it costs less.

    Holds: nobody else is worse off, for nothing changes while an order that waits could take what is on the shelf.
    Raises: RefusedError when there is nothing to look at, or others come first; nothing changes when no plan is better.
    """
    order = unit.get(Order, command.order_id)
    works = [unit.get(FulfillmentOrder, each) for each in order.fulfillments]
    _check_untouched(order, works)
    _check_not_by_hand(unit, order, works)
    (question,) = questions_of(unit, [order.order_id], command.at)
    decision = decided_for(unit, order, question)
    why = _better(order, works, question, decision)
    if not why:
        return
    _check_nobody_waits(unit, order, decision, command)
    if order.takes:
        unit.run(RecallUnits(order_id=order.order_id, reason=why, at=command.at))
        order = unit.get(Order, command.order_id)
    asked = waiting_of(unit, order, command.at)
    if asked is None:
        raise AssertionError("unreachable: what was recalled waits")
    keep_decision(unit, order, changed(decision, anew=why), asked, command.at)


def _better(order: Order, works: list[FulfillmentOrder], question: Question, decision: Decision) -> str:
    """In which way the decision is strictly better than what is decided now; empty when it is not."""
    waiting = sum([line.quantities.waiting for line in order.lines])
    fewer = waiting - decision.left_units
    if fewer > 0:
        return f"{counted(fewer, 'unit')} fewer must wait"
    cost = _cost_now(works, question)
    if fewer < 0 or decision.cost is None or (cost is not None and decision.cost >= cost):
        return ""
    if cost is None:
        return "a location that was chosen is gone, or nobody carries from there any more"
    return f"{cost - decision.cost} less than before"


def _cost_now(works: list[FulfillmentOrder], question: Question) -> Money | None:
    """What the shipments not begun will cost at the network's prices; None when a lane has no rate any more."""
    network, destination = question.network, question.request.destination
    goods = {demand.sku: demand for demand in question.request.demands}
    costs: list[Money] = []
    for work in works:
        if work.to_pick:
            site = network.sites.get(work.location_id)  # a shop may have closed it since
            inside = [(goods[sku], units) for _, sku, _, units in work.to_pick]
            billed_g = sum([units * network.billed_g(each.mass_g, each.volume_mm3) for each, units in inside])
            flags = {flag for each, _ in inside for flag in each.flags}
            cost = None if site is None else network.shipment_cost(site.location, destination, billed_g, flags)
            if cost is None:
                return None
            costs.append(cost)
    splits = Money(network.split_penalty_minor * max(0, len(costs) - 1), network.currency)
    return Money.total([*costs, splits], network.currency)


def _check_untouched(order: Order, works: list[FulfillmentOrder]) -> None:
    for work in works:
        if work.shipped_at is None and any([line.picked or line.packed for line in work.lines]):
            raise RefusedError(
                f"{work.location_id} has begun with order {order.order_id} ({work.fulfillment_id}); "
                "wait until that is handed over, or name a location for the rest (SourceFrom)",
                code="order.begun",
            )


def _check_not_by_hand(unit: Unit, order: Order, works: list[FulfillmentOrder]) -> None:
    """What a person has decided, no rule overrules."""
    for decision_id in reversed(order.decisions):
        decision = unit.get(KeptDecision, decision_id).decision
        if decision.by:
            places = {part.location_id for part in decision.assignments}
            if any([work.to_pick and work.location_id in places for work in works]):
                raise RefusedError(
                    f"{decision.because}; name a location to change that (SourceFrom)", code="order.by_hand"
                )
            return


def _check_nobody_waits(unit: Unit, order: Order, decision: Decision, command: ReviewSourcing) -> None:
    """Whoever waits and could be served comes first. What no one who waits can take may be moved about freely."""
    skus = {part.sku for part in decision.assignments}
    waiting = {stream for sku in sorted(skus) for stream in unit.desk.reader.listed("waiting", sku, limit=1_000_000)}
    waiting.discard(f"order/{order.order_id}")
    for stream in sorted(waiting):
        other = unit.get(Order, OrderId(stream.partition("/")[2]))
        asked = waiting_of(unit, other, command.at)
        if asked is not None and asked.question.decide().assignments:
            raise RefusedError(
                f"order {other.order_id} waits for what order {order.order_id} would take, and comes first; "
                "run the due tasks, then ask again",
                code="order.others_first",
            )
