"""An order is its lines, and a line is a partition of its units: every unit ordered is in exactly one line state.

Status words are computed from the numbers (`orders.status`), never stored.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from omscore.errors import NotFoundError, RefusedError
from omscore.ids import DecisionId, FulfillmentId, LocationId, OrderId, PaymentId, PersonId, ReturnId
from omscore.money import Money, UnitPrice, whole_money
from omscore.orders.agreed import AgreedKit, AgreedLine
from omscore.orders.amounts import Amounts
from omscore.orders.attributes import Attribute
from omscore.orders.promises import UnitPromise
from omscore.places import Destination
from omscore.records import frozen, maker
from omscore.shipmentprices import ShipmentPrice


class LineState(StrEnum):
    """Where units of a line can be."""

    OPEN = "open"
    BACKORDERED = "backordered"
    ALLOCATED = "allocated"
    PICKED = "picked"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


LINE_MOVES = frozenset(
    {
        (LineState.OPEN, LineState.ALLOCATED),
        (LineState.OPEN, LineState.BACKORDERED),
        (LineState.OPEN, LineState.CANCELLED),
        (LineState.BACKORDERED, LineState.ALLOCATED),
        (LineState.BACKORDERED, LineState.CANCELLED),
        (LineState.ALLOCATED, LineState.PICKED),
        (LineState.ALLOCATED, LineState.CANCELLED),
        (LineState.ALLOCATED, LineState.OPEN),
        (LineState.PICKED, LineState.PACKED),
        (LineState.PACKED, LineState.SHIPPED),
        (LineState.SHIPPED, LineState.DELIVERED),
        (LineState.DELIVERED, LineState.RETURNED),
    }
)
"""The only ways a unit of a line may go."""

_KIND = attrgetter("kind")
_COUNTS = attrgetter(*LineState)
"""The counts of a line, in the order of the states."""

_OPEN, _BACKORDERED, _ALLOCATED = LineState.OPEN, LineState.BACKORDERED, LineState.ALLOCATED
"""By names of their own: a member is looked up in its enum for as long as a record takes to be made."""

_ENDS = {move: tuple(map(list(LineState).index, move)) for move in LINE_MOVES}
"""Which two counts of a line each of them changes."""


@frozen
class LineQuantities:
    """The units of one line by state.

    Holds: a move never changes the sum; no state goes below zero.

    >>> moved = LineQuantities(open=5).moved(LineState.OPEN, LineState.ALLOCATED, 3)
    >>> moved.open, moved.allocated, moved.total
    (2, 3, 5)
    """

    open: int = 0
    backordered: int = 0
    allocated: int = 0
    picked: int = 0
    packed: int = 0
    shipped: int = 0
    delivered: int = 0
    cancelled: int = 0
    returned: int = 0

    @property
    def total(self) -> int:
        return sum(_COUNTS(self))

    @property
    def waiting(self) -> int:
        """Units no location has taken yet."""
        return self.open + self.backordered

    @property
    def unshipped(self) -> int:
        """Units still to leave."""
        return self.open + self.backordered + self.allocated + self.picked + self.packed

    @property
    def handed_over(self) -> int:
        """Units that have left, wherever they are now."""
        return self.shipped + self.delivered + self.returned

    def of(self, state: LineState) -> int:
        count: int = getattr(self, state)
        return count

    def moved(self, origin: LineState, target: LineState, units: int) -> LineQuantities:
        """The same units, n of them in another state.

        Raises: RefusedError for a way that is not in LINE_MOVES or more units than are there.
        """
        ends = _ENDS.get((origin, target))
        if ends is None:
            raise RefusedError(f"units cannot go from {origin} to {target}", code="order.line_move")
        (left, arrived), counts = ends, list(_COUNTS(self))
        there = counts[left]
        if not 0 < units <= there:
            says = f"cannot move {units} units from {origin} to {target}: {there} are {origin}"
            raise RefusedError(says, code="order.line_units", there=there, wanted=units)
        counts[left] = there - units
        counts[arrived] += units
        return quantities_of(*counts)

    def taken(self, units: int) -> LineQuantities:
        """The same units, n of them allocated: those that are open before those that already wait.

        Raises: RefusedError when fewer are open or wait.
        """
        from_open = self.open
        if units <= from_open:
            return self.moved(_OPEN, _ALLOCATED, units)
        rest = self.moved(_OPEN, _ALLOCATED, from_open) if from_open else self
        return rest.moved(_BACKORDERED, _ALLOCATED, units - from_open)


quantities_of = lru_cache(maxsize=1_024)(maker(LineQuantities))  # most lines are of a few units and share one record


class LineUnits(NamedTuple):
    """So many units of one line."""

    line_id: int
    units: int


class Take(NamedTuple):
    """Units of a line that one fulfillment order has taken on."""

    line_id: int
    units: int
    fulfillment_id: FulfillmentId


class HoldKind(StrEnum):
    """Why an order must not be worked on; several may stand at once."""

    PAYMENT = "payment"
    PAYMENT_DECLINED = "payment_declined"
    CAPTURE_FAILED = "capture_failed"
    ADDRESS = "address"
    FRAUD = "fraud"
    REVIEW = "review"
    UNDER_REVIEW = "under_review"
    HELD_BY_REVIEWER = "held_by_reviewer"
    AWAITING_RETURN = "awaiting_return"
    CUSTOMER = "customer"


class Rejection(NamedTuple):
    """A location that could not do its part of an order."""

    location_id: LocationId
    reason: str
    at: datetime


class Hold(NamedTuple):
    """One reason-coded stop."""

    kind: HoldKind
    says: str
    since: datetime


class QueueStay(NamedTuple):
    """The queue an order waits in, since when, and until when at most by the rules it came in under."""

    name: str
    since: datetime
    until: datetime


@frozen(kw_only=True)
class OrderLine:
    """One line as it stands: what was agreed, and where its units are.

    Units: `in_return` counts delivered units a return has been promised for.
    """

    agreed: AgreedLine
    quantities: LineQuantities
    in_return: int = 0

    @property
    def line_id(self) -> int:
        return self.agreed.line_id

    @property
    def sku(self) -> str:
        return self.agreed.sku

    @property
    def title(self) -> str:
        return self.agreed.title

    @property
    def units(self) -> int:
        return self.agreed.units

    @property
    def unit_price(self) -> UnitPrice:
        return self.agreed.unit_price

    @property
    def discount(self) -> Money:
        return self.agreed.discount

    @property
    def tax_code(self) -> str:
        return self.agreed.tax_code

    @property
    def tax_rate(self) -> Decimal:
        return self.agreed.tax_rate

    @property
    def amounts(self) -> Amounts:
        return self.agreed.amounts


@frozen(kw_only=True)
class Order:
    """One order with all that was decided about it.

    Shape: `takes` names the fulfillment order of every allocated unit; who the customer is stays in the vault under
    `person_id`; `customer_groups` are those they were in when the order was placed; `queue` is where it waits, None
    when no unit waits or the shop has no queue for it; `promises` are those of units that wait, the earliest first.
    """

    order_id: OrderId
    channel: str
    reference: str
    currency: str
    person_id: PersonId | None
    address_name: str
    destination: Destination
    placed_at: datetime
    lines: tuple[OrderLine, ...]
    tags: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    exchange_for: ReturnId | None = None
    holds: tuple[Hold, ...] = ()
    takes: tuple[Take, ...] = ()
    payments: tuple[PaymentId, ...] = ()
    fulfillments: tuple[FulfillmentId, ...] = ()
    returns: tuple[ReturnId, ...] = ()
    decisions: tuple[DecisionId, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    kits: tuple[AgreedKit, ...] = ()
    customer_groups: tuple[str, ...] = ()
    promises: tuple[UnitPromise, ...] = ()
    queue: QueueStay | None = None
    shipment_prices: tuple[ShipmentPrice, ...] = ()

    @property
    def total(self) -> Money:
        """What the customer agreed to pay, cancelled units included."""
        gross_minor = 0  # an order is in one currency, checked when it was placed: amounts are added up as numbers
        for line in self.lines:
            gross_minor += line.agreed.amounts.gross_minor
        return whole_money(gross_minor, self.currency)

    @property
    def is_settled(self) -> bool:
        """True when no unit is left to ship."""
        return all(line.quantities.unshipped == 0 for line in self.lines)

    @property
    def is_cancelled(self) -> bool:
        return all(line.quantities.cancelled == line.units for line in self.lines)

    def line(self, line_id: int) -> OrderLine:
        """The line with that number. Raises: NotFoundError."""
        for line in self.lines:
            if line.agreed.line_id == line_id:
                return line
        known = f"its lines are 1 to {len(self.lines)}"
        raise NotFoundError(f"order {self.order_id} has no line {line_id}; {known}", code="order.no_line")

    def kit(self, kit_id: int) -> AgreedKit:
        """The kits with that number. Raises: NotFoundError."""
        for kit in self.kits:
            if kit.kit_id == kit_id:
                return kit
        known = f"its kits are 1 to {len(self.kits)}" if self.kits else "none of its lines is part of one"
        raise NotFoundError(f"order {self.order_id} has no kit {kit_id}; {known}", code="order.no_kit")

    def parts_of(self, kit_id: int) -> tuple[OrderLine, ...]:
        """The lines of those kits, one for each article in them."""
        return tuple([line for line in self.lines if line.agreed.kit_id == kit_id])

    def has_hold(self, kind: HoldKind) -> bool:
        return kind in map(_KIND, self.holds)
