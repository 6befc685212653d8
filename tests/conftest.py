"""How every test here runs: hypothesis without deadlines (machines are shared), the real data only where it lies.

The profile `ci` draws the same examples every time and prints how to repeat a failure; it is used when CI is set.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.kit.postgres import Server, server

REPOSITORY = Path(__file__).resolve().parent.parent

# A slow draw says that the machine is busy, not that the law is broken.
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("dev"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of the tests' own, quick rather than safe from a power cut."""
    with server() as running:
        yield running


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real input beside the repository (`../shared/data`); the test is skipped where it is not there."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(
            "the real input is not here: put its folders into shared/data beside the repository to run this test"
        )
    return folder
