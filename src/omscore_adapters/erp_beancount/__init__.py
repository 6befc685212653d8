"""The books of the shop in beancount's plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.erp_beancount.adapter import BeancountBooks
from omscore_adapters.erp_beancount.settings import BeancountSettings

__all__ = ["PROVIDER", "BeancountBooks", "BeancountSettings", "oms_providers"]


@contextmanager
def _open(settings: BeancountSettings) -> Iterator[BeancountBooks]:
    yield BeancountBooks(settings)


PROVIDER = Provider(name="beancount", port=PortKind.ERP, settings_type=BeancountSettings, open=_open)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `beancount`."""
    return (PROVIDER,)
