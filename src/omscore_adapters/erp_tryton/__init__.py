"""The books of the shop in Tryton, an ERP of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import Capability, PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.erp_tryton.adapter import TrytonBooks
from omscore_adapters.erp_tryton.settings import TrytonAccounts, TrytonDocument, TrytonSettings

__all__ = ["PROVIDER", "TrytonAccounts", "TrytonBooks", "TrytonDocument", "TrytonSettings", "oms_providers"]


@contextmanager
def _open(settings: TrytonSettings) -> Iterator[TrytonBooks]:
    yield TrytonBooks(settings)


PROVIDER = Provider(
    name="tryton",
    port=PortKind.ERP,
    settings_type=TrytonSettings,
    open=_open,
    capabilities=frozenset({Capability.INVOICES_ENTERED, Capability.SALES_ENTERED, Capability.NUMBERS_TOLD}),
)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `tryton`."""
    return (PROVIDER,)
