"""Exchange rates from a table: a file with a column for each currency, rows in the shop's configuration, or both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.rates_table.adapter import TableRates
from omscore_adapters.rates_table.client import read_table
from omscore_adapters.rates_table.settings import RateRow, RatesTableSettings

__all__ = ["PROVIDER", "RateRow", "RatesTableSettings", "TableRates", "oms_providers"]


@contextmanager
def _open(settings: RatesTableSettings) -> Iterator[TableRates]:
    yield TableRates(settings, "" if settings.path is None else read_table(settings.path))


PROVIDER = Provider(name="table", port=PortKind.RATE, settings_type=RatesTableSettings, open=_open)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `table` for exchange rates."""
    return (PROVIDER,)
