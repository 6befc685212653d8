"""Pickups through EasyPost: one under one reference, which is looked for in the list of pickups before one is made."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from omscore.errors import PortRefusedError, PortTransientError
from omscore.money import Money
from omscore.ports.handovers import PickupRequest, PickupSlip
from omscore_adapters.carrier_easypost.client import EasyPostApi
from omscore_adapters.carrier_easypost.mapping import (
    Json,
    address_out,
    list_in,
    moment_in,
    money_in,
    reference_of,
    text_in,
)
from omscore_adapters.carrier_easypost.settings import EasyPostSettings

LOOK_BACK: Final = timedelta(days=30)
"""How long before its window a pickup may have been asked for."""

PAGE: Final = 100
MOST_PAGES: Final = 20


class Pickups:
    """The pickups of one account."""

    def __init__(self, api: EasyPostApi, settings: EasyPostSettings) -> None:
        self._api = api
        self._settings = settings

    def find(self, request: PickupRequest) -> PickupSlip | None:
        """The pickup of that key, if it is booked."""
        pickup = self._found(request)
        return None if pickup is None or pickup.get("status") != "scheduled" else _slip(pickup, request)

    def book(self, request: PickupRequest) -> PickupSlip:
        """The pickup of that key, booked now unless it was before."""
        pickup = self._found(request) or self._created(request)
        if pickup.get("status") == "canceled":
            raise PortRefusedError(f"the pickup {request.key} was cancelled; a new one needs a key of its own")
        if pickup.get("status") != "scheduled":
            rate = _cheapest(pickup, request.carrier)
            try:
                booked = self._api.buy_pickup(text_in(pickup, "id"), text_in(rate, "carrier"), text_in(rate, "service"))
                pickup = {**pickup, **booked}
            except PortRefusedError:
                # A refusal may mean that a rival was faster: then the pickup is booked all the same.
                found = self._found(request)
                if found is None or found.get("status") != "scheduled":
                    raise
                pickup = found
        if pickup.get("status") != "scheduled":
            raise PortTransientError("EasyPost does not say yet whether the carrier comes")
        return _slip(pickup, request)

    def cancel(self, request: PickupRequest) -> None:
        """Nobody is to come."""
        pickup = self._found(request)
        if pickup is None:
            raise PortRefusedError(f"EasyPost knows no pickup {request.key} of this shop")
        if pickup.get("status") == "scheduled":
            pickup = self._api.cancel_pickup(text_in(pickup, "id"))
            if pickup.get("status") != "canceled":
                raise PortTransientError("EasyPost does not say yet whether the pickup is cancelled")

    def _reference(self, request: PickupRequest) -> str:
        return reference_of(self._settings.reference, f"pickup:{request.key}")

    def _found(self, request: PickupRequest) -> Json | None:
        """The newest of that reference. Raises: PortTransientError when there are too many to look through."""
        reference = self._reference(request)
        filters = {"page_size": PAGE, "start_datetime": (request.opens_at - LOOK_BACK).isoformat()}
        for _ in range(MOST_PAGES):
            page = self._api.pickups(**filters)
            pickups = list_in(page, "pickups")
            for pickup in pickups:
                if pickup.get("reference") == reference:
                    return pickup
            if page.get("has_more") is not True or not pickups:
                return None
            filters["before_id"] = text_in(pickups[-1], "id")
        raise PortTransientError(f"EasyPost lists more than {PAGE * MOST_PAGES} pickups; look at its dashboard")

    def _created(self, request: PickupRequest) -> Json:
        ids = []
        for parcel in request.parcels:
            shipment = self._api.find_shipment(reference_of(self._settings.reference, parcel.key))
            if shipment is None or shipment.get("tracking_code") != parcel.tracking_number:
                raise PortRefusedError(f"EasyPost knows no label {parcel.tracking_number} of this shop")
            ids.append(text_in(shipment, "id"))
        parcels = {"shipment": {"id": ids[0]}} if len(ids) == 1 else {"batch": {"id": self._batch(request, ids)}}
        return self._api.create_pickup(
            reference=self._reference(request),
            address=address_out(request.sender),
            is_account_address=False,
            min_datetime=request.opens_at.isoformat(),
            max_datetime=request.closes_at.isoformat(),
            instructions=request.instructions,
            **parcels,
        )

    def _batch(self, request: PickupRequest, shipment_ids: list[str]) -> str:
        """Several parcels are told as a batch of them, which is put together in a while."""
        reference = self._reference(request)
        shipments = [{"id": each} for each in shipment_ids]
        batch = self._api.find_batch(reference) or self._api.create_batch(reference=reference, shipments=shipments)
        if batch.get("state") in ("creating", "queued_for_purchase", "purchasing"):
            raise PortTransientError("EasyPost is still putting the parcels of the pickup together")
        return text_in(batch, "id")


def _cheapest(pickup: Json, carrier: str) -> Json:
    rates = [each for each in list_in(pickup, "pickup_rates") if each.get("carrier") == carrier]
    if not rates:
        names = ", ".join(sorted({text_in(each, "carrier") for each in list_in(pickup, "pickup_rates")})) or "nobody"
        raise PortRefusedError(f"{carrier} does not come there in this window by EasyPost; {names} does")
    return min(rates, key=lambda each: (_price(each).minor, text_in(each, "service")))


def _price(rate: Json) -> Money:
    return money_in(rate.get("rate"), rate.get("currency"), what="rate")


def _slip(pickup: Json, request: PickupRequest) -> PickupSlip:
    opens_at, closes_at = moment_in(pickup.get("min_datetime")), moment_in(pickup.get("max_datetime"))
    if opens_at is None or closes_at is None or opens_at >= closes_at:
        opens_at, closes_at = request.opens_at, request.closes_at
    rates = [each for each in list_in(pickup, "pickup_rates") if each.get("carrier") == request.carrier]
    return PickupSlip(
        confirmation=text_in(pickup, "confirmation"),
        opens_at=opens_at,
        closes_at=closes_at,
        price=_price(_cheapest(pickup, request.carrier)) if rates else None,
    )
