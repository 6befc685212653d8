"""One empty store per test, of each sort in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from omscore.ports.storage import Storage
from omscore_adapters import storage_memory, storage_sqlite


@pytest.fixture(params=["memory", "sqlite"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """An empty store."""
    if request.param == "memory":
        with storage_memory.PROVIDER.open(storage_memory.MemorySettings()) as memory:
            yield memory
    else:
        settings = storage_sqlite.SqliteSettings(path=tmp_path / "shop.db", synchronous="normal")
        with storage_sqlite.PROVIDER.open(settings) as sqlite:
            yield sqlite
