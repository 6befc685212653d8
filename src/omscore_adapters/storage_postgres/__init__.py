"""A store in one schema of a PostgreSQL database, shared by any number of threads, programs and machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.storage_postgres.adapter import PostgresStorage
from omscore_adapters.storage_postgres.settings import PostgresSettings

__all__ = ["PROVIDER", "PostgresSettings", "PostgresStorage", "oms_providers"]


@contextmanager
def _open(settings: PostgresSettings) -> Iterator[PostgresStorage]:
    storage = PostgresStorage(settings)
    try:
        yield storage
    finally:
        storage.close()


PROVIDER = Provider(name="postgres", port=PortKind.STORAGE, settings_type=PostgresSettings, open=_open)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `postgres`."""
    return (PROVIDER,)
