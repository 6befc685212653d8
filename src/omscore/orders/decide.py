"""Which facts follow from a wish, given the order as it stands; refuses what makes no sense and never half of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from omscore.errors import NotFoundError, RefusedError
from omscore.orders import commands as c
from omscore.orders import events as e
from omscore.orders.aftersale import (
    cancel_kits,
    cancel_order,
    cancel_units,
    promise_return,
    record_returned,
    record_unsent,
)
from omscore.orders.amounts import Amounts
from omscore.orders.lines import check_there, lines_of, summed
from omscore.orders.linestates import LineState
from omscore.orders.model import Hold, LineUnits, Order
from omscore.orders.placing import place_order
from omscore.orders.promises import broken
from omscore.orders.queues import leave_queue, queue_order
from omscore.quantities import checked_units, is_count
from omscore.records import maker

_new_lines_allocated = maker(e.LinesAllocated)
_new_payment_attached = maker(e.PaymentAttached)

_WORK_STEPS = frozenset(
    {
        (LineState.ALLOCATED, LineState.PICKED),
        (LineState.PICKED, LineState.PACKED),
        (LineState.SHIPPED, LineState.DELIVERED),
    }
)
"""What a fulfillment order may report; every other way of a unit has a command of its own."""


def decide(order: Order | None, command: c.OrderCommand) -> Sequence[e.OrderEvent]:
    """The events that follow from a command.

    Raises: RefusedError or InputError, and then nothing has happened.
    """
    if order is None:
        if isinstance(command, c.PlaceOrder):
            return place_order(order, command)
        raise NotFoundError(
            f"there is no order {command.order_id}; check the id or place it first", code="order.unknown"
        )
    # What is asked of every order comes first, by its very class: each pattern that is tried in vain takes its time.
    # These classes are final, so a type checker still sees that no class is left out.
    if type(command) is c.AttachPayment:
        return [_new_payment_attached(order_id=order.order_id, payment_id=command.payment_id, at=command.at)]
    if type(command) is c.AllocateLines:
        return _allocate(order, command)
    _check_counts(command)
    match command:
        case c.TakeBackUnits():
            return _take_back(order, command)
        case c.RecallUnits():
            return _recall(order, command)
        case c.RecordProgress():
            return _progress(order, command)
        case c.RecordShipped():
            return _shipped(order, command)
        case c.CancelUnits():
            return cancel_units(order, command)
        case c.CancelKits():
            return cancel_kits(order, command)
        case c.CancelOrder():
            return cancel_order(order, command)
        case c.PlaceHold():
            return _hold(order, command)
        case c.ReleaseHold():
            return _release(order, command)
        case c.PromiseReturn():
            return promise_return(order, command)
        case c.RecordReturned():
            return record_returned(order, command)
        case c.RecordUnsent():
            return record_unsent(order, command)
        case c.PromiseUnits():
            return _promise(order, command)
        case c.QueueOrder():
            return queue_order(order, command)
        case c.LeaveQueue():
            return leave_queue(order, command)
        case c.PlaceOrder():
            return place_order(order, command)
        case _:
            assert_never(command)


def _check_counts(command: c.OrderCommand) -> None:
    """Every count is a count: sums that are checked later must not hide a negative one."""
    named: Sequence[tuple[int, int]]
    match command:
        case (
            c.TakeBackUnits()
            | c.RecordProgress()
            | c.RecordShipped()
            | c.PromiseReturn()
            | c.RecordReturned()
            | c.RecordUnsent()
        ):
            named = command.units
        case c.PromiseUnits():
            named = [(each.line_id, each.units) for each in command.promises]
        case _:
            return
    for line_id, units in named:
        if not is_count(units):
            checked_units(units, what=_units_of(command, line_id))


def _units_of(command: c.OrderCommand, line_id: int) -> str:
    return f"order {command.order_id} line {line_id} units"


def _allocate(order: Order, command: c.AllocateLines) -> Sequence[e.OrderEvent]:
    wanted: dict[int, int] = {}
    for line_id, units, _ in command.takes:
        if not is_count(units):
            checked_units(units, what=_units_of(command, line_id))
        wanted[line_id] = wanted.get(line_id, 0) + units
    for line_id, units in command.backorders:
        checked_units(units, what=_units_of(command, line_id))
    for line_id, units in wanted.items():
        quantities = order.line(line_id).quantities
        waiting = quantities.open + quantities.backordered
        if units > waiting:
            raise RefusedError(
                f"order {order.order_id} line {line_id} has {waiting} units waiting, not {units}",
                code="order.line_units",
            )
    events: list[e.OrderEvent] = []
    if command.takes:
        events.append(
            _new_lines_allocated(
                order_id=order.order_id, decision_id=command.decision_id, takes=command.takes, at=command.at
            )
        )
    if not command.backorders:
        return events
    short = []
    for line_id, units in summed(command.backorders).items():
        quantities = order.line(line_id).quantities
        left_waiting = quantities.waiting - wanted.get(line_id, 0)
        if units > left_waiting:
            raise RefusedError(
                f"order {order.order_id} line {line_id}: {units} units cannot wait, {left_waiting} are left to",
                code="order.line_units",
            )
        left_open = quantities.open - min(quantities.open, wanted.get(line_id, 0))
        if left_open:
            short.append(LineUnits(line_id, min(units, left_open)))
    if short:
        events.append(
            e.LinesBackordered(
                order_id=order.order_id, decision_id=command.decision_id, units=tuple(short), at=command.at
            )
        )
    return events


def _take_back(order: Order, command: c.TakeBackUnits) -> Sequence[e.OrderEvent]:
    taken = summed([(line_id, units) for line_id, units, work in order.takes if work == command.fulfillment_id])
    for line_id, units in summed(command.units).items():
        if units > taken.get(line_id, 0):
            raise RefusedError(
                f"order {order.order_id} line {line_id}: {command.fulfillment_id} has {taken.get(line_id, 0)} units to "
                f"pick, {units} cannot be given back",
                code="order.line_units",
            )
    return [
        e.LinesRejected(
            order_id=order.order_id,
            fulfillment_id=command.fulfillment_id,
            location_id=command.location_id,
            units=command.units,
            reason=command.reason,
            at=command.at,
        )
    ]


def _recall(order: Order, command: c.RecallUnits) -> Sequence[e.OrderEvent]:
    if not order.takes:
        raise RefusedError(
            f"order {order.order_id} has no units that were taken and not picked; there is nothing to recall",
            code="order.nothing_to_recall",
        )
    taken = summed([((line_id, work), units) for line_id, units, work in order.takes])
    for (line_id, work), units in summed([((each, its), count) for each, count, its in command.takes]).items():
        if not 0 < units <= taken.get((line_id, work), 0):
            raise RefusedError(
                f"order {order.order_id} line {line_id}: {work} has {taken.get((line_id, work), 0)} units to pick, "
                f"{units} cannot be recalled",
                code="order.line_units",
            )
    takes = command.takes or order.takes
    return [e.LinesRecalled(order_id=order.order_id, takes=takes, reason=command.reason, at=command.at)]


def _progress(order: Order, command: c.RecordProgress) -> Sequence[e.OrderEvent]:
    if (command.origin, command.target) not in _WORK_STEPS:
        raise RefusedError(
            f"order {order.order_id}: work cannot take units from {command.origin} to {command.target}",
            code="order.line_move",
        )
    if command.origin is LineState.ALLOCATED:
        taken = summed(
            (take.line_id, take.units) for take in order.takes if take.fulfillment_id == command.fulfillment_id
        )
        for line_id, units in summed(command.units).items():
            if units > taken.get(line_id, 0):
                raise RefusedError(
                    f"{command.fulfillment_id} has {taken.get(line_id, 0)} units of line {line_id}, not {units}",
                    code="order.take",
                )
    check_there(order, command.origin, command.units)
    return [
        e.LinesProgressed(
            order_id=order.order_id,
            fulfillment_id=command.fulfillment_id,
            origin=command.origin,
            target=command.target,
            units=command.units,
            at=command.at,
        )
    ]


def _shipped(order: Order, command: c.RecordShipped) -> Sequence[e.OrderEvent]:
    check_there(order, LineState.PACKED, command.units)
    amounts = Amounts.total(
        (
            line.amounts.part(line.quantities.handed_over, units, line.units)
            for line, units in lines_of(order, command.units)
        ),
        order.currency,
    )
    return [
        e.LinesShipped(
            order_id=order.order_id,
            fulfillment_id=command.fulfillment_id,
            units=command.units,
            amounts=amounts,
            at=command.at,
        )
    ]


def _promise(order: Order, command: c.PromiseUnits) -> Sequence[e.OrderEvent]:
    promised = summed([(each.line_id, each.units) for each in command.promises])
    for line_id, units in promised.items():
        waiting = order.line(line_id).quantities.waiting
        if units > waiting:
            raise RefusedError(
                f"order {order.order_id} line {line_id} has {waiting} units waiting, {units} cannot be promised",
                code="order.line_units",
            )
    promises = tuple(sorted(command.promises, key=lambda each: each.turn))
    if promises == order.promises:
        return []
    events: list[e.OrderEvent] = []
    if fell := broken(order.promises, promises):
        events.append(e.PromiseBroken(order_id=order.order_id, broken=fell, says=command.says, at=command.at))
    return [*events, e.UnitsPromised(order_id=order.order_id, promises=promises, at=command.at)]


def _hold(order: Order, command: c.PlaceHold) -> Sequence[e.OrderEvent]:
    if order.has_hold(command.kind):
        return []
    return [e.HoldPlaced(order_id=order.order_id, hold=Hold(command.kind, command.says, command.at), at=command.at)]


def _release(order: Order, command: c.ReleaseHold) -> Sequence[e.OrderEvent]:
    if not order.has_hold(command.kind):
        standing = ", ".join(hold.kind for hold in order.holds) or "none"
        raise RefusedError(
            f"order {order.order_id} has no hold {command.kind}; it has {standing}", code="order.no_hold"
        )
    return [e.HoldReleased(order_id=order.order_id, kind=command.kind, says=command.says, at=command.at)]
