"""A carrier priced by the shop's own rate card, with labels in ZPL and plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import Capability, PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.carrier_table.adapter import TableCarrier
from omscore_adapters.carrier_table.client import read_table
from omscore_adapters.carrier_table.settings import CarrierTableSettings

__all__ = ["PROVIDER", "CarrierTableSettings", "TableCarrier", "oms_providers"]


@contextmanager
def _open(settings: CarrierTableSettings) -> Iterator[TableCarrier]:
    yield TableCarrier(read_table(settings), settings.prefix)


PROVIDER = Provider(
    name="table",
    port=PortKind.CARRIER,
    settings_type=CarrierTableSettings,
    open=_open,
    capabilities=frozenset({Capability.LABEL_VOID}),
)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `table` for carriers."""
    return (PROVIDER,)
