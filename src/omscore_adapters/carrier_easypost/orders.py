"""Several boxes as one EasyPost order: its shipments bear the references their labels would have alone."""

from __future__ import annotations

from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError
from omscore.places import Destination
from omscore.ports.carriers import CarrierQuote, Parcel, ShipmentRequest
from omscore_adapters.carrier_easypost.client import EasyPostApi
from omscore_adapters.carrier_easypost.mapping import (
    SLOWEST_DAYS,
    Json,
    address_out,
    is_bought,
    is_given_back,
    list_in,
    parcel_out,
    quotes_in,
    rate_named,
    reference_of,
    text_in,
)
from omscore_adapters.carrier_easypost.settings import EasyPostSettings


def quotes_together(
    api: EasyPostApi,
    settings: EasyPostSettings,
    origin_country: str,
    destination: Destination,
    parcels: tuple[Parcel, ...],
) -> tuple[CarrierQuote, ...]:
    """The rates of an order of these parcels, cheapest first; none when no carrier takes them as one."""
    there = {"country": destination.country, "zip": destination.postcode_area}
    rated = api.create_order(
        from_address={"country": origin_country, "zip": postcode_of(settings, origin_country)},
        to_address={name: text for name, text in there.items() if text},
        shipments=[{"parcel": parcel_out(each)} for each in parcels],
    )
    return quotes_in(list_in(rated, "rates"), slowest_days=SLOWEST_DAYS)


def postcode_of(settings: EasyPostSettings, country: str) -> str:
    """Where parcels from a country are rated from. Raises: PortRefusedError when the shop gave no postcode there."""
    postcode = settings.postcodes.get(country)
    if postcode is None:
        raise PortRefusedError(
            f"carrier.easypost.postcodes has none for {country}; add the postcode of a location there"
        )
    return postcode


def bought_together(api: EasyPostApi, settings: EasyPostSettings, request: ShipmentRequest) -> list[Json]:
    """The shipments of the pieces, in their order, bought now unless they were before.

    Raises: PortRefusedError when the service does not take them together, or a label was given back already.
    """
    reference = reference_of(settings.reference, request.key)
    order = api.find_order(reference)
    if order is None:
        order = api.create_order(
            reference=reference,
            from_address=address_out(request.sender),
            to_address=address_out(request.recipient),
            shipments=[
                {
                    "reference": reference_of(settings.reference, piece.key),
                    "parcel": parcel_out(piece.parcel),
                    "options": {
                        "label_format": settings.label_format.value,
                        "print_custom_1": request.reference,
                    },
                }
                for piece in request.pieces
            ],
        )
    elif not any([is_bought(each) for each in list_in(order, "shipments")]):
        # Rates go stale; those of an order whose purchase was lost may be from long ago.
        order = {**order, **api.order_rates(text_in(order, "id"))}
    shipments = _of_pieces(settings, order, request)
    if any([is_given_back(each) for each in shipments]):
        raise PortRefusedError(f"a label of {request.key} was given back; a new one needs a key of its own")
    if not any([is_bought(each) for each in shipments]):
        rate = rate_named(order, request.service)
        shipments = _of_pieces(settings, _buy(api, order, rate, reference), request)
    if not all([is_bought(each) for each in shipments]):
        raise PortUnknownError("EasyPost bought some boxes of a shipment and not all; each is looked up alone")
    return shipments


def _buy(api: EasyPostApi, order: Json, rate: Json, reference: str) -> Json:
    try:
        return api.buy_order(text_in(order, "id"), text_in(rate, "carrier"), text_in(rate, "service"))
    except PortRefusedError:
        # A refusal may mean that a rival was faster: then the labels are there all the same.
        found = api.find_order(reference)
        if found is None or not any([is_bought(each) for each in list_in(found, "shipments")]):
            raise
        return found


def _of_pieces(settings: EasyPostSettings, order: Json, request: ShipmentRequest) -> list[Json]:
    by_reference = {each.get("reference"): each for each in list_in(order, "shipments")}
    try:
        return [by_reference[reference_of(settings.reference, piece.key)] for piece in request.pieces]
    except KeyError:
        raise PortTransientError(
            "EasyPost's order does not hold the boxes it was made of; look at its dashboard"
        ) from None
