"""Parcels through EasyPost. It keeps no keys, so a shipment bears our reference and is looked up before it is bought.

A shipment can be bought once. Under one reference there is one shipment, so under one key there is one label.
"""

from __future__ import annotations

from collections.abc import Mapping

from omscore.errors import PortRefusedError, PortUnknownError
from omscore.places import Destination
from omscore.ports.carriers import (
    CarrierQuote,
    Label,
    LabelDocument,
    LabelRequest,
    Parcel,
    ShipmentRequest,
    TrackingEvent,
    TrackingRequest,
)
from omscore.ports.handovers import ManifestPaper, ManifestRequest, PickupRequest, PickupSlip
from omscore.ports.labels import TrackingNews, VoidAnswer, VoidRequest, VoidState
from omscore_adapters.carrier_easypost.callbacks import read_news
from omscore_adapters.carrier_easypost.client import EasyPostApi
from omscore_adapters.carrier_easypost.files import document_of, keep
from omscore_adapters.carrier_easypost.mapping import (
    SLOWEST_DAYS,
    VOIDS,
    Json,
    address_out,
    is_bought,
    is_given_back,
    label_in,
    list_in,
    parcel_out,
    quotes_in,
    rate_named,
    reference_of,
    scans_in,
    text_in,
)
from omscore_adapters.carrier_easypost.orders import bought_together, postcode_of, quotes_together
from omscore_adapters.carrier_easypost.pickups import Pickups
from omscore_adapters.carrier_easypost.scanforms import ScanForms
from omscore_adapters.carrier_easypost.settings import EasyPostSettings, LabelFormat


