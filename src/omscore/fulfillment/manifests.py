"""A manifest: the parcels a location gives a carrier, asked for once and answered by the carrier.

What the carrier's own list leaves out is taken off again, so that it comes on the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from omscore.errors import DamageError, NotFoundError, RefusedError
from omscore.fulfillment.model import ListedParcel
from omscore.ids import LocationId, ManifestId
from omscore.records import changed, frozen


class ManifestState(StrEnum):
    """How far a manifest has come; the parcels of one that was refused are free for the next."""

    REQUESTED = "requested"
    MADE = "made"
    REFUSED = "refused"


@frozen(kw_only=True)
class Manifest:
    """The parcels of one location that one carrier is to take.

    Shape: `number` is the carrier's own; the printed form is known by `media_type` and the SHA-256 of its content.
    """

    manifest_id: ManifestId
    location_id: LocationId
    carrier: str
    parcels: tuple[ListedParcel, ...]
    closed_at: datetime
    state: ManifestState = ManifestState.REQUESTED
    number: str = ""
    media_type: str = ""
    content_sha256: str = ""
    says: str = ""


@frozen(kw_only=True)
class RequestManifest:
    """Ask a carrier for the manifest of these parcels."""

    manifest_id: ManifestId
    location_id: LocationId
    carrier: str
    parcels: tuple[ListedParcel, ...]
    at: datetime


@frozen(kw_only=True)
class RecordManifest:
    """Note the carrier's answer. Shape: `tracking_numbers` are those of the parcels on its list."""

    manifest_id: ManifestId
    state: ManifestState
    tracking_numbers: tuple[str, ...]
    at: datetime
    number: str = ""
    media_type: str = ""
    content_sha256: str = ""
    says: str = ""


@frozen(kw_only=True)
class ManifestRequested:
    manifest_id: ManifestId
    location_id: LocationId
    carrier: str
    parcels: tuple[ListedParcel, ...]
    at: datetime


@frozen(kw_only=True)
class ManifestAnswered:
    """Shape: `left_out` are the parcels that were asked for and are not on the carrier's list."""

    manifest_id: ManifestId
    state: ManifestState
    left_out: tuple[ListedParcel, ...]
    at: datetime
    number: str = ""
    media_type: str = ""
    content_sha256: str = ""
    says: str = ""


ManifestCommand = RequestManifest | RecordManifest
ManifestEvent = ManifestRequested | ManifestAnswered


def decide_manifest(manifest: Manifest | None, command: ManifestCommand) -> Sequence[ManifestEvent]:
    """What follows from the command. Holds: a manifest is answered once.

    Raises: RefusedError for an id that is taken, and for another answer than the one that stands.
    """
    match command:
        case RequestManifest():
            if manifest is not None:
                raise RefusedError(
                    f"manifest {command.manifest_id} exists already; give each an id of its own",
                    code="manifest.exists",
                )
            return [
                ManifestRequested(
                    manifest_id=command.manifest_id,
                    location_id=command.location_id,
                    carrier=command.carrier,
                    parcels=command.parcels,
                    at=command.at,
                )
            ]
        case RecordManifest():
            return _answered(manifest, command)
        case _:
            assert_never(command)


def _answered(manifest: Manifest | None, command: RecordManifest) -> Sequence[ManifestEvent]:
    if manifest is None:
        raise NotFoundError(f"there is no manifest {command.manifest_id}", code="manifest.unknown")
    if manifest.state is not ManifestState.REQUESTED:
        if (manifest.state, manifest.number) == (command.state, command.number):
            return []
        raise RefusedError(f"manifest {manifest.manifest_id} is {manifest.state} already", code="manifest.answered")
    taken = frozenset(command.tracking_numbers if command.state is ManifestState.MADE else ())
    return [
        ManifestAnswered(
            manifest_id=manifest.manifest_id,
            state=command.state,
            left_out=tuple([each for each in manifest.parcels if each.tracking_number not in taken]),
            number=command.number,
            media_type=command.media_type,
            content_sha256=command.content_sha256,
            says=command.says,
            at=command.at,
        )
    ]


def evolve_manifest(manifest: Manifest | None, event: ManifestEvent) -> Manifest:
    """The manifest after one more fact. Shape: once answered, `parcels` are those on the carrier's list."""
    if isinstance(event, ManifestRequested):
        return Manifest(
            manifest_id=event.manifest_id,
            location_id=event.location_id,
            carrier=event.carrier,
            parcels=event.parcels,
            closed_at=event.at,
        )
    if manifest is None:
        raise DamageError("ManifestAnswered came before ManifestRequested", code="damage.first_event")
    return changed(
        manifest,
        state=event.state,
        parcels=tuple([each for each in manifest.parcels if each not in event.left_out]),
        number=event.number,
        media_type=event.media_type,
        content_sha256=event.content_sha256,
        says=event.says,
    )
