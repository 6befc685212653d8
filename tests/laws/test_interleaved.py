"""Random lives of a shop in which somebody else is always faster: whatever comes between, all adds up in the end."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from omscore.audit import audit
from omscore_adapters.storage_memory import MemoryStorage
from tests.laws.checks import check_claims, check_everything
from tests.laws.interleaved import STEPS, Interleaved
from tests.laws.life import LifeStep
from tests.laws.reckoning import reckon

SEEDS = (1, 2, 46)
"""In the last of these lives a claim outlived its promise, where commits relied on what they wrote to alone."""


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_others_do_between_reading_and_committing_everything_adds_up(tmp_path: Path, seed: int) -> None:
    life, lot = Interleaved(tmp_path, MemoryStorage(), seed), Random(seed)  # noqa: S311 (repeatable)
    for _ in range(90):
        life.live(LifeStep(lot.choice(STEPS), *[lot.randrange(8) for _ in range(4)]))
    assert life.disturbances > 100
    life.settle()
    check_everything(life.oms)
    check_claims(life.oms)
    assert audit(life.store).findings == ()
    reckon(life)
    life.close()
