"""What a unit of work can look at: records, units by cell, names. Decoded records are kept, and a kept one is used only
while its version is the latest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from threading import local
from typing import Any, NamedTuple, Protocol, TypeAlias

from omscore.codec import Codec
from omscore.engine.contexts import BY_PREFIX, CONTEXTS
from omscore.ids import PersonId
from omscore.parties import Person
from omscore.ports.storage import Commit, StockLevel, Storage, StoredEvent, StoredState
from omscore.records import frozen, maker

_FIXED = frozenset([context.prefix for context in CONTEXTS if context.is_fixed])

KEPT_RECORDS = 1_024
"""How many decoded records are kept per sort of stream, or up to twice as many."""

KEPT_ITEMS = 16_384
"""How many items are kept: they are small, and every line of every order asks for one."""

KEPT_PEOPLE = 64
"""How many persons are kept beside their text: few, and only for as long as the text is asked for."""


@frozen(kw_only=True)
class Foreseen:
    """What a command is going to look at, told beforehand so that many commands can ask together.

    Shape: `new` are streams it begins, which had better not exist.
    """

    new: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    people: tuple[PersonId, ...] = ()


class Sight(NamedTuple):
    """What was found of what a command is going to look at: version and state of the streams that exist, all levels of
    the SKUs, and each person, None for one who is not known.
    """

    states: Mapping[str, tuple[int, Any]]
    levels: Sequence[StockLevel]
    people: Mapping[PersonId, Person | None]


_new_sight = maker(Sight)


class Looking(Protocol):
    """What a unit of work asks while it is computed."""

    def read(self, streams: Sequence[str]) -> dict[str, tuple[int, Any]]:
        """Version and state of each stream that exists."""
        ...

    def stock(self, skus: Sequence[str]) -> Sequence[StockLevel]:
        """All levels of these SKUs."""
        ...

    def stock_anew(self, skus: Sequence[str]) -> Sequence[StockLevel]:
        """The same, asked of the store once more."""
        ...

    def listed(self, name: str, key: str, *, limit: int) -> tuple[str, ...]:
        """The streams under an index key, in order."""
        ...

    def claimed(self, name: str) -> str | None:
        """The stream that holds a unique name."""
        ...

    def events(self, stream: str) -> Iterable[StoredEvent]:
        """The events of a stream, in order."""
        ...

    def person(self, person_id: PersonId) -> Person | None:
        """The person behind an id; None when they were never told, or are forgotten."""
        ...


_Kept: TypeAlias = tuple[int, Any, str | None]
"""The version of a stream and its decoded state; with a text beside it, it is the right one only if the store has that
very text.
"""


class _Shelf(dict[str, _Kept | None]):
    """The records used last: at least so many, at most twice as many; None for a stream that is not among them.

    Those used since the shelf was last turned over stand in front, which is the dict itself. Turning it over drops the
    others all at once, which costs far less than to find the oldest one each time a record is put on it.
    """

    __slots__ = ("_behind", "_most")

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._behind: dict[str, _Kept | None] = {}

    def __missing__(self, stream: str) -> _Kept | None:
        record = self._behind.get(stream)
        if record is not None:
            self.put(stream, record)
        return record

    def put(self, stream: str, record: _Kept) -> None:
        if len(self) >= self._most:
            self._behind = dict(self)
            super().clear()
        self[stream] = record

    def clear(self) -> None:
        self._behind = {}
        super().clear()


KEPT_IN_GROUP = 8_192
"""How many records a group of commits keeps to itself."""


class _Group(local):
    """The records of the group of commits this thread is in the middle of; None outside."""

    kept: dict[str, _Kept] | None = None


class Reader:
    """The latest state of streams, decoded.

    Holds: a state is never staler than the store at the moment of the call; the store is asked every time, unless the
    stream can no longer change, and only the decoding is saved.
    """

    def __init__(self, storage: Storage, codec: Codec) -> None:
        self._storage = storage
        self._codec = codec
        self._kept = {prefix: _Shelf(KEPT_ITEMS if prefix == "item" else KEPT_RECORDS) for prefix in BY_PREFIX}
        self._people: dict[str, Person] = {}
        self._group = _Group()

    def read(self, streams: Sequence[str]) -> dict[str, tuple[int, Any]]:
        streams, have, kept, found = self._recall(streams)
        if streams:
            self._take(self._storage.load(streams, have), kept, found)
        return found

    def see(self, streams: Sequence[str], skus: Sequence[str], people: Sequence[PersonId]) -> Sight:
        """Records, stock and people in one question."""
        streams, have, kept, found = self._recall(streams)
        documents = [(person_id, "person") for person_id in people]
        states, levels, texts = self._storage.glance(streams, have, skus, documents)
        self._take(states, kept, found)
        return _new_sight(
            found, levels, {person_id: self._person(texts.get((person_id, "person"))) for person_id in people}
        )

    def _recall(
        self, streams: Sequence[str]
    ) -> tuple[Sequence[str], dict[str, int], dict[str, _Kept], dict[str, tuple[int, Any]]]:
        """What to ask of the store: the streams, and the versions whose text it need not tell; then the records that
        are kept, and those found already because they can no longer change.
        """
        kept: dict[str, _Kept] = {}
        have: dict[str, int] = {}
        found: dict[str, tuple[int, Any]] = {}
        group = self._group.kept
        for stream in streams:
            # What others keep is committed. It cannot be of a version this group has made, which nobody else can make.
            prefix = stream.partition("/")[0]
            record = None if group is None else group.get(stream)
            if record is None:
                record = self._kept[prefix][stream]
            if record is not None:
                kept[stream] = record
                if record[2] is None:
                    have[stream] = record[0]
                if prefix in _FIXED:
                    found[stream] = record[:2]
        if found:
            streams = [stream for stream in streams if stream not in found]
        return streams, have, kept, found

    def _take(
        self, answer: Mapping[str, StoredState], kept: Mapping[str, _Kept], found: dict[str, tuple[int, Any]]
    ) -> None:
        """Decode what the store has answered, as far as it is not kept."""
        for stream, (version, text) in answer.items():
            record = kept.get(stream)
            if record is not None and (text is None or text == record[2]):
                state = record[1]
            else:
                state = self._codec.record(text or "", BY_PREFIX[stream.partition("/")[0]].state)
            if text is not None:
                self._put(stream, (version, state, None))
            found[stream] = (version, state)

    def stock(self, skus: Sequence[str]) -> Sequence[StockLevel]:
        return self._storage.stock(skus)

    def stock_anew(self, skus: Sequence[str]) -> Sequence[StockLevel]:
        return self._storage.stock(skus)

    def listed(self, name: str, key: str, *, limit: int) -> tuple[str, ...]:
        return self._storage.listed(name, key, limit=limit)

    def claimed(self, name: str) -> str | None:
        return self._storage.claimed(name)

    def events(self, stream: str) -> Iterable[StoredEvent]:
        return self._storage.events(stream=stream)

    def person(self, person_id: PersonId) -> Person | None:
        return self._person(self._storage.vault_get(person_id, "person"))

    def _person(self, text: str | None) -> Person | None:
        # decoding the latest ones again is saved
        if not text:
            return None
        person = self._people.get(text)
        if person is None:
            person = self._codec.record(text, Person)
            if len(self._people) >= KEPT_PEOPLE:
                self._people.clear()
            self._people[text] = person
        return person

    def remember(self, commit: Commit, records: Mapping[str, tuple[int, Any]]) -> None:
        """Keep the records a commit has left, now that it stands."""
        is_doubtful, is_alone = commit.command_key is not None, self._group.kept is None
        for change in commit.changes:
            # Under a key, an equal command may have been faster: it had the same answer, but not the same moment.
            stream = change.stream
            version, state = records[stream]
            record = (version, state, change.state if is_doubtful else None)
            if is_alone:
                self._kept[stream.partition("/")[0]].put(stream, record)
            else:
                self._put(stream, record)

    def forget(self) -> None:
        """Drop everything kept."""
        for shelf in self._kept.values():
            shelf.clear()
        self._people.clear()

    def begin_group(self) -> None:
        """Keep what this thread reads and leaves from here on to itself: nobody may see it before its group stands."""
        self._group.kept = {}

    def end_group(self, *, stands: bool) -> None:
        """Share what the group left if it stands, and drop it otherwise."""
        kept, self._group.kept = self._group.kept or {}, None
        if stands:
            for stream, record in kept.items():
                self._put(stream, record)

    def _put(self, stream: str, record: _Kept) -> None:
        group = self._group.kept
        if group is None:
            self._kept[stream.partition("/")[0]].put(stream, record)
            return
        if len(group) >= KEPT_IN_GROUP:
            group.clear()
        group[stream] = record
