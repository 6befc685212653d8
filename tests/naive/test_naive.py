"""The harness flags every wrong variant within the rounds of every day."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.naive.__main__ import NAIVE

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", NAIVE)
def test_a_wrong_variant_is_flagged(name: str) -> None:
    done = subprocess.run(  # noqa: S603 (our own interpreter and our own names)
        [sys.executable, "-m", "tests.naive", name], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
