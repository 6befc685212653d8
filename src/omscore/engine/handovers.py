"""What carriers are asked when parcels are handed over: manifests and pickups.

What may have been made already is looked up before it is asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from omscore.border import tamed
from omscore.calendars import zone
from omscore.engine.desk import Desk
from omscore.engine.outcome import Outcome, given_up
from omscore.engine.plans.wishes import KeepManifest
from omscore.engine.trail import Trail, may_repeat
from omscore.engine.unit import Unit
from omscore.errors import PortRefusedError
from omscore.fulfillment.bookings import (
    BookingState,
    PickupBooking,
    RecordBooking,
    RecordCancellation,
    RefuseBooking,
)
from omscore.fulfillment.manifests import Manifest, ManifestState, RecordManifest
from omscore.fulfillment.model import FulfillmentOrder, ListedParcel
from omscore.ports.carriers import CarrierPort
from omscore.ports.handovers import (
    CarrierCollections,
    CarrierManifests,
    ManifestPaper,
    ManifestRequest,
    ParcelToHandOver,
    PickupRequest,
)
from omscore.ports.storage import Task

_LONGEST = 200


def manifest(desk: Desk, carrier: CarrierPort, task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
    """Have the manifest made. A carrier that makes none refuses, and its parcels are free for the next."""
    unit = Unit(desk, now)
    asked = unit.get(Manifest, payload["manifest_id"])
    if asked.state is not ManifestState.REQUESTED:
        return Outcome(note="answered already")
    if not isinstance(carrier, CarrierManifests):
        if not Trail.before(task).is_sure:
            return given_up("outcome unknown: the manifest may have been made, and this carrier cannot tell")
        return _refused(asked, "this carrier makes no manifests", now)
    parcels = [each for each in asked.parcels if _still_waits(unit, asked, each)]
    request = ManifestRequest(
        key=asked.manifest_id,
        carrier=asked.carrier,
        sender=desk.shop.location(asked.location_id).address,
        parcels=_to_hand_over(parcels),
        at=now,
    )
    try:
        paper = (
            None
            if may_repeat(carrier, task)
            else desk.meter.call(desk.carrier, "look up manifest", carrier.look_up_manifest, request)
        )
        if paper is None and not parcels:
            return _refused(asked, "the labels of all its parcels were given back", now)
        paper = paper or desk.meter.call(desk.carrier, "make manifest", carrier.make_manifest, request)
    except PortRefusedError as error:
        # A definite no is an answer like any other: the parcels come on the next manifest.
        return _refused(asked, str(error), now)
    return Outcome(commands=(_made(asked, paper, now),))


def _made(asked: Manifest, paper: ManifestPaper, now: datetime) -> KeepManifest:
    record = RecordManifest(
        manifest_id=asked.manifest_id,
        state=ManifestState.MADE,
        number=paper.number,
        tracking_numbers=paper.tracking_numbers,
        media_type=paper.document.media_type,
        content_sha256=sha256(paper.document.content).hexdigest(),
        at=now,
    )
    return KeepManifest(record=record, text=paper.document.text, at=now)


def _refused(asked: Manifest, says: str, now: datetime) -> Outcome:
    record = RecordManifest(
        manifest_id=asked.manifest_id,
        state=ManifestState.REFUSED,
        tracking_numbers=(),
        says=tamed(says, longest=_LONGEST),
        at=now,
    )
    return Outcome(commands=(record,))


def _still_waits(unit: Unit, asked: Manifest, parcel: ListedParcel) -> bool:
    """False once its label was given back, or is being."""
    work = unit.get(FulfillmentOrder, parcel.fulfillment_id)
    package = work.package(parcel.package_id)
    is_same = (package.manifest_id, package.tracking_number) == (asked.manifest_id, parcel.tracking_number)
    return is_same and not work.is_giving_back(parcel.package_id)


def book_pickup(desk: Desk, carrier: CarrierPort, task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
    """Have the carrier come, unless it was asked before or the window is over."""
    booking = Unit(desk, now).get(PickupBooking, payload["pickup_id"])
    if booking.state is not BookingState.REQUESTED:
        return Outcome(note="answered already")
    if not isinstance(carrier, CarrierCollections):
        if not Trail.before(task).is_sure:
            return given_up("outcome unknown: the pickup may be booked, and this carrier cannot tell")
        return _stays_away(booking, "this carrier is not asked to come", now)
    request = _request(desk, booking, now)
    try:
        slip = (
            None
            if may_repeat(carrier, task)
            else desk.meter.call(desk.carrier, "look up pickup", carrier.look_up_pickup, request)
        )
        if slip is None and now >= booking.closes_at:
            return _stays_away(booking, "the window was over before the carrier could be asked", now)
        slip = slip or desk.meter.call(desk.carrier, "book pickup", carrier.book_pickup, request)
    except PortRefusedError as error:
        return _stays_away(booking, str(error), now)
    record = RecordBooking(
        pickup_id=booking.pickup_id,
        confirmation=slip.confirmation,
        opens_at=slip.opens_at,
        closes_at=slip.closes_at,
        price=slip.price,
        at=now,
    )
    return Outcome(commands=(record,))


def _stays_away(booking: PickupBooking, says: str, now: datetime) -> Outcome:
    command = RefuseBooking(pickup_id=booking.pickup_id, says=tamed(says, longest=_LONGEST), at=now)
    return Outcome(commands=(command,))


def cancel_pickup(desk: Desk, carrier: CarrierPort, payload: Mapping[str, str], now: datetime) -> Outcome:
    """Tell the carrier not to come; told twice it is told once, so a lost answer is asked for again."""
    booking = Unit(desk, now).get(PickupBooking, payload["pickup_id"])
    if booking.state is not BookingState.CANCELLING or payload["number"] != str(booking.cancellations):
        return Outcome(note="answered already")
    is_cancelled, says = True, ""
    if isinstance(carrier, CarrierCollections):
        try:
            desk.meter.call(desk.carrier, "cancel pickup", carrier.cancel_pickup, _request(desk, booking, now))
        except PortRefusedError as error:
            is_cancelled, says = False, str(error)
    else:
        is_cancelled, says = False, "this carrier is not asked to come; tell it by hand"
    record = RecordCancellation(
        pickup_id=booking.pickup_id, is_cancelled=is_cancelled, says=tamed(says, longest=_LONGEST), at=now
    )
    return Outcome(commands=(record,))


def _request(desk: Desk, booking: PickupBooking, now: datetime) -> PickupRequest:
    location = desk.shop.location(booking.location_id)
    there = zone(location.calendar.timezone)
    return PickupRequest(
        key=booking.pickup_id,
        carrier=booking.carrier,
        sender=location.address,
        parcels=_to_hand_over(booking.parcels),
        opens_at=booking.opens_at.astimezone(there),
        closes_at=booking.closes_at.astimezone(there),
        instructions=booking.instructions,
        at=now,
    )


def _to_hand_over(parcels: list[ListedParcel] | tuple[ListedParcel, ...]) -> tuple[ParcelToHandOver, ...]:
    return tuple([ParcelToHandOver(key=each.label_key, tracking_number=each.tracking_number) for each in parcels])
