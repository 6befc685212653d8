"""Purchase orders in ANSI X12 (850), and answers to them (855, 856, 846, 997)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import Capability, PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.channel_x12.adapter import X12Channel
from omscore_adapters.channel_x12.settings import X12Settings

__all__ = ["PROVIDER", "X12Channel", "X12Settings", "oms_providers"]


@contextmanager
def _open(settings: X12Settings) -> Iterator[X12Channel]:
    yield X12Channel(settings)


PROVIDER = Provider(
    name="x12",
    port=PortKind.CHANNEL,
    settings_type=X12Settings,
    open=_open,
    capabilities=frozenset(
        {Capability.ORDERS_TOLD, Capability.SHIPMENTS_TOLD, Capability.STOCK_TOLD, Capability.ACKNOWLEDGED}
    ),
)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `x12` for channels."""
    return (PROVIDER,)
