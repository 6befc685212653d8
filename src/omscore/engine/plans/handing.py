"""Parcels that wait for their carrier: gathered for a manifest or a pickup, each for one at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from omscore.calendars import local_date
from omscore.engine.plans.wishes import CloseDay, KeepManifest, SchedulePickup
from omscore.engine.unit import Unit
from omscore.errors import InputError, RefusedError
from omscore.flows.world import TaskKind
from omscore.fulfillment.bookings import PickupBooking, RequestPickup
from omscore.fulfillment.manifests import RequestManifest
from omscore.fulfillment.model import FulfillmentOrder, ListedParcel, Package
from omscore.ids import ManifestId, PersonId, checked_id
from omscore.places import Location
from omscore.text import checked_text

MOST_PARCELS: Final = 500
"""How many parcels one manifest or pickup holds at most; whole shipments, so that it may be a few less."""

LONGEST_INSTRUCTIONS: Final = 200

_AT_A_TIME: Final = 500
"""How many shipments are read in one go."""

Wanted: TypeAlias = Callable[[FulfillmentOrder, Package], bool]


def close_day(unit: Unit, command: CloseDay) -> None:
    """Gather the parcels, mark each, and ask for the manifest.

    Holds: exactly the labels that were bought, not given back and not on a manifest before; those that are on hold or
    have arrived stay off.
    Raises: RefusedError when there are none, or the shop's carrier makes no manifests.
    """
    checked_id(command.manifest_id, what="the id of the manifest")
    carrier = checked_text(command.carrier, what="the carrier")
    location = unit.desk.shop.location(command.location_id)
    if TaskKind.MANIFEST not in unit.desk.served:
        raise RefusedError("the carrier this shop has configured makes no manifests", code="manifest.none")
    streams = unit.desk.reader.listed("unlisted", location.location_id, limit=1_000_000)
    parcels = _gathered(unit, streams, lambda work, package: _is_unlisted(work, package, carrier))
    if not parcels:
        raise RefusedError(
            f"{location.location_id} has no parcel of {carrier} that is on no manifest yet; nothing was asked for",
            code="manifest.empty",
        )
    unit.run(
        RequestManifest(
            manifest_id=command.manifest_id,
            location_id=location.location_id,
            carrier=carrier,
            parcels=parcels,
            at=command.at,
        )
    )


def keep_manifest(unit: Unit, command: KeepManifest) -> None:
    """The answer as a fact; the form, which bears the shop's address, beside the labels in the vault."""
    unit.run(command.record)
    if command.text:
        unit.keep_private(manifest_owner(command.record.manifest_id), "manifest", command.text)


def manifest_owner(manifest_id: ManifestId) -> PersonId:
    """Under whom the vault keeps the form of a manifest."""
    return PersonId(f"manifest:{manifest_id}")


def schedule_pickup(unit: Unit, command: SchedulePickup) -> None:
    """Gather the parcels nobody comes for yet, mark each, and ask the carrier to come.

    Raises: InputError for a window that is none, RefusedError when there are no parcels or nobody comes.
    """
    checked_id(command.pickup_id, what="the id of the pickup")
    carrier = checked_text(command.carrier, what="the carrier")
    said = checked_text(command.instructions, what="the instructions", max_length=LONGEST_INSTRUCTIONS, empty=True)
    location = unit.desk.shop.location(command.location_id)
    if TaskKind.PICKUP not in unit.desk.served:
        raise RefusedError("the carrier this shop has configured is not asked to come", code="pickup.none")
    _check_window(location, command)
    streams = unit.desk.reader.listed("work", location.location_id, limit=1_000_000)
    parcels = _gathered(unit, streams, lambda work, package: _is_uncollected(unit, work, package, carrier))
    if not parcels:
        raise RefusedError(
            f"{location.location_id} has no labelled parcel of {carrier} that nobody comes for yet",
            code="pickup.empty",
        )
    unit.run(
        RequestPickup(
            pickup_id=command.pickup_id,
            location_id=location.location_id,
            carrier=carrier,
            opens_at=command.opens_at,
            closes_at=command.closes_at,
            instructions=said,
            parcels=parcels,
            at=command.at,
        )
    )


def _check_window(location: Location, command: SchedulePickup) -> None:
    calendar = location.calendar
    first, last = (local_date(each, calendar.timezone) for each in (command.opens_at, command.closes_at))
    if not command.opens_at < command.closes_at:
        raise InputError("a pickup closes after it opens; give opens_at before closes_at", code="pickup.window")
    if command.closes_at <= command.at:
        raise InputError("the window of the pickup is over already; give a later one", code="pickup.window")
    if first != last:
        raise InputError(
            f"a pickup is within one day of {location.location_id}, not from {first} to {last}", code="pickup.window"
        )
    if not calendar.is_open(first):
        raise InputError(f"nobody is at {location.location_id} on {first}; give a day it is open", code="pickup.window")


def _gathered(unit: Unit, streams: tuple[str, ...], is_wanted: Wanted) -> tuple[ListedParcel, ...]:
    """The wanted packages of these shipments, whole shipments until the paper is full."""
    wanted = list(dict.fromkeys(streams))
    found: list[ListedParcel] = []
    for place, stream in enumerate(wanted):
        if place % _AT_A_TIME == 0:
            unit.prepare(wanted[place : place + _AT_A_TIME])
        work = unit.get(FulfillmentOrder, stream.partition("/")[2])
        mine = [work.parcel(each) for each in work.packages if is_wanted(work, each)]
        if found and len(found) + len(mine) > MOST_PARCELS:
            break
        found += mine
    return tuple(found)


def _is_unlisted(work: FulfillmentOrder, package: Package, carrier: str) -> bool:
    return (
        package.waits_for_manifest
        and package.carrier == carrier
        and not work.is_giving_back(package.package_id)
        and (work.shipped_at is not None or not work.on_hold)
    )


def _is_uncollected(unit: Unit, work: FulfillmentOrder, package: Package, carrier: str) -> bool:
    if not package.is_labelled or package.carrier != carrier or work.is_giving_back(package.package_id):
        return False
    booking = unit.find(PickupBooking, package.pickup_id) if package.pickup_id else None
    return booking is None or not booking.may_come(unit.at)
