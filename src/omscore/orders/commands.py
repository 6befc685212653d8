"""What can be wished of an order: imperative records with their own moment and ids."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, final

from omscore.ids import CartId, DecisionId, FulfillmentId, LocationId, OrderId, PaymentId, PersonId, ReturnId
from omscore.items import Ships
from omscore.money import Money, UnitPrice
from omscore.orders.attributes import Attribute
from omscore.orders.linestates import LineState
from omscore.orders.model import HoldKind, LineUnits, Take
from omscore.orders.promises import UnitPromise
from omscore.places import Destination
from omscore.records import frozen
from omscore.shipmentprices import ShipmentPrice


@frozen(kw_only=True)
class WantedLine:
    """One line as the channel tells it. `discount` is money off the whole line; lines with the same `together`, such as
    the parts of a set, ship from one location.
    """

    sku: str
    units: int
    unit_price: UnitPrice
    title: str = ""
    discount: Money | None = None
    together: str = ""


class LineTax(NamedTuple):
    """The tax rate of one line. Units: 0.20 is 20 percent."""

    code: str
    rate: Decimal


class PartTold(NamedTuple):
    """One article in a kit that is ordered: units in every kit, its share of the price, its tax."""

    sku: str
    title: str
    units: int
    share: int
    tax_code: str
    tax_rate: Decimal


class KitTold(NamedTuple):
    """What the kits on one line are put together from, when they are ordered. Units: `line` counts from 1."""

    line: int
    ships: Ships
    parts: tuple[PartTold, ...]


@frozen(kw_only=True)
class PaymentTerms:
    """How the customer pays: a configured payment provider and its token for the payer's card or account."""

    provider: str
    method: str


@frozen(kw_only=True)
class PlaceOrder:
    """Take an order. `discount` and `discount_percent` come off the whole order and are shared over its lines.

    Shape: `reference` is the channel's own order number, unique within the channel; `taxes` has one rate per line
    and is
    filled in from the tax port when left empty. `unit_tax` rounds tax on every unit instead of on every line; it and
    `prices_include_tax` are filled in from the shop and the channel when left None. `cart_id` is the cart that is
    ordered; `attributes` are the channel's own notes, each key once; `kits` is filled in with the parts of lines that
    are kits, `customer_groups` from the customer when left empty. `told_taxes`, one amount per line, is the tax that
    the channel has worked out itself: it is taken as it is, and no rate is applied; `told_shipping_tax` goes with it.
    `shipment_prices` are those of a promise just made at live prices, so that the order takes the plan it told of.
    """

    order_id: OrderId
    channel: str
    currency: str
    destination: Destination
    lines: tuple[WantedLine, ...]
    at: datetime
    reference: str = ""
    person_id: PersonId | None = None
    address_name: str = "home"
    discount: Money | None = None
    discount_percent: Decimal = Decimal(0)
    shipping: Money | None = None
    charges: Money | None = None
    prices_include_tax: bool | None = None
    unit_tax: bool | None = None
    taxes: tuple[LineTax, ...] = ()
    payment: PaymentTerms | None = None
    holds: tuple[HoldKind, ...] = ()
    tags: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    exchange_for: ReturnId | None = None
    cart_id: CartId | None = None
    kits: tuple[KitTold, ...] = ()
    customer_groups: tuple[str, ...] = ()
    told_taxes: tuple[Money, ...] = ()
    told_shipping_tax: Money | None = None
    shipment_prices: tuple[ShipmentPrice, ...] = ()


@final
@frozen(kw_only=True)
class AllocateLines:
    """Record who took which units and which must wait, as one routing decision said."""

    order_id: OrderId
    decision_id: DecisionId
    takes: tuple[Take, ...]
    backorders: tuple[LineUnits, ...]
    at: datetime


@frozen(kw_only=True)
class TakeBackUnits:
    """Open units again that a location gave back, and remember that it did."""

    order_id: OrderId
    fulfillment_id: FulfillmentId
    location_id: LocationId
    units: tuple[LineUnits, ...]
    reason: str
    at: datetime


