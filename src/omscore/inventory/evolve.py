"""Stock documents, reservations and items after one more fact."""

from __future__ import annotations

from typing import assert_never

from omscore.errors import DamageError, RefusedError
from omscore.inventory import events as e
from omscore.inventory.model import DocumentKind, ListedItem, Reservation, ReservationState, StockDocument, StockLine
from omscore.records import changed


def evolve_item(listed: ListedItem | None, event: e.ItemListed) -> ListedItem:
    """The item as last told."""
    return ListedItem(item=event.item, listed_at=listed.listed_at if listed else event.at)


def evolve_document(document: StockDocument | None, event: e.DocumentEvent) -> StockDocument:
    """The document after one more event."""
    match event:
        case e.StockReceived():
            kind, location, transit = DocumentKind.RECEIPT, event.location_id, ()
        case e.StockAdjusted():
            kind, location, transit = DocumentKind.ADJUSTMENT, event.location_id, ()
        case e.StockCounted():
            kind, location, transit = DocumentKind.COUNT, event.location_id, ()
        case e.TransferSent():
            return StockDocument(
                document_id=event.document_id,
                kind=DocumentKind.TRANSFER,
                location_id=event.target,
                at=event.at,
                in_transit=event.lines,
            )
        case e.TransferReceived():
            if document is None:
                raise DamageError("TransferReceived came before TransferSent", code="damage.first_event")
            return changed(document, in_transit=without(document.in_transit, event.lines))
        case _:
            assert_never(event)
    return StockDocument(
        document_id=event.document_id, kind=kind, location_id=location, at=event.at, in_transit=transit
    )


def without(there: tuple[StockLine, ...], gone: tuple[StockLine, ...]) -> tuple[StockLine, ...]:
    """The lines less those gone. Raises: RefusedError when more would go than is there."""
    left = {(sku, pool): 0 for sku, pool, _ in there}
    for sku, pool, units in there:
        left[sku, pool] += units
    for sku, pool, units in gone:
        if units > left.get((sku, pool), 0):
            raise RefusedError(
                f"{left.get((sku, pool), 0)} units of {sku} ({pool}) are on the way, not {units}; count and "
                "adjust the rest",
                code="stock.transfer_units",
            )
        left[sku, pool] -= units
    return tuple(StockLine(sku, pool, units) for (sku, pool), units in left.items() if units)


def evolve_reservation(reservation: Reservation | None, event: e.ReservationEvent) -> Reservation:
    """The reservation after one more event."""
    if isinstance(event, e.ReservationMade):
        return Reservation(
            reservation_id=event.reservation_id,
            cart_id=event.cart_id,
            sku=event.sku,
            held=event.held,
            expires_at=event.expires_at,
        )
    if reservation is None:
        raise DamageError(f"{type(event).__name__} came before ReservationMade", code="damage.first_event")
    match event:
        case e.ReservationExtended():
            return changed(reservation, expires_at=event.expires_at)
        case e.ReservationConfirmed():
            return changed(reservation, state=ReservationState.CONFIRMED)
        case e.ReservationReleased():
            return changed(reservation, state=ReservationState.RELEASED)
        case e.ReservationExpired():
            return changed(reservation, state=ReservationState.EXPIRED)
        case _:
            assert_never(event)
