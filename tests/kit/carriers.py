"""Carriers of tests: the table carrier with less or more than it can do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from omscore.places import Destination
from omscore.ports.carriers import (
    CarrierPort,
    CarrierQuote,
    Label,
    LabelRequest,
    Parcel,
    TrackingEvent,
    TrackingRequest,
)
from omscore.ports.labels import TrackingNews
from omscore.routing import ZoneRule
from omscore_adapters.carrier_table import PROVIDER as TABLE
from omscore_adapters.carrier_table import CarrierTableSettings
from tests.kit.shops import RATES


class PlainCarrier:
    """The table carrier without its void: quotes, labels, tracking, and a list of what was sold."""

    def __init__(self, folder: Path) -> None:
        (folder / "card.csv").write_text(RATES)
        zones = (
            ZoneRule(zone="home", origins=("*",), destinations=("=origin",)),
            ZoneRule(zone="away", origins=("*",), destinations=("*",)),
        )
        self._opened = TABLE.open(CarrierTableSettings(rates=folder / "card.csv", zones=zones))
        self._real: CarrierPort = self._opened.__enter__()
        self.sold: list[str] = []

    def quotes(self, origin_country: str, destination: Destination, parcel: Parcel) -> tuple[CarrierQuote, ...]:
        return self._real.quotes(origin_country, destination, parcel)

    def buy_label(self, request: LabelRequest) -> Label:
        if request.key not in self.sold:
            self.sold.append(request.key)
        return self._real.buy_label(request)

    def track(self, request: TrackingRequest) -> tuple[TrackingEvent, ...]:
        return self._real.track(request)


class CallingCarrier(PlainCarrier):
    """It tells of its parcels by callbacks, which a test makes up itself."""

    def tracking_news(self, body: bytes, headers: Mapping[str, str]) -> TrackingNews | None:
        return None
