"""Reads records from the store and keeps the decoded ones; a kept record is used only while its version is the
latest.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from omscore.codec import Codec
from omscore.engine.contexts import BY_PREFIX
from omscore.ports.storage import Storage

KEPT_RECORDS = 1_024
"""How many decoded records are kept per sort of stream."""

KEPT_ITEMS = 16_384
"""How many items are kept: they are small, and every line of every order asks for one."""


class Reader:
    """The latest state of streams, decoded.

    Holds: a state is never staler than the store at the moment of the call; the store is asked every time, only the
    decoding is saved.
    """

    def __init__(self, storage: Storage, codec: Codec) -> None:
        self._storage = storage
        self._codec = codec
        self._kept: dict[str, OrderedDict[str, tuple[int, Any]]] = {prefix: OrderedDict() for prefix in BY_PREFIX}

    def read(self, streams: list[str]) -> dict[str, tuple[int, Any]]:
        """Version and state of each stream that exists."""
        kept = {}
        for stream in streams:
            record = self._kept[stream.partition("/")[0]].get(stream)
            if record is not None:
                kept[stream] = record
        found = {}
        have = {stream: version for stream, (version, _) in kept.items()}
        for stream, (version, text) in self._storage.load(streams, have).items():
            if text is None:
                found[stream] = kept[stream]
                self.keep(stream, *kept[stream])
            else:
                state = self._codec.record(text, BY_PREFIX[stream.partition("/")[0]].state)
                found[stream] = (version, state)
                self.keep(stream, version, state)
        return found

    def keep(self, stream: str, version: int, state: Any) -> None:
        """Remember a state that was read or has just been committed."""
        shelf = self._kept[stream.partition("/")[0]]
        shelf[stream] = (version, state)
        shelf.move_to_end(stream)
        if len(shelf) > (KEPT_ITEMS if stream.startswith("item/") else KEPT_RECORDS):
            shelf.popitem(last=False)

    def forget(self) -> None:
        """Drop everything kept, as after a group of commits was rolled back."""
        for shelf in self._kept.values():
            shelf.clear()
