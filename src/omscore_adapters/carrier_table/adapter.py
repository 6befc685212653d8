"""A carrier priced by a rate card the shop keeps itself: quotes, labels, and tracking of parcels that run on time."""

from __future__ import annotations

from omscore.calendars import checked_moment
from omscore.errors import PortRefusedError
from omscore.places import Destination, destination_of
from omscore.ports.carriers import (
    CarrierQuote,
    Label,
    LabelDocument,
    LabelRequest,
    Parcel,
    TrackingEvent,
    TrackingRequest,
)
from omscore.ports.labels import VoidAnswer, VoidRequest, VoidState
from omscore.routing.rates import RateTable
from omscore_adapters.carrier_table.mapping import Offers
from omscore_adapters.carrier_table.plaintext import plain_label
from omscore_adapters.carrier_table.tracking import checked_number, scans, tracking_number
from omscore_adapters.carrier_table.zpl import zpl_label


class TableCarrier:
    """The carrier of one rate table. Holds: the same label request always gives the same label.

    >>> from omscore.routing.ratecard import ZoneRule
    >>> card = "carrier,service,zone,min_g,max_g,price,currency,transit_days\\npost,parcel,home,0,2000,4.90,EUR,2\\n"
    >>> table = RateTable.from_csv(card, (ZoneRule(zone="home", origins=("DE",), destinations=("DE",)),))
    >>> box = Parcel(mass_g=750, length_mm=200, width_mm=150, height_mm=100)
    >>> [quote.service for quote in TableCarrier(table).quotes("DE", Destination(country="DE"), box)]
    ['parcel']
    """

    def __init__(self, table: RateTable, prefix: str = "TB") -> None:
        self._offers = Offers(table)
        self._prefix = prefix

    def quotes(self, origin_country: str, destination: Destination, parcel: Parcel) -> tuple[CarrierQuote, ...]:
        """Every service that takes the parcel, cheapest first; empty when none goes there."""
        return self._offers.quotes(origin_country, destination, parcel.mass_g)

    def buy_label(self, request: LabelRequest) -> Label:
        """The label of the named service, as ZPL and as plain text.

        Raises: PortRefusedError when no row covers the parcel, or an address does not fit on the label.
        """
        quote = self._offers.quote(
            request.sender.country, destination_of(request.recipient), request.parcel.mass_g, request.service
        )
        number = tracking_number(self._prefix, request.key)
        return Label(
            tracking_number=number,
            carrier=quote.carrier,
            service=quote.service,
            price=quote.price,
            transit_days=quote.transit_days,
            documents=(
                LabelDocument(media_type="application/zpl", text=zpl_label(request, quote, number)),
                LabelDocument(media_type="text/plain", text=plain_label(request, quote, number)),
            ),
        )

    def void_label(self, request: VoidRequest) -> VoidAnswer:
        """Always yes: a label of this carrier is paper, and costs nothing before the parcel is handed over.

        Raises: PortRefusedError for a number that is not that of the label's key.
        """
        if request.tracking_number != tracking_number(self._prefix, request.key):
            raise PortRefusedError(
                f"{request.tracking_number!r} is not the label of {request.key}; was it bought from another carrier?",
                code="port.refused.tracking_number",
            )
        return VoidAnswer(state=VoidState.REFUNDED)

    def track(self, request: TrackingRequest) -> tuple[TrackingEvent, ...]:
        """The scans up to the moment asked, oldest first, as of a parcel in the service's slowest band.

        Raises: PortRefusedError for a foreign tracking number and for a service the lane does not have.
        """
        checked_number(request.tracking_number)
        days = self._offers.transit_days(request.origin_country, request.destination.country, request.service)
        handed_over_at = checked_moment(request.handed_over_at, what="moment of the hand-over")
        return scans(handed_over_at, days, checked_moment(request.at, what="moment of the question"))
