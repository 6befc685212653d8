"""Before a carrier takes parcels: its manifests and pickups are asked for, and what it leaves out is free again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby

from omscore.flows.world import Later, Reaction, TaskKind, World, on
from omscore.fulfillment import bookings as b
from omscore.fulfillment import manifests as m
from omscore.fulfillment.commands import MarkPackages
from omscore.fulfillment.model import HandOverPaper, ListedParcel


def _manifest_requested(event: m.ManifestRequested, _world: World) -> Reaction:
    yield from _marks(event.parcels, HandOverPaper.MANIFEST, event.manifest_id, event.at)
    yield Later(
        task_id=f"{event.manifest_id}.manifest",
        kind=TaskKind.MANIFEST,
        due_at=event.at,
        payload={"manifest_id": event.manifest_id},
    )


def _manifest_answered(event: m.ManifestAnswered, _world: World) -> Reaction:
    return _marks(event.left_out, HandOverPaper.MANIFEST, event.manifest_id, event.at, takes_off=True)


def _pickup_requested(event: b.PickupRequested, _world: World) -> Reaction:
    yield from _marks(event.parcels, HandOverPaper.PICKUP, event.pickup_id, event.at)
    yield Later(
        task_id=f"{event.pickup_id}.pickup",
        kind=TaskKind.PICKUP,
        due_at=event.at,
        payload={"pickup_id": event.pickup_id},
    )


def _cancel_requested(event: b.PickupCancelRequested, _world: World) -> Reaction:
    yield Later(
        task_id=f"{event.pickup_id}.cancel.{event.number}",
        kind=TaskKind.CANCEL_PICKUP,
        due_at=event.at,
        payload={"pickup_id": event.pickup_id, "number": str(event.number)},
    )


def _marks(
    parcels: Iterable[ListedParcel], paper: HandOverPaper, paper_id: str, at: datetime, *, takes_off: bool = False
) -> Iterator[MarkPackages]:
    """One command for each shipment. Shape: parcels of one shipment stand together."""
    for fulfillment_id, mine in groupby(parcels, key=lambda each: each.fulfillment_id):
        yield MarkPackages(
            fulfillment_id=fulfillment_id,
            package_ids=tuple([each.package_id for each in mine]),
            paper=paper,
            paper_id=paper_id,
            takes_off=takes_off,
            at=at,
        )


HANDLERS = (
    on(m.ManifestRequested, _manifest_requested),
    on(m.ManifestAnswered, _manifest_answered),
    on(b.PickupRequested, _pickup_requested),
    on(b.PickupCancelRequested, _cancel_requested),
)
"""The task that asks the carrier, and the marks of the packages."""
