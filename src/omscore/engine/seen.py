"""What a unit of work has only looked at, and must find unchanged when it is committed.

Two commits that each read what the other writes, and write nothing in common, would both stand: a capture is answered
while the order is cancelled, each leaves it to the other to let go of the rest, and nobody does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from omscore.engine.contexts import RELIED_ON
from omscore.ports.storage import SeenStream, VaultWrite
from omscore.records import maker

_new_seen_stream = maker(SeenStream)

_RELIED_ON = tuple([f"{prefix}/" for prefix in sorted(RELIED_ON)])


def seen_streams(
    records: Mapping[str, tuple[int, Any]], written: Mapping[str, object], documents: Iterable[VaultWrite]
) -> tuple[SeenStream, ...]:
    """The streams a commit relies on without writing to them, at the versions that were read.

    Shape: those of a sort that is relied on, and the customers of the documents, so that nothing is kept of one who is
    forgotten meanwhile; in order. What did not exist is not among them, nor who was never a customer.
    """
    people = [f"customer/{document.person_id}" for document in documents] if documents else ()
    seen = []
    for stream in records.keys() - written.keys():
        if stream.startswith(_RELIED_ON) or stream in people:
            version = records[stream][0]
            if version:
                seen.append(_new_seen_stream(stream, version))
    return tuple(sorted(seen)) if seen else ()
