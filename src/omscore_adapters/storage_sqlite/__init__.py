"""A store in one SQLite file, shared by the threads of one program and by several programs on one machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.storage_sqlite.adapter import SqliteStorage
from omscore_adapters.storage_sqlite.settings import SqliteSettings

__all__ = ["PROVIDER", "SqliteSettings", "SqliteStorage", "oms_providers"]


@contextmanager
def _open(settings: SqliteSettings) -> Iterator[SqliteStorage]:
    storage = SqliteStorage(settings)
    try:
        yield storage
    finally:
        storage.close()


PROVIDER = Provider(name="sqlite", port=PortKind.STORAGE, settings_type=SqliteSettings, open=_open)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `sqlite`."""
    return (PROVIDER,)
