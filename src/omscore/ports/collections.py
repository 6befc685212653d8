"""How parcels leave the dock: a pickup that is booked, a list of the parcels that is closed.

Small Protocols beside `CarrierPort`; a provider says by its capabilities which it has. Parcels are named by the keys
their labels were bought under.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

from omscore.money import Money
from omscore.places import Address
from omscore.ports.carriers import LabelDocument
from omscore.records import frozen


@frozen(kw_only=True)
class PickupRequest:
    """Parcels to be fetched at an address between two moments."""

    key: str
    label_keys: tuple[str, ...]
    address: Address
    ready_from: datetime
    ready_until: datetime


@frozen(kw_only=True)
class BookedPickup:
    """A pickup the carrier agreed to. Shape: `confirmation` is the carrier's number."""

    confirmation: str
    carrier: str
    price: Money


@runtime_checkable
class Pickups(Protocol):
    """A carrier that can be told to come. Holds: the same key asked twice is one pickup."""

    def book_pickup(self, request: PickupRequest) -> BookedPickup: ...


@frozen(kw_only=True)
class ManifestRequest:
    """Parcels to be closed into one list, which the driver scans once."""

    key: str
    label_keys: tuple[str, ...]


@frozen(kw_only=True)
class Manifest:
    """A closed list. Shape: `reference` is the carrier's id; one document of it to print, or none."""

    reference: str
    documents: tuple[LabelDocument, ...] = ()


@runtime_checkable
class Manifests(Protocol):
    """A carrier that closes parcels into lists. Holds: the same parcels closed twice are one list."""

    def close_manifest(self, request: ManifestRequest) -> Manifest: ...
