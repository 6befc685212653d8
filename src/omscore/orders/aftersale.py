"""Units that leave an order again: cancelled before they are picked, or returned after they were delivered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from omscore.errors import InputError, RefusedError
from omscore.orders import commands as c
from omscore.orders import events as e
from omscore.orders.amounts import Amounts
from omscore.orders.kits import cancellable, units_of_kits, whole_kits
from omscore.orders.lines import check_there, lines_of
from omscore.orders.linestates import LineState
from omscore.orders.model import LineUnits, Order
from omscore.quantities import checked_units


def cancel_units(order: Order, command: c.CancelUnits) -> Sequence[e.OrderEvent]:
    """Units of one line cancelled: open ones first, then those that wait, then those taken but not picked."""
    line = order.line(command.line_id)
    left = checked_units(command.units, what="units to cancel")
    quantities = line.quantities
    cancellable = quantities.waiting + quantities.allocated
    if left > cancellable:
        raise RefusedError(
            f"order {order.order_id} line {line.line_id}: {cancellable} of {line.units} units can still be "
            f"cancelled, not {left}; "
            "units that were picked must be returned instead",
            code="order.too_late_to_cancel",
            cancellable=cancellable,
        )
    from_open = min(left, quantities.open)
    left -= from_open
    from_backordered = min(left, quantities.backordered)
    left -= from_backordered
    drops = []
    for take in reversed(order.takes):
        if left and take.line_id == line.line_id:
            units = min(left, take.units)
            drops.append(take._replace(units=units))
            left -= units
    return [
        e.UnitsCancelled(
            order_id=order.order_id,
            line_id=line.line_id,
            from_open=from_open,
            from_backordered=from_backordered,
            drops=tuple(drops),
            reason=command.reason,
            at=command.at,
        )
    ]


def cancel_kits(order: Order, command: c.CancelKits) -> Sequence[e.OrderEvent]:
    """Whole kits cancelled: from every part first the units that nobody has taken."""
    units = units_of_kits(order, command.kit_id, command.kits)
    there = whole_kits(
        order, command.kit_id, {line.line_id: cancellable(line) for line in order.parts_of(command.kit_id)}
    )
    if command.kits > there:
        kit = order.kit(command.kit_id)
        raise RefusedError(
            f"order {order.order_id} kit {kit.kit_id} ({kit.sku}): {there} of {kit.kits} whole kits can still be "
            f"cancelled, not {command.kits}; cancel single parts by their line (CancelUnits), and return what was "
            "picked",
            code="order.too_late_to_cancel",
            cancellable=there,
        )
    return [
        event
        for line_id, count in units
        for event in cancel_units(
            order,
            c.CancelUnits(order_id=order.order_id, line_id=line_id, units=count, reason=command.reason, at=command.at),
        )
    ]


def cancel_order(order: Order, command: c.CancelOrder) -> Sequence[e.OrderEvent]:
    """Every unit cancelled that was not picked. Raises: RefusedError when there is none."""
    events: list[e.OrderEvent] = []
    for line in order.lines:
        units = line.quantities.waiting + line.quantities.allocated
        if units:
            events.extend(
                cancel_units(
                    order,
                    c.CancelUnits(
                        order_id=order.order_id, line_id=line.line_id, units=units, reason=command.reason, at=command.at
                    ),
                )
            )
    if not events:
        raise RefusedError(
            f"order {order.order_id} has no unit left that can be cancelled; ask for a return of what was sent",
            code="order.too_late_to_cancel",
        )
    return events


def promise_return(order: Order, command: c.PromiseReturn) -> Sequence[e.OrderEvent]:
    """Delivered units promised to a return; no unit is promised twice."""
    if not command.units:
        raise InputError(f"return {command.return_id} names no units", code="return.empty")
    for line, units in lines_of(order, command.units):
        returnable = line.quantities.delivered - line.in_return
        if units > returnable:
            on_the_way = line.quantities.shipped
            raise RefusedError(
                f"order {order.order_id} line {line.line_id}: {returnable} delivered units can be returned, not "
                f"{units}"
                + f"; {on_the_way} are on their way: wait for the carrier, or record their delivery (RecordDelivery)"
                * bool(on_the_way),
                code="order.not_returnable",
                returnable=returnable,
            )
    return [e.ReturnPromised(order_id=order.order_id, return_id=command.return_id, units=command.units, at=command.at)]


def record_returned(order: Order, command: c.RecordReturned) -> Sequence[e.OrderEvent]:
    """Promised units taken back, with what the customer gets for them."""
    _check_promised(order, command.units)
    check_there(order, LineState.DELIVERED, command.units)
    amounts = Amounts.total(
        (
            line.amounts.part(line.quantities.returned, units, line.units)
            for line, units in lines_of(order, command.units)
        ),
        order.currency,
    )
    return [
        e.LinesReturned(
            order_id=order.order_id,
            return_id=command.return_id,
            units=command.units,
            amounts=amounts if command.refund_shipping else amounts.goods_only(),
            at=command.at,
        )
    ]


def record_unsent(order: Order, command: c.RecordUnsent) -> Sequence[e.OrderEvent]:
    """Promised units that will not come after all."""
    _check_promised(order, command.units)
    return [e.ReturnShortened(order_id=order.order_id, return_id=command.return_id, units=command.units, at=command.at)]


def _check_promised(order: Order, units: Iterable[LineUnits]) -> None:
    for line, wanted in lines_of(order, units):
        if wanted > line.in_return:
            raise RefusedError(
                f"order {order.order_id} line {line.line_id} has {line.in_return} units in return, not {wanted}; "
                "promise the return first",
                code="order.line_units",
            )
