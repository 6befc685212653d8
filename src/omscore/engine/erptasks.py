"""The task that tells the accounting system of the entries a commit posts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from omscore.billing.ledger import EntryPosted
from omscore.codec import Codec
from omscore.flows.world import Later, TaskKind


def entries_told(events: Iterable[Any], codec: Codec, at: datetime) -> Iterator[Later]:
    """One task for all entries that the events posted, and none when they posted none."""
    posted = [event.entry for event in events if isinstance(event, EntryPosted)]
    if posted:
        yield Later(
            task_id=f"{posted[0].entry_id}.erp",
            kind=TaskKind.ERP,
            due_at=at,
            payload={str(number): codec.text(entry) for number, entry in enumerate(posted)},
        )
