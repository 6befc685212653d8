"""Several boxes of one shipment: labelled in one call where the carrier can, otherwise one after the other.

A piece has the key its label would have alone, so whatever was bought is found under it, together or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from omscore.engine.desk import Desk
from omscore.engine.outcome import Outcome, given_up
from omscore.engine.parcels import buy_label, kept, parcel_of, recipient_of
from omscore.engine.plans.wishes import KeepLabels
from omscore.engine.retry import wait_after
from omscore.engine.trail import Trail, may_repeat
from omscore.engine.unit import Unit
from omscore.errors import PortError, PortUnknownError
from omscore.fulfillment.model import FulfillmentOrder, Package
from omscore.ports.carriers import CarrierPort, Label, LabelLookUp, MultiPiece, Piece, ShipmentRequest
from omscore.ports.storage import Task, TaskOutcome

_Bought = list[tuple[Package, Label]]


def label_set(desk: Desk, carrier: CarrierPort, task: Task, payload: Mapping[str, str], now: datetime) -> Outcome:
    """Buy the labels of the boxes that belong together, as far as they have none."""
    work = Unit(desk, now).get(FulfillmentOrder, payload["fulfillment_id"])
    pieces = [each for each in work.packages if each.set_key == payload["set_key"] and not each.is_labelled]
    if not pieces:
        return Outcome(note="labelled already")
    bought: _Bought = []
    if not may_repeat(carrier, task):
        if not isinstance(carrier, LabelLookUp):
            return given_up("outcome unknown: labels may have been bought, and this carrier would sell them twice")
        for package in pieces:
            found = desk.meter.call(
                desk.carrier, "look up label", carrier.look_up_label, work.label_key(package.package_id)
            )
            if found is not None:
                bought.append((package, found))
    if not bought and len(pieces) > 1:
        bought = _together(desk, carrier, work, pieces, now, payload["set_key"])
    there = {package.package_id for package, _ in bought}
    for package in pieces:
        if package.package_id in there:
            continue
        try:
            bought.append((package, buy_label(desk, carrier, work, package, now)))
        except PortError as error:
            if not bought:
                raise
            return _so_far(carrier, work, bought, task, now, error)
    return Outcome(commands=(_keep(carrier, work, bought, now),))


def _together(
    desk: Desk, carrier: CarrierPort, work: FulfillmentOrder, pieces: list[Package], now: datetime, set_key: str
) -> _Bought:
    """All labels in one call; none where the carrier, or every service of it, takes one box at a time."""
    if not isinstance(carrier, MultiPiece):
        return []
    location = desk.shop.location(work.location_id)
    parcels = tuple([parcel_of(each) for each in pieces])
    desk.meter.hold_back(desk.carrier, "buy labels together")
    ask = carrier.quotes_together
    quotes = desk.meter.call(desk.carrier, "quotes together", ask, location.country, work.destination, parcels)
    if not quotes:
        return []
    request = ShipmentRequest(
        key=set_key,
        reference=work.order_id,
        pieces=tuple([Piece(key=work.label_key(each.package_id), parcel=parcel_of(each)) for each in pieces]),
        sender=location.address,
        recipient=recipient_of(desk, work),
        service=quotes[0].service,
        at=now,
    )
    labels = desk.meter.call(desk.carrier, "buy labels together", carrier.buy_together, request)
    if len(labels) != len(pieces):
        raise PortUnknownError(f"the carrier gave {len(labels)} labels for {len(pieces)} boxes; look at its own list")
    return list(zip(pieces, labels, strict=True))


def _so_far(
    carrier: CarrierPort, work: FulfillmentOrder, bought: _Bought, task: Task, now: datetime, error: PortError
) -> Outcome:
    """What is bought is noted whatever became of the next box; the task goes on with the rest."""
    is_sure = Trail.before(task).is_sure and not isinstance(error, PortUnknownError)
    return Outcome(
        commands=(_keep(carrier, work, bought, now),),
        settled=TaskOutcome.RETRY,
        again_at=now + wait_after(1, task.task_id),
        note=str(error),
        is_sure=is_sure,
    )


def _keep(carrier: CarrierPort, work: FulfillmentOrder, bought: _Bought, now: datetime) -> KeepLabels:
    return KeepLabels(labels=tuple([kept(carrier, work, each, label, now) for each, label in bought]), at=now)
