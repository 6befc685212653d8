"""What a shop sets about orders in tables: what stands where, and where messages back are put."""

from __future__ import annotations

from pathlib import Path

from omscore.records import frozen


@frozen(kw_only=True)
class TableSettings:
    """Where the mapping file is, and the folder for messages back.

    Shape: without an `outbox` the sender is told nothing.

    >>> TableSettings(mapping=Path("acme.toml")).mapping.name
    'acme.toml'
    """

    mapping: Path
    outbox: Path | None = None
