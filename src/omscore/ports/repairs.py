"""Repairs of derived rows: what the log says they must be, for a store to write in place of what is there.

States, stock rows, index entries and claims all follow from the log. The log itself, answers, tasks and personal
documents follow from nothing, so there is no cure for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from omscore.ports.commits import IndexEntry
from omscore.ports.rows import StockLevel
from omscore.records import frozen


@frozen(kw_only=True)
class StateCure:
    """The state of a stream at a version, as its events give it."""

    stream: str
    version: int
    state: str


@frozen(kw_only=True)
class StockCure:
    """The units of one stock row that the moves sum to.

    Shape: `was` is None where there is no row, `becomes` where there must be none.
    """

    was: StockLevel | None
    becomes: StockLevel | None


@frozen(kw_only=True)
class EntryCure:
    """One index entry of a stream at a version, to be listed or not. Shape: version 0 when there is no such stream."""

    stream: str
    version: int
    entry: IndexEntry
    is_listed: bool


@frozen(kw_only=True)
class ClaimCure:
    """The stream a unique name leads to; `was` is None where it leads nowhere, `becomes` where it must not lead."""

    name: str
    was: str | None
    becomes: str | None


Cure: TypeAlias = StateCure | StockCure | EntryCure | ClaimCure


@runtime_checkable
class Repairs(Protocol):
    """A store whose derived rows can be mended."""

    def mend(self, cures: Sequence[Cure]) -> None:
        """Write the derived rows as the cures say, all or none.

        Raises: ConflictError when a stream or row is not as it was when the cures were found.
        """
        ...
