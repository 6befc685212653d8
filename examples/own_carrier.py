"""A carrier of your own: a bicycle courier with one price, offered as a plugin and used by a shop.

An installed plugin would name its module under the entry point `carrier.bike`; here the host registers it by hand.
Run it: `python examples/own_carrier.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs

import omscore
from omscore.errors import PortRefusedError
from omscore.places import Destination
from omscore.plugins import PortKind, Provider, hookimpl
from omscore.plugins.discovery import Plugins
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


@attrs.frozen(kw_only=True)
class BikeSettings:
    """What a shop sets. Amounts are decimal text."""

    price: str
    currency: str = "EUR"
    max_mass_g: int = 8_000


class Bike:
    """Satisfies omscore.ports.carriers.CarrierPort."""

    def __init__(self, settings: BikeSettings) -> None:
        self._settings = settings

    def quotes(self, origin_country: str, destination: Destination, parcel: Parcel) -> tuple[CarrierQuote, ...]:
        if destination.country != origin_country or parcel.mass_g > self._settings.max_mass_g:
            return ()
        return (CarrierQuote(carrier="bike", service="same-day", price=self._price(), transit_days=0),)

    def buy_label(self, request: LabelRequest) -> Label:
        if request.service != "same-day":
            raise PortRefusedError(f"the bike has no service {request.service!r}; it has same-day")
        text = f"{request.recipient.recipient}\n{', '.join(request.recipient.lines)}\n{request.recipient.city}"
        return Label(
            tracking_number=f"BIKE-{request.key}",
            carrier="bike",
            service=request.service,
            price=self._price(),
            transit_days=0,
            documents=(LabelDocument(media_type="text/plain", text=text),),
        )

    def track(self, request: TrackingRequest) -> tuple[TrackingEvent, ...]:
        return (TrackingEvent(status=TrackingStatus.DELIVERED, at=request.handed_over_at),)

    def _price(self) -> omscore.Money:
        return omscore.Money.of(self._settings.price, self._settings.currency)


@contextmanager
def open_bike(settings: BikeSettings) -> Iterator[Bike]:
    yield Bike(settings)


PROVIDER = Provider(name="bike", port=PortKind.CARRIER, settings_type=BikeSettings, open=open_bike)


@hookimpl
def oms_providers() -> Sequence[Provider[BikeSettings, Bike]]:
    return (PROVIDER,)


def main() -> None:
    plugins = Plugins()
    plugins.register(sys.modules[__name__])
    with TemporaryDirectory() as folder:
        config = omscore.write_starter_shop(Path(folder))
        clock = omscore.VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
        settings = {"carrier": {"bike": {"price": "3.50"}}}
        with omscore.open_shop(config, clock=clock, plugins=plugins, overrides=settings) as oms:
            print(f"{oms.shop.name} ships with: {', '.join(oms.shop.carrier)}")


if __name__ == "__main__":
    main()
