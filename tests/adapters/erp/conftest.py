"""The Tryton server of these tests: one per run, made when the first test asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kit.postgres import Server
from tests.kit.tryton import Tryton
from tests.kit.tryton import tryton as running_tryton


@pytest.fixture(scope="session")
def tryton(postgres: Server) -> Iterator[Tryton]:
    """A real Tryton with a company, its accounts and the periods of 2026."""
    with running_tryton(postgres) as server:
        yield server
