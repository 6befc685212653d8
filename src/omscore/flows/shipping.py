"""From the packing table to the door: the order follows its fulfillment orders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from omscore.flows.notices import notice
from omscore.flows.world import Later, Reaction, TaskKind, World, on
from omscore.fulfillment import events as f
from omscore.orders.commands import RecordProgress, RecordShipped
from omscore.orders.events import LinesProgressed, UnitsCancelled
from omscore.orders.lines import summed
from omscore.orders.linestates import LineState
from omscore.orders.model import LineUnits


def _picked(event: f.UnitsPicked, _world: World) -> Reaction:
    yield _progress(event, LineState.ALLOCATED, LineState.PICKED, _by_line(event.units))


def _packed(event: f.BoxesPacked, _world: World) -> Reaction:
    boxed = [contents for package in event.packages for contents in package.contents]
    yield _progress(event, LineState.PICKED, LineState.PACKED, _by_line((line, "", "", n) for line, n in boxed))
    for set_key in dict.fromkeys([package.set_key for package in event.packages if package.set_key]):
        yield Later(
            task_id=f"{set_key}.label",
            kind=TaskKind.LABEL_SET,
            due_at=event.at,
            payload={"fulfillment_id": event.fulfillment_id, "set_key": set_key},
        )
    for package in event.packages:
        if package.set_key:
            continue
        yield Later(
            task_id=f"{package.package_id}.label",
            kind=TaskKind.LABEL,
            due_at=event.at,
            payload={"fulfillment_id": event.fulfillment_id, "package_id": package.package_id},
        )


def _void_requested(event: f.LabelVoidRequested, _world: World) -> Reaction:
    yield Later(
        task_id=event.key,
        kind=TaskKind.VOID_LABEL,
        due_at=event.at,
        payload={"fulfillment_id": event.fulfillment_id, "key": event.key},
    )


def _void_answered(event: f.LabelVoidAnswered, _world: World) -> Reaction:
    """A parcel that shall leave needs a label, and the address or the rates may have been mended meanwhile."""
    if event.takes_label:
        yield Later(
            task_id=f"{event.key}.label",
            kind=TaskKind.LABEL,
            due_at=event.at,
            payload={"fulfillment_id": event.fulfillment_id, "package_id": event.package_id},
        )


def _delivered(event: f.PackageDelivered, world: World) -> Reaction:
    package = world.work(event.fulfillment_id).package(event.package_id)
    units = _by_line((line_id, "", "", count) for line_id, count in package.contents)
    yield _progress(event, LineState.SHIPPED, LineState.DELIVERED, units)
    if world.policy.tell_delivered:
        order = world.order(event.order_id)
        yield notice("delivered", f"{event.package_id}.delivered", order, event.at, tracking=package.tracking_number)


def _progressed(event: LinesProgressed, world: World) -> Reaction:
    return _followed_up(event, world) if event.target is LineState.DELIVERED else ()


def _cancelled(event: UnitsCancelled, world: World) -> Reaction:
    return _followed_up(event, world)


def _progress(
    event: f.UnitsPicked | f.BoxesPacked | f.PackageDelivered,
    origin: LineState,
    target: LineState,
    units: tuple[LineUnits, ...],
) -> RecordProgress:
    return RecordProgress(
        order_id=event.order_id,
        fulfillment_id=event.fulfillment_id,
        origin=origin,
        target=target,
        units=units,
        at=event.at,
    )


def _handed_over(event: f.ShipmentHandedOver, world: World) -> Reaction:
    work = world.work(event.fulfillment_id)
    yield RecordShipped(
        order_id=event.order_id, fulfillment_id=event.fulfillment_id, units=_by_line(event.units), at=event.at
    )
    for package in work.packages:
        yield Later(
            task_id=f"{package.package_id}.track",
            kind=TaskKind.TRACK,
            due_at=event.at + timedelta(days=max(1, package.transit_days)),
            payload={"fulfillment_id": event.fulfillment_id, "package_id": package.package_id},
        )
    numbers = ", ".join(package.tracking_number for package in work.packages)
    order = world.order(event.order_id)
    days = [package.transit_days for package in work.packages]
    arrives = {"arrives_at": (event.at + timedelta(days=max(days))).isoformat()} if days and min(days) > 0 else {}
    yield notice("shipped", f"{event.fulfillment_id}.shipped", order, event.at, tracking=numbers, **arrives)


def _followed_up(event: LinesProgressed | UnitsCancelled, world: World) -> Reaction:
    """Ask how it was once everything that will ever come has come."""
    order = world.order(event.order_id)
    delivered = sum(line.quantities.delivered for line in order.lines)
    if delivered and order.is_settled and all(line.quantities.shipped == 0 for line in order.lines):
        due_at = event.at + timedelta(days=world.policy.followup_after_days)
        yield notice("followup", f"{event.order_id}.followup", order, due_at)


def _by_line(units: Iterable[tuple[int, str, str, int]]) -> tuple[LineUnits, ...]:
    counted = summed((line_id, count) for line_id, _, _, count in units)
    return tuple(LineUnits(line_id, count) for line_id, count in counted.items())


HANDLERS = (
    on(f.UnitsPicked, _picked),
    on(f.BoxesPacked, _packed),
    on(f.LabelVoidRequested, _void_requested),
    on(f.LabelVoidAnswered, _void_answered),
    on(f.ShipmentHandedOver, _handed_over),
    on(f.PackageDelivered, _delivered),
    on(LinesProgressed, _progressed),
    on(UnitsCancelled, _cancelled),
)
"""Steps of the work, as the order and its payment see them."""
