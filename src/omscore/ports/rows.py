"""What a store gives back, row by row: records that say what is stored and nothing about how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from omscore.ids import PersonId
from omscore.quantities import CellKey, StockState


class TaskState(StrEnum):
    """Where a task stands: `dead` was given up by the engine, `dropped` by a person."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"
    DROPPED = "dropped"


class StoredState(NamedTuple):
    """The latest version of a stream; `state` is None when the caller already has that version."""

    version: int
    state: str | None


class Glance(NamedTuple):
    """What one question found: streams as `load` has them, levels as `stock` has them, and personal documents by
    (person, name).
    """

    states: dict[str, StoredState]
    levels: tuple[StockLevel, ...]
    documents: dict[tuple[PersonId, str], str]


class StoredAnswer(NamedTuple):
    """What a command key was used for: the fingerprint of its content and the answer given."""

    fingerprint: str
    answer: str


class StockLevel(NamedTuple):
    """The units of one SKU in one pool at one location, by state."""

    sku: str
    location: str
    pool: str
    sellable: int = 0
    reserved: int = 0
    allocated: int = 0
    picked: int = 0
    held: int = 0
    damaged: int = 0
    expected: int = 0

    @property
    def on_hand(self) -> int:
        """Units physically there: every state except expected."""
        return self.sellable + self.reserved + self.allocated + self.picked + self.held + self.damaged

    def units(self, state: StockState) -> int:
        count: int = getattr(self, state.value)
        return count


_PLACE = {state: place for place, state in enumerate(StockState)}


def levels_after(
    levels: Iterable[StockLevel], changes: Mapping[CellKey, int], skus: Iterable[str]
) -> tuple[StockLevel, ...]:
    """The levels of these SKUs after some cells have changed, by SKU, location, pool.

    >>> cell = CellKey("TEA", "MUC", "general", StockState.SELLABLE)
    >>> [level.sellable for level in levels_after([StockLevel("TEA", "MUC", "general", 5)], {cell: -2}, ["TEA"])]
    [3]
    """
    wanted = set(skus)
    rows = {(sku, location, pool): counts for sku, location, pool, *counts in levels}
    for (sku, location, pool, state), units in changes.items():
        if sku in wanted:
            counts = rows.setdefault((sku, location, pool), [0] * len(_PLACE))
            counts[_PLACE[state]] += units
    return tuple(StockLevel(*key, *counts) for key, counts in sorted(rows.items()))


class Task(NamedTuple):
    """A task as stored; `state` is a word of `TaskState`.

    Units: attempt counts every lease there ever was and is the fence of a settlement; `revived` is the attempt at
    which somebody last brought the task back to life, 0 at first.
    """

    task_id: str
    kind: str
    due_at: datetime
    payload: str
    attempt: int
    state: str
    note: str
    revived: int = 0

    @property
    def tries(self) -> int:
        """Attempts since the task was asked for or brought back to life."""
        return self.attempt - self.revived


class StoredEvent(NamedTuple):
    """One event as stored. `seq` is the order of commits; `chain` seals the stream up to and including this event."""

    seq: int
    stream: str
    version: int
    name: str
    at: datetime
    body: str
    chain: str


class StoredStream(NamedTuple):
    """One stream as stored, for audits; `chain` is the seal of its last event."""

    stream: str
    version: int
    state: str
    chain: str
