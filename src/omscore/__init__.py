"""omscore takes orders from every channel, promises stock, routes, collects, ships, takes returns and keeps the books.

This is the embedder's door: `open_shop` opens a shop from its configuration, an `Oms` runs commands, and the commands
and records of every context are here by name. Adapter authors start at `omscore.ports` and `omscore.plugins`.
"""

from omscore.app import Oms, open_shop, run_until
from omscore.audit import audit
from omscore.billing.journal import Account, JournalEntry, Posting
from omscore.billing.ledger import Ledger, PostEntry
from omscore.border import Limits, read_json
from omscore.customers.model import Customer, ForgetCustomer, RegisterCustomer
from omscore.engine.dispatch import Recorded
from omscore.engine.plans.wishes import BuyLabels, RetryPayment
from omscore.engine.reading import read_command
from omscore.errors import (
    CommandKeyError,
    ConflictError,
    DamageError,
    InputError,
    NotFoundError,
    OmsError,
    PortError,
    RefusedError,
    SetupError,
    StockShortError,
)
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits, RecordDelivery
from omscore.fulfillment.model import BoxedUnits, FulfillmentOrder, Package, WorkStatus, WorkUnits
from omscore.ids import (
    CartId,
    CountingIds,
    FulfillmentId,
    LocationId,
    OrderId,
    PaymentId,
    PersonId,
    ReturnId,
    StockDocumentId,
    TimeOrderedIds,
)
from omscore.inventory.commands import (
    AdjustStock,
    CountStock,
    ListItem,
    ReceiveStock,
    ReceiveTransfer,
    SendTransfer,
)
from omscore.inventory.model import AdjustReason, Reservation, StockLine
from omscore.items import Item, ItemFlag, Size, Sku
from omscore.money import Money, Rounding, UnitPrice, share
from omscore.orders.attributes import Attribute, attribute_key
from omscore.orders.carts import BeginCheckout, Cart, SetCartLine
from omscore.orders.commands import (
    CancelOrder,
    CancelUnits,
    PaymentTerms,
    PlaceHold,
    PlaceOrder,
    ReleaseHold,
    WantedLine,
)
from omscore.orders.model import HoldKind, LineState, Order
from omscore.orders.status import OrderStatus, status_of
from omscore.parties import Channel, ChannelKind, Person
from omscore.payments.commands import RequestStep
from omscore.payments.model import Payment, Step
from omscore.places import Address, Destination, Location, Point
from omscore.policy.starter import write_starter_shop
from omscore.ports.clock import Clock, SystemClock, VirtualClock
from omscore.returns.commands import CloseReturn, DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, Return, ReturnUnits
from omscore.routing.decisions import KeptDecision
from omscore.routing.model import Decision

__all__ = [
    "Account",
    "Address",
    "AdjustReason",
    "AdjustStock",
    "Attribute",
    "BeginCheckout",
    "BoxedUnits",
    "BuyLabels",
    "CancelOrder",
    "CancelUnits",
    "Cart",
    "CartId",
    "Channel",
    "ChannelKind",
    "Clock",
    "CloseReturn",
    "CommandKeyError",
    "ConflictError",
    "CountStock",
    "CountingIds",
    "Customer",
    "DamageError",
    "Decision",
    "Destination",
    "DisposeReturn",
    "DisposedUnits",
    "Disposition",
    "ForgetCustomer",
    "FulfillmentId",
    "FulfillmentOrder",
    "HandOver",
    "HoldKind",
    "InputError",
    "Item",
    "ItemFlag",
    "JournalEntry",
    "KeptDecision",
    "Ledger",
    "Limits",
    "LineState",
    "ListItem",
    "Location",
    "LocationId",
    "Money",
    "NotFoundError",
    "Oms",
    "OmsError",
    "Order",
    "OrderId",
    "OrderStatus",
    "PackBoxes",
    "Package",
    "Payment",
    "PaymentId",
    "PaymentTerms",
    "Person",
    "PersonId",
    "PickUnits",
    "PlaceHold",
    "PlaceOrder",
    "Point",
    "PortError",
    "PostEntry",
    "Posting",
    "ReceiveReturn",
    "ReceiveStock",
    "ReceiveTransfer",
    "RecordDelivery",
    "Recorded",
    "RefusedError",
    "RegisterCustomer",
    "ReleaseHold",
    "RequestReturn",
    "RequestStep",
    "Reservation",
    "RetryPayment",
    "Return",
    "ReturnId",
    "ReturnUnits",
    "Rounding",
    "SendTransfer",
    "SetCartLine",
    "SetupError",
    "Size",
    "Sku",
    "Step",
    "StockDocumentId",
    "StockLine",
    "StockShortError",
    "SystemClock",
    "TimeOrderedIds",
    "UnitPrice",
    "VirtualClock",
    "WantedLine",
    "WorkStatus",
    "WorkUnits",
    "attribute_key",
    "audit",
    "open_shop",
    "read_command",
    "read_json",
    "run_until",
    "share",
    "status_of",
    "write_starter_shop",
]
