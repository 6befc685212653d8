"""A fulfillment order holds every unit it has taken on in exactly one step of the work."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple

from omscore.capacity import DayShare
from omscore.errors import NotFoundError
from omscore.ids import FulfillmentId, LocationId, OrderId, PersonId
from omscore.money import Money
from omscore.places import Destination
from omscore.records import frozen

Step = Literal["to_pick", "picked", "packed", "shipped", "dropped"]
"""The steps of the work, as the fields of a work line that count units."""


class WorkUnits(NamedTuple):
    """So many units of one order line, from one pool."""

    line_id: int
    sku: str
    pool: str
    units: int


@frozen(kw_only=True)
class WorkLine:
    """Units of one order line from one pool, by step. Holds: `units` is the sum of all steps."""

    line_id: int
    sku: str
    pool: str
    units: int
    to_pick: int
    picked: int = 0
    packed: int = 0
    shipped: int = 0
    dropped: int = 0

    def stepped(self, origin: Step, target: Step, units: int) -> WorkLine:
        """The same line with n units one step on. Spelled out because attrs.evolve is five times as slow."""
        counts = {
            "to_pick": self.to_pick,
            "picked": self.picked,
            "packed": self.packed,
            "shipped": self.shipped,
            "dropped": self.dropped,
        }
        counts[origin] -= units
        counts[target] += units
        return WorkLine(line_id=self.line_id, sku=self.sku, pool=self.pool, units=self.units, **counts)


class TrackingStatus(StrEnum):
    """How far a parcel has come; a code the adapter does not know stays UNKNOWN."""

    LABELLED = "labelled"
    """The label is printed; the carrier does not have the parcel yet."""
    IN_TRANSIT = "in_transit"
    """The carrier has it, up to the last door."""
    DELIVERED = "delivered"
    """It was handed over. It is not tracked any more."""
    FAILED = "failed"
    """It will not arrive as it was sent, such as one on its way back. It is tracked on."""
    UNKNOWN = "unknown"
    """The carrier told something the adapter has no word for."""


@frozen(kw_only=True)
class TrackingEvent:
    """One scan of a parcel."""

    status: TrackingStatus
    at: datetime
    says: str = ""


class BoxedUnits(NamedTuple):
    """Units of one order line in one box."""

    line_id: int
    units: int


@frozen(kw_only=True)
class Package:
    """One closed box.

    Shape: `scan` is the latest told; `calls_back` when the carrier of its label tells of it by callbacks, and
    `takes_manifest` when it wants its parcels listed; packages with one `set_key` have their labels bought in one call;
    `manifest_id` and `pickup_id` are the papers it is to leave with, as far as there are any.
    Units: `mass_g` is the gross mass, outer size in mm; all three edges are 0 where nobody measured goods that no box
    bears: they go as they are.
    """

    package_id: str
    box: str
    contents: tuple[BoxedUnits, ...]
    mass_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    tracking_number: str = ""
    carrier: str = ""
    service: str = ""
    transit_days: int = 0
    postage: Money | None = None
    delivered_at: datetime | None = None
    scan: TrackingEvent | None = None
    calls_back: bool = False
    takes_manifest: bool = False
    set_key: str = ""
    manifest_id: str = ""
    pickup_id: str = ""

    @property
    def is_measured(self) -> bool:
        return any((self.length_mm, self.width_mm, self.height_mm))

    @property
    def is_labelled(self) -> bool:
        return self.tracking_number != ""

    @property
    def waits_for_manifest(self) -> bool:
        """Whether its carrier wants it listed, and it is on no manifest and not with the customer."""
        return self.takes_manifest and not self.manifest_id and self.delivered_at is None


class HandOverPaper(StrEnum):
    """What parcels can be listed on before a carrier takes them: its manifest, or an appointment to collect them."""

    MANIFEST = "manifest"
    PICKUP = "pickup"


class ListedParcel(NamedTuple):
    """A parcel on such a paper, with the label it bears. Shape: `label_key` is the key the label was bought under."""

    fulfillment_id: FulfillmentId
    package_id: str
    label_key: str
    tracking_number: str


class LabelVoidState(StrEnum):
    """How far a label given back has come: its price comes back, or it does not."""

    REQUESTED = "requested"
    PENDING = "pending"
    REFUNDED = "refunded"
    REFUSED = "refused"


@frozen(kw_only=True)
class LabelVoid:
    """A label that was, or is being, given back. Shape: `label_key` is the key it was bought under."""

    key: str
    package_id: str
    label_key: str
    tracking_number: str
    carrier: str
    postage: Money | None
    reason: str
    requested_at: datetime
    state: LabelVoidState = LabelVoidState.REQUESTED
    took_label: bool = False
    says: str = ""


class WorkStatus(StrEnum):
    """Where the work stands, computed from the numbers."""

    ON_HOLD = "on hold"
    OPEN = "open"
    PICKED = "picked"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    DROPPED = "dropped"


@frozen(kw_only=True)
class FulfillmentOrder:
    """The part of an order that one location must do; it leaves as one shipment of one or more packages.

    Shape: `share` is how it counts at a location that does only so much on a day.
    """

    fulfillment_id: FulfillmentId
    order_id: OrderId
    location_id: LocationId
    person_id: PersonId | None
    address_name: str
    destination: Destination
    opened_at: datetime
    on_hold: bool
    lines: tuple[WorkLine, ...]
    packages: tuple[Package, ...] = ()
    shipped_at: datetime | None = None
    share: DayShare | None = None
    voids: tuple[LabelVoid, ...] = ()

    @property
    def live_units(self) -> int:
        """Units that were not dropped."""
        return sum([line.units - line.dropped for line in self.lines])

    @property
    def to_pick(self) -> tuple[WorkUnits, ...]:
        """Everything still to be picked."""
        return tuple(WorkUnits(line.line_id, line.sku, line.pool, line.to_pick) for line in self.lines if line.to_pick)

    @property
    def to_pack(self) -> tuple[WorkUnits, ...]:
        """Everything picked and not yet packed."""
        return tuple(WorkUnits(line.line_id, line.sku, line.pool, line.picked) for line in self.lines if line.picked)

    def package(self, package_id: str) -> Package:
        """The package with that id. Raises: NotFoundError."""
        for package in self.packages:
            if package.package_id == package_id:
                return package
        raise NotFoundError(f"{self.fulfillment_id} has no package {package_id}", code="fulfillment.no_package")

    def void(self, key: str) -> LabelVoid:
        """The label given back under that key. Raises: NotFoundError."""
        for each in self.voids:
            if each.key == key:
                return each
        raise NotFoundError(f"{self.fulfillment_id} gave no label back as {key}", code="fulfillment.no_void")

    def is_giving_back(self, package_id: str) -> bool:
        """Whether a label of the package was given back and the carrier has not answered."""
        return any([each.package_id == package_id and each.state is LabelVoidState.REQUESTED for each in self.voids])

    def parcel(self, package: Package) -> ListedParcel:
        """A labelled package as a paper lists it."""
        return ListedParcel(
            self.fulfillment_id, package.package_id, self.label_key(package.package_id), package.tracking_number
        )

    def label_key(self, package_id: str) -> str:
        """The key the label of a package is bought under: a new one after each label that was taken back."""
        taken = sum([each.took_label for each in self.voids if each.package_id == package_id])
        return f"{package_id}.{taken + 1}" if taken else package_id

    @property
    def status(self) -> WorkStatus:
        if self.live_units == 0:
            return WorkStatus.DROPPED
        if self.shipped_at is not None:
            delivered = all(package.delivered_at is not None for package in self.packages)
            return WorkStatus.DELIVERED if delivered else WorkStatus.SHIPPED
        if self.on_hold:
            return WorkStatus.ON_HOLD
        if any([line.to_pick for line in self.lines]):
            return WorkStatus.OPEN
        return WorkStatus.PICKED if any(line.picked for line in self.lines) else WorkStatus.PACKED
