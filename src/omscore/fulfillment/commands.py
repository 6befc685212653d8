"""What can be wished of a fulfillment order."""

from __future__ import annotations

from datetime import datetime

from omscore.capacity import DayShare
from omscore.fulfillment.model import HandOverPaper, LabelVoidState, Package, TrackingEvent, WorkUnits
from omscore.ids import FulfillmentId, LocationId, OrderId, PersonId
from omscore.money import Money
from omscore.places import Destination
from omscore.records import frozen


@frozen(kw_only=True)
class OpenWork:
    """Give a location its part of an order; `share` is how it counts where only so much is done on a day."""

    fulfillment_id: FulfillmentId
    order_id: OrderId
    location_id: LocationId
    person_id: PersonId | None
    address_name: str
    destination: Destination
    on_hold: bool
    units: tuple[WorkUnits, ...]
    at: datetime
    share: DayShare | None = None


@frozen(kw_only=True)
class HoldWork:
    """Stop the work until the order's holds are lifted."""

    fulfillment_id: FulfillmentId
    at: datetime


@frozen(kw_only=True)
class ReleaseWork:
    """Let the work go on."""

    fulfillment_id: FulfillmentId
    at: datetime


@frozen(kw_only=True)
class PickUnits:
    """Units were taken from the shelf; everything still to pick when `units` is empty."""

    fulfillment_id: FulfillmentId
    at: datetime
    units: tuple[WorkUnits, ...] = ()


@frozen(kw_only=True)
class PackBoxes:
    """Picked units were put into boxes; boxes are chosen for everything picked when `packages` is empty."""

    fulfillment_id: FulfillmentId
    at: datetime
    packages: tuple[Package, ...] = ()


@frozen(kw_only=True)
class RecordLabel:
    """Note the label that was bought for a package.

    Shape: `calls_back` when its carrier tells of it by callbacks, `takes_manifest` when it wants it on a manifest.
    """

    fulfillment_id: FulfillmentId
    package_id: str
    tracking_number: str
    carrier: str
    service: str
    transit_days: int
    postage: Money
    at: datetime
    calls_back: bool = False
    takes_manifest: bool = False


@frozen(kw_only=True)
class VoidLabel:
    """Give the label of a package back that has not left yet; a new one is bought once the carrier takes it."""

    fulfillment_id: FulfillmentId
    package_id: str
    reason: str
    at: datetime


@frozen(kw_only=True)
class RecordVoid:
    """Note what the carrier says to a label given back; told twice it is noted once."""

    fulfillment_id: FulfillmentId
    key: str
    state: LabelVoidState
    says: str
    at: datetime


@frozen(kw_only=True)
class MarkPackages:
    """Note that packages are on a paper of their carrier, or with `takes_off` that they are not on it after all."""

    fulfillment_id: FulfillmentId
    package_ids: tuple[str, ...]
    paper: HandOverPaper
    paper_id: str
    at: datetime
    takes_off: bool = False


@frozen(kw_only=True)
class RecordScans:
    """Note what is known of a package under way; scans told twice or late change nothing that is newer."""

    fulfillment_id: FulfillmentId
    package_id: str
    scans: tuple[TrackingEvent, ...]
    at: datetime


@frozen(kw_only=True)
class HandOver:
    """The carrier took all packages."""

    fulfillment_id: FulfillmentId
    at: datetime


@frozen(kw_only=True)
class RecordDelivery:
    """A package reached the customer; told twice it is noted once."""

    fulfillment_id: FulfillmentId
    package_id: str
    at: datetime


@frozen(kw_only=True)
class RejectWork:
    """The location cannot do its part: everything still to pick when `units` is empty. Other sources are looked for.

    Shape: `is_missing` says that the shelf does not hold the units, which are then booked out as lost.
    """

    fulfillment_id: FulfillmentId
    reason: str
    at: datetime
    units: tuple[WorkUnits, ...] = ()
    is_missing: bool = False


@frozen(kw_only=True)
class DropUnits:
    """Let go of units of a line that were not picked."""

    fulfillment_id: FulfillmentId
    line_id: int
    units: int
    at: datetime


FulfillmentCommand = (
    OpenWork
    | HoldWork
    | ReleaseWork
    | PickUnits
    | PackBoxes
    | RecordLabel
    | VoidLabel
    | RecordVoid
    | MarkPackages
    | RecordScans
    | HandOver
    | RecordDelivery
    | DropUnits
    | RejectWork
)