class EasyPostCarrier:
    """One EasyPost account as a carrier."""

    is_once_per_key = False

    def __init__(self, settings: EasyPostSettings, api: EasyPostApi) -> None:
        self._settings = settings
        self._api = api

    def quotes(self, origin_country: str, destination: Destination, parcel: Parcel) -> tuple[CarrierQuote, ...]:
        """The rates of all carriers of the account, cheapest first. Nothing is bought.

        Raises: PortRefusedError when the shop gave no postcode to rate from in that country.
        """
        postcode = postcode_of(self._settings, origin_country)
        there = {"country": destination.country, "zip": destination.postcode_area}
        rated = self._api.create_shipment(
            from_address={"country": origin_country, "zip": postcode},
            to_address={name: text for name, text in there.items() if text},
            parcel=parcel_out(parcel),
        )
        return quotes_in(list_in(rated, "rates"), slowest_days=SLOWEST_DAYS)

    def buy_label(self, request: LabelRequest) -> Label:
        """The label of that key, bought now unless it was before.

        Raises: PortRefusedError when the service does not take the parcel, or the label was given back already.
        """
        reference = reference_of(self._settings.reference, request.key)
        shipment = self._api.find_shipment(reference)
        if shipment is None:
            shipment = self._api.create_shipment(
                reference=reference,
                from_address=address_out(request.sender),
                to_address=address_out(request.recipient),
                parcel=parcel_out(request.parcel),
                options={"label_format": self._settings.label_format.value, "print_custom_1": request.reference},
            )
        elif not is_bought(shipment):
            # Rates go stale; those of a shipment whose purchase was lost may be from long ago.
            shipment = {**shipment, **self._api.rates(text_in(shipment, "id"))}
        if is_given_back(shipment):
            raise PortRefusedError(f"the label of {request.key} was given back; a new one needs a key of its own")
        if not is_bought(shipment):
            rate = rate_named(shipment, request.service)
            shipment = self._bought(shipment, text_in(rate, "id"), reference)
        return self._label(shipment)

    def look_up_label(self, key: str) -> Label | None:
        """The label bought under that key; None when none was, for certain."""
        shipment = self._api.find_shipment(reference_of(self._settings.reference, key))
        return None if shipment is None or not is_bought(shipment) else self._label(shipment)

    def void_label(self, request: VoidRequest) -> VoidAnswer:
        """Whether EasyPost takes the label back; most carriers decide within two to four weeks.

        Raises: PortRefusedError when no such label was bought here.
        """
        reference = reference_of(self._settings.reference, request.key)
        shipment = self._api.find_shipment(reference)
        if shipment is None or shipment.get("tracking_code") != request.tracking_number:
            raise PortRefusedError(f"EasyPost knows no label {request.tracking_number} of this shop")
        if _void_of(shipment) is None:
            shipment = self._given_back(text_in(shipment, "id"), reference)
        status, state = shipment.get("refund_status"), _void_of(shipment)
        if state is None:
            raise PortUnknownError("EasyPost does not say what became of the refund; it is asked again")
        return VoidAnswer(state=state, says=f"EasyPost: {status}")

    def track(self, request: TrackingRequest) -> tuple[TrackingEvent, ...]:
        """All scans so far, oldest first; none while EasyPost knows none."""
        found = list_in(self._api.trackers(request.tracking_number), "trackers")
        scans = {
            scan for each in found if each.get("tracking_code") == request.tracking_number for scan in scans_in(each)
        }
        return tuple(sorted((scan for scan in scans if scan.at <= request.at), key=lambda scan: (scan.at, scan.status)))

    def tracking_news(self, body: bytes, headers: Mapping[str, str]) -> TrackingNews | None:
        """What a callback tells of a parcel; None when it is about something else. Raises: InputError when unsigned."""
        return read_news(body, headers, self._settings.webhook_secrets)

    def quotes_together(
        self, origin_country: str, destination: Destination, parcels: tuple[Parcel, ...]
    ) -> tuple[CarrierQuote, ...]:
        """The rates of the carriers that take all parcels as one shipment, cheapest first. Nothing is bought."""
        return quotes_together(self._api, self._settings, origin_country, destination, parcels)

    def buy_together(self, request: ShipmentRequest) -> tuple[Label, ...]:
        """A label for each piece, bought now unless they were before. Raises: PortRefusedError as for one."""
        return tuple([self._label(each) for each in bought_together(self._api, self._settings, request)])

    def make_manifest(self, request: ManifestRequest) -> ManifestPaper:
        """The scan form of the parcels, made now unless one of them is on a form already.

        Raises: PortRefusedError when a parcel is not ours, or EasyPost makes no form of them.
        """
        return ScanForms(self._api, self._settings).make(request)

    def look_up_manifest(self, request: ManifestRequest) -> ManifestPaper | None:
        """The scan form a parcel is on; None when none of them is on any, for certain."""
        return ScanForms(self._api, self._settings).find(request)

    def book_pickup(self, request: PickupRequest) -> PickupSlip:
        """The pickup of that key, booked now unless it was before.

        Raises: PortRefusedError when the carrier does not come there, or the pickup was cancelled.
        """
        return Pickups(self._api, self._settings).book(request)

    def look_up_pickup(self, request: PickupRequest) -> PickupSlip | None:
        """The pickup booked under that key; None when none is, for certain."""
        return Pickups(self._api, self._settings).find(request)

    def cancel_pickup(self, request: PickupRequest) -> None:
        """Tell EasyPost that nobody is to come. Raises: PortRefusedError when it says no."""
        Pickups(self._api, self._settings).cancel(request)

    def _bought(self, shipment: Json, rate_id: str, reference: str) -> Json:
        try:
            return self._api.buy(text_in(shipment, "id"), rate_id)
        except PortRefusedError:
            # A refusal may mean that a rival was faster: then the label is there all the same.
            found = self._api.find_shipment(reference)
            if found is None or not is_bought(found):
                raise
            return found

    def _given_back(self, shipment_id: str, reference: str) -> Json:
        try:
            return self._api.refund(shipment_id)
        except PortRefusedError:
            # A refusal may mean that the wish arrived twice: then the label comes back all the same.
            found = self._api.find_shipment(reference)
            if found is None or _void_of(found) is None:
                raise
            return found

    def _label(self, shipment: Json) -> Label:
        paper = shipment.get("postage_label")
        url = paper.get("label_url") if isinstance(paper, Mapping) else None
        content = self._api.file(url)
        form = self._settings.label_format
        document: LabelDocument = document_of(content, LabelFormat(form))
        if self._settings.label_folder is not None:
            keep(self._settings.label_folder, content, form)
        return label_in(shipment, (document,), slowest_days=SLOWEST_DAYS)


def _void_of(shipment: Json) -> VoidState | None:
    """What EasyPost says of its label; None when nobody gave it back, or in a word that is not known."""
    status = shipment.get("refund_status")
    return VOIDS.get(status) if type(status) is str else None
