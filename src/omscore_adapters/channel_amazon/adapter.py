"""Orders as `searchOrders` and `getOrder` of the Selling Partner API answer them."""

from __future__ import annotations

from omscore.border import Limits, read_json
from omscore.ports.channels import ChannelMessage
from omscore_adapters.channel_amazon.mapping import message_of
from omscore_adapters.channel_amazon.settings import AmazonSettings
from omscore_adapters.channel_common import orders_in

LIMITS = Limits(body_bytes=64 * 1_048_576, entries=10_000, values=4_000_000)
"""A page has at most 100 orders, a file of many pages more."""


class AmazonChannel:
    """Reads orders as JSON."""

    def __init__(self, settings: AmazonSettings) -> None:
        self._settings = settings

    def read(self, document: bytes) -> tuple[ChannelMessage, ...]:
        """Every order of the document. Raises: InputError when it is no JSON, or holds no order."""
        orders = orders_in(read_json(document, limits=LIMITS))
        return tuple([message_of(order, self._settings) for order in orders])
