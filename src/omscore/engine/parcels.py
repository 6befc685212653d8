"""Parcels and their carrier: a label for every packed box, and the way to the door."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from omscore.engine.desk import Desk
from omscore.engine.outcome import Outcome, given_up
from omscore.engine.people import person_of
from omscore.engine.plans.wishes import KeepLabel
from omscore.engine.trail import may_repeat
from omscore.engine.unit import Unit
from omscore.errors import PortRefusedError
from omscore.fulfillment.commands import RecordDelivery, RecordLabel
from omscore.fulfillment.model import FulfillmentOrder, Package
from omscore.ids import PersonId
from omscore.places import Address
from omscore.ports.carriers import (
    CarrierPort,
    Label,
    LabelLookUp,
    LabelRequest,
    Parcel,
    TrackingRequest,
    TrackingStatus,
)
from omscore.ports.handovers import CarrierManifests
from omscore.ports.labels import TrackingCallbacks
from omscore.ports.storage import Task, TaskOutcome

TRACK_AGAIN = timedelta(hours=12)
TRACK_AT_MOST = timedelta(days=60)


def label(desk: Desk, carrier: CarrierPort, task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
    """Buy the label of a packed box with the cheapest service that takes it, unless it was bought already."""
    work = Unit(desk, now).get(FulfillmentOrder, payload["fulfillment_id"])
    package = work.package(payload["package_id"])
    if package.is_labelled:
        return Outcome(note="labelled already")
    bought = None
    if not may_repeat(carrier, task):
        if not isinstance(carrier, LabelLookUp):
            return given_up("outcome unknown: the label may have been bought, and this carrier would sell it twice")
        bought = desk.meter.call(
            desk.carrier, "look up label", carrier.look_up_label, work.label_key(package.package_id)
        )
    label = bought or buy_label(desk, carrier, work, package, now)
    return Outcome(commands=(kept(carrier, work, package, label, now),))


def kept(carrier: CarrierPort, work: FulfillmentOrder, package: Package, label: Label, now: datetime) -> KeepLabel:
    """The wish to note a bought label and to keep what is printed of it."""
    record = RecordLabel(
        fulfillment_id=work.fulfillment_id,
        package_id=package.package_id,
        tracking_number=label.tracking_number,
        carrier=label.carrier,
        service=label.service,
        transit_days=label.transit_days,
        postage=label.price,
        calls_back=isinstance(carrier, TrackingCallbacks),
        takes_manifest=isinstance(carrier, CarrierManifests),
        at=now,
    )
    owner = work.person_id or PersonId(work.order_id)
    return KeepLabel(record=record, owner=owner, documents=label.documents, at=now)


def parcel_of(package: Package) -> Parcel:
    """The closed box as its carrier sees it."""
    return Parcel(
        mass_g=package.mass_g,
        length_mm=package.length_mm,
        width_mm=package.width_mm,
        height_mm=package.height_mm,
    )


def buy_label(desk: Desk, carrier: CarrierPort, work: FulfillmentOrder, package: Package, now: datetime) -> Label:
    """The label of one package, of the cheapest service that takes it.

    Raises: PortRefusedError when none does.
    """
    location = desk.shop.location(work.location_id)
    parcel = parcel_of(package)
    desk.meter.hold_back(desk.carrier, "buy label")
    quotes = desk.meter.call(desk.carrier, "quotes", carrier.quotes, location.country, work.destination, parcel)
    if not quotes:
        raise PortRefusedError(
            f"no service takes a parcel of {parcel.mass_g} g from {location.country} to "
            f"{work.destination.country}; "
            "add a rate or repack it"
        )
    request = LabelRequest(
        key=work.label_key(package.package_id),
        reference=work.order_id,
        parcel=parcel,
        sender=location.address,
        recipient=recipient_of(desk, work),
        service=quotes[0].service,
        at=now,
    )
    return desk.meter.call(desk.carrier, "buy label", carrier.buy_label, request)


def recipient_of(desk: Desk, work: FulfillmentOrder) -> Address:
    """The customer's address from the vault; a parcel for nobody known goes out under its order number."""
    if work.person_id is None:
        return Address(
            recipient=f"Order {work.order_id}",
            lines=("to be collected",),
            city=work.destination.postcode_area or work.destination.country,
            country=work.destination.country,
        )
    return person_of(desk, work.person_id).address(work.address_name)


def track(desk: Desk, carrier: CarrierPort, payload: Mapping[str, str], now: datetime) -> Outcome:
    """Ask where a parcel is, until it is delivered or sixty days have passed."""
    work = Unit(desk, now).get(FulfillmentOrder, payload["fulfillment_id"])
    package = work.package(payload["package_id"])
    if package.delivered_at is not None or work.shipped_at is None:
        return Outcome(note="nothing to follow")
    request = TrackingRequest(
        tracking_number=package.tracking_number,
        service=package.service,
        origin_country=desk.shop.location(work.location_id).country,
        destination=work.destination,
        handed_over_at=work.shipped_at,
        at=now,
    )
    scans = desk.meter.call(desk.carrier, "track", carrier.track, request)
    for scan in scans:
        if scan.status is TrackingStatus.DELIVERED:
            delivery = RecordDelivery(fulfillment_id=work.fulfillment_id, package_id=package.package_id, at=scan.at)
            return Outcome(commands=(delivery,))
    if now - work.shipped_at > TRACK_AT_MOST:
        return Outcome(settled=TaskOutcome.DEAD, note=f"no delivery within {TRACK_AT_MOST.days} days")
    return Outcome(settled=TaskOutcome.RETRY, again_at=now + TRACK_AGAIN, note="under way")
