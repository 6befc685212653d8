"""How fast articles leave their locations, counted from the work that was done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import LocationId

_HUNDREDTH = Decimal("0.01")


def units_per_week(
    works: Iterable[FulfillmentOrder], *, until: datetime, weeks: int
) -> dict[str, tuple[tuple[LocationId, Decimal], ...]]:
    """The units of each SKU that left each location in so many weeks before that moment, a week.

    Units: units per week, to the hundredth.

    >>> from datetime import UTC
    >>> units_per_week([], until=datetime(2026, 3, 2, tzinfo=UTC), weeks=4)
    {}
    """
    since = until - timedelta(weeks=weeks)
    counts: dict[str, dict[LocationId, int]] = {}
    for work in works:
        if work.shipped_at is not None and since < work.shipped_at <= until:
            for line in work.lines:
                if line.shipped:
                    of_sku = counts.setdefault(line.sku, {})
                    of_sku[work.location_id] = of_sku.get(work.location_id, 0) + line.shipped
    return {
        sku: tuple(
            (place, (Decimal(units) / weeks).quantize(_HUNDREDTH, rounding=ROUND_HALF_EVEN))
            for place, units in sorted(of_sku.items())
        )
        for sku, of_sku in sorted(counts.items())
    }
