"""The stored index held against the records, both walked in the order of their streams."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from omscore.audit.findings import Findings, Law
from omscore.audit.streams import Replayed
from omscore.ports.repairs import EntryCure
from omscore.ports.storage import IndexEntry

_Group = tuple[str, frozenset[IndexEntry]]


class IndexWalk:
    """Walks the stored entries beside the streams; only the entries of one stream are held at a time."""

    def __init__(self, entries: Iterator[tuple[str, IndexEntry]], found: Findings) -> None:
        self._found = found
        self._groups: Iterator[_Group] = (
            (stream, frozenset(entry for _, entry in group)) for stream, group in groupby(entries, key=itemgetter(0))
        )
        self._next = next(self._groups, None)
        self.count = 0

    def beside(self, stream: str, record: Replayed | None) -> None:
        """Compare the entries of one stream; streams must come in order."""
        stored = self._up_to(stream)
        if record is None or record.state is None:
            return  # what is listed cannot be known, and the damage is reported already
        wanted = frozenset(record.context.listed(record.state))
        for entry in sorted(wanted - stored):
            self._found.add(Law.INDEX, stream, f"{_shown(entry)} is missing", _cure(record, entry, is_listed=True))
        for entry in sorted(stored - wanted):
            says = f"{_shown(entry)} is listed, which the record does not say"
            self._found.add(Law.INDEX, stream, says, _cure(record, entry, is_listed=False))

    def end(self) -> None:
        """Report entries beyond the last stream."""
        while self._next is not None:
            self._orphans(self._next)
            self._next = next(self._groups, None)

    def _up_to(self, stream: str) -> frozenset[IndexEntry]:
        while self._next is not None and self._next[0] < stream:
            self._orphans(self._next)
            self._next = next(self._groups, None)
        if self._next is None or self._next[0] != stream:
            return frozenset()
        stored = self._next[1]
        self.count += len(stored)
        self._next = next(self._groups, None)
        return stored

    def _orphans(self, group: _Group) -> None:
        stream, entries = group
        self.count += len(entries)
        for entry in sorted(entries):
            cure = EntryCure(stream=stream, version=0, entry=entry, is_listed=False)
            self._found.add(Law.INDEX, stream, f"{_shown(entry)} is listed, but there is no such stream", cure)


def _cure(record: Replayed, entry: IndexEntry, *, is_listed: bool) -> EntryCure | None:
    if not record.is_trusted:
        return None
    return EntryCure(stream=record.stream, version=record.version, entry=entry, is_listed=is_listed)


def _shown(entry: IndexEntry) -> str:
    return f"index {entry.name}[{entry.key}] at {entry.sort}" if entry.key else f"index {entry.name} at {entry.sort}"
