"""What happened to a return; those that move stock say which units by `moves()`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from omscore.ids import LocationId, OrderId, ReturnId
from omscore.quantities import CUSTOMER, WRITE_OFF, Move, StockPlace, StockState
from omscore.records import frozen
from omscore.returns.model import DisposedUnits, Disposition, ReturnUnits


@frozen(kw_only=True)
class ReturnRequested:
    return_id: ReturnId
    order_id: OrderId
    location_id: LocationId
    pool: str
    units: tuple[ReturnUnits, ...]
    reason: str
    exchange: bool
    at: datetime


@frozen(kw_only=True)
class ReturnReceived:
    return_id: ReturnId
    order_id: OrderId
    location_id: LocationId
    pool: str
    units: tuple[ReturnUnits, ...]
    at: datetime

    def moves(self) -> Iterator[Move]:
        for _, sku, count in self.units:
            yield Move(sku, count, CUSTOMER, StockPlace(self.location_id, self.pool, StockState.HELD))


@frozen(kw_only=True)
class ReturnDisposed:
    """`units` and `skus` run in parallel: which line, how many, what becomes of them, and their SKU."""

    return_id: ReturnId
    order_id: OrderId
    location_id: LocationId
    pool: str
    units: tuple[DisposedUnits, ...]
    skus: tuple[str, ...]
    at: datetime

    def moves(self) -> Iterator[Move]:
        for (_, count, disposition), sku in zip(self.units, self.skus, strict=True):
            held = StockPlace(self.location_id, self.pool, StockState.HELD)
            yield Move(sku, count, held, self._target(disposition))

    def _target(self, disposition: Disposition) -> StockPlace:
        match disposition:
            case Disposition.RESTOCK:
                return StockPlace(self.location_id, self.pool, StockState.SELLABLE)
            case Disposition.DAMAGED:
                return StockPlace(self.location_id, self.pool, StockState.DAMAGED)
            case Disposition.WRITE_OFF:
                return WRITE_OFF
            case _:
                assert_never(disposition)


@frozen(kw_only=True)
class ReturnClosed:
    return_id: ReturnId
    order_id: OrderId
    unsent: tuple[ReturnUnits, ...]
    at: datetime


@frozen(kw_only=True)
class ExchangeOrdered:
    """Shape: `order_id` is the order of the goods that come back, `exchange_id` the one placed in exchange."""

    return_id: ReturnId
    order_id: OrderId
    exchange_id: OrderId
    at: datetime


ReturnEvent = ReturnRequested | ReturnReceived | ReturnDisposed | ReturnClosed | ExchangeOrdered
