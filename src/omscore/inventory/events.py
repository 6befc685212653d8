"""What happened to stock. Every event that moves units says which, by `moves()`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from omscore.ids import CartId, LocationId, OrderId, ReservationId, StockDocumentId, SupplyId
from omscore.inventory.expected import Supply, SupplyClaim
from omscore.inventory.model import AdjustReason, HeldUnits, StockLine
from omscore.items import Item
from omscore.quantities import ADJUSTMENT, SUPPLIER, Move, StockPlace, StockState
from omscore.records import frozen


def sellable(location_id: str, pool: str) -> StockPlace:
    """The place of units that can be sold."""
    return StockPlace(location_id, pool, StockState.SELLABLE)


def _reserved(location_id: str, pool: str) -> StockPlace:
    return StockPlace(location_id, pool, StockState.RESERVED)


def _expected(location_id: str, pool: str) -> StockPlace:
    return StockPlace(location_id, pool, StockState.EXPECTED)


@frozen(kw_only=True)
class ItemListed:
    item: Item
    at: datetime


@frozen(kw_only=True)
class StockReceived:
    document_id: StockDocumentId
    location_id: LocationId
    lines: tuple[StockLine, ...]
    says: str
    at: datetime
    supply_id: SupplyId | None = None

    def moves(self) -> Iterator[Move]:
        for sku, pool, units in self.lines:
            yield Move(sku, units, SUPPLIER, sellable(self.location_id, pool))


@frozen(kw_only=True)
class StockAdjusted:
    """Units: above zero came in, below zero went out."""

    document_id: StockDocumentId
    location_id: LocationId
    sku: str
    pool: str
    units: int
    reason: AdjustReason
    says: str
    at: datetime

    def moves(self) -> Iterator[Move]:
        yield _difference(self.sku, self.location_id, self.pool, self.units)


@frozen(kw_only=True)
class TransferSent:
    document_id: StockDocumentId
    origin: LocationId
    target: LocationId
    lines: tuple[StockLine, ...]
    at: datetime

    def moves(self) -> Iterator[Move]:
        for sku, pool, units in self.lines:
            yield Move(sku, units, sellable(self.origin, pool), _expected(self.target, pool))


@frozen(kw_only=True)
class TransferReceived:
    document_id: StockDocumentId
    target: LocationId
    lines: tuple[StockLine, ...]
    at: datetime

    def moves(self) -> Iterator[Move]:
        for sku, pool, units in self.lines:
            yield Move(sku, units, _expected(self.target, pool), sellable(self.target, pool))


@frozen(kw_only=True)
class StockCounted:
    """Units: `counted` were on the shelf, the books said `on_shelf`; the difference is booked to sellable."""

    document_id: StockDocumentId
    location_id: LocationId
    sku: str
    pool: str
    counted: int
    on_shelf: int
    at: datetime

    def moves(self) -> Iterator[Move]:
        if self.counted != self.on_shelf:
            yield _difference(self.sku, self.location_id, self.pool, self.counted - self.on_shelf)


@frozen(kw_only=True)
class ReservationMade:
    reservation_id: ReservationId
    cart_id: CartId
    sku: str
    held: tuple[HeldUnits, ...]
    expires_at: datetime
    at: datetime

    def moves(self) -> Iterator[Move]:
        for location_id, pool, units in self.held:
            yield Move(self.sku, units, sellable(location_id, pool), _reserved(location_id, pool))


@frozen(kw_only=True)
class ReservationExtended:
    reservation_id: ReservationId
    expires_at: datetime
    at: datetime


@frozen(kw_only=True)
class ReservationConfirmed:
    reservation_id: ReservationId
    sku: str
    held: tuple[HeldUnits, ...]
    at: datetime

    def moves(self) -> Iterator[Move]:
        return _given_back(self.sku, self.held)


@frozen(kw_only=True)
class ReservationReleased:
    reservation_id: ReservationId
    sku: str
    held: tuple[HeldUnits, ...]
    at: datetime

    def moves(self) -> Iterator[Move]:
        return _given_back(self.sku, self.held)


@frozen(kw_only=True)
class ReservationExpired:
    reservation_id: ReservationId
    sku: str
    held: tuple[HeldUnits, ...]
    at: datetime

    def moves(self) -> Iterator[Move]:
        return _given_back(self.sku, self.held)


@frozen(kw_only=True)
class SupplyExpected:
    sku: str
    supply: Supply
    at: datetime


@frozen(kw_only=True)
class SupplyChanged:
    """Shape: `lost` are the claims that no longer hold, with the units they lost."""

    sku: str
    supply: Supply
    lost: tuple[SupplyClaim, ...]
    at: datetime


@frozen(kw_only=True)
class SupplyCancelled:
    sku: str
    supply_id: SupplyId
    says: str
    lost: tuple[SupplyClaim, ...]
    at: datetime


@frozen(kw_only=True)
class SupplyReceived:
    """Shape: `served` are the claims these units came for, the earliest first."""

    sku: str
    supply_id: SupplyId
    units: int
    served: tuple[SupplyClaim, ...]
    at: datetime


@frozen(kw_only=True)
class SupplyClaimed:
    """Shape: `claims` are all the order has from now on; `lost` is what orders whose turn is later lose by it."""

    sku: str
    order_id: OrderId
    claims: tuple[SupplyClaim, ...]
    lost: tuple[SupplyClaim, ...]
    at: datetime


def _given_back(sku: str, held: tuple[HeldUnits, ...]) -> Iterator[Move]:
    for location_id, pool, units in held:
        yield Move(sku, units, _reserved(location_id, pool), sellable(location_id, pool))


def _difference(sku: str, location_id: str, pool: str, units: int) -> Move:
    place = sellable(location_id, pool)
    return Move(sku, units, ADJUSTMENT, place) if units > 0 else Move(sku, -units, place, ADJUSTMENT)


DocumentEvent = StockReceived | StockAdjusted | TransferSent | TransferReceived | StockCounted
ReservationEvent = (
    ReservationMade | ReservationExtended | ReservationConfirmed | ReservationReleased | ReservationExpired
)
SupplyEvent = SupplyExpected | SupplyChanged | SupplyCancelled | SupplyReceived | SupplyClaimed
