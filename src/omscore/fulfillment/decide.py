"""Which facts follow from a wish about the work of one location."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from omscore.errors import InputError, NotFoundError, RefusedError
from omscore.fulfillment import commands as c
from omscore.fulfillment import events as e
from omscore.fulfillment.model import FulfillmentOrder, Package, WorkUnits
from omscore.fulfillment.papers import mark_packages
from omscore.fulfillment.tracking import record_scans
from omscore.fulfillment.voids import check_no_void_under_way, record_void, request_void
from omscore.quantities import checked_units
from omscore.records import maker
from omscore.text import checked_text

_new_work_opened = maker(e.WorkOpened)

_AFTER_LEAVING = (c.RecordDelivery, c.RecordScans, c.MarkPackages, c.RecordVoid, c.HoldWork, c.ReleaseWork)


def decide(work: FulfillmentOrder | None, command: c.FulfillmentCommand) -> Sequence[e.FulfillmentEvent]:
    """The events that follow from a command.

    Raises: RefusedError or InputError, and then nothing has happened.
    """
    if isinstance(command, c.OpenWork):
        return _open(work, command)
    if work is None:
        raise NotFoundError(f"there is no fulfillment order {command.fulfillment_id}", code="fulfillment.unknown")
    if work.shipped_at is not None and not isinstance(command, _AFTER_LEAVING):
        raise RefusedError(
            f"{work.fulfillment_id} left on {work.shipped_at:%Y-%m-%d %H:%M}; it cannot be changed any more",
            code="fulfillment.shipped",
        )
    match command:
        case c.HoldWork():
            return [] if work.on_hold else [e.WorkHeld(fulfillment_id=work.fulfillment_id, at=command.at)]
        case c.ReleaseWork():
            return [e.WorkReleased(fulfillment_id=work.fulfillment_id, at=command.at)] if work.on_hold else []
        case c.PickUnits():
            return _pick(work, command)
        case c.PackBoxes():
            return _pack(work, command)
        case c.RecordLabel():
            return _label(work, command)
        case c.VoidLabel():
            return request_void(work, command)
        case c.RecordVoid():
            return record_void(work, command)
        case c.MarkPackages():
            return mark_packages(work, command)
        case c.RecordScans():
            return tuple(record_scans(work, command))
        case c.HandOver():
            return _hand_over(work, command)
        case c.RecordDelivery():
            return _delivered(work, command)
        case c.DropUnits():
            return _drop(work, command)
        case c.RejectWork():
            return _reject(work, command)
        case _:
            assert_never(command)


def _open(work: FulfillmentOrder | None, command: c.OpenWork) -> Sequence[e.FulfillmentEvent]:
    if work is not None:
        raise RefusedError(f"fulfillment order {command.fulfillment_id} exists already", code="fulfillment.exists")
    if not command.units:
        raise InputError(f"fulfillment order {command.fulfillment_id} has no units", code="fulfillment.empty")
    return [
        _new_work_opened(
            fulfillment_id=command.fulfillment_id,
            order_id=command.order_id,
            location_id=command.location_id,
            person_id=command.person_id,
            address_name=command.address_name,
            destination=command.destination,
            on_hold=command.on_hold,
            units=command.units,
            at=command.at,
            share=command.share,
        )
    ]


def _pick(work: FulfillmentOrder, command: c.PickUnits) -> Sequence[e.FulfillmentEvent]:
    _check_workable(work)
    units = command.units or work.to_pick
    if not units:
        raise RefusedError(f"{work.fulfillment_id} has nothing left to pick", code="fulfillment.nothing_to_pick")
    _check_within(work, units, work.to_pick, "to pick")
    return [
        e.UnitsPicked(
            fulfillment_id=work.fulfillment_id,
            order_id=work.order_id,
            location_id=work.location_id,
            units=units,
            at=command.at,
        )
    ]


def _pack(work: FulfillmentOrder, command: c.PackBoxes) -> Sequence[e.FulfillmentEvent]:
    _check_workable(work)
    if not command.packages:
        raise RefusedError(f"{work.fulfillment_id} has nothing picked to pack; pick first", code="fulfillment.no_boxes")
    boxed: dict[int, int] = {}
    known = {package.package_id for package in work.packages}
    for package in command.packages:
        if not package.contents:
            raise InputError(f"package {package.package_id} is empty", code="fulfillment.empty_box")
        if package.package_id in known:
            raise RefusedError(f"package {package.package_id} exists already", code="fulfillment.package_exists")
        known.add(package.package_id)
        _check_package(package)
        for line_id, count in package.contents:
            boxed[line_id] = boxed.get(line_id, 0) + count
    picked: dict[int, int] = {}
    for line in work.lines:
        picked[line.line_id] = picked.get(line.line_id, 0) + line.picked
    for line_id, count in boxed.items():
        if not 0 < count <= picked.get(line_id, 0):
            raise RefusedError(
                f"{work.fulfillment_id} line {line_id}: {picked.get(line_id, 0)} units are picked, {count} were boxed; "
                "scan the boxes again",
                code="fulfillment.miscount",
                line_id=line_id,
            )
    return [
        e.BoxesPacked(
            fulfillment_id=work.fulfillment_id,
            order_id=work.order_id,
            location_id=work.location_id,
            packages=command.packages,
            at=command.at,
        )
    ]


def _check_package(package: Package) -> None:
    """A box has a size or was never measured, and each of its counts is one: sums that are checked later must not hide
    a negative one.
    """
    what = f"package {package.package_id}"
    for line_id, count in package.contents:
        checked_units(count, what=f"{what} line {line_id} units")
    for name, edge_mm in (
        ("length_mm", package.length_mm),
        ("width_mm", package.width_mm),
        ("height_mm", package.height_mm),
    ):
        checked_units(edge_mm, what=f"{what} {name}", least=1 if package.is_measured else 0)
    checked_units(package.mass_g, what=f"{what} mass_g", least=0)
    checked_units(package.transit_days, what=f"{what} transit_days", least=0)
    if package.postage is not None and package.postage.minor < 0:
        raise InputError(f"{what} has the postage {package.postage}; give zero or more", code="fulfillment.postage")


def _label(work: FulfillmentOrder, command: c.RecordLabel) -> Sequence[e.FulfillmentEvent]:
    package = work.package(command.package_id)
    if package.is_labelled:
        if package.tracking_number == command.tracking_number:
            return []
        raise RefusedError(
            f"package {package.package_id} already bears {package.tracking_number}", code="fulfillment.labelled"
        )
    return [
        e.LabelBought(
            fulfillment_id=work.fulfillment_id,
            order_id=work.order_id,
            package_id=command.package_id,
            tracking_number=command.tracking_number,
            carrier=command.carrier,
            service=command.service,
            transit_days=command.transit_days,
            postage=command.postage,
            calls_back=command.calls_back,
            takes_manifest=command.takes_manifest,
            at=command.at,
        )
    ]


def _hand_over(work: FulfillmentOrder, command: c.HandOver) -> Sequence[e.FulfillmentEvent]:
    _check_workable(work)
    packed = tuple(WorkUnits(line.line_id, line.sku, line.pool, line.packed) for line in work.lines if line.packed)
    if not packed or any(line.to_pick or line.picked for line in work.lines):
        raise RefusedError(
            f"{work.fulfillment_id} is not packed completely; pick and pack the rest or drop it first",
            code="fulfillment.not_packed",
        )
    check_no_void_under_way(work)
    unlabelled = [package.package_id for package in work.packages if not package.is_labelled]
    if unlabelled:
        raise RefusedError(
            f"{work.fulfillment_id} has packages without a label: {', '.join(unlabelled)}; run the due tasks first, "
            "and where a label was given up, mend the reason and give BuyLabels",
            code="fulfillment.not_labelled",
        )
    return [
        e.ShipmentHandedOver(
            fulfillment_id=work.fulfillment_id,
            order_id=work.order_id,
            location_id=work.location_id,
            units=packed,
            at=command.at,
        )
    ]


def _delivered(work: FulfillmentOrder, command: c.RecordDelivery) -> Sequence[e.FulfillmentEvent]:
    package: Package = work.package(command.package_id)
    if work.shipped_at is None:
        raise RefusedError(f"package {package.package_id} has not left yet", code="fulfillment.not_shipped")
    if package.delivered_at is not None:
        return []
    return [
        e.PackageDelivered(
            fulfillment_id=work.fulfillment_id,
            order_id=work.order_id,
            package_id=package.package_id,
            at=command.at,
        )
    ]


def _drop(work: FulfillmentOrder, command: c.DropUnits) -> Sequence[e.FulfillmentEvent]:
    left = command.units
    dropped = []
    for line in work.lines:
        if line.line_id == command.line_id and line.to_pick and left:
            units = min(left, line.to_pick)
            dropped.append(WorkUnits(line.line_id, line.sku, line.pool, units))
            left -= units
    if left:
        raise RefusedError(
            f"{work.fulfillment_id} line {command.line_id}: {command.units - left} units are still to be picked, "
            f"{command.units} cannot be dropped",
            code="fulfillment.too_late_to_drop",
        )
    return [
        e.UnitsDropped(
            fulfillment_id=work.fulfillment_id,
            order_id=work.order_id,
            location_id=work.location_id,
            units=tuple(dropped),
            at=command.at,
            share=work.share,
            is_all=command.units == work.live_units,
        )
    ]


def _reject(work: FulfillmentOrder, command: c.RejectWork) -> Sequence[e.FulfillmentEvent]:
    units = command.units or work.to_pick
    if not units:
        raise RefusedError(
            f"{work.fulfillment_id} has nothing left to pick, so nothing to give back",
            code="fulfillment.nothing_to_pick",
        )
    _check_within(work, units, work.to_pick, "to pick")
    return [
        e.UnitsRejected(
            fulfillment_id=work.fulfillment_id,
            order_id=work.order_id,
            location_id=work.location_id,
            units=units,
            reason=checked_text(command.reason, what=f"{work.fulfillment_id}: the reason"),
            is_missing=command.is_missing,
            at=command.at,
            share=work.share,
            is_all=sum([each.units for each in units]) == work.live_units,
        )
    ]


def _check_workable(work: FulfillmentOrder) -> None:
    if work.on_hold:
        raise RefusedError(
            f"{work.fulfillment_id} is on hold with order {work.order_id}: "
            "run the due tasks if it waits for its payment, or release its holds",
            code="fulfillment.on_hold",
        )


def _check_within(
    work: FulfillmentOrder, units: tuple[WorkUnits, ...], there: tuple[WorkUnits, ...], says: str
) -> None:
    left: dict[tuple[int, str, str], int] = {}
    for line_id, sku, pool, count in there:
        left[line_id, sku, pool] = left.get((line_id, sku, pool), 0) + count
    for line_id, sku, pool, count in units:
        known = left.get((line_id, sku, pool), 0)
        if not 0 < count <= known:
            raise RefusedError(
                f"{work.fulfillment_id} line {line_id}: {known} units of {sku} ({pool}) are {says}, not {count}",
                code="fulfillment.miscount",
                line_id=line_id,
            )
        left[line_id, sku, pool] = known - count
