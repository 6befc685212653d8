"""Under which keys records are found again: the index entries of every sort of record that has some.

Shape: in any order, and one may be named more than once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from omscore.billing.externals import ExternalId
from omscore.billing.invoices import Invoice
from omscore.fulfillment import bookings, manifests
from omscore.fulfillment.model import FulfillmentOrder, WorkStatus
from omscore.inventory import reorder
from omscore.inventory.model import Reservation, ReservationState
from omscore.orders import bounces
from omscore.orders.attributes import attribute_key
from omscore.orders.model import Order
from omscore.payments import callbacks
from omscore.ports.storage import IndexEntry
from omscore.records import maker

_new_index_entry = maker(IndexEntry)


@lru_cache(maxsize=1_024)  # what is done together mostly shares its moment
def _moment_key(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def order_entries(order: Order) -> Sequence[IndexEntry]:
    sort = _moment_key(order.placed_at)
    found = [_new_index_entry("placed", "", sort)]
    if order.person_id is not None:
        found.append(_new_index_entry("person", order.person_id, sort))
    for key, value in order.attributes:
        found.append(_new_index_entry("attribute", attribute_key(key, value), sort))
    for line in order.lines:
        if line.quantities.backordered:
            found.append(_new_index_entry("waiting", line.sku, sort))
    if order.queue is not None:
        found.append(_new_index_entry("queue", order.queue.name, sort))
        found.append(_new_index_entry("queue", "", sort))
    return found


def work_entries(work: FulfillmentOrder) -> Sequence[IndexEntry]:
    found = []
    if not work.on_hold and work.status in (WorkStatus.OPEN, WorkStatus.PICKED, WorkStatus.PACKED):
        found.append(_new_index_entry("work", work.location_id, _moment_key(work.opened_at)))
    for package in work.packages:
        if package.delivered_at is not None:
            continue
        if package.calls_back:
            found.append(_new_index_entry("tracking", package.tracking_number, package.package_id))
        if package.waits_for_manifest:
            found.append(_new_index_entry("unlisted", work.location_id, package.package_id))
    return found


def manifest_entries(manifest: manifests.Manifest) -> Sequence[IndexEntry]:
    return (_new_index_entry("manifest", "", _moment_key(manifest.closed_at)),)


def pickup_entries(booking: bookings.PickupBooking) -> Sequence[IndexEntry]:
    return (_new_index_entry("pickup", "", _moment_key(booking.requested_at)),)


def reservation_entries(reservation: Reservation) -> Sequence[IndexEntry]:
    if reservation.state is not ReservationState.LIVE:
        return ()
    return (_new_index_entry("hold", reservation.sku, _moment_key(reservation.expires_at)),)


def low_entries(point: reorder.ReorderPoint) -> Sequence[IndexEntry]:
    return () if point.low_since is None else (_new_index_entry("low", "", point.sku),)


def callback_entries(callback: callbacks.Callback) -> Sequence[IndexEntry]:
    return (_new_index_entry("callback", callback.payment_id, _moment_key(callback.received_at)),)


def bounce_entries(bounce: bounces.Bounce) -> Sequence[IndexEntry]:
    return (_new_index_entry("bounced", bounce.order_id or "", _moment_key(bounce.bounced_at)),)


def invoice_entries(invoice: Invoice) -> Sequence[IndexEntry]:
    return (_new_index_entry("invoiced", invoice.order_id, f"{invoice.issued_on} {invoice.number}"),)


def external_entries(external: ExternalId) -> Sequence[IndexEntry]:
    sort = f"{external.system} {external.sort} {external.our_id}"
    return [_new_index_entry("external", key, sort) for key in (external.our_id, external.external_id, external.about)]
