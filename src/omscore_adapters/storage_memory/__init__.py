"""A store in memory: the reference the other stores are compared with, and the quick one for tests and simulations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from omscore.plugins import PortKind, Provider, hookimpl
from omscore.plugins.providers import AnyProvider
from omscore_adapters.storage_memory.adapter import MemoryStorage
from omscore_adapters.storage_memory.settings import MemorySettings

__all__ = ["PROVIDER", "MemorySettings", "MemoryStorage", "oms_providers"]


@contextmanager
def _open(_settings: MemorySettings) -> Iterator[MemoryStorage]:
    storage = MemoryStorage()
    try:
        yield storage
    finally:
        storage.close()


PROVIDER = Provider(name="memory", port=PortKind.STORAGE, settings_type=MemorySettings, open=_open)


@hookimpl
def oms_providers() -> Sequence[AnyProvider]:
    """The provider named `memory`."""
    return (PROVIDER,)
