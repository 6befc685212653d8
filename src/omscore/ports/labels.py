"""What some carriers can do about a label that was bought: take it back, and tell of its parcel by themselves.

Small Protocols beside `CarrierPort`; a provider says by its capabilities which it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from omscore.ports.carriers import TrackingEvent
from omscore.records import frozen


class VoidState(StrEnum):
    """What a carrier says to a label given back; `pending` is asked again until it is one of the others."""

    REFUNDED = "refunded"
    """All of its price comes back; an answer for good."""
    PENDING = "pending"
    """The carrier took it back and has not decided yet; it is asked again after a day, for up to sixty."""
    REFUSED = "refused"
    """Nothing comes back, and `says` tells why; an answer for good."""


@frozen(kw_only=True)
class VoidRequest:
    """A label to be given back.

    Shape: `key` is the one it was bought under; `is_again` when the carrier may have been asked before.
    """

    key: str
    tracking_number: str
    carrier: str
    at: datetime
    is_again: bool = False


@frozen(kw_only=True)
class VoidAnswer:
    """The answer, and why where it is no."""

    state: VoidState
    says: str = ""


@runtime_checkable
class LabelVoid(Protocol):
    """A carrier that takes back labels that were not used.

    Holds: the same label given back twice is given back once; a label it did not sell is refused.
    """

    def void_label(self, request: VoidRequest) -> VoidAnswer:
        """Whether the price of the label comes back: all of it, not yet decided, or none.

        Shape: where `is_again` is set, a no may only mean that the label was given back before, and is not passed on.
        Raises: PortRefusedError, which counts as `VoidState.REFUSED`; PortUnknownError when no answer came that can be
        read, and then it is asked again.
        """
        ...


@frozen(kw_only=True)
class TrackingNews:
    """What a callback tells of one parcel. Shape: `event_id` is the carrier's id of the message."""

    event_id: str
    tracking_number: str
    scans: tuple[TrackingEvent, ...]


@runtime_checkable
class TrackingCallbacks(Protocol):
    """A carrier that tells of its parcels by signed callbacks."""

    def tracking_news(self, body: bytes, headers: Mapping[str, str]) -> TrackingNews | None:
        """What a callback tells; None when it is about something else.

        Shape: `body` as it came, before anything read it: the signature is over these bytes.
        Raises: InputError when it is not signed by the carrier, or not readable.
        """
        ...
