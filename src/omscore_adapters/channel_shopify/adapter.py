"""Orders of a Shopify shop: one, a list, or a page of the Admin API; and the signature of what webhooks bring."""

from __future__ import annotations

from omscore.border import Limits, read_json
from omscore.ports.channels import ChannelMessage
from omscore_adapters.channel_common import orders_in
from omscore_adapters.channel_shopify.mapping import message_of
from omscore_adapters.channel_shopify.settings import ShopifySettings
from omscore_adapters.channel_shopify.signature import check_signature

LIMITS = Limits(body_bytes=64 * 1_048_576, entries=10_000, values=4_000_000)
"""A page has at most 250 orders, an export file more; an order on its own is bounded by its lines."""


class ShopifyChannel:
    """Reads orders as JSON."""

    def __init__(self, settings: ShopifySettings) -> None:
        self._settings = settings

    def read(self, document: bytes) -> tuple[ChannelMessage, ...]:
        """Every order of the document. Raises: InputError when it is no JSON, or holds no order."""
        orders = orders_in(read_json(document, limits=LIMITS))
        return tuple([message_of(order, self._settings) for order in orders])

    def check_signature(self, body: bytes, signature: str) -> None:
        """Returns when the header `X-Shopify-Hmac-SHA256` belongs to exactly these bytes.

        Raises: RefusedError when it does not; SetupError when no secret is configured.
        """
        check_signature(body, signature, self._settings.secrets)
