"""Purchase orders in UN/EDIFACT (ORDERS), and answers to them (ORDRSP, DESADV, INVRPT, CONTRL)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import Capability, PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.channel_edifact.adapter import EdifactChannel
from omscore_adapters.channel_edifact.settings import EdifactSettings

__all__ = ["PROVIDER", "EdifactChannel", "EdifactSettings", "oms_providers"]


@contextmanager
def _open(settings: EdifactSettings) -> Iterator[EdifactChannel]:
    yield EdifactChannel(settings)


PROVIDER = Provider(
    name="edifact",
    port=PortKind.CHANNEL,
    settings_type=EdifactSettings,
    open=_open,
    capabilities=frozenset(
        {Capability.ORDERS_TOLD, Capability.SHIPMENTS_TOLD, Capability.STOCK_TOLD, Capability.ACKNOWLEDGED}
    ),
)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `edifact` for channels."""
    return (PROVIDER,)
