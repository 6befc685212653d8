"""What happened to a fulfillment order; those that move stock say which units by `moves()`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain

from omscore.capacity import DayShare
from omscore.fulfillment.model import HandOverPaper, LabelVoidState, Package, TrackingStatus, WorkUnits
from omscore.ids import FulfillmentId, LocationId, OrderId, PersonId
from omscore.money import Money
from omscore.places import Destination
from omscore.quantities import CUSTOMER, Move, StockPlace, StockState
from omscore.records import frozen, maker

_new_move = maker(Move)
_new_stock_place = maker(StockPlace)

_SELLABLE, _ALLOCATED = StockState.SELLABLE, StockState.ALLOCATED
"""By names of their own: a member is looked up in its enum for as long as a record takes to be made."""


def _moves(units: tuple[WorkUnits, ...], location_id: str, origin: StockState, target: StockState) -> list[Move]:
    moves = []
    latest = None
    for _, sku, pool, count in units:
        if pool != latest:  # mostly all are of one pool
            latest = pool
            start, end = _new_stock_place(location_id, pool, origin), _new_stock_place(location_id, pool, target)
        moves.append(_new_move(sku, count, start, end))
    return moves


@frozen(kw_only=True)
class WorkOpened:
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

    def moves(self) -> Iterable[Move]:
        moves = _moves(self.units, self.location_id, _SELLABLE, _ALLOCATED)
        share = self.share
        return moves if share is None else chain(moves, share.taken(self.location_id, units=_counted(self.units)))


@frozen(kw_only=True)
class WorkHeld:
    fulfillment_id: FulfillmentId
    at: datetime


@frozen(kw_only=True)
class WorkReleased:
    fulfillment_id: FulfillmentId
    at: datetime


@frozen(kw_only=True)
class UnitsPicked:
    fulfillment_id: FulfillmentId
    order_id: OrderId
    location_id: LocationId
    units: tuple[WorkUnits, ...]
    at: datetime

    def moves(self) -> Iterable[Move]:
        return _moves(self.units, self.location_id, _ALLOCATED, StockState.PICKED)


@frozen(kw_only=True)
class BoxesPacked:
    fulfillment_id: FulfillmentId
    order_id: OrderId
    location_id: LocationId
    packages: tuple[Package, ...]
    at: datetime


@frozen(kw_only=True)
class LabelBought:
    fulfillment_id: FulfillmentId
    order_id: OrderId
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
class LabelVoidRequested:
    fulfillment_id: FulfillmentId
    order_id: OrderId
    key: str
    package_id: str
    label_key: str
    tracking_number: str
    carrier: str
    postage: Money | None
    reason: str
    at: datetime


@frozen(kw_only=True)
class LabelVoidAnswered:
    """Shape: `takes_label` when the package bears that label no more from now on."""

    fulfillment_id: FulfillmentId
    order_id: OrderId
    key: str
    package_id: str
    state: LabelVoidState
    takes_label: bool
    postage: Money | None
    says: str
    at: datetime


@frozen(kw_only=True)
class PackagesMarked:
    """Shape: `takes_off` when the packages are not on that paper after all."""

    fulfillment_id: FulfillmentId
    order_id: OrderId
    paper: HandOverPaper
    paper_id: str
    package_ids: tuple[str, ...]
    at: datetime
    takes_off: bool = False


@frozen(kw_only=True)
class PackageScanned:
    fulfillment_id: FulfillmentId
    order_id: OrderId
    package_id: str
    status: TrackingStatus
    scanned_at: datetime
    at: datetime


@frozen(kw_only=True)
class ShipmentHandedOver:
    fulfillment_id: FulfillmentId
    order_id: OrderId
    location_id: LocationId
    units: tuple[WorkUnits, ...]
    at: datetime

    def moves(self) -> Iterator[Move]:
        for _, sku, pool, count in self.units:
            yield _new_move(sku, count, StockPlace(self.location_id, pool, StockState.PICKED), CUSTOMER)


@frozen(kw_only=True)
class PackageDelivered:
    fulfillment_id: FulfillmentId
    order_id: OrderId
    package_id: str
    at: datetime


@frozen(kw_only=True)
class UnitsDropped:
    fulfillment_id: FulfillmentId
    order_id: OrderId
    location_id: LocationId
    units: tuple[WorkUnits, ...]
    at: datetime
    share: DayShare | None = None
    is_all: bool = False

    def moves(self) -> Iterator[Move]:
        return _let_go(self)


@frozen(kw_only=True)
class UnitsRejected:
    fulfillment_id: FulfillmentId
    order_id: OrderId
    location_id: LocationId
    units: tuple[WorkUnits, ...]
    reason: str
    is_missing: bool
    at: datetime
    share: DayShare | None = None
    is_all: bool = False

    def moves(self) -> Iterator[Move]:
        return _let_go(self)


def _counted(units: tuple[WorkUnits, ...]) -> int:
    return sum([each.units for each in units])


def _let_go(event: UnitsDropped | UnitsRejected) -> Iterator[Move]:
    """Units that need not be picked are sellable again; work that is not done makes room on its day."""
    yield from _moves(event.units, event.location_id, _ALLOCATED, _SELLABLE)
    if event.share is not None:
        yield from event.share.given_back(event.location_id, units=_counted(event.units), is_all=event.is_all)


FulfillmentEvent = (
    WorkOpened
    | WorkHeld
    | WorkReleased
    | UnitsPicked
    | BoxesPacked
    | LabelBought
    | LabelVoidRequested
    | LabelVoidAnswered
    | PackagesMarked
    | PackageScanned
    | ShipmentHandedOver
    | PackageDelivered
    | UnitsDropped
    | UnitsRejected
)
