"""No bit of a database can turn over unseen, as far as any reader can see."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from tests.audit.flips import flip_bits
from tests.audit.forger import Forger

FLIPS = 150


def test_no_single_bit_can_turn_over_unseen(database: Path, tmp_path: Path) -> None:
    with closing(Forger(database)) as forger:
        forger.checkpoint()
    tally = flip_bits(database, tmp_path, n=FLIPS, seed=20260302)
    assert tally.unseen == ()
    assert tally.visible > FLIPS // 4, "most of the file is unused, so the flips say little"
