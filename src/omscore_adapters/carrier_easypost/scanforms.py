"""Manifests as EasyPost's scan forms.

A shipment is on one form at most and tells which, so a form is found by its parcels.
"""

from __future__ import annotations

from collections.abc import Mapping

from omscore.errors import PortRefusedError, PortTransientError
from omscore.ports.handovers import ManifestPaper, ManifestRequest
from omscore_adapters.carrier_easypost.client import EasyPostApi
from omscore_adapters.carrier_easypost.files import document_of, keep
from omscore_adapters.carrier_easypost.mapping import Json, reference_of, text_in
from omscore_adapters.carrier_easypost.settings import EasyPostSettings, LabelFormat

_MADE = "the manifest is made"


class ScanForms:
    """The scan forms of one account."""

    def __init__(self, api: EasyPostApi, settings: EasyPostSettings) -> None:
        self._api = api
        self._settings = settings

    def find(self, request: ManifestRequest) -> ManifestPaper | None:
        """The form a parcel of the request is on; None when none of them is on any."""
        form = self._form_of(self._shipments(request))
        return None if form is None else self._paper(form, request)

    def make(self, request: ManifestRequest) -> ManifestPaper:
        """That form, or a new one over all parcels."""
        shipments = self._shipments(request)
        form = self._form_of(shipments)
        if form is None:
            try:
                form = self._api.create_scan_form([text_in(each, "id") for each in shipments])
            except PortRefusedError:
                # A refusal may mean that a rival was faster: then the form is there all the same.
                form = self._form_of(self._shipments(request))
                if form is None:
                    raise
        return self._paper(form, request)

    def _shipments(self, request: ManifestRequest) -> list[Json]:
        found = []
        for parcel in request.parcels:
            shipment = self._api.find_shipment(reference_of(self._settings.reference, parcel.key))
            if shipment is None or shipment.get("tracking_code") != parcel.tracking_number:
                raise PortRefusedError(f"EasyPost knows no label {parcel.tracking_number} of this shop")
            found.append(shipment)
        return found

    def _form_of(self, shipments: list[Json]) -> Json | None:
        """The first form in the order of the parcels that did not fail."""
        forms = [each["scan_form"] for each in shipments if isinstance(each.get("scan_form"), Mapping)]
        for form_id in dict.fromkeys([text_in(each, "id") for each in forms]):
            form = self._api.scan_form(form_id)
            if form.get("status") != "failed":
                return form
        return None

    def _paper(self, form: Json, request: ManifestRequest) -> ManifestPaper:
        match form.get("status"):
            case "created":
                pass
            case "failed":
                raise PortRefusedError("EasyPost could not make the scan form; its dashboard says why")
            case _:
                raise PortTransientError("EasyPost is still making the scan form")
        content = self._api.file(form.get("form_url"), _MADE)
        document = document_of(content, LabelFormat.PDF, _MADE)
        if self._settings.label_folder is not None:
            keep(self._settings.label_folder, content, LabelFormat.PDF)
        codes = form.get("tracking_codes")
        listed = frozenset(each for each in codes if type(each) is str) if isinstance(codes, list) else frozenset()
        numbers = tuple([each.tracking_number for each in request.parcels if each.tracking_number in listed])
        return ManifestPaper(number=text_in(form, "id"), tracking_numbers=numbers, document=document)
