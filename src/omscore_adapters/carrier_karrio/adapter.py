"""Parcels through karrio.

It neither keeps keys nor finds a label by one, so what may have been bought is never asked for twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError
from omscore.places import Destination
from omscore.ports.carriers import CarrierQuote, Label, LabelRequest, Parcel, TrackingEvent, TrackingRequest
from omscore.ports.labels import VoidAnswer, VoidRequest, VoidState
from omscore_adapters.carrier_karrio.mapping import (
    NotServedError,
    address_out,
    area_out,
    codes_in,
    document_in,
    is_trouble,
    money_in,
    parcel_out,
    quotes_in,
    scans_in,
    text_in,
)
from omscore_adapters.carrier_karrio.settings import KarrioSettings

if TYPE_CHECKING:
    from omscore_adapters.carrier_karrio.client import KarrioApi


class KarrioCarrier:
    """One account at one carrier."""

    is_once_per_key = False

    def __init__(self, settings: KarrioSettings, api: KarrioApi) -> None:
        self._settings = settings
        self._name = settings.connection
        self._api = api

    def quotes(self, origin_country: str, destination: Destination, parcel: Parcel) -> tuple[CarrierQuote, ...]:
        """The rates of the carrier, cheapest first. Nothing is bought.

        Raises: PortRefusedError when the shop gave no postcode to rate from in that country.
        """
        postcode = self._settings.postcodes.get(origin_country)
        if postcode is None:
            raise PortRefusedError(
                f"carrier.karrio.postcodes has none for {origin_country}; add the postcode of a location there"
            )
        try:
            return self._rated({"country_code": origin_country, "postal_code": postcode}, area_out(destination), parcel)
        except NotServedError:
            return ()

    def buy_label(self, request: LabelRequest) -> Label:
        """The label of the named service, bought now.

        Raises: PortRefusedError before anything is bought when the service does not take the parcel; PortUnknownError
        for every answer after that which holds no label.
        """
        sender, recipient = address_out(request.sender), address_out(request.recipient)
        quotes = self._rated(sender, recipient, request.parcel)
        quote = next((each for each in quotes if each.service == request.service), None)
        if quote is None:
            names = ", ".join(sorted(each.service for each in quotes)) or "none at all"
            raise PortRefusedError(
                f"{self._name} offers no service {request.service!r} for this parcel, but {names}; check the address"
            )
        details, messages = self._api.ship(
            {
                "service": request.service,
                "shipper": sender,
                "recipient": recipient,
                "parcels": [parcel_out(request.parcel)],
                "reference": request.reference,
                "label_type": self._settings.label_format.value,
            }
        )
        if details is None or not details.tracking_number:
            raise PortUnknownError(f"{self._name} gave no label ({codes_in(messages)}); look at its own list")
        rate = details.selected_rate
        has_price = rate is not None and rate.total_charge is not None and rate.currency is not None
        return Label(
            tracking_number=text_in(details.tracking_number, "tracking number"),
            carrier=self._name,
            service=quote.service,
            price=money_in(rate.total_charge, rate.currency) if has_price else quote.price,
            transit_days=quote.transit_days,
            documents=(document_in(details.docs.label, self._settings.label_format),),
        )

    def void_label(self, request: VoidRequest) -> VoidAnswer:
        """Whether the carrier takes the label back.

        Shape: a no to a label that may have been given back before is not taken for one: it stays pending.
        Raises: PortUnknownError when the carrier complains of itself, or says neither yes nor no.
        """
        wish = {"shipment_identifier": request.tracking_number}
        confirmation, messages = self._api.cancel(wish)
        if confirmation is not None and confirmation.success is True:
            return VoidAnswer(state=VoidState.REFUNDED)
        says = f"{self._name}: {codes_in(messages)}"
        if is_trouble(messages) or (confirmation is None and not messages):
            raise PortUnknownError(f"{says}; it does not say what became of the label, and is asked again")
        return VoidAnswer(state=VoidState.PENDING if request.is_again else VoidState.REFUSED, says=says)

    def track(self, request: TrackingRequest) -> tuple[TrackingEvent, ...]:
        """All scans so far, oldest first; none while the carrier knows none."""
        found, _ = self._api.track({"tracking_numbers": [request.tracking_number]})
        scans = {scan for each in found if each.tracking_number == request.tracking_number for scan in scans_in(each)}
        return tuple(sorted((scan for scan in scans if scan.at <= request.at), key=lambda scan: (scan.at, scan.status)))

    def _rated(self, shipper: dict[str, str], recipient: dict[str, str], parcel: Parcel) -> tuple[CarrierQuote, ...]:
        wish = {"shipper": shipper, "recipient": recipient, "parcels": [parcel_out(parcel)], "services": []}
        rates, messages = self._api.rates(wish)
        if not rates and messages:
            says = f"{self._name} gave no rate ({codes_in(messages)})"
            raise PortTransientError(says) if is_trouble(messages) else PortRefusedError(says)
        try:
            return quotes_in(self._name, rates or ())
        except PortUnknownError as error:
            raise PortTransientError(str(error)) from error
