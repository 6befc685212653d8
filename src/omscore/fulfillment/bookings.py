"""A pickup that is booked: the carrier comes to a location in a window of time, and its answer stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from omscore.errors import DamageError, NotFoundError, RefusedError
from omscore.fulfillment.model import ListedParcel
from omscore.ids import LocationId, PickupId
from omscore.money import Money
from omscore.records import changed, frozen


class BookingState(StrEnum):
    """How far a pickup has come. Parcels of one that was refused or cancelled are free for the next."""

    REQUESTED = "requested"
    BOOKED = "booked"
    REFUSED = "refused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


@frozen(kw_only=True)
class PickupBooking:
    """One appointment with a carrier.

    Shape: from `opens_at` to `closes_at` the goods are ready; once booked it is the window the carrier named.
    `cancellations` counts how often it was asked to stay away.
    """

    pickup_id: PickupId
    location_id: LocationId
    carrier: str
    opens_at: datetime
    closes_at: datetime
    instructions: str
    parcels: tuple[ListedParcel, ...]
    requested_at: datetime
    state: BookingState = BookingState.REQUESTED
    confirmation: str = ""
    price: Money | None = None
    says: str = ""
    cancellations: int = 0

    def may_come(self, at: datetime) -> bool:
        """Whether the carrier may still come for its parcels after that moment."""
        return at < self.closes_at and self.state not in (BookingState.REFUSED, BookingState.CANCELLED)


@frozen(kw_only=True)
class RequestPickup:
    """Ask a carrier to come for these parcels."""

    pickup_id: PickupId
    location_id: LocationId
    carrier: str
    opens_at: datetime
    closes_at: datetime
    instructions: str
    parcels: tuple[ListedParcel, ...]
    at: datetime


@frozen(kw_only=True)
class RecordBooking:
    """Note that the carrier comes, in the window it named; told twice it is noted once."""

    pickup_id: PickupId
    confirmation: str
    opens_at: datetime
    closes_at: datetime
    at: datetime
    price: Money | None = None


@frozen(kw_only=True)
class RefuseBooking:
    """Note that the carrier does not come, and why."""

    pickup_id: PickupId
    says: str
    at: datetime


@frozen(kw_only=True)
class CancelPickup:
    """Tell the carrier not to come."""

    pickup_id: PickupId
    at: datetime


@frozen(kw_only=True)
class RecordCancellation:
    """Note what the carrier says to it: it stays away, or it comes all the same."""

    pickup_id: PickupId
    is_cancelled: bool
    says: str
    at: datetime


@frozen(kw_only=True)
class PickupRequested:
    pickup_id: PickupId
    location_id: LocationId
    carrier: str
    opens_at: datetime
    closes_at: datetime
    instructions: str
    parcels: tuple[ListedParcel, ...]
    at: datetime


@frozen(kw_only=True)
class PickupBooked:
    pickup_id: PickupId
    carrier: str
    confirmation: str
    opens_at: datetime
    closes_at: datetime
    price: Money | None
    at: datetime


@frozen(kw_only=True)
class PickupRefused:
    pickup_id: PickupId
    says: str
    at: datetime


@frozen(kw_only=True)
class PickupCancelRequested:
    """Shape: `number` counts the wishes to cancel this pickup from 1."""

    pickup_id: PickupId
    number: int
    at: datetime


@frozen(kw_only=True)
class PickupCancelAnswered:
    """Shape: `price` is what was to be paid for the pickup."""

    pickup_id: PickupId
    is_cancelled: bool
    price: Money | None
    says: str
    at: datetime


PickupCommand = RequestPickup | RecordBooking | RefuseBooking | CancelPickup | RecordCancellation
PickupEvent = PickupRequested | PickupBooked | PickupRefused | PickupCancelRequested | PickupCancelAnswered


def decide_pickup(booking: PickupBooking | None, command: PickupCommand) -> Sequence[PickupEvent]:
    """What follows from the command. Holds: a pickup is answered once, and cancelled at most once.

    Raises: RefusedError when it makes no sense as the pickup stands.
    """
    if isinstance(command, RequestPickup):
        return _requested(booking, command)
    if booking is None:
        raise NotFoundError(f"there is no pickup {command.pickup_id!r}; check the id", code="pickup.unknown")
    match command:
        case RecordBooking():
            return _booked(booking, command)
        case RefuseBooking():
            if booking.state is BookingState.REFUSED:
                return []
            _check_state(booking, BookingState.REQUESTED)
            return [PickupRefused(pickup_id=booking.pickup_id, says=command.says, at=command.at)]
        case CancelPickup():
            return _cancelled(booking, command)
        case RecordCancellation():
            if booking.state is BookingState.CANCELLED and command.is_cancelled:
                return []
            _check_state(booking, BookingState.CANCELLING)
            return [
                PickupCancelAnswered(
                    pickup_id=booking.pickup_id,
                    is_cancelled=command.is_cancelled,
                    price=booking.price,
                    says=command.says,
                    at=command.at,
                )
            ]
        case _:
            assert_never(command)


def _requested(booking: PickupBooking | None, command: RequestPickup) -> Sequence[PickupEvent]:
    if booking is not None:
        raise RefusedError(
            f"pickup {command.pickup_id} exists already; give each an id of its own", code="pickup.exists"
        )
    return [
        PickupRequested(
            pickup_id=command.pickup_id,
            location_id=command.location_id,
            carrier=command.carrier,
            opens_at=command.opens_at,
            closes_at=command.closes_at,
            instructions=command.instructions,
            parcels=command.parcels,
            at=command.at,
        )
    ]


def _booked(booking: PickupBooking, command: RecordBooking) -> Sequence[PickupEvent]:
    if booking.state is BookingState.BOOKED and booking.confirmation == command.confirmation:
        return []
    _check_state(booking, BookingState.REQUESTED)
    return [
        PickupBooked(
            pickup_id=booking.pickup_id,
            carrier=booking.carrier,
            confirmation=command.confirmation,
            opens_at=command.opens_at,
            closes_at=command.closes_at,
            price=command.price,
            at=command.at,
        )
    ]


def _cancelled(booking: PickupBooking, command: CancelPickup) -> Sequence[PickupEvent]:
    if booking.state in (BookingState.CANCELLING, BookingState.CANCELLED):
        return []
    _check_state(booking, BookingState.BOOKED)
    if command.at >= booking.closes_at:
        raise RefusedError(
            f"pickup {booking.pickup_id} was until {booking.closes_at:%Y-%m-%d %H:%M}; it cannot be cancelled any more",
            code="pickup.over",
        )
    return [PickupCancelRequested(pickup_id=booking.pickup_id, number=booking.cancellations + 1, at=command.at)]


def _check_state(booking: PickupBooking, wanted: BookingState) -> None:
    if booking.state is not wanted:
        hint = "; run the due tasks first" if booking.state is BookingState.REQUESTED else ""
        raise RefusedError(f"pickup {booking.pickup_id} is {booking.state}, not {wanted}{hint}", code="pickup.state")


def evolve_pickup(booking: PickupBooking | None, event: PickupEvent) -> PickupBooking:
    """The pickup after one more fact."""
    if isinstance(event, PickupRequested):
        return PickupBooking(
            pickup_id=event.pickup_id,
            location_id=event.location_id,
            carrier=event.carrier,
            opens_at=event.opens_at,
            closes_at=event.closes_at,
            instructions=event.instructions,
            parcels=event.parcels,
            requested_at=event.at,
        )
    if booking is None:
        raise DamageError(f"{type(event).__name__} came before PickupRequested", code="damage.first_event")
    match event:
        case PickupBooked():
            return changed(
                booking,
                state=BookingState.BOOKED,
                confirmation=event.confirmation,
                opens_at=event.opens_at,
                closes_at=event.closes_at,
                price=event.price,
            )
        case PickupRefused():
            return changed(booking, state=BookingState.REFUSED, says=event.says)
        case PickupCancelRequested():
            return changed(booking, state=BookingState.CANCELLING, cancellations=event.number)
        case PickupCancelAnswered():
            state = BookingState.CANCELLED if event.is_cancelled else BookingState.BOOKED
            return changed(booking, state=state, says=event.says)
        case _:
            assert_never(event)
