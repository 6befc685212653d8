"""What can be wished of a return."""

from __future__ import annotations

from datetime import datetime

from omscore.ids import LocationId, OrderId, ReturnId
from omscore.records import frozen
from omscore.returns.model import DisposedUnits, ReturnUnits


@frozen(kw_only=True)
class RequestReturn:
    """Promise to take delivered units back at a location. `exchange` marks that a new order follows instead."""

    return_id: ReturnId
    order_id: OrderId
    location_id: LocationId
    units: tuple[ReturnUnits, ...]
    reason: str
    at: datetime
    pool: str = "general"
    exchange: bool = False


@frozen(kw_only=True)
class ReceiveReturn:
    """Goods were seen; everything due when `units` is empty."""

    return_id: ReturnId
    at: datetime
    units: tuple[ReturnUnits, ...] = ()


@frozen(kw_only=True)
class DisposeReturn:
    """Decide what becomes of units that were seen; this is what the customer is refunded for."""

    return_id: ReturnId
    units: tuple[DisposedUnits, ...]
    at: datetime


@frozen(kw_only=True)
class CloseReturn:
    """Stop waiting for units that were never sent."""

    return_id: ReturnId
    at: datetime


@frozen(kw_only=True)
class NoteExchange:
    """Note that an order was placed in exchange for the goods, which leaves once they are back."""

    return_id: ReturnId
    exchange_id: OrderId
    at: datetime


ReturnCommand = RequestReturn | ReceiveReturn | DisposeReturn | CloseReturn | NoteExchange
