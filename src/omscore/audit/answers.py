"""Answers held against the streams they name: nothing that was acknowledged is missing, and nothing was done twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from omscore.audit.findings import Findings, Law
from omscore.codec import Codec
from omscore.engine.dispatch import Recorded
from omscore.errors import DamageError
from omscore.ports.storage import StorageReading, StoredAnswer

_AT_ONCE = 200


def check_answers(storage: StorageReading, codec: Codec, found: Findings) -> None:
    """Report every remembered answer whose work is not there, or was another key's work before.

    Shape: the first stream a command wrote, with its version, stands for its commit; of each only a hash is kept.
    An answer that is no JSON object was given by somebody else than the engine, and is theirs to judge.
    """
    commits: set[int] = set()
    for batch in _batches(storage.answers()):
        read = [(key, streams) for key, known in batch if (streams := _streams(key, known, codec, found))]
        named = {stream: version for _, streams in read for stream, version in streams}
        there = storage.load(list(named), named)
        for key, streams in read:
            for stream, version in streams:
                state = there.get(stream)
                if state is None or state.version < version:
                    at = f"at version {state.version}" if state else "not there"
                    found.add(
                        Law.ANSWERS, f"answer {key}", f"it was given for {stream} version {version}, which is {at}"
                    )
            commit = hash(streams[0])
            if commit in commits:
                stream, version = streams[0]
                found.add(
                    Law.ANSWERS, f"answer {key}", f"{stream} version {version} was the work of another command already"
                )
            commits.add(commit)


def _streams(key: str, known: StoredAnswer, codec: Codec, found: Findings) -> tuple[tuple[str, int], ...]:
    if not known.answer.startswith("{"):
        return ()
    try:
        return codec.record(known.answer, Recorded).streams
    except DamageError as error:
        found.add(Law.ANSWERS, f"answer {key}", f"it cannot be read: {error}")
        return ()


def _batches(rows: Iterable[tuple[str, StoredAnswer]]) -> Iterator[list[tuple[str, StoredAnswer]]]:
    rows = iter(rows)
    while batch := list(islice(rows, _AT_ONCE)):
        yield batch
