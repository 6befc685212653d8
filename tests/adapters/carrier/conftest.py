"""One EasyPost on the loopback for all tests of a process, empty before each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kit.easypost_api import FakeEasyPost, easypost_api


@pytest.fixture(scope="session")
def easypost_server() -> Iterator[FakeEasyPost]:
    with easypost_api() as fake:
        yield fake


@pytest.fixture
def account(easypost_server: FakeEasyPost) -> FakeEasyPost:
    easypost_server.reset()
    return easypost_server
