"""Scans of parcels: told twice, late or out of order, they end in the same place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from omscore.fulfillment import commands as c
from omscore.fulfillment import events as e
from omscore.fulfillment.model import FulfillmentOrder, TrackingEvent, TrackingStatus

_RANK = {status: rank for rank, status in enumerate(TrackingStatus)}
"""Breaks ties between scans of one moment, so that their order does not matter."""


def record_scans(work: FulfillmentOrder, command: c.RecordScans) -> Iterator[e.FulfillmentEvent]:
    """What is news among some scans. Holds: the latest scan stands, and a package is delivered once.

    Shape: a delivery told before the hand-over was is kept as a scan; the tracking after the hand-over finds it.
    """
    package = work.package(command.package_id)
    if not command.scans:
        return
    latest = max(command.scans, key=_place)
    if package.scan is None or _place(latest) > _place(package.scan):
        yield e.PackageScanned(
            fulfillment_id=work.fulfillment_id,
            order_id=work.order_id,
            package_id=package.package_id,
            status=latest.status,
            scanned_at=latest.at,
            at=command.at,
        )
    deliveries = [scan.at for scan in command.scans if scan.status is TrackingStatus.DELIVERED]
    if deliveries and work.shipped_at is not None and package.delivered_at is None:
        yield e.PackageDelivered(
            fulfillment_id=work.fulfillment_id,
            order_id=work.order_id,
            package_id=package.package_id,
            at=min(*deliveries, command.at),
        )


def _place(scan: TrackingEvent) -> tuple[datetime, int]:
    return scan.at, _RANK[scan.status]
