"""What a shop may set about its SQLite file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from omscore.errors import SetupError
from omscore.records import frozen


@frozen(kw_only=True)
class SqliteSettings:
    """Where the store is and how careful it is.

    Units: busy_timeout_ms is how long a commit waits for another process before it raises ConflictError.
    Holds: with synchronous "full" an answered commit survives a power cut; with "normal" the last ones may be lost,
    never half of one.

    >>> SqliteSettings(path=Path("shop.db")).synchronous
    'full'
    """

    path: Path
    synchronous: Literal["full", "normal"] = "full"
    read_only: bool = False
    busy_timeout_ms: int = 5_000

    def __attrs_post_init__(self) -> None:
        if self.synchronous not in ("full", "normal"):
            raise SetupError(f'storage.sqlite.synchronous is {self.synchronous!r}; write "full" or "normal"')
        if type(self.busy_timeout_ms) is not int or not 0 <= self.busy_timeout_ms <= 60_000:
            raise SetupError(
                f"storage.sqlite.busy_timeout_ms is {self.busy_timeout_ms!r}; write milliseconds from 0 to 60000"
            )
