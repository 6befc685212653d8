"""A carrier's adapter that keeps every law, with a depot in memory behind it; broken ones are made from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import NoReturn, TypeVar

from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError
from omscore.money import Money
from omscore.places import Address, Destination
from omscore.ports.carriers import (
    CarrierQuote,
    Label,
    LabelDocument,
    LabelRequest,
    Parcel,
    ShipmentRequest,
    TrackingEvent,
    TrackingRequest,
    TrackingStatus,
)
from omscore.ports.handovers import ManifestPaper, ManifestRequest, PickupRequest, PickupSlip
from omscore.ports.labels import VoidAnswer, VoidRequest, VoidState
from omscore.records import changed
from tests.testing.wires import Wire, WireError

SERVICES = {"slow": (Money(490, "EUR"), 3), "fast": (Money(990, "EUR"), 1)}


T = TypeVar("T")


class Depot:
    """The world: labels by key, each bought once; manifests and pickups by key."""

    def __init__(self) -> None:
        self.labels: dict[str, Label] = {}
        self.sales: list[str] = []
        self.manifests: dict[str, ManifestPaper] = {}
        self.visits: dict[str, PickupSlip] = {}
        self.calls: list[str] = []
        self.given_back: list[str] = []
        self.lock = Lock()

    def sell(self, request: LabelRequest) -> Label:
        with self.lock:
            if request.key in self.labels:
                return self.labels[request.key]
            price, days = SERVICES[request.service]
            self.sales.append(request.key)
            label = Label(
                tracking_number=f"P{len(self.sales):06}",
                carrier="depot",
                service=request.service,
                price=price,
                transit_days=days,
                documents=(LabelDocument(media_type="text/plain", text=request.recipient.recipient),),
            )
            self.labels[request.key] = label
            return label

    def sell_all(self, request: ShipmentRequest) -> tuple[Label, ...]:
        """All pieces in one go, each under its own key."""
        self.calls.append(request.key)
        return tuple(
            [
                self.sell(
                    LabelRequest(
                        key=piece.key,
                        reference=request.reference,
                        parcel=piece.parcel,
                        sender=request.sender,
                        recipient=request.recipient,
                        service=request.service,
                        at=request.at,
                    )
                )
                for piece in request.pieces
            ]
        )

    def listed(self) -> list[str]:
        """Every tracking number as often as it stands on a manifest."""
        return [number for paper in self.manifests.values() for number in paper.tracking_numbers]

    def list_parcels(self, request: ManifestRequest) -> ManifestPaper:
        if request.key not in self.manifests:
            taken = self.listed()
            numbers = tuple([each.tracking_number for each in request.parcels if each.tracking_number not in taken])
            self.manifests[request.key] = ManifestPaper(
                number=f"M{len(self.manifests) + 1:04}",
                tracking_numbers=numbers,
                document=LabelDocument(media_type="text/plain", text="\n".join(numbers)),
            )
        return self.manifests[request.key]

    def take_back(self, request: VoidRequest) -> VoidAnswer:
        if request.key not in self.given_back:
            self.given_back.append(request.key)
        return VoidAnswer(state=VoidState.REFUNDED)

    def visit(self, request: PickupRequest) -> PickupSlip:
        return self.visits.setdefault(
            request.key,
            PickupSlip(
                confirmation=f"C{len(self.visits) + 1:04}",
                opens_at=request.opens_at,
                closes_at=request.closes_at,
                price=Money(250, "EUR"),
            ),
        )


class SoundCarrier:
    """Keeps every law of the kit."""

    def __init__(self, depot: Depot, wire: Wire) -> None:
        self.depot = depot
        self.wire = wire

    def quotes(self, origin_country: str, destination: Destination, parcel: Parcel) -> tuple[CarrierQuote, ...]:
        try:
            return self.wire.call(lambda: self.offers(destination))
        except WireError as error:
            raise PortTransientError("the depot cannot be asked; ask again") from error

    def offers(self, destination: Destination) -> tuple[CarrierQuote, ...]:
        if destination.country == "AQ":
            return ()
        return tuple(
            CarrierQuote(carrier="depot", service=name, price=price, transit_days=days)
            for name, (price, days) in SERVICES.items()
        )

    def buy_label(self, request: LabelRequest) -> Label:
        if request.service not in SERVICES:
            raise PortRefusedError(f"the depot has no service {request.service!r}; ask for a quote first")
        try:
            return self.wire.call(self.asked(request))
        except WireError as error:
            self.failed(error, request)

    def asked(self, request: LabelRequest) -> Callable[[], Label]:
        """What the depot does whenever the call arrives."""
        return lambda: self.depot.sell(request)

    def failed(self, error: WireError, request: LabelRequest) -> NoReturn:
        if error.is_sent:
            raise PortUnknownError(f"no answer came for {request.key}") from error
        raise PortTransientError("the depot is out of reach; nothing happened") from error

    def track(self, request: TrackingRequest) -> tuple[TrackingEvent, ...]:
        if request.tracking_number not in {label.tracking_number for label in self.depot.labels.values()}:
            raise PortRefusedError(f"the depot never saw {request.tracking_number}")
        told = ((TrackingStatus.LABELLED, 0), (TrackingStatus.IN_TRANSIT, 1), (TrackingStatus.DELIVERED, 3))
        scans = [
            TrackingEvent(status=status, at=request.handed_over_at + timedelta(days=days)) for status, days in told
        ]
        return tuple(scan for scan in scans if scan.at <= request.at)

    def look_up_label(self, key: str) -> Label | None:
        return self.depot.labels.get(key)

    def quotes_together(
        self, origin_country: str, destination: Destination, parcels: tuple[Parcel, ...]
    ) -> tuple[CarrierQuote, ...]:
        try:
            one = self.wire.call(lambda: SoundCarrier.offers(self, destination))
        except WireError as error:
            self.unanswered(error, "several boxes")
        return tuple([changed(each, price=_times(each.price, len(parcels))) for each in one])

    def buy_together(self, request: ShipmentRequest) -> tuple[Label, ...]:
        if request.service not in SERVICES:
            raise PortRefusedError(f"the depot has no service {request.service!r}; ask for a quote first")
        half = changed(request, pieces=request.pieces[: len(request.pieces) // 2])
        return self.told(lambda: self.depot.sell_all(request), request.key, lambda: self.depot.sell_all(half))

    def make_manifest(self, request: ManifestRequest) -> ManifestPaper:
        known = {label.tracking_number for label in self.depot.labels.values()}
        if not request.parcels or any([each.tracking_number not in known for each in request.parcels]):
            raise PortRefusedError("the depot lists its own parcels only")
        return self.told(lambda: self.depot.list_parcels(request), request.key)

    def look_up_manifest(self, request: ManifestRequest) -> ManifestPaper | None:
        return self.depot.manifests.get(request.key)

    def book_pickup(self, request: PickupRequest) -> PickupSlip:
        return self.told(lambda: self.depot.visit(request), request.key)

    def look_up_pickup(self, request: PickupRequest) -> PickupSlip | None:
        return self.depot.visits.get(request.key)

    def cancel_pickup(self, request: PickupRequest) -> None:
        self.told(lambda: self.depot.visits.pop(request.key, None), request.key)

    def void_label(self, request: VoidRequest) -> VoidAnswer:
        label = self.depot.labels.get(request.key)
        if label is None or label.tracking_number != request.tracking_number:
            raise PortRefusedError(f"the depot sold no label {request.tracking_number} under {request.key}")
        try:
            return self.wire.call(self.given_back(request))
        except WireError as error:
            return self.not_answered(error, request)

    def given_back(self, request: VoidRequest) -> Callable[[], VoidAnswer]:
        """What the depot does whenever the wish to give a label back arrives."""
        return lambda: self.depot.take_back(request)

    def not_answered(self, error: WireError, request: VoidRequest) -> VoidAnswer:
        self.unanswered(error, request.key)

    def told(self, act: Callable[[], T], key: str, part: Callable[[], object] | None = None) -> T:
        try:
            return self.wire.call(act, part)
        except WireError as error:
            self.unanswered(error, key)

    def unanswered(self, error: WireError, key: str) -> NoReturn:
        if error.is_sent:
            raise PortUnknownError(f"no answer came for {key}") from error
        raise PortTransientError("the depot is out of reach; nothing happened") from error


def _times(price: Money, count: int) -> Money:
    return Money(price.minor * count, price.currency)


class DepotHarness(Wire):
    """The depot counts the labels it sold."""

    parcel = Parcel(mass_g=750, length_mm=300, width_mm=200, height_mm=100)
    sender = Address(recipient="The Shop", lines=("Marktplatz 1",), city="Bonn", country="DE", postcode="53111")
    recipient = Address(recipient="A. Reader", lines=("Kleine Gasse 2",), city="Ulm", country="DE", postcode="89073")
    nowhere = Destination(country="AQ")

    def __init__(self, adapter: type[SoundCarrier] = SoundCarrier) -> None:
        super().__init__()
        self._depot = Depot()
        self.port = adapter(self._depot, self)

    def bought(self, key: str | None = None) -> int:
        return len([each for each in self._depot.sales if key in (None, each)])

    def voided(self, tracking_number: str) -> int:
        labels = self._depot.labels
        return len([key for key in self._depot.given_back if labels[key].tracking_number == tracking_number])

    def on_manifests(self, tracking_number: str) -> int:
        return self._depot.listed().count(tracking_number)

    def visits(self, key: str) -> int:
        return int(key in self._depot.visits)
