"""Which facts follow from a wish about a return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from omscore.errors import InputError, NotFoundError, RefusedError
from omscore.ids import checked_id
from omscore.quantities import checked_units
from omscore.returns import commands as c
from omscore.returns import events as e
from omscore.returns.model import Return, ReturnUnits


def decide(rma: Return | None, command: c.ReturnCommand) -> Sequence[e.ReturnEvent]:
    """The events that follow from a command.

    Raises: RefusedError or InputError, and then nothing has happened.
    """
    if isinstance(command, c.RequestReturn):
        return _request(rma, command)
    if rma is None:
        raise NotFoundError(f"there is no return {command.return_id}", code="return.unknown")
    match command:
        case c.ReceiveReturn():
            return _receive(rma, command)
        case c.DisposeReturn():
            return _dispose(rma, command)
        case c.CloseReturn():
            return _close(rma, command)
        case c.NoteExchange():
            return [
                e.ExchangeOrdered(
                    return_id=rma.return_id, order_id=rma.order_id, exchange_id=command.exchange_id, at=command.at
                )
            ]
        case _:
            assert_never(command)


def _request(rma: Return | None, command: c.RequestReturn) -> Sequence[e.ReturnEvent]:
    if rma is not None:
        raise RefusedError(f"return {command.return_id} exists already", code="return.exists")
    checked_id(command.return_id, what="return id")
    if not command.units:
        raise InputError(f"return {command.return_id} names no units", code="return.empty")
    if len({each.line_id for each in command.units}) < len(command.units):
        raise InputError(f"return {command.return_id} names a line twice; sum its units", code="return.line_twice")
    for each in command.units:
        checked_units(each.units, what=f"return {command.return_id} units of line {each.line_id}")
    return [
        e.ReturnRequested(
            return_id=command.return_id,
            order_id=command.order_id,
            location_id=command.location_id,
            pool=command.pool,
            units=command.units,
            reason=command.reason,
            exchange=command.exchange,
            at=command.at,
        )
    ]


def _receive(rma: Return, command: c.ReceiveReturn) -> Sequence[e.ReturnEvent]:
    units = command.units or tuple(ReturnUnits(line.line_id, line.sku, line.due) for line in rma.lines if line.due)
    if not units:
        raise RefusedError(f"return {rma.return_id} waits for nothing", code="return.nothing_due")
    if len({each.line_id for each in units}) < len(units):
        raise InputError(f"return {rma.return_id} names a line twice; sum its units", code="return.line_twice")
    wanted: dict[int, int] = {}
    for each in units:
        wanted[each.line_id] = wanted.get(each.line_id, 0) + checked_units(each.units)
        line = rma.line(each.line_id)
        if wanted[each.line_id] > line.due or each.sku != line.sku:
            raise RefusedError(
                f"return {rma.return_id} waits for {line.due} units of {line.sku}, "
                f"not for {wanted[each.line_id]} of {each.sku}",
                code="return.miscount",
            )
    return [
        e.ReturnReceived(
            return_id=rma.return_id,
            order_id=rma.order_id,
            location_id=rma.location_id,
            pool=rma.pool,
            units=units,
            at=command.at,
        )
    ]


def _dispose(rma: Return, command: c.DisposeReturn) -> Sequence[e.ReturnEvent]:
    if not command.units:
        raise InputError(f"return {rma.return_id}: name the units and what becomes of them", code="return.empty")
    wanted: dict[int, int] = {}
    for line_id, units, _ in command.units:
        wanted[line_id] = wanted.get(line_id, 0) + checked_units(units)
    for line_id, units in wanted.items():
        seen = rma.line(line_id).seen
        if units > seen:
            raise RefusedError(
                f"return {rma.return_id} line {line_id}: {seen} units were seen and not decided on, not {units}",
                code="return.miscount",
            )
    return [
        e.ReturnDisposed(
            return_id=rma.return_id,
            order_id=rma.order_id,
            location_id=rma.location_id,
            pool=rma.pool,
            units=command.units,
            skus=tuple(rma.line(line_id).sku for line_id, _, _ in command.units),
            at=command.at,
        )
    ]


def _close(rma: Return, command: c.CloseReturn) -> Sequence[e.ReturnEvent]:
    unsent = tuple(ReturnUnits(line.line_id, line.sku, line.due) for line in rma.lines if line.due)
    if not unsent:
        return []
    return [e.ReturnClosed(return_id=rma.return_id, order_id=rma.order_id, unsent=unsent, at=command.at)]
