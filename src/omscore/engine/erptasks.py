"""What the accounting system is told of a commit: the entries it posts, and the sales it makes or changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from omscore.billing.ledger import EntryPosted
from omscore.codec import Codec
from omscore.flows.selling import sales_told
from omscore.flows.world import Later, TaskKind
from omscore.ids import OrderId
from omscore.orders.model import Order

_ERP_SALE = TaskKind.ERP_SALE  # by a name of its own: a member is looked up in its enum for as long as a record takes


def erp_tasks(
    events: Sequence[Any],
    order: Callable[[OrderId], Order],
    versions: Callable[[], Mapping[str, int]],
    served: frozenset[TaskKind],
    codec: Codec,
    at: datetime,
) -> Iterator[Later]:
    """The tasks that tell of these events: one for all entries, which is known by the first of them, and one a sale.

    Shape: `versions` tells those in which the commit leaves its streams.
    """
    if EntryPosted in map(type, events):
        posted = [event.entry for event in events if type(event) is EntryPosted]
        yield Later(
            task_id=f"{posted[0].entry_id}.erp",
            kind=TaskKind.ERP,
            due_at=at,
            payload={str(number): codec.text(entry) for number, entry in enumerate(posted)},
        )
    if _ERP_SALE in served:
        yield from sales_told(events, order, lambda order_id: versions()[f"order/{order_id}"], codec.text)
