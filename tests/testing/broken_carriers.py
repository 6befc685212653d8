"""Carriers' adapters that are each wrong in one way."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import NoReturn

from omscore.errors import PortRefusedError, PortTransientError
from omscore.money import Money
from omscore.places import Destination
from omscore.ports.carriers import (
    CarrierQuote,
    Label,
    LabelRequest,
    Parcel,
    ShipmentRequest,
    TrackingEvent,
    TrackingRequest,
    TrackingStatus,
)
from omscore.records import changed
from omscore.testing.faults import Fault
from tests.testing.sound_carrier import SERVICES, SoundCarrier
from tests.testing.wires import WireError


class QuotesDearestFirst(SoundCarrier):
    """Lists its best service first."""

    def offers(self, destination: Destination) -> tuple[CarrierQuote, ...]:
        return super().offers(destination)[::-1]


class GoesEverywhere(SoundCarrier):
    """Quotes for places nobody goes to."""

    def offers(self, destination: Destination) -> tuple[CarrierQuote, ...]:
        return super().offers(Destination(country="DE"))


class GoesNowhereWhenDown(SoundCarrier):
    """Says that it goes nowhere when it could not ask."""

    def quotes(self, origin_country: str, destination: Destination, parcel: Parcel) -> tuple[CarrierQuote, ...]:
        try:
            return super().quotes(origin_country, destination, parcel)
        except PortTransientError:
            return ()


class AddsASurcharge(SoundCarrier):
    """Bills more than it quoted."""

    def buy_label(self, request: LabelRequest) -> Label:
        return changed(super().buy_label(request), price=SERVICES[request.service][0] + Money(50, "EUR"))


class ForgetsKeys(SoundCarrier):
    """Buys a label each time."""

    def buy_label(self, request: LabelRequest) -> Label:
        self.depot.labels.pop(request.key, None)
        return super().buy_label(request)


class NewKeyPerArrival(SoundCarrier):
    """Lets the way there make the key, so what arrives twice is bought twice."""

    def asked(self, request: LabelRequest) -> Callable[[], Label]:
        arrivals = count(1)

        def act() -> Label:
            if next(arrivals) > 1:
                self.depot.sales.append(request.key)
            return self.depot.sell(request)

        return act


class NewKeyPerAttempt(SoundCarrier):
    """Buys under a new key when it saw no label, though the first request may still be on its way."""

    is_overtaken = False

    def asked(self, request: LabelRequest) -> Callable[[], Label]:
        is_first = not self.is_overtaken

        def act() -> Label:
            if is_first and self.is_overtaken:
                self.depot.sales.append(request.key)
            return self.depot.sell(request)

        return act

    def failed(self, error: WireError, request: LabelRequest) -> NoReturn:
        self.is_overtaken = error.fault is Fault.LATE
        super().failed(error, request)


class TakesSomeForAll(SoundCarrier):
    """Believes that every box has its label when some have."""

    def unanswered(self, error: WireError, key: str) -> NoReturn:
        if error.fault is Fault.PARTIAL:
            raise PortRefusedError("that is all there is") from error
        super().unanswered(error, key)


class CarriersThatForgetAloud(SoundCarrier):
    """Say that they do not keep to keys, where the kit was told that they do."""

    is_once_per_key = False


class OneNumberForAll(SoundCarrier):
    """Gives every parcel the number of the first."""

    def buy_label(self, request: LabelRequest) -> Label:
        return changed(super().buy_label(request), tracking_number="P000001")


class PrintsNothing(SoundCarrier):
    """Leaves the documents out."""

    def buy_label(self, request: LabelRequest) -> Label:
        return changed(super().buy_label(request), documents=())


class TakesAnyService(SoundCarrier):
    """Buys the cheapest label when it does not know the service."""

    def buy_label(self, request: LabelRequest) -> Label:
        known = request.service if request.service in SERVICES else "slow"
        return super().buy_label(changed(request, service=known))


class TakesSilenceForNothing(SoundCarrier):
    """Says that nothing happened when no answer came."""

    def failed(self, error: WireError, request: LabelRequest) -> NoReturn:
        if error.fault is Fault.LOST_ANSWER:
            raise PortTransientError("no answer came") from error
        super().failed(error, request)


class TakesGarbageForNo(SoundCarrier):
    """Says that it was refused when the answer cannot be read."""

    def failed(self, error: WireError, request: LabelRequest) -> NoReturn:
        if error.fault is Fault.GARBAGE:
            raise PortRefusedError("the answer makes no sense") from error
        super().failed(error, request)


class GivesUpWhenDown(SoundCarrier):
    """Says a definite no when the depot is out of reach."""

    def failed(self, error: WireError, request: LabelRequest) -> NoReturn:
        if not error.is_sent:
            raise PortRefusedError("the depot is out of reach") from error
        super().failed(error, request)


class TellsWhoLivesThere(SoundCarrier):
    """Prints the address with the error."""

    def failed(self, error: WireError, request: LabelRequest) -> NoReturn:
        if not error.is_sent:
            raise PortTransientError(f"no label for {request.recipient.lines[0]}") from error
        super().failed(error, request)


class ScansNewestFirst(SoundCarrier):
    """Tells the last scan first."""

    def track(self, request: TrackingRequest) -> tuple[TrackingEvent, ...]:
        return super().track(request)[::-1]


class DeliversAnything(SoundCarrier):
    """Says of a parcel it never saw that it is delivered."""

    def track(self, request: TrackingRequest) -> tuple[TrackingEvent, ...]:
        try:
            return super().track(request)
        except PortRefusedError:
            return (TrackingEvent(status=TrackingStatus.DELIVERED, at=request.at),)


class LooksUpNothing(SoundCarrier):
    """Has the look-up, and never finds a label."""

    def look_up_label(self, key: str) -> Label | None:
        return None


class BillsTheWholeOnEachBox(SoundCarrier):
    """Puts the price of the shipment on every box of it."""

    def buy_together(self, request: ShipmentRequest) -> tuple[Label, ...]:
        labels = super().buy_together(request)
        whole = Money(sum(label.price.minor for label in labels), "EUR")
        return tuple([changed(label, price=whole) for label in labels])


class OneLabelForTheShipment(SoundCarrier):
    """Sticks the label of the first box on all."""

    def buy_together(self, request: ShipmentRequest) -> tuple[Label, ...]:
        return (super().buy_together(request)[0],) * len(request.pieces)


class MixesBoxesUp(SoundCarrier):
    """Gives the labels in an order of its own."""

    def buy_together(self, request: ShipmentRequest) -> tuple[Label, ...]:
        return super().buy_together(request)[::-1]


class BuysShipmentsAgain(SoundCarrier):
    """Forgets what was bought together."""

    def buy_together(self, request: ShipmentRequest) -> tuple[Label, ...]:
        for piece in request.pieces:
            self.depot.labels.pop(piece.key, None)
        return super().buy_together(request)


class ShipsSeveralAnywhere(SoundCarrier):
    """Quotes several boxes to where nobody goes."""

    def quotes_together(
        self, origin_country: str, destination: Destination, parcels: tuple[Parcel, ...]
    ) -> tuple[CarrierQuote, ...]:
        return super().quotes_together(origin_country, Destination(country="DE"), parcels)
