"""The three first-party stores under the kit that is shipped for the stores of others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from omscore.testing.conformance.storage import (
    HealthLaws,
    NewStore,
    Opener,
    ProcessLaws,
    ReopeningLaws,
    RepairLaws,
    StorageConformance,
)
from omscore_adapters import storage_memory, storage_postgres, storage_sqlite
from omscore_adapters.storage_postgres import PostgresSettings


class TestMemory(StorageConformance, RepairLaws, HealthLaws):
    """Memory declares repairs, but no second opening: it ends with its program."""

    @pytest.fixture
    def new_store(self) -> NewStore:
        return lambda: partial(storage_memory.PROVIDER.open, storage_memory.MemorySettings())


class TestSqlite(StorageConformance, ReopeningLaws, ProcessLaws, RepairLaws, HealthLaws):
    """SQLite declares all there is."""

    @pytest.fixture
    def new_store(self, tmp_path: Path) -> NewStore:
        numbers = count()

        def new() -> Opener:
            path = tmp_path / f"{next(numbers)}.db"
            return partial(storage_sqlite.PROVIDER.open, storage_sqlite.SqliteSettings(path=path, synchronous="normal"))

        return new


class TestPostgres(StorageConformance, ReopeningLaws, ProcessLaws, RepairLaws, HealthLaws):
    """PostgreSQL declares all there is."""

    @pytest.fixture
    def new_store(self, emptied: Callable[[], PostgresSettings]) -> NewStore:
        return lambda: partial(storage_postgres.PROVIDER.open, emptied())
