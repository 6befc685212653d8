"""Single bits of a closed database file are turned over, each in a copy of its own, and every visible change is sought.

A change is visible when a reader of the store can tell: something he reads is different, or cannot be read any more.
Bits of unused space, of the engine's own counters and of what it does not look at may turn over unseen.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from omscore.audit import audit
from omscore.errors import OmsError
from omscore.ports.storage import Storage
from omscore.testing.conformance.storage.commits import picture
from omscore_adapters.storage_sqlite import PROVIDER, SqliteSettings


@attrs.frozen(kw_only=True)
class Tally:
    """What became of the flips. Shape: `unseen` holds (offset, bit) of visible changes the audit did not find."""

    flips: int
    visible: int
    unseen: tuple[tuple[int, int], ...]


def flip_bits(database: Path, folder: Path, *, n: int, seed: int) -> Tally:
    """The tally of `n` random flips, each alone, in copies of a database made in `folder`."""
    lot = random.Random(seed)  # noqa: S311 (a test's dice)
    content = database.read_bytes()
    before = _seen(database)
    copy = folder / "flipped.db"
    visible, unseen = 0, []
    for _ in range(n):
        at, bit = lot.randrange(len(content)), lot.randrange(8)
        shutil.copy(database, copy)
        with copy.open("r+b") as file:
            file.seek(at)
            file.write(bytes([content[at] ^ 1 << bit]))
        if _seen(copy) != before:
            visible += 1
            if not _is_found(copy):
                unseen.append((at, bit))
        for left in folder.glob(f"{copy.name}*"):
            left.unlink()
    return Tally(flips=n, visible=visible, unseen=tuple(unseen))


def _seen(database: Path) -> dict[str, object] | None:
    """Everything a reader can read; None when something of it cannot be read."""
    try:
        with _opened(database) as storage:
            people = sorted({stream.stream.partition("/")[2] for stream in storage.streams("customer/")})
            vault = {
                (person, name): storage.vault_get(person, name)  # type: ignore[arg-type]
                for person in people
                for name in storage.vault_names(person)  # type: ignore[arg-type]
            }
            return picture(storage) | {"vault": vault}
    except OmsError:
        return None


def _is_found(database: Path) -> bool:
    """True when the audit finds something, or the file is refused before it can be audited."""
    try:
        with _opened(database) as storage:
            return not audit(storage).is_clean
    except OmsError:
        return True


@contextmanager
def _opened(database: Path) -> Iterator[Storage]:
    with PROVIDER.open(SqliteSettings(path=database, read_only=True)) as storage:
        yield storage
