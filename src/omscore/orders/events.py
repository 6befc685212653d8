"""What happened to an order: facts in the past tense, complete and without personal details."""

from __future__ import annotations

from datetime import datetime
from typing import final

from omscore.ids import DecisionId, FulfillmentId, LocationId, OrderId, PaymentId, PersonId, ReturnId
from omscore.orders.agreed import AgreedKit, AgreedLine
from omscore.orders.amounts import Amounts
from omscore.orders.attributes import Attribute
from omscore.orders.linestates import LineState
from omscore.orders.model import Hold, HoldKind, LineUnits, Take
from omscore.orders.promises import UnitPromise
from omscore.places import Destination
from omscore.records import frozen
from omscore.shipmentprices import ShipmentPrice


@frozen(kw_only=True)
class OrderPlaced:
    order_id: OrderId
    channel: str
    reference: str
    currency: str
    person_id: PersonId | None
    address_name: str
    destination: Destination
    lines: tuple[AgreedLine, ...]
    tags: tuple[str, ...]
    exchange_for: ReturnId | None
    payment_provider: str
    payment_method: str
    at: datetime
    attributes: tuple[Attribute, ...] = ()
    kits: tuple[AgreedKit, ...] = ()
    customer_groups: tuple[str, ...] = ()
    shipment_prices: tuple[ShipmentPrice, ...] = ()


@final
@frozen(kw_only=True)
class LinesAllocated:
    order_id: OrderId
    decision_id: DecisionId
    takes: tuple[Take, ...]
    at: datetime


@frozen(kw_only=True)
class LinesBackordered:
    order_id: OrderId
    decision_id: DecisionId
    units: tuple[LineUnits, ...]
    at: datetime


@frozen(kw_only=True)
class LinesRejected:
    """A location gave units back; they are open again."""

    order_id: OrderId
    fulfillment_id: FulfillmentId
    location_id: LocationId
    units: tuple[LineUnits, ...]
    reason: str
    at: datetime


@frozen(kw_only=True)
class LinesRecalled:
    """Units that were taken and not picked are open again; `takes` names the fulfillment orders that let them go."""

    order_id: OrderId
    takes: tuple[Take, ...]
    reason: str
    at: datetime


@frozen(kw_only=True)
class LinesProgressed:
    order_id: OrderId
    fulfillment_id: FulfillmentId
    origin: LineState
    target: LineState
    units: tuple[LineUnits, ...]
    at: datetime


@frozen(kw_only=True)
class LinesShipped:
    """`amounts` is what these units are worth to the customer: the basis of capture and invoice."""

    order_id: OrderId
    fulfillment_id: FulfillmentId
    units: tuple[LineUnits, ...]
    amounts: Amounts
    at: datetime


@frozen(kw_only=True)
class UnitsCancelled:
    """`drops` names the fulfillment orders that must let go of units."""

    order_id: OrderId
    line_id: int
    from_open: int
    from_backordered: int
    drops: tuple[Take, ...]
    reason: str
    at: datetime


@final
@frozen(kw_only=True)
class HoldPlaced:
    order_id: OrderId
    hold: Hold
    at: datetime


@frozen(kw_only=True)
class HoldReleased:
    order_id: OrderId
    kind: HoldKind
    says: str
    at: datetime


@final
@frozen(kw_only=True)
class PaymentAttached:
    order_id: OrderId
    payment_id: PaymentId
    at: datetime


@frozen(kw_only=True)
class ReturnPromised:
    order_id: OrderId
    return_id: ReturnId
    units: tuple[LineUnits, ...]
    at: datetime


@frozen(kw_only=True)
class LinesReturned:
    """`amounts` is what the customer gets back for these units."""

    order_id: OrderId
    return_id: ReturnId
    units: tuple[LineUnits, ...]
    amounts: Amounts
    at: datetime


@frozen(kw_only=True)
class ReturnShortened:
    """Units promised under a return will not come after all."""

    order_id: OrderId
    return_id: ReturnId
    units: tuple[LineUnits, ...]
    at: datetime


@frozen(kw_only=True)
class UnitsPromised:
    """Shape: all promises of units that wait, instead of those there were."""

    order_id: OrderId
    promises: tuple[UnitPromise, ...]
    at: datetime


@frozen(kw_only=True)
class PromiseBroken:
    """Shape: `broken` are the promises that will not be kept, each with the units it is broken for; `says` is why."""

    order_id: OrderId
    broken: tuple[UnitPromise, ...]
    says: str
    at: datetime


@frozen(kw_only=True)
class OrderQueued:
    """`before` is the queue it was in, empty when in none; `by` the person who said so, empty when it was a rule."""

    order_id: OrderId
    queue: str
    before: str
    reason: str
    until: datetime
    at: datetime
    by: str = ""


@frozen(kw_only=True)
class OrderLeftQueue:
    """The order is in no queue any more, though units of it may wait; one that has what it needs leaves by itself."""

    order_id: OrderId
    queue: str
    reason: str
    at: datetime
    by: str = ""


OrderEvent = (
    OrderPlaced
    | LinesAllocated
    | LinesBackordered
    | LinesRejected
    | LinesRecalled
    | LinesProgressed
    | LinesShipped
    | UnitsCancelled
    | HoldPlaced
    | HoldReleased
    | PaymentAttached
    | ReturnPromised
    | LinesReturned
    | ReturnShortened
    | UnitsPromised
    | PromiseBroken
    | OrderQueued
    | OrderLeftQueue
)
