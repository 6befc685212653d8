"""Orders of a seller at Amazon, as the Selling Partner API tells them; parcels told back to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import Capability, PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.channel_amazon.adapter import AmazonChannel
from omscore_adapters.channel_amazon.settings import AmazonSettings

__all__ = ["PROVIDER", "AmazonChannel", "AmazonSettings", "oms_providers"]


@contextmanager
def _open(settings: AmazonSettings) -> Iterator[AmazonChannel]:
    yield AmazonChannel(settings)


PROVIDER = Provider(
    name="amazon",
    port=PortKind.CHANNEL,
    settings_type=AmazonSettings,
    open=_open,
    capabilities=frozenset({Capability.SHIPMENTS_TOLD}),
)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `amazon` for channels."""
    return (PROVIDER,)
