"""Every campaign at its everyday size, in a program of its own as `nox -s faults` runs it: no promise is broken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.registry import CAMPAIGNS

ROOT = Path(__file__).resolve().parents[2]
RUNS = [(campaign.name, engine) for campaign in CAMPAIGNS.values() for engine in campaign.engines]


@pytest.mark.parametrize(("name", "engine"), RUNS)
def test_no_promise_is_broken(name: str, engine: str) -> None:
    done = subprocess.run(  # noqa: S603 (our own interpreter and our own names)
        [sys.executable, "-m", "tests.crash", name, "--engine", engine],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
