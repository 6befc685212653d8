"""Wishes that need looking up before any context can decide on them, and appointments the engine keeps with itself."""

from __future__ import annotations

from datetime import datetime

from omscore.fulfillment.commands import RecordLabel
from omscore.fulfillment.manifests import RecordManifest
from omscore.ids import CartId, FulfillmentId, LocationId, ManifestId, OrderId, PersonId, PickupId
from omscore.orders.commands import PaymentTerms
from omscore.parties import NewsKind
from omscore.ports.carriers import LabelDocument, TrackingEvent
from omscore.records import frozen


@frozen(kw_only=True)
class TimeOutCart:
    """Look whether a cart's holds have run out, and abandon it if so."""

    cart_id: CartId
    at: datetime


@frozen(kw_only=True)
class LookAtStock:
    """Hold what can be sold of these articles against their reorder points."""

    skus: tuple[str, ...]
    at: datetime


@frozen(kw_only=True)
class TellStock:
    """Tell a channel what it can sell of every article, as far as that is not what it was told last."""

    channel: str
    at: datetime


@frozen(kw_only=True)
class TellOfOrder:
    """Tell the channel of an order how it stands, or of a shipment of it.

    Shape: `is_first` is told in answer to the order itself.
    """

    kind: NewsKind
    order_id: OrderId
    fulfillment_id: FulfillmentId | None
    is_first: bool
    at: datetime


@frozen(kw_only=True)
class BuyLabels:
    """Buy the labels that are still missing, after what stood in their way was mended."""

    fulfillment_id: FulfillmentId
    at: datetime


@frozen(kw_only=True)
class RecordTracking:
    """Note what a carrier told of a parcel, after its signature was checked; twice, late and out of order end in one
    state.
    """

    tracking_number: str
    scans: tuple[TrackingEvent, ...]
    at: datetime


@frozen(kw_only=True)
class RecordBounce:
    """Note that a letter came back, after it was made sure that the bounce speaks of a letter of the shop.

    Shape: `letter` is the key it was sent under (`Notice.key`), `status` the enhanced status code it came back with,
    such as `5.1.1`. A letter comes back once; the first status stands.
    """

    letter: str
    status: str
    at: datetime


@frozen(kw_only=True)
class KeepLabel:
    """Note a bought label and keep its printable forms, which bear an address, in the vault of their owner."""

    record: RecordLabel
    owner: PersonId
    documents: tuple[LabelDocument, ...]
    at: datetime


@frozen(kw_only=True)
class KeepLabels:
    """Note labels that were bought together, all at once."""

    labels: tuple[KeepLabel, ...]
    at: datetime


@frozen(kw_only=True)
class CloseDay:
    """List every parcel of a location that a carrier is to take and that is on no manifest yet, and ask for the form.

    Shape: `manifest_id` is yours to give; sent again it is the same manifest.
    """

    manifest_id: ManifestId
    location_id: LocationId
    carrier: str
    at: datetime


@frozen(kw_only=True)
class KeepManifest:
    """Note the carrier's answer, and keep the form it gave."""

    record: RecordManifest
    text: str
    at: datetime


@frozen(kw_only=True)
class SchedulePickup:
    """Ask a carrier to come for the labelled parcels of a location that nobody else is to come for.

    Shape: `pickup_id` is yours to give; the window lies within one day of the location, on which it is open.
    """

    pickup_id: PickupId
    location_id: LocationId
    carrier: str
    opens_at: datetime
    closes_at: datetime
    at: datetime
    instructions: str = ""


@frozen(kw_only=True)
class RetryPayment:
    """Let the customer pay another way what is left to ship, after a payment was declined."""

    order_id: OrderId
    payment: PaymentTerms
    at: datetime


@frozen(kw_only=True)
class SourceFrom:
    """Send everything of an order that is not picked from one location, because a person says so.

    Shape: `by` is the id of who decided, `reason` why; both stay with the decision. What the location does not have
    makes it refused, unless `partly` lets the usual rules find sources for the rest.
    """

    order_id: OrderId
    location_id: LocationId
    reason: str
    by: str
    at: datetime
    partly: bool = False


@frozen(kw_only=True)
class ReviewSourcing:
    """Look whether an order that nobody has begun to pick would be sourced better now, and source it anew if so."""

    order_id: OrderId
    at: datetime


@frozen(kw_only=True)
class ApplyCallback:
    """Look whether the attempt a kept callback speaks of is there by now, and apply it."""

    callback_id: str
    at: datetime


@frozen(kw_only=True)
class CancelWaiting:
    """Look for sources once more, then cancel the units that still wait."""

    order_id: OrderId
    reason: str
    at: datetime


@frozen(kw_only=True)
class MoveToQueue:
    """Let an order wait in another queue, because a person says so.

    Shape: an empty `queue` takes it out of the one it is in; `by` is the id of who decided, `reason` why.
    """

    order_id: OrderId
    queue: str
    reason: str
    by: str
    at: datetime


@frozen(kw_only=True)
class EndStay:
    """Look for sources once more, then let an order whose time in its queue is over go where the rules say."""

    order_id: OrderId
    at: datetime


@frozen(kw_only=True)
class CancelUnpaid:
    """Cancel an order that nobody paid for in time."""

    order_id: OrderId
    at: datetime
