"""The store as it will stand once the commits that still wait are made: what a batch of commands looks at."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from omscore.engine.reader import Foreseen, Reader
from omscore.ids import PersonId
from omscore.parties import Person
from omscore.ports.storage import Commit, StockLevel, StoredEvent
from omscore.quantities import Move, StockPlace, StockState

_Shelf: TypeAlias = dict[tuple[str, str], list[int]]
"""The counts of one SKU's levels by location and pool, in the order of a `StockLevel`."""

_new_level: Callable[[tuple[Any, ...]], StockLevel] = partial(tuple.__new__, StockLevel)

_POSITION: dict[str, int] = {state: place for place, state in enumerate(StockState)}


class Ahead:
    """Looks into memory first and then into the store; what was looked up once is not asked again.

    Shape: `make_waiting` makes the waiting commits; it is called before an index, a name or a person is looked up that
    they touch, and before a record that a command under a key leaves: should an equal command be faster, the record is
    of that version and nevertheless another one.
    Holds: nothing here is older than the last `forget`; a commit worked out from it is checked by the store like any
    other.
    """

    def __init__(self, reader: Reader, make_waiting: Callable[[], None]) -> None:
        self._reader = reader
        self._make_waiting = make_waiting
        self._states: dict[str, tuple[int, Any]] = {}
        self._stock: dict[str, _Shelf] = {}
        self._moved: list[Move] = []
        self._people: dict[PersonId, Person | None] = {}
        self._touched: set[Hashable] = set()
        self._doubtful: set[str] = set()

    def foresee(self, all_foreseen: Iterable[Foreseen]) -> None:
        """Look up in one go what many commands will ask for, before anything waits."""
        streams: dict[str, None] = {}
        skus: dict[str, None] = {}
        people: dict[PersonId, None] = {}
        for foreseen in all_foreseen:
            streams.update(dict.fromkeys(foreseen.new + foreseen.streams))
            skus.update(dict.fromkeys(foreseen.skus))
            people.update(dict.fromkeys(foreseen.people))
        if streams:
            sight = self._reader.see(tuple(streams), tuple(skus), tuple(people))
            self._know_states(streams, sight.states)
            self._know_stock(skus, sight.levels)
            self._people.update(sight.people)

    def has(self, streams: Sequence[str]) -> bool:
        """True when one of these streams exists, or will."""
        self._look_up(streams)
        return any([self._states[stream][0] for stream in streams])

    def absorb(self, commit: Commit, records: Mapping[str, tuple[int, Any]]) -> None:
        """Take a commit for granted that still waits; `records` are version and state of its streams as it leaves
        them.
        """
        for change in commit.changes:
            self._states[change.stream] = records[change.stream]
            self._touched.add(change.stream)
            if commit.command_key is not None:
                self._doubtful.add(change.stream)
            for name, key, _ in change.listed:
                self._touched.add((name, key))
            if change.unlisted:
                for name, key, _ in change.unlisted:
                    self._touched.add((name, key))
        self._move(commit.moves)
        for claim in commit.claims:
            self._touched.add(claim.name)
        for document in commit.vault:
            self._people.pop(document.person_id, None)
            self._touched.add(document.person_id)

    def forget(self) -> None:
        """Look everything up again from here on."""
        self._states.clear()
        self._stock.clear()
        self._moved.clear()
        self._people.clear()
        self._touched.clear()
        self._doubtful.clear()

    # What a unit of work asks, as `omscore.engine.reader.Looking` has it

    def read(self, streams: Sequence[str]) -> dict[str, tuple[int, Any]]:
        self._look_up(streams)
        return {stream: self._states[stream] for stream in streams}

    def stock(self, skus: Sequence[str]) -> Sequence[StockLevel]:
        self._look_up_stock(skus)
        return [
            _new_level((sku, *place, *counts)) for sku in skus for place, counts in sorted(self._stock[sku].items())
        ]

    def stock_anew(self, skus: Sequence[str]) -> Sequence[StockLevel]:
        self._make_waiting()  # which forgets all that was looked up
        return self.stock(skus)

    def listed(self, name: str, key: str, *, limit: int) -> tuple[str, ...]:
        if (name, key) in self._touched:
            self._make_waiting()
        return self._reader.listed(name, key, limit=limit)

    def claimed(self, name: str) -> str | None:
        if name in self._touched:
            self._make_waiting()
        return self._reader.claimed(name)

    def events(self, stream: str) -> Iterable[StoredEvent]:
        if stream in self._touched:
            self._make_waiting()
        return self._reader.events(stream)

    def person(self, person_id: PersonId) -> Person | None:
        if person_id not in self._people:
            if person_id in self._touched:
                self._make_waiting()
            self._people[person_id] = self._reader.person(person_id)
        return self._people[person_id]

    def _look_up(self, streams: Sequence[str]) -> None:
        if not self._doubtful.isdisjoint(streams):
            self._make_waiting()
        unknown = [stream for stream in streams if stream not in self._states]
        if unknown:
            self._know_states(unknown, self._reader.read(unknown))

    def _know_states(self, streams: Iterable[str], found: Mapping[str, tuple[int, Any]]) -> None:
        for stream in streams:
            self._states[stream] = found.get(stream, (0, None))

    def _look_up_stock(self, skus: Sequence[str]) -> None:
        unknown = [sku for sku in skus if sku not in self._stock]
        if unknown:
            self._know_stock(unknown, self._reader.stock(unknown))

    def _know_stock(self, skus: Iterable[str], levels: Iterable[StockLevel]) -> None:
        self._stock.update({sku: {} for sku in skus})
        for sku, location, pool, *counts in levels:
            self._stock[sku][location, pool] = counts
        moved, self._moved = self._moved, []
        self._move(moved)

    def _move(self, moves: Iterable[Move]) -> None:
        """Count moves into the levels known; those of other SKUs wait until their levels are looked up."""
        for move in moves:
            sku, units, origin, target = move
            shelf = self._stock.get(sku)
            if shelf is None:
                self._moved.append(move)
            else:
                _count(shelf, origin, -units)
                _count(shelf, target, units)


def _count(shelf: _Shelf, place: StockPlace, units: int) -> None:
    location, pool, state = place
    if location:
        counts = shelf.get((location, pool))
        if counts is None:
            counts = shelf[location, pool] = [0] * len(_POSITION)
        counts[_POSITION[state]] += units
