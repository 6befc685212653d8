"""Where each public name of omscore comes from, so that it is fetched when it is first asked for."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

_ROOMS = {
    "app": "Oms open_shop run_until",
    "audit": "audit",
    "billing.externals": "DocumentSort ExternalId RecordExternalId",
    "billing.invoices": "Invoice InvoiceKind IssueInvoices",
    "billing.journal": "Account JournalEntry Posting",
    "billing.ledger": "Ledger PostEntry",
    "border": "Limits read_json",
    "customers.model": "Customer ForgetCustomer GroupCustomer RegisterCustomer",
    "engine.dispatch": "Recorded",
    "engine.plans.acknowledging": "AcknowledgeInterchange RecordMessageAnswer",
    "engine.plans.wishes": (
        "BuyLabels CloseDay MoveToQueue RecordBounce RecordTracking RetryPayment ReviewSourcing SchedulePickup "
        "SourceFrom TellStock"
    ),
    "engine.reading": "read_command",
    "errors": (
        "CommandKeyError ConflictError DamageError InputError NotFoundError OmsError PortError "
        "RefusedError SetupError StockShortError"
    ),
    "fulfillment.bookings": "BookingState CancelPickup PickupBooking",
    "fulfillment.commands": "HandOver PackBoxes PickUnits RecordDelivery RejectWork VoidLabel",
    "fulfillment.manifests": "Manifest ManifestState",
    "fulfillment.model": "BoxedUnits FulfillmentOrder Package TrackingEvent TrackingStatus WorkStatus WorkUnits",
    "health.breaker": "BreakerState",
    "health.model": "AdapterHealth FailureKind Health LastFailure OperationHealth",
    "ids": (
        "CartId CountingIds FulfillmentId LocationId ManifestId OrderId PaymentId PersonId PickupId ReturnId "
        "StockDocumentId SupplyId TimeOrderedIds"
    ),
    "externals": "external_ids",
    "invoicing": "ubl_invoice",
    "inventory.reorder": "ReorderPoint SetReorderPoint",
    "inventory.velocity": "RecordVelocity Velocity WeeklyUnits",
    "inventory.commands": (
        "AdjustStock CancelSupply ChangeSupply CountStock ExpectSupply ListItem ReceiveStock ReceiveTransfer "
        "SendTransfer"
    ),
    "inventory.expected": "ExpectedSupply Supply SupplyClaim",
    "inventory.model": "AdjustReason Reservation StockLine",
    "inventory.supplies": "AvailableUnits DueUnits available_to_promise",
    "items": "Item ItemFlag Kit KitPart Ships Size Sku",
    "money": "Money Rounding UnitPrice share",
    "orders.attributes": "Attribute attribute_key",
    "orders.carts": "BeginCheckout Cart SetCartLine",
    "orders.commands": "CancelKits CancelOrder CancelUnits PaymentTerms PlaceHold PlaceOrder ReleaseHold WantedLine",
    "orders.kits": "units_of_kits",
    "orders.linestates": "LineState",
    "orders.model": "HoldKind Order",
    "orders.promises": "UnitPromise",
    "orders.status": "OrderStatus status_of",
    "parties": "Channel ChannelKind Person",
    "payments.callbacks": "Callback CallbackState RecordCallback",
    "payments.commands": "RequestStep",
    "payments.model": "AttemptState Payment Step",
    "places": "Address Destination Location Point",
    "policy.starter": "write_starter_shop",
    "ports.clock": "Clock SystemClock VirtualClock",
    "returns.commands": "CloseReturn DisposeReturn ReceiveReturn RequestReturn",
    "reviews.model": "Opinion OrderReview Verdict",
    "returns.model": "DisposedUnits Disposition Return ReturnUnits",
    "routing.decisions": "KeptDecision",
    "routing.model": "Decision",
    "shipmentprices": "ShipmentPrice SkuUnits",
}
"""Which room each name comes from."""

HOME_OF = {name: room for room, names in _ROOMS.items() for name in names.split()}
"""The room of each name."""


class Door(ModuleType):
    """The module `omscore`, where `audit` is the function, although the import system puts the room of that name in."""

    @property
    def audit(self) -> Any:
        return import_module(f"omscore.{HOME_OF['audit']}").audit

    @audit.setter
    def audit(self, room: ModuleType) -> None:
        """The room is found under `sys.modules`."""
