"""One empty store per test, of each sort in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from omscore.ports.storage import Storage
from omscore_adapters import storage_memory, storage_postgres, storage_sqlite
from tests.kit.postgres import Server


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """An empty store."""
    match request.param:
        case "memory":
            with storage_memory.PROVIDER.open(storage_memory.MemorySettings()) as memory:
                yield memory
        case "sqlite":
            settings = storage_sqlite.SqliteSettings(path=tmp_path / "shop.db", synchronous="normal")
            with storage_sqlite.PROVIDER.open(settings) as sqlite:
                yield sqlite
        case _:
            server: Server = request.getfixturevalue("postgres")
            with storage_postgres.PROVIDER.open(server.settings()) as postgres:
                yield postgres
