"""The last count of an article: two people who count one shelf at once come to what is on it, not to twice the loss.

A count is booked as the difference to what the books expected. Each count of an article is therefore noted here, so
that one which was worked out before another was booked is worked out again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from omscore.ids import StockDocumentId
from omscore.records import frozen


@frozen(kw_only=True)
class NoteCount:
    """Note that an article was counted."""

    sku: str
    document_id: StockDocumentId
    at: datetime


@frozen(kw_only=True)
class CountNoted:
    sku: str
    document_id: StockDocumentId
    at: datetime


@frozen(kw_only=True)
class LastCount:
    """The document an article was last counted by, wherever that was."""

    sku: str
    document_id: StockDocumentId
    at: datetime


def decide_count(_known: LastCount | None, command: NoteCount) -> Sequence[CountNoted]:
    """The fact to note."""
    return [CountNoted(sku=command.sku, document_id=command.document_id, at=command.at)]


def evolve_count(_known: LastCount | None, event: CountNoted) -> LastCount:
    """The last count is the latest one."""
    return LastCount(sku=event.sku, document_id=event.document_id, at=event.at)
