"""What a shop sets about orders in tables: the file that says what stands where."""

from __future__ import annotations

from pathlib import Path

from omscore.records import frozen


@frozen(kw_only=True)
class TableSettings:
    """Where the mapping file is.

    >>> TableSettings(mapping=Path("acme.toml")).mapping.name
    'acme.toml'
    """

    mapping: Path
