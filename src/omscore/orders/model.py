"""An order is its lines, and what was decided about them.

Status words are computed from the numbers (`orders.status`), never stored.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from omscore.errors import NotFoundError
from omscore.ids import DecisionId, FulfillmentId, LocationId, OrderId, PaymentId, PersonId, ReturnId
from omscore.money import Money, UnitPrice, whole_money
from omscore.orders.agreed import AgreedKit, AgreedLine
from omscore.orders.amounts import Amounts
from omscore.orders.attributes import Attribute
from omscore.orders.linestates import LineQuantities
from omscore.orders.promises import UnitPromise
from omscore.places import Destination
from omscore.records import frozen
from omscore.shipmentprices import ShipmentPrice


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


_KIND = attrgetter("kind")


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
