"""omscore takes orders from every channel, promises stock, routes, collects, ships, takes returns and keeps the books.

The embedder's door: everything by its name, fetched when first asked for. Adapter authors start at `omscore.ports`.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from omscore.homes import HOME_OF, Door

if TYPE_CHECKING:
    from omscore.app import Oms, open_shop, run_until
    from omscore.audit import audit
    from omscore.billing.externals import DocumentSort, ExternalId, RecordExternalId
    from omscore.billing.invoices import Invoice, InvoiceKind, IssueInvoices
    from omscore.billing.journal import Account, JournalEntry, Posting
    from omscore.billing.ledger import Ledger, PostEntry
    from omscore.border import Limits, read_json
    from omscore.customers.model import Customer, ForgetCustomer, GroupCustomer, RegisterCustomer
    from omscore.engine.dispatch import Recorded
    from omscore.engine.plans.acknowledging import AcknowledgeInterchange, RecordMessageAnswer
    from omscore.engine.plans.wishes import (
        BuyLabels,
        CloseDay,
        MoveToQueue,
        RecordBounce,
        RecordTracking,
        RetryPayment,
        ReviewSourcing,
        SchedulePickup,
        SourceFrom,
        TellStock,
    )
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
    from omscore.externals import external_ids
    from omscore.fulfillment.bookings import BookingState, CancelPickup, PickupBooking
    from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits, RecordDelivery, RejectWork, VoidLabel
    from omscore.fulfillment.manifests import Manifest, ManifestState
    from omscore.fulfillment.model import (
        BoxedUnits,
        FulfillmentOrder,
        Package,
        TrackingEvent,
        TrackingStatus,
        WorkStatus,
        WorkUnits,
    )
    from omscore.health.breaker import BreakerState
    from omscore.health.model import AdapterHealth, FailureKind, Health, LastFailure, OperationHealth
    from omscore.ids import (
        CartId,
        CountingIds,
        FulfillmentId,
        LocationId,
        ManifestId,
        OrderId,
        PaymentId,
        PersonId,
        PickupId,
        ReturnId,
        StockDocumentId,
        SupplyId,
        TimeOrderedIds,
    )
    from omscore.inventory.commands import (
        AdjustStock,
        CancelSupply,
        ChangeSupply,
        CountStock,
        ExpectSupply,
        ListItem,
        ReceiveStock,
        ReceiveTransfer,
        SendTransfer,
    )
    from omscore.inventory.expected import ExpectedSupply, Supply, SupplyClaim
    from omscore.inventory.model import AdjustReason, Reservation, StockLine
    from omscore.inventory.reorder import ReorderPoint, SetReorderPoint
    from omscore.inventory.supplies import AvailableUnits, DueUnits, available_to_promise
    from omscore.inventory.velocity import RecordVelocity, Velocity, WeeklyUnits
    from omscore.invoicing import ubl_invoice
    from omscore.items import Item, ItemFlag, Kit, KitPart, Ships, Size, Sku
    from omscore.money import Money, Rounding, UnitPrice, share
    from omscore.orders.attributes import Attribute, attribute_key
    from omscore.orders.carts import BeginCheckout, Cart, SetCartLine
    from omscore.orders.commands import (
        CancelKits,
        CancelOrder,
        CancelUnits,
        PaymentTerms,
        PlaceHold,
        PlaceOrder,
        ReleaseHold,
        WantedLine,
    )
    from omscore.orders.kits import units_of_kits
    from omscore.orders.linestates import LineState
    from omscore.orders.model import HoldKind, Order
    from omscore.orders.promises import UnitPromise
    from omscore.orders.status import OrderStatus, status_of
    from omscore.parties import Channel, ChannelKind, Person
    from omscore.payments.callbacks import Callback, CallbackState, RecordCallback
    from omscore.payments.commands import RequestStep
    from omscore.payments.model import AttemptState, Payment, Step
    from omscore.places import Address, Destination, Location, Point
    from omscore.policy.starter import write_starter_shop
    from omscore.ports.clock import Clock, SystemClock, VirtualClock
    from omscore.returns.commands import CloseReturn, DisposeReturn, ReceiveReturn, RequestReturn
    from omscore.returns.model import DisposedUnits, Disposition, Return, ReturnUnits
    from omscore.reviews.model import Opinion, OrderReview, Verdict
    from omscore.routing.decisions import KeptDecision
    from omscore.routing.model import Decision
    from omscore.shipmentprices import ShipmentPrice, SkuUnits

__all__ = [
    "Account",
    "AcknowledgeInterchange",
    "AdapterHealth",
    "Address",
    "AdjustReason",
    "AdjustStock",
    "AttemptState",
    "Attribute",
    "AvailableUnits",
    "BeginCheckout",
    "BookingState",
    "BoxedUnits",
    "BreakerState",
    "BuyLabels",
    "Callback",
    "CallbackState",
    "CancelKits",
    "CancelOrder",
    "CancelPickup",
    "CancelSupply",
    "CancelUnits",
    "Cart",
    "CartId",
    "ChangeSupply",
    "Channel",
    "ChannelKind",
    "Clock",
    "CloseDay",
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
    "DocumentSort",
    "DueUnits",
    "ExpectSupply",
    "ExpectedSupply",
    "ExternalId",
    "FailureKind",
    "ForgetCustomer",
    "FulfillmentId",
    "FulfillmentOrder",
    "GroupCustomer",
    "HandOver",
    "Health",
    "HoldKind",
    "InputError",
    "Invoice",
    "InvoiceKind",
    "IssueInvoices",
    "Item",
    "ItemFlag",
    "JournalEntry",
    "KeptDecision",
    "Kit",
    "KitPart",
    "LastFailure",
    "Ledger",
    "Limits",
    "LineState",
    "ListItem",
    "Location",
    "LocationId",
    "Manifest",
    "ManifestId",
    "ManifestState",
    "Money",
    "MoveToQueue",
    "NotFoundError",
    "Oms",
    "OmsError",
    "OperationHealth",
    "Opinion",
    "Order",
    "OrderId",
    "OrderReview",
    "OrderStatus",
    "PackBoxes",
    "Package",
    "Payment",
    "PaymentId",
    "PaymentTerms",
    "Person",
    "PersonId",
    "PickUnits",
    "PickupBooking",
    "PickupId",
    "PlaceHold",
    "PlaceOrder",
    "Point",
    "PortError",
    "PostEntry",
    "Posting",
    "ReceiveReturn",
    "ReceiveStock",
    "ReceiveTransfer",
    "RecordBounce",
    "RecordCallback",
    "RecordDelivery",
    "RecordExternalId",
    "RecordMessageAnswer",
    "RecordTracking",
    "RecordVelocity",
    "Recorded",
    "RefusedError",
    "RegisterCustomer",
    "RejectWork",
    "ReleaseHold",
    "ReorderPoint",
    "RequestReturn",
    "RequestStep",
    "Reservation",
    "RetryPayment",
    "Return",
    "ReturnId",
    "ReturnUnits",
    "ReviewSourcing",
    "Rounding",
    "SchedulePickup",
    "SendTransfer",
    "SetCartLine",
    "SetReorderPoint",
    "SetupError",
    "ShipmentPrice",
    "Ships",
    "Size",
    "Sku",
    "SkuUnits",
    "SourceFrom",
    "Step",
    "StockDocumentId",
    "StockLine",
    "StockShortError",
    "Supply",
    "SupplyClaim",
    "SupplyId",
    "SystemClock",
    "TellStock",
    "TimeOrderedIds",
    "TrackingEvent",
    "TrackingStatus",
    "UnitPrice",
    "UnitPromise",
    "Velocity",
    "Verdict",
    "VirtualClock",
    "VoidLabel",
    "WantedLine",
    "WeeklyUnits",
    "WorkStatus",
    "WorkUnits",
    "attribute_key",
    "audit",
    "available_to_promise",
    "external_ids",
    "open_shop",
    "read_command",
    "read_json",
    "run_until",
    "share",
    "status_of",
    "ubl_invoice",
    "units_of_kits",
    "write_starter_shop",
]


def __getattr__(name: str) -> Any:
    if name not in HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"omscore.{HOME_OF[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


sys.modules[__name__].__class__ = Door
