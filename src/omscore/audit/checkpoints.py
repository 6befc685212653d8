"""The log held against its checkpoints: what they sealed is still there, unchanged, and they themselves are unbroken.

Heads come in the order of their streams, so they are walked beside the streams; only those of one stream are held.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from omscore.audit.findings import Findings, Law
from omscore.ports.storage import Checkpoint, CheckpointSeal, Head


class CheckpointWalk:
    """Walks the heads beside the streams. Shape: `is_sound` is False once anything sealed is missing or changed."""

    def __init__(self, checkpoints: Sequence[Checkpoint], heads: Iterator[Head], found: Findings) -> None:
        self._found = found
        self._checkpoints = checkpoints
        self._seals: dict[int, CheckpointSeal] = {}
        digest = ""
        for each in checkpoints:
            self._seals[each.number] = CheckpointSeal(
                previous=digest, number=each.number, at=each.at, answers=each.answers, claims=each.claims
            )
            digest = each.digest
        self.count = len(checkpoints)
        self._groups = groupby(heads, key=lambda head: head.stream)
        self._next = self._group()
        self._here: dict[int, list[Head]] = {}
        self._stream = ""
        self.is_sound = True

    def begin(self, stream: str) -> None:
        """The walk comes to a stream; streams must come in order."""
        self._stream, self._here = stream, {}
        while self._next is not None and self._next[0] < stream:
            self._missing(self._next[1])
            self._next = self._group()
        if self._next is not None and self._next[0] == stream:
            for head in self._next[1]:
                self._here.setdefault(head.version, []).append(head)
            self._next = self._group()

    def event(self, version: int, chain: str) -> None:
        """One event of that stream with its seal."""
        for head in self._here.pop(version, ()) if self._here else ():
            if head.chain != chain:
                self._broken(
                    f"{self._stream} event {version}",
                    f"checkpoint {head.number} saw another seal here; the log was changed up to this event",
                )

    def end_stream(self) -> None:
        """Report the heads the stream's log does not reach."""
        self._missing([head for heads in self._here.values() for head in heads])
        self._here = {}

    def end(self, counts: Mapping[str, int], anchors: Sequence[str]) -> None:
        """Report heads beyond the last stream, then whatever is wrong with the checkpoints themselves."""
        while self._next is not None:
            self._missing(self._next[1])
            self._next = self._group()
        for at, each in enumerate(self._checkpoints, 1):
            where = f"checkpoint {each.number}"
            seal = self._seals[each.number]
            if each.number != at:
                self._broken(where, f"checkpoints are numbered from 1 without gaps, so it must be number {at}")
                break
            if (seal.heads, seal.digest()) != (each.heads, each.digest):
                self._broken(where, "its digest is not that of the one before and its heads; one of them was changed")
        if self._checkpoints:
            last = self._checkpoints[-1]
            for what, then in (("answers", last.answers), ("claims", last.claims)):
                if counts[what] < then:
                    self._broken(f"checkpoint {last.number}", f"it saw {then} {what}, there are {counts[what]} now")
        known = {each.digest for each in self._checkpoints}
        for anchor in anchors:
            if anchor not in known:
                self._broken(f"anchor {anchor}", "no checkpoint of this store bears this digest; its past was changed")

    def _group(self) -> tuple[str, list[Head]] | None:
        for stream, group in self._groups:
            heads = list(group)
            for head in heads:
                seal = self._seals.get(head.number)
                if seal is None:
                    self._broken(f"checkpoint {head.number}", f"it is gone, but {stream} has a head of it")
                else:
                    seal.add(head)
            return stream, heads
        return None

    def _missing(self, heads: Sequence[Head]) -> None:
        if heads:
            last = max(heads, key=lambda head: head.version)
            self._broken(
                last.stream, f"checkpoint {last.number} saw its event {last.version}, which is not there any more"
            )

    def _broken(self, where: str, says: str) -> None:
        self.is_sound = False
        self._found.add(Law.CHECKPOINTS, where, says)
