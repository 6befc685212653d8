"""What some carriers do when parcels are handed over: make a manifest of them, and come for them.

Small Protocols beside `CarrierPort`; a provider says by its capabilities which it has.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

from omscore.money import Money
from omscore.places import Address
from omscore.ports.carriers import LabelDocument
from omscore.records import frozen


@frozen(kw_only=True)
class ParcelToHandOver:
    """A parcel with the label it bears. Shape: `key` is the one the label was bought under."""

    key: str
    tracking_number: str


@frozen(kw_only=True)
class ManifestRequest:
    """Parcels of one sender, all with labels of one carrier that were not given back."""

    key: str
    carrier: str
    sender: Address
    parcels: tuple[ParcelToHandOver, ...]
    at: datetime


@frozen(kw_only=True)
class ManifestPaper:
    """The carrier's own list. Shape: it may leave out some of the parcels that were asked for."""

    number: str
    tracking_numbers: tuple[str, ...]
    document: LabelDocument


@runtime_checkable
class CarrierManifests(Protocol):
    """A carrier that wants its parcels listed before it takes them.

    Holds: a parcel comes on one manifest, however often it is asked for.
    """

    def make_manifest(self, request: ManifestRequest) -> ManifestPaper:
        """The manifest of these parcels, made now unless it was before.

        Raises: PortRefusedError when there can be none, and then none of the parcels is on it.
        """
        ...

    def look_up_manifest(self, request: ManifestRequest) -> ManifestPaper | None:
        """The manifest made under that key; None when none was, for certain."""
        ...


@frozen(kw_only=True)
class PickupRequest:
    """A carrier is to come for parcels. Shape: both moments bear the offset of the place it comes to."""

    key: str
    carrier: str
    sender: Address
    parcels: tuple[ParcelToHandOver, ...]
    opens_at: datetime
    closes_at: datetime
    instructions: str
    at: datetime


@frozen(kw_only=True)
class PickupSlip:
    """An appointment as the carrier confirmed it; `price` is None when it names none."""

    confirmation: str
    opens_at: datetime
    closes_at: datetime
    price: Money | None


@runtime_checkable
class CarrierCollections(Protocol):
    """A carrier that comes for parcels when it is asked to.

    Holds: asked twice under one key it comes once; cancelled twice it is cancelled once.
    """

    def book_pickup(self, request: PickupRequest) -> PickupSlip: ...

    def look_up_pickup(self, request: PickupRequest) -> PickupSlip | None:
        """The pickup booked under that key; None when none was, for certain."""
        ...

    def cancel_pickup(self, request: PickupRequest) -> None:
        """Tell the carrier to stay away. Raises: PortRefusedError when it comes all the same."""
        ...
