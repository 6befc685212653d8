"""Tasks that tell other programs of what a commit records; without observers nothing is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from hashlib import sha256

from omscore.engine.contexts import EVENTS
from omscore.errors import SetupError
from omscore.flows.world import Later, TaskKind
from omscore.ports.observers import ObserverPort, Occurrence
from omscore.ports.storage import EventRecord


def receivers_by_event(observers: ObserverPort | None) -> Mapping[str, tuple[str, ...]]:
    """Who is told of which event. Shape: receivers in order of their names; empty without observers.

    Raises: SetupError naming an event nobody records.
    """
    known = [event.__name__ for event in EVENTS]
    found: dict[str, list[str]] = {}
    for receiver, events in sorted(observers.wanted.items() if observers is not None else ()):
        for event in sorted(events):
            if event not in known:
                close = get_close_matches(event, known, n=1)
                cure = f"did you mean {close[0]}?" if close else "give one such as OrderPlaced"
                raise SetupError(f"observers: {receiver} asks for {event}, which is no event; {cure}", path="observers")
            found.setdefault(event, []).append(receiver)
    return {event: tuple(receivers) for event, receivers in found.items()}


def tellings(
    receivers: Mapping[str, tuple[str, ...]],
    written: Mapping[str, Sequence[EventRecord]],
    versions: Mapping[str, int],
    at: datetime,
) -> Iterator[Later]:
    """A task for each event written to a stream and each receiver that wants it; `versions` are the streams' last."""
    for stream, records in written.items():
        for version, record in enumerate(records, versions[stream] - len(records) + 1):
            for receiver in receivers.get(record.name, ()):
                yield Later(
                    task_id=f"{stream}#{version}.tell.{receiver}",
                    kind=TaskKind.TELL,
                    due_at=at,
                    payload={
                        "receiver": receiver,
                        "event": record.name,
                        "stream": stream,
                        "version": str(version),
                        "at": record.at.isoformat(),
                        "body": record.body,
                    },
                )


def occurrence_of(payload: Mapping[str, str]) -> Occurrence:
    """What such a task tells.

    >>> told = {"event": "E", "stream": "order/1", "version": "2", "at": "2026-03-01T12:00:00+00:00", "body": "{}"}
    >>> occurrence_of(told).message_id
    'evt_f9f28fa4951cefbeefe0c9321e530541'
    """
    digest = sha256(f"{payload['stream']}#{payload['version']}".encode()).hexdigest()
    return Occurrence(
        message_id=f"evt_{digest[:32]}",
        event=payload["event"],
        stream=payload["stream"],
        version=int(payload["version"]),
        at=datetime.fromisoformat(payload["at"]),
        body=payload["body"],
    )
