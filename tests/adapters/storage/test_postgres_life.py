"""A shop that lives on PostgreSQL ends where the same life ends in memory, row by row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from omscore.audit import audit
from omscore.ports.storage import Storage
from omscore.testing.conformance.storage.commits import picture
from omscore_adapters.storage_memory import PROVIDER as MEMORY
from omscore_adapters.storage_memory import MemorySettings
from omscore_adapters.storage_postgres import PROVIDER, PostgresSettings
from tests.laws.bench import bench
from tests.laws.life import NAMES, Life, LifeStep

STEPS = 120


def lived_through(storage: Storage, folder: Path, seed: int) -> dict[str, object]:
    """Everything the store holds after a random life; how the log is numbered is each store's own."""
    lot = Random(seed)  # noqa: S311 (a life, not a secret)
    folder.mkdir()
    with bench(folder, store=storage) as shop:
        life = Life(shop.oms)
        for _ in range(STEPS):
            life.live(LifeStep(lot.choice(NAMES), *(lot.randrange(8) for _ in range(4))))
        assert audit(storage).findings == ()
        numbered_by_itself = [event[1:] for event in storage.events()]
        return picture(storage) | {"events": numbered_by_itself}


@pytest.mark.parametrize("seed", range(2))
def test_the_same_life_leaves_the_same_rows(emptied: Callable[[], PostgresSettings], tmp_path: Path, seed: int) -> None:
    with MEMORY.open(MemorySettings()) as memory, PROVIDER.open(emptied()) as storage:
        in_memory = lived_through(memory, tmp_path / "memory", seed)
        assert lived_through(storage, tmp_path / "postgres", seed) == in_memory
    assert in_memory["counts"]["events"] > 100  # type: ignore[index]
