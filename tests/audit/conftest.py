"""One life of the little shop in a database file, copied for every test that changes it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from omscore.audit import Report, audit
from omscore_adapters.storage_sqlite import PROVIDER, SqliteSettings
from tests.audit import little_shop
from tests.audit.forger import Forger


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database file of a shop that was closed after a full life."""
    folder = tmp_path_factory.mktemp("lived")
    with little_shop.opened(folder, database=folder / "shop.db") as shop:
        little_shop.live(shop)
    return folder / "shop.db"


@pytest.fixture
def database(lived: Path, tmp_path: Path) -> Path:
    """A copy of that file of one's own."""
    return Path(shutil.copy(lived, tmp_path / "copy.db"))


@pytest.fixture
def forger(database: Path) -> Iterator[Forger]:
    """A hand that changes the copy."""
    hand = Forger(database)
    yield hand
    hand.close()


def audited(database: Path) -> Report:
    """What the auditor says of a file, which it only reads."""
    with PROVIDER.open(SqliteSettings(path=database, read_only=True)) as storage:
        return audit(storage)
