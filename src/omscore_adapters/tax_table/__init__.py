"""Tax rates written into the shop's configuration, by country and category."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.tax_table.adapter import TableTaxes
from omscore_adapters.tax_table.settings import TaxRow, TaxTableSettings

__all__ = ["PROVIDER", "TableTaxes", "TaxRow", "TaxTableSettings", "oms_providers"]


@contextmanager
def _open(settings: TaxTableSettings) -> Iterator[TableTaxes]:
    yield TableTaxes(settings)


PROVIDER = Provider(name="table", port=PortKind.TAX, settings_type=TaxTableSettings, open=_open)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `table` for tax rates."""
    return (PROVIDER,)
