"""Stock is changed by documents (receipt, adjustment, transfer, count) and promised by reservations.

Both are streams of their own, so that no two clerks or shoppers ever wait for one shared record; the units themselves
are the cells that the moves of the events add up to.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from omscore.ids import CartId, LocationId, ReservationId, StockDocumentId
from omscore.items import Item
from omscore.records import frozen


class DocumentKind(StrEnum):
    """What a stock document is about."""

    RECEIPT = "receipt"
    ADJUSTMENT = "adjustment"
    TRANSFER = "transfer"
    COUNT = "count"


class StockLine(NamedTuple):
    """So many units of one SKU in one pool."""

    sku: str
    pool: str
    units: int


class AdjustReason(StrEnum):
    """Why the books did not agree with the shelf."""

    FOUND = "found"
    LOST = "lost"
    DAMAGED = "damaged"
    EXPIRED = "expired"
    CORRECTION = "correction"


@frozen(kw_only=True)
class StockDocument:
    """One paper of the warehouse. Shape: `in_transit` holds the units of a transfer that have not arrived."""

    document_id: StockDocumentId
    kind: DocumentKind
    location_id: LocationId
    at: datetime
    in_transit: tuple[StockLine, ...] = ()


class ReservationState(StrEnum):
    """A reservation resolves exactly once, by one of the three exits."""

    LIVE = "live"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    EXPIRED = "expired"


class HeldUnits(NamedTuple):
    """Units a reservation holds in one pool at one location."""

    location_id: LocationId
    pool: str
    units: int


@frozen(kw_only=True)
class Reservation:
    """Units of one SKU held for one cart until a moment. An expired hold counts for nobody, swept or not."""

    reservation_id: ReservationId
    cart_id: CartId
    sku: str
    held: tuple[HeldUnits, ...]
    expires_at: datetime
    state: ReservationState = ReservationState.LIVE

    @property
    def units(self) -> int:
        return sum(part.units for part in self.held)

    def is_live(self, at: datetime) -> bool:
        return self.state is ReservationState.LIVE and at < self.expires_at


@frozen(kw_only=True)
class ListedItem:
    """An item the shop knows, with its standard cost."""

    item: Item
    listed_at: datetime
