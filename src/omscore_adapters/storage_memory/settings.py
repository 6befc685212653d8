"""What a shop may set about a store that lives in memory: nothing."""

from __future__ import annotations

from omscore.records import frozen


@frozen(kw_only=True)
class MemorySettings:
    """No settings; the store begins empty and ends with its program."""
