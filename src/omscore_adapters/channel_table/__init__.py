"""Orders in CSV or JSON of any layout, read by a mapping file, and messages back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import Capability, PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.channel_table.adapter import TableChannel
from omscore_adapters.channel_table.settings import TableSettings

__all__ = ["PROVIDER", "TableChannel", "TableSettings", "oms_providers"]


@contextmanager
def _open(settings: TableSettings) -> Iterator[TableChannel]:
    yield TableChannel(settings)


PROVIDER = Provider(
    name="table",
    port=PortKind.CHANNEL,
    settings_type=TableSettings,
    open=_open,
    capabilities=frozenset({Capability.ORDERS_TOLD, Capability.SHIPMENTS_TOLD, Capability.STOCK_TOLD}),
)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `table` for channels."""
    return (PROVIDER,)