@frozen(kw_only=True)
class RecallUnits:
    """Open units again that locations have taken and not picked, because other sources are to send them; all of them
    when `takes` is empty.
    """

    order_id: OrderId
    reason: str
    at: datetime
    takes: tuple[Take, ...] = ()


@frozen(kw_only=True)
class RecordProgress:
    """Units of one fulfillment order went one step on (picked, packed or delivered)."""

    order_id: OrderId
    fulfillment_id: FulfillmentId
    origin: LineState
    target: LineState
    units: tuple[LineUnits, ...]
    at: datetime


@frozen(kw_only=True)
class RecordShipped:
    """Units of one fulfillment order left the house; this is what the customer owes money for."""

    order_id: OrderId
    fulfillment_id: FulfillmentId
    units: tuple[LineUnits, ...]
    at: datetime


@frozen(kw_only=True)
class CancelUnits:
    """Cancel n units of a line that have not been picked yet."""

    order_id: OrderId
    line_id: int
    units: int
    at: datetime
    reason: str = "customer"


@frozen(kw_only=True)
class CancelKits:
    """Cancel n whole kits of which nothing has been picked yet."""

    order_id: OrderId
    kit_id: int
    kits: int
    at: datetime
    reason: str = "customer"


@frozen(kw_only=True)
class CancelOrder:
    """Cancel every unit that has not been picked yet."""

    order_id: OrderId
    at: datetime
    reason: str = "customer"


@frozen(kw_only=True)
class PlaceHold:
    """Stop work on an order for a reason."""

    order_id: OrderId
    kind: HoldKind
    says: str
    at: datetime


@frozen(kw_only=True)
class ReleaseHold:
    """Lift one hold; the others stand."""

    order_id: OrderId
    kind: HoldKind
    at: datetime
    says: str = ""


@final
@frozen(kw_only=True)
class AttachPayment:
    """Note which payment pays for the order."""

    order_id: OrderId
    payment_id: PaymentId
    at: datetime


@frozen(kw_only=True)
class PromiseReturn:
    """Note that delivered units may come back under a return."""

    order_id: OrderId
    return_id: ReturnId
    units: tuple[LineUnits, ...]
    at: datetime


@frozen(kw_only=True)
class RecordReturned:
    """Units of a return were seen and decided on; the customer gets their value back."""

    order_id: OrderId
    return_id: ReturnId
    units: tuple[LineUnits, ...]
    refund_shipping: bool
    at: datetime


@frozen(kw_only=True)
class RecordUnsent:
    """Units promised under a return will not come after all."""

    order_id: OrderId
    return_id: ReturnId
    units: tuple[LineUnits, ...]
    at: datetime


@frozen(kw_only=True)
class PromiseUnits:
    """Make these the promises of the units that wait, instead of those there are; `says` is why they change."""

    order_id: OrderId
    promises: tuple[UnitPromise, ...]
    at: datetime
    says: str = ""


@frozen(kw_only=True)
class QueueOrder:
    """Let the order wait in a queue, out of the one it was in. Shape: `by` is the person who said so; empty: a rule."""

    order_id: OrderId
    queue: str
    reason: str
    until: datetime
    at: datetime
    by: str = ""


@frozen(kw_only=True)
class LeaveQueue:
    """Let the order wait in no queue any more."""

    order_id: OrderId
    reason: str
    at: datetime
    by: str = ""


OrderCommand = (
    PlaceOrder
    | AllocateLines
    | TakeBackUnits
    | RecallUnits
    | RecordProgress
    | RecordShipped
    | CancelUnits
    | CancelKits
    | CancelOrder
    | PlaceHold
    | ReleaseHold
    | AttachPayment
    | PromiseReturn
    | RecordReturned
    | RecordUnsent
    | PromiseUnits
    | QueueOrder
    | LeaveQueue
)
