"""Parcels out: quotes, labels and tracking.

A label is bought under a stable key: asked twice it is the same label at one price.
"""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime
from typing import Protocol, runtime_checkable

from omscore.fulfillment.model import TrackingEvent as TrackingEvent
from omscore.fulfillment.model import TrackingStatus as TrackingStatus
from omscore.money import Money
from omscore.places import Address, Destination
from omscore.records import frozen


@frozen(kw_only=True)
class Parcel:
    """One closed box: its outer mass and size. Units: all three edges are 0 where nobody has measured it."""

    mass_g: int
    length_mm: int
    width_mm: int
    height_mm: int


@frozen(kw_only=True)
class CarrierQuote:
    """A price for one parcel. Units: transit_days counts working days of the carrier."""

    carrier: str
    service: str
    price: Money
    transit_days: int


@frozen(kw_only=True)
class LabelRequest:
    """One parcel to be labelled. The addresses are personal and are not kept by the engine outside the vault."""

    key: str
    reference: str
    parcel: Parcel
    sender: Address
    recipient: Address
    service: str
    at: datetime


@frozen(kw_only=True)
class LabelDocument:
    """A printable form of the label, such as `application/zpl` or `text/plain`.

    Shape: what is no text is written in base64, and its media type says so, as in `application/pdf;base64`.

    >>> LabelDocument(media_type="application/pdf;base64", text="JVBERi0=").content
    b'%PDF-'
    """

    media_type: str
    text: str

    @property
    def content(self) -> bytes:
        """The bytes a printer is sent."""
        return b64decode(self.text) if self.media_type.endswith(";base64") else self.text.encode()


@frozen(kw_only=True)
class Label:
    """A bought label."""

    tracking_number: str
    carrier: str
    service: str
    price: Money
    transit_days: int
    documents: tuple[LabelDocument, ...]


@frozen(kw_only=True)
class TrackingRequest:
    """A question about a parcel: what is known of it up to `at`, given where and when it was handed over."""

    tracking_number: str
    service: str
    origin_country: str
    destination: Destination
    handed_over_at: datetime
    at: datetime


@frozen(kw_only=True)
class Piece:
    """One box of several that travel together. Shape: `key` is that of its label, as if it were bought alone."""

    key: str
    parcel: Parcel


@frozen(kw_only=True)
class ShipmentRequest:
    """Several boxes from one sender to one recipient, to be labelled in one call under the key of the whole."""

    key: str
    reference: str
    pieces: tuple[Piece, ...]
    sender: Address
    recipient: Address
    service: str
    at: datetime


class CarrierPort(Protocol):
    """One carrier account."""

    def quotes(self, origin_country: str, destination: Destination, parcel: Parcel) -> tuple[CarrierQuote, ...]:
        """Every service that takes the parcel, cheapest first; empty when none goes there.

        Holds: asking buys and books nothing; promises ask too (`oms.promise(..., live=True)`).
        """
        ...

    def buy_label(self, request: LabelRequest) -> Label: ...

    def track(self, request: TrackingRequest) -> tuple[TrackingEvent, ...]:
        """All scans so far, oldest first."""
        ...


@runtime_checkable
class LabelLookUp(Protocol):
    """A carrier that can tell which label was bought under a key. Who does not keep to keys should offer this."""

    def look_up_label(self, key: str) -> Label | None:
        """The label bought under that key; None when none was, for certain."""
        ...


@runtime_checkable
class MultiPiece(Protocol):
    """A carrier that labels several boxes as one shipment.

    Holds: the label of a piece is the one of the piece's key: `buy_label` and `look_up_label` under it answer with it.
    """

    def quotes_together(
        self, origin_country: str, destination: Destination, parcels: tuple[Parcel, ...]
    ) -> tuple[CarrierQuote, ...]:
        """Every service that takes all of them as one shipment, cheapest first, with the price of the whole.

        Holds: asking buys and books nothing.
        """
        ...

    def buy_together(self, request: ShipmentRequest) -> tuple[Label, ...]:
        """A label for each piece, in the order of the pieces. Holds: their prices sum to that of the shipment."""
        ...
