"""Which stock facts follow from a wish. Whether the units are there is checked by the store, cell by cell, at
commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from omscore.errors import InputError, NotFoundError, RefusedError
from omscore.ids import checked_id
from omscore.inventory import commands as c
from omscore.inventory import events as e
from omscore.inventory.evolve import without
from omscore.inventory.model import DocumentKind, ListedItem, Reservation, ReservationState, StockDocument, StockLine
from omscore.items import checked_sku
from omscore.quantities import checked_units


def decide_item(listed: ListedItem | None, command: c.ListItem) -> Sequence[e.ItemListed]:
    """The item as it shall be known; nothing when nothing is new.

    Raises: RefusedError when the standard cost would change, since stock on hand is valued at it.
    """
    if listed is not None:
        if listed.item == command.item:
            return []
        if listed.item.unit_cost != command.item.unit_cost:
            raise RefusedError(
                f"item {command.item.sku} is valued at {listed.item.unit_cost} a unit, not {command.item.unit_cost}; "
                "list it under a new SKU to change its standard cost",
                code="item.cost_change",
            )
    return [e.ItemListed(item=command.item, at=command.at)]


def decide_document(document: StockDocument | None, command: c.DocumentCommand) -> Sequence[e.DocumentEvent]:
    """The event of a stock document.

    Raises: RefusedError when a document id is used again, or more of a transfer arrives than is on the way.
    """
    if isinstance(command, c.ReceiveTransfer):
        return _receive_transfer(document, command)
    if document is not None:
        raise RefusedError(
            f"stock document {command.document_id} is a {document.kind} of {document.at:%Y-%m-%d}; use another id",
            code="stock.document_exists",
        )
    checked_id(command.document_id, what="stock document id")
    match command:
        case c.ReceiveStock():
            lines = _checked_lines(command.lines)
            return [
                e.StockReceived(
                    document_id=command.document_id,
                    location_id=command.location_id,
                    lines=lines,
                    says=command.says,
                    supply_id=command.supply_id,
                    at=command.at,
                )
            ]
        case c.AdjustStock():
            checked_sku(command.sku)
            checked_units(abs(command.units), what="units to adjust")
            return [
                e.StockAdjusted(
                    document_id=command.document_id,
                    location_id=command.location_id,
                    sku=command.sku,
                    pool=command.pool,
                    units=command.units,
                    reason=command.reason,
                    says=command.says,
                    at=command.at,
                )
            ]
        case c.SendTransfer():
            if command.origin == command.target:
                raise InputError(f"a transfer needs two locations, not {command.origin} twice", code="stock.transfer")
            return [
                e.TransferSent(
                    document_id=command.document_id,
                    origin=command.origin,
                    target=command.target,
                    lines=_checked_lines(command.lines),
                    at=command.at,
                )
            ]
        case c.CountStock():
            checked_sku(command.sku)
            if command.on_shelf is None:
                raise InputError("a count needs the units the books expect on the shelf", code="stock.count")
            return [
                e.StockCounted(
                    document_id=command.document_id,
                    location_id=command.location_id,
                    sku=command.sku,
                    pool=command.pool,
                    counted=checked_units(command.counted, what="units counted", least=0),
                    on_shelf=command.on_shelf,
                    at=command.at,
                )
            ]
        case _:
            assert_never(command)


def _receive_transfer(document: StockDocument | None, command: c.ReceiveTransfer) -> Sequence[e.DocumentEvent]:
    if document is None or document.kind is not DocumentKind.TRANSFER:
        raise NotFoundError(f"there is no transfer {command.document_id}; send it first", code="stock.no_transfer")
    lines = _checked_lines(command.lines)
    without(document.in_transit, lines)
    return [
        e.TransferReceived(document_id=command.document_id, target=document.location_id, lines=lines, at=command.at)
    ]


def _checked_lines(lines: tuple[StockLine, ...]) -> tuple[StockLine, ...]:
    if not lines:
        raise InputError("a stock document needs at least one line", code="stock.no_lines")
    for sku, pool, units in lines:
        checked_sku(sku)
        checked_id(pool, what="pool")
        checked_units(units, what=f"units of {sku} in pool {pool}")
    return lines


def decide_reservation(reservation: Reservation | None, command: c.ReservationCommand) -> Sequence[e.ReservationEvent]:
    """The event of a reservation.

    Holds: a reservation resolves exactly once.
    Raises: RefusedError once it is resolved, or when it would expire before its time.
    """
    if isinstance(command, c.MakeReservation):
        if reservation is not None:
            raise RefusedError(f"reservation {command.reservation_id} exists already", code="reservation.exists")
        return [
            e.ReservationMade(
                reservation_id=command.reservation_id,
                cart_id=command.cart_id,
                sku=command.sku,
                held=command.held,
                expires_at=command.expires_at,
                at=command.at,
            )
        ]
    if reservation is None:
        raise NotFoundError(f"there is no reservation {command.reservation_id}", code="reservation.unknown")
    if reservation.state is not ReservationState.LIVE:
        raise RefusedError(
            f"reservation {reservation.reservation_id} was {reservation.state} already", code="reservation.resolved"
        )
    reservation_id, sku, held, at = reservation.reservation_id, reservation.sku, reservation.held, command.at
    match command:
        case c.ExtendReservation():
            return [e.ReservationExtended(reservation_id=reservation_id, expires_at=command.expires_at, at=at)]
        case c.ConfirmReservation():
            return [e.ReservationConfirmed(reservation_id=reservation_id, sku=sku, held=held, at=at)]
        case c.ReleaseReservation():
            return [e.ReservationReleased(reservation_id=reservation_id, sku=sku, held=held, at=at)]
        case c.ExpireReservation():
            if reservation.is_live(at):
                raise RefusedError(
                    f"reservation {reservation_id} holds until {reservation.expires_at.isoformat()}",
                    code="reservation.live",
                )
            return [e.ReservationExpired(reservation_id=reservation_id, sku=sku, held=held, at=at)]
        case _:
            assert_never(command)
