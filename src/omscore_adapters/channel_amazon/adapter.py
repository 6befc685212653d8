"""Orders as `searchOrders` and `getOrder` of the Selling Partner API answer them, and parcels told back to it."""

from __future__ import annotations

from omscore.border import Limits, read_json
from omscore.errors import PortRefusedError, SetupError
from omscore.parties import NewsKind
from omscore.ports.channels import ChannelMessage
from omscore.ports.news import ChannelNotice, ShipmentTold
from omscore_adapters.channel_amazon.client import AmazonApi
from omscore_adapters.channel_amazon.mapping import message_of
from omscore_adapters.channel_amazon.settings import AmazonSettings
from omscore_adapters.channel_amazon.telling import packages_of
from omscore_adapters.channel_common import orders_in

LIMITS = Limits(body_bytes=64 * 1_048_576, entries=10_000, values=4_000_000)
"""A page has at most 100 orders, a file of many pages more."""


class AmazonChannel:
    """Reads orders as JSON, and confirms what was sent."""

    def __init__(self, settings: AmazonSettings) -> None:
        self._settings = settings
        self._api = AmazonApi(settings)

    def read(self, document: bytes) -> tuple[ChannelMessage, ...]:
        """Every order of the document. Raises: InputError when it is no JSON, or holds no order."""
        orders = orders_in(read_json(document, limits=LIMITS))
        return tuple([message_of(order, self._settings) for order in orders])

    @property
    def tells(self) -> frozenset[NewsKind]:
        """Parcels, once there is an endpoint."""
        return frozenset({NewsKind.SHIPMENT}) if self._settings.url else frozenset()

    def tell(self, notice: ChannelNotice) -> None:
        """Confirms every parcel of a shipment; a parcel confirmed again is the same one.

        Raises: PortRefusedError, PortTransientError and PortUnknownError, as everywhere.
        """
        if not self._settings.url:
            raise SetupError("channel.amazon.url is gone; set it, and the message is sent")
        told = notice.news
        if not isinstance(told, ShipmentTold):
            raise PortRefusedError("Amazon is told of parcels alone")
        items = self._api.order_items(told.message_id)
        for package in packages_of(notice, told, items, self._settings):
            self._api.confirm_shipment(told.message_id, package)
