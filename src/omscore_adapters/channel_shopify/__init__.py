"""Orders of a Shopify shop, from webhooks or pages of its Admin API; parcels and stock told back to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import Capability, PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.channel_shopify.adapter import ShopifyChannel
from omscore_adapters.channel_shopify.settings import ShopifySettings

__all__ = ["PROVIDER", "ShopifyChannel", "ShopifySettings", "oms_providers"]


@contextmanager
def _open(settings: ShopifySettings) -> Iterator[ShopifyChannel]:
    yield ShopifyChannel(settings)


PROVIDER = Provider(
    capabilities=frozenset({Capability.SIGNED, Capability.SHIPMENTS_TOLD, Capability.STOCK_TOLD}),
    name="shopify",
    port=PortKind.CHANNEL,
    settings_type=ShopifySettings,
    open=_open,
)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `shopify` for channels."""
    return (PROVIDER,)
