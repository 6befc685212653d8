"""A person decides where an order comes from: what is impossible is refused with routing's own reason."""

from __future__ import annotations

from omscore.capacity import DayShare
from omscore.engine.plans.sourcing import Asked, keep_decision, waiting_of
from omscore.engine.plans.wishes import SourceFrom
from omscore.engine.unit import Unit
from omscore.errors import InputError, RefusedError
from omscore.flows.world import RouteOrder
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import checked_id
from omscore.orders.commands import RecallUnits
from omscore.orders.model import Order
from omscore.places import Location
from omscore.records import changed
from omscore.routing import Decision, Question, RoutingRequest
from omscore.routing.explain import counted, refuses
from omscore.routing.profiles import Profile
from omscore.text import checked_text

BY_HAND = "by hand"
"""What stands where other decisions have their profile; no profile can be named so."""

_FREE = Profile(name="free", keep_together="if_possible")
"""No rule but that goods are there and can be carried."""


def source_from(unit: Unit, command: SourceFrom) -> None:
    """Take back what is not picked, and open all of it at the one location; the usual rules find sources for a rest.

    Raises: RefusedError when the location cannot send it, or sends it already; then nothing has changed.
    """
    by = checked_id(command.by, what="the id of who decides (by)")
    reason = checked_text(command.reason, what="the reason")
    location = unit.desk.network.location(command.location_id)
    order = unit.get(Order, command.order_id)
    if order.takes:
        _check_elsewhere(unit, order, location)
        unit.run(RecallUnits(order_id=order.order_id, reason=reason, at=command.at))
        order = unit.get(Order, command.order_id)
    asked = waiting_of(unit, order, command.at)
    if asked is None:
        raise RefusedError(
            f"order {order.order_id} has no unit left to send: all are picked, sent or cancelled",
            code="routing.nothing_left",
        )
    request = _from(location, asked.question.request, f"{by} sent this order to {location.name}: {reason}")
    decision = _decided(asked.question, request, location)
    is_whole = not decision.leftovers
    if not is_whole:
        if not (command.partly and decision.assignments):
            raise _refused(order, location, decision, asked, partly=command.partly)
        because = f"{by} sent what {location.name} has of this order there: {reason}"
        decision = _decided(asked.question, _of_what_is_there(request, decision, because), location)
    shares = _shares(location, asked.question.request, decision)
    keep_decision(unit, order, changed(decision, profile=BY_HAND, by=by, shares=shares), asked, command.at)
    if not is_whole:
        unit.run(RouteOrder(order_id=order.order_id, at=command.at))


def _check_elsewhere(unit: Unit, order: Order, location: Location) -> None:
    places = {unit.get(FulfillmentOrder, take.fulfillment_id).location_id for take in order.takes}
    if places == {location.location_id} and not any([line.quantities.waiting for line in order.lines]):
        raise RefusedError(
            f"{location.location_id} already sends everything of order {order.order_id} that is not picked",
            code="order.source_is_same",
        )


def _from(location: Location, usual: RoutingRequest, because: str) -> RoutingRequest:
    """The request with no rule left but what is possible at all; only the channel's pools are still its own."""
    return changed(
        usual,
        allowed_locations=(location.location_id,),
        excluded=(),
        profile=_FREE,
        otherwise=(),
        rooms=(),
        threshold_units=0,
        because=because,
        is_by_hand=True,
    )


def _of_what_is_there(request: RoutingRequest, decision: Decision, because: str) -> RoutingRequest:
    """The request for those units alone that the decision gives."""
    given: dict[int, int] = {}
    for part in decision.assignments:
        given[part.line_id] = given.get(part.line_id, 0) + part.units
    demands = [changed(each, units=given[each.line_id]) for each in request.demands if each.line_id in given]
    return changed(request, demands=tuple(demands), because=because)


def _shares(location: Location, usual: RoutingRequest, decision: Decision) -> tuple[tuple[str, DayShare], ...]:
    """How the work counts at a location that does only so much on a day; beyond its limits it does not count at all."""
    units = sum([part.units for part in decision.assignments])
    return tuple(
        [
            (room.location_id, room.share)
            for room in usual.rooms
            if room.location_id == location.location_id
            and (room.orders_left is None or room.orders_left >= 1)
            and (room.units_left is None or room.units_left >= units)
        ]
    )


def _decided(question: Question, request: RoutingRequest, location: Location) -> Decision:
    try:
        return changed(question, request=request).decide()
    except InputError as error:  # such as a mass that fills too many parcels on this lane
        raise RefusedError(
            f"order {request.order_id} cannot come from {location.location_id}: {error}",
            code="order.source",
            rule=error.code,
        ) from error


def _refused(order: Order, location: Location, decision: Decision, asked: Asked, *, partly: bool) -> RefusedError:
    """Why the location cannot send the order, in the words of routing."""
    (reason,) = [each for each in decision.reasons if each.location_id == location.location_id]
    rule, says = reason.rule, reason.says
    if decision.assignments:
        wanted = sum([demand.units for demand in asked.question.request.demands])
        rule, says = "stock", f"has only {wanted - decision.left_units} of the {counted(wanted, 'unit')}"
        left = {flag for each in decision.leftovers for flag in asked.items[each.sku].flags}
        if flags := left.intersection(location.refuses):
            barred = refuses(location.location_id, tuple(sorted(flags)))
            rule, says = barred.rule, f"{says}, and {barred.says}"
    cure = "" if partly or not decision.assignments else ", or give partly=True for what it has"
    return RefusedError(
        f"order {order.order_id} cannot come from {location.location_id} ({rule}): {says}; "
        f"choose another location{cure}",
        code="order.source",
        rule=rule,
        location_id=location.location_id,
    )
