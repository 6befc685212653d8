"""The task that tells the accounting system of the entries a commit posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from omscore.billing.ledger import EntryPosted
from omscore.codec import Codec
from omscore.flows.world import Later, TaskKind


def entries_told(posted: Sequence[EntryPosted], codec: Codec, at: datetime) -> Later:
    """One task for all entries of a commit, which is known by the first of them."""
    return Later(
        task_id=f"{posted[0].entry.entry_id}.erp",
        kind=TaskKind.ERP,
        due_at=at,
        payload={str(number): codec.text(event.entry) for number, event in enumerate(posted)},
    )
