"""The small shop, opened on each store in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from omscore.app import Oms
from tests.kit.shops import small_shop


@pytest.fixture(params=[{"memory": {}}, None], ids=["memory", "sqlite"])
def oms(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Oms]:
    with small_shop(tmp_path, storage=request.param) as opened:
        yield opened
