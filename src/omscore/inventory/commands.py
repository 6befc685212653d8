"""What can be wished of stock: documents that change it and reservations that promise it."""

from __future__ import annotations

from datetime import date, datetime

from omscore.ids import CartId, LocationId, OrderId, ReservationId, StockDocumentId, SupplyId
from omscore.inventory.expected import SupplyClaim
from omscore.inventory.model import AdjustReason, HeldUnits, StockLine
from omscore.items import Item
from omscore.records import frozen


@frozen(kw_only=True)
class ListItem:
    """Make an item known, or tell something new about it. Its standard cost stays as first told."""

    item: Item
    at: datetime


@frozen(kw_only=True)
class ReceiveStock:
    """Goods came in from a supplier. Shape: with `supply_id` they are those of a supply that was due."""

    document_id: StockDocumentId
    location_id: LocationId
    lines: tuple[StockLine, ...]
    at: datetime
    says: str = ""
    supply_id: SupplyId | None = None


@frozen(kw_only=True)
class AdjustStock:
    """Book sellable units in (`units` above zero) or out (below zero), for a reason."""

    document_id: StockDocumentId
    location_id: LocationId
    sku: str
    units: int
    reason: AdjustReason
    at: datetime
    pool: str = "general"
    says: str = ""


@frozen(kw_only=True)
class SendTransfer:
    """Sellable units leave one location for another."""

    document_id: StockDocumentId
    origin: LocationId
    target: LocationId
    lines: tuple[StockLine, ...]
    at: datetime


@frozen(kw_only=True)
class ReceiveTransfer:
    """Units of a transfer arrived; they may come in several lots."""

    document_id: StockDocumentId
    lines: tuple[StockLine, ...]
    at: datetime


@frozen(kw_only=True)
class CountStock:
    """Somebody counted the shelf: `counted` units of a SKU in a pool, on the shelf whatever they are promised for.

    Shape: `on_shelf` is what the books say (sellable, reserved and allocated); filled in when it is None.
    """

    document_id: StockDocumentId
    location_id: LocationId
    sku: str
    counted: int
    at: datetime
    pool: str = "general"
    on_shelf: int | None = None


@frozen(kw_only=True)
class MakeReservation:
    """Hold units for a cart until a moment."""

    reservation_id: ReservationId
    cart_id: CartId
    sku: str
    held: tuple[HeldUnits, ...]
    expires_at: datetime
    at: datetime


@frozen(kw_only=True)
class ExtendReservation:
    """Hold the units longer, as at checkout."""

    reservation_id: ReservationId
    expires_at: datetime
    at: datetime


@frozen(kw_only=True)
class ConfirmReservation:
    """The cart became an order: the units go to whatever the order's routing takes."""

    reservation_id: ReservationId
    at: datetime


@frozen(kw_only=True)
class ReleaseReservation:
    """The shopper let the units go."""

    reservation_id: ReservationId
    at: datetime


@frozen(kw_only=True)
class ExpireReservation:
    """The time was up. Refused while it is not."""

    reservation_id: ReservationId
    at: datetime


@frozen(kw_only=True)
class ExpectSupply:
    """Tell of units that are due on a day; below zero, of units that are to go out on it.

    Shape: `due_on` is a civil day of the location; the units are there at its end. One purchase order may bring several
    articles under one `supply_id`.
    """

    sku: str
    supply_id: SupplyId
    location_id: LocationId
    units: int
    due_on: date
    at: datetime
    pool: str = "general"
    says: str = ""


@frozen(kw_only=True)
class ChangeSupply:
    """Tell that a supply brings so many units from now on, or comes on another day; what is not given stays."""

    sku: str
    supply_id: SupplyId
    at: datetime
    units: int | None = None
    due_on: date | None = None
    says: str = ""


@frozen(kw_only=True)
class CancelSupply:
    """Tell that what is left of a supply does not come."""

    sku: str
    supply_id: SupplyId
    at: datetime
    says: str = ""


@frozen(kw_only=True)
class ReceiveSupply:
    """Units of a supply came in; more than were due make it complete."""

    sku: str
    supply_id: SupplyId
    units: int
    at: datetime


@frozen(kw_only=True)
class ClaimSupply:
    """Make these the claims of an order on an article, instead of those it has; none lets them all go.

    Shape: `first_days` are the days it is at each location, before which what is due is late.
    """

    sku: str
    order_id: OrderId
    claims: tuple[SupplyClaim, ...]
    at: datetime
    first_days: tuple[tuple[LocationId, date], ...] = ()


DocumentCommand = ReceiveStock | AdjustStock | SendTransfer | ReceiveTransfer | CountStock
ReservationCommand = MakeReservation | ExtendReservation | ConfirmReservation | ReleaseReservation | ExpireReservation
SupplyCommand = ExpectSupply | ChangeSupply | CancelSupply | ReceiveSupply | ClaimSupply
