"""A carrier's adapter that keeps every law, with a depot in memory behind it; broken ones are made from it."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock
from typing import NoReturn

from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError
from omscore.money import Money
from omscore.places import Address, Destination
from omscore.ports.carriers import (
    CarrierQuote,
    Label,
    LabelDocument,
    LabelRequest,
    Parcel,
    TrackingEvent,
    TrackingRequest,
    TrackingStatus,
)
from tests.testing.wires import Wire, WireError

SERVICES = {"slow": (Money(490, "EUR"), 3), "fast": (Money(990, "EUR"), 1)}


class Depot:
    """The world: labels by key, each bought once."""

    def __init__(self) -> None:
        self.labels: dict[str, Label] = {}
        self.sales: list[str] = []
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
            return self.wire.call(lambda: self.depot.sell(request))
        except WireError as error:
            self.failed(error, request)

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
