"""Reads records from the store and keeps the decoded ones; a kept record is used only while its version is the
latest.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from typing import Any, NamedTuple

from omscore.codec import Codec
from omscore.engine.contexts import BY_PREFIX
from omscore.ids import PersonId
from omscore.parties import Person
from omscore.ports.storage import Storage

KEPT_RECORDS = 1_024
"""How many decoded records are kept per sort of stream."""

KEPT_ITEMS = 16_384
"""How many items are kept: they are small, and every line of every order asks for one."""

KEPT_PEOPLE = 64
"""How many persons are kept beside their text: few, and only for as long as the text is asked for."""


class _Kept(NamedTuple):
    """A decoded record; with `doubt`, it is the right one only if the store has that very text."""

    version: int
    state: Any
    doubt: str | None = None


class Reader:
    """The latest state of streams, decoded.

    Holds: a state is never staler than the store at the moment of the call; the store is asked every time, only the
    decoding is saved.
    """

    def __init__(self, storage: Storage, codec: Codec) -> None:
        self._storage = storage
        self._codec = codec
        self._kept: dict[str, OrderedDict[str, _Kept]] = {prefix: OrderedDict() for prefix in BY_PREFIX}
        self._people: dict[str, Person] = {}

    def read(self, streams: list[str]) -> dict[str, tuple[int, Any]]:
        """Version and state of each stream that exists."""
        kept: dict[str, _Kept] = {}
        have: dict[str, int] = {}
        for stream in streams:
            record = self._kept[stream.partition("/")[0]].get(stream)
            if record is not None:
                kept[stream] = record
                if record.doubt is None:
                    have[stream] = record.version
        found = {}
        for stream, (version, text) in self._storage.load(streams, have).items():
            state: Any
            if text is None or (stream in kept and kept[stream].doubt == text):
                state = kept[stream].state
            else:
                state = self._codec.record(text, BY_PREFIX[stream.partition("/")[0]].state)
            found[stream] = (version, state)
            self.keep(stream, version, state)
        return found

    def person(self, person_id: PersonId) -> Person | None:
        """The person behind an id as the vault has them now; decoding the latest ones again is saved."""
        text = self._storage.vault_get(person_id, "person")
        if not text:
            return None
        person = self._people.get(text)
        if person is None:
            person = self._codec.record(text, Person)
            if len(self._people) >= KEPT_PEOPLE:
                self._people.clear()
            self._people[text] = person
        return person

    def keep(self, stream: str, version: int, state: Any, *, doubt: str | None = None) -> None:
        """Remember a state that was read or has just been committed; with `doubt`, until the store's text is seen."""
        shelf = self._kept[stream.partition("/")[0]]
        shelf.pop(stream, None)
        shelf[stream] = _Kept(version, state, doubt)
        if len(shelf) > (KEPT_ITEMS if stream.startswith("item/") else KEPT_RECORDS):
            with suppress(KeyError):  # another thread may have emptied it
                shelf.popitem(last=False)

    def forget(self) -> None:
        """Drop everything kept, as after a group of commits was rolled back."""
        for shelf in self._kept.values():
            shelf.clear()
        self._people.clear()
