"""A store that keeps, beside the shop's records, what programs know of the adapters, so that others can see it.

None of it belongs to a commit, and losing some of it loses no order: a store may leave this Protocol out, and each
program then knows only what it saw itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable


@runtime_checkable
class HealthStore(Protocol):
    """Text under the name of each adapter."""

    def health(self) -> Mapping[str, str]:
        """The text kept of each adapter, by its name."""
        ...

    def keep_health(self, adapter: str, merge: Callable[[str | None], str]) -> None:
        """Keep what `merge` makes of the text kept so far, None when there is none.

        Holds: of two programs that do this at once, one sees what the other has kept.
        """
        ...
