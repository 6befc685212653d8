"""The fulfillment order after one more fact."""

from __future__ import annotations

from typing import assert_never

from omscore.errors import DamageError
from omscore.fulfillment import events as e
from omscore.fulfillment.model import FulfillmentOrder, Package, Step, TrackingEvent, WorkLine, WorkUnits
from omscore.fulfillment.papers import marked
from omscore.fulfillment.voids import voided
from omscore.records import changed, maker

_new_fulfillment_order = maker(FulfillmentOrder)
_new_work_line = maker(WorkLine)


def evolve(work: FulfillmentOrder | None, event: e.FulfillmentEvent) -> FulfillmentOrder:
    """The work as it is after the event."""
    if isinstance(event, e.WorkOpened):
        opened = []
        for line_id, sku, pool, units in event.units:
            opened.append(_new_work_line(line_id=line_id, sku=sku, pool=pool, units=units, to_pick=units))
        return _new_fulfillment_order(
            fulfillment_id=event.fulfillment_id,
            order_id=event.order_id,
            location_id=event.location_id,
            person_id=event.person_id,
            address_name=event.address_name,
            destination=event.destination,
            opened_at=event.at,
            on_hold=event.on_hold,
            lines=tuple(opened),
            share=event.share,
        )
    if work is None:
        raise DamageError(f"{type(event).__name__} came before WorkOpened", code="damage.first_event")
    match event:
        case e.WorkHeld():
            return changed(work, on_hold=True)
        case e.WorkReleased():
            return changed(work, on_hold=False)
        case e.UnitsPicked():
            return changed(work, lines=_stepped(work.lines, event.units, "to_pick", "picked"))
        case e.BoxesPacked():
            return changed(work, lines=_packed(work.lines, event.packages), packages=work.packages + event.packages)
        case e.LabelBought():
            return _with_package(
                work,
                changed(
                    work.package(event.package_id),
                    tracking_number=event.tracking_number,
                    carrier=event.carrier,
                    service=event.service,
                    transit_days=event.transit_days,
                    postage=event.postage,
                    calls_back=event.calls_back,
                    takes_manifest=event.takes_manifest,
                ),
            )
        case e.LabelVoidRequested() | e.LabelVoidAnswered():
            return voided(work, event)
        case e.PackagesMarked():
            return marked(work, event)
        case e.PackageScanned():
            scan = TrackingEvent(status=event.status, at=event.scanned_at)
            return _with_package(work, changed(work.package(event.package_id), scan=scan))
        case e.ShipmentHandedOver():
            lines = _stepped(work.lines, event.units, "packed", "shipped")
            return changed(work, lines=lines, shipped_at=event.at)
        case e.PackageDelivered():
            return _with_package(work, changed(work.package(event.package_id), delivered_at=event.at))
        case e.UnitsDropped() | e.UnitsRejected():
            return changed(work, lines=_stepped(work.lines, event.units, "to_pick", "dropped"))
        case _:
            assert_never(event)


def _stepped(
    lines: tuple[WorkLine, ...], units: tuple[WorkUnits, ...], origin: Step, target: Step
) -> tuple[WorkLine, ...]:
    wanted: dict[tuple[int, str], int] = {}
    for line_id, _, pool, count in units:
        wanted[line_id, pool] = wanted.get((line_id, pool), 0) + count
    found = []
    for line in lines:
        count = wanted.get((line.line_id, line.pool), 0)
        if count:
            line = line.stepped(origin, target, count)
        found.append(line)
    return tuple(found)


def _packed(lines: tuple[WorkLine, ...], packages: tuple[Package, ...]) -> tuple[WorkLine, ...]:
    """Boxes count units of order lines; lines from several pools are filled up in their order."""
    left: dict[int, int] = {}
    for package in packages:
        for line_id, count in package.contents:
            left[line_id] = left.get(line_id, 0) + count
    found = []
    for line in lines:
        count = min(left.get(line.line_id, 0), line.picked)
        if count:
            left[line.line_id] -= count
            line = line.stepped("picked", "packed", count)
        found.append(line)
    return tuple(found)


def _with_package(work: FulfillmentOrder, package: Package) -> FulfillmentOrder:
    packages = tuple(package if each.package_id == package.package_id else each for each in work.packages)
    return changed(work, packages=packages)
