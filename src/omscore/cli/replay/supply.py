"""What the suppliers bring: the file tells sales only, so stock is planned from what the coming two weeks will sell.

Each location stocks what customers of its own country buy; the first location of the shop stocks for everybody else.
Receipts fall a little short (2 percent), so that some orders have to wait for the next Monday.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from omscore.cli.replay.invoices import Invoice
from omscore.ids import LocationId
from omscore.inventory.model import StockLine

SHORT_PERCENT = 2
LARGEST_FORESEEN = 20_000
"""The units of one row a buyer would have foreseen; what is beyond comes as a surprise."""
WEEKS_AHEAD = 2
POOL = "general"


class Receipt(NamedTuple):
    """What comes in at one location in one week."""

    location_id: LocationId
    lines: tuple[StockLine, ...]


def week_of(day: date, first_day: date) -> int:
    """Weeks from Monday to Sunday, counted from that of the first day."""
    return (day - monday(first_day)).days // 7


def monday(day: date) -> date:
    """The Monday of that day's week."""
    return day - timedelta(days=day.weekday())


def planned_receipts(
    invoices: Iterable[Invoice], first_day: date, homes: Mapping[str, LocationId], main: LocationId
) -> dict[int, tuple[Receipt, ...]]:
    """The receipts of every week; those of week 0 are the opening stock.

    Shape: `homes` maps a country to the location there.
    """
    demand: dict[tuple[LocationId, str], dict[int, int]] = {}
    for invoice in invoices:
        week = week_of(invoice.at.date(), first_day)
        location = homes.get(invoice.country, main)
        for row in invoice.lines:
            weeks = demand.setdefault((location, row.code), {})
            weeks[week] = weeks.get(week, 0) + min(row.units, LARGEST_FORESEEN)
    lines: dict[int, dict[LocationId, list[StockLine]]] = {}
    for (location, sku), weeks in sorted(demand.items()):
        for week, units in _deliveries(weeks):
            lines.setdefault(week, {}).setdefault(location, []).append(StockLine(sku, POOL, units))
    return {
        week: tuple(Receipt(location, tuple(found)) for location, found in by_location.items())
        for week, by_location in lines.items()
    }


def _deliveries(demand: Mapping[int, int]) -> Iterable[tuple[int, int]]:
    """Week and units of each delivery: past sales in full, the coming weeks a little short."""
    received = sold = 0
    weeks = sorted(demand)
    past = 0
    for week in sorted({max(0, week - back) for week in weeks for back in range(-1, WEEKS_AHEAD)}):
        while past < len(weeks) and weeks[past] < week:
            sold += demand[weeks[past]]
            past += 1
        coming = sum(demand.get(week + ahead, 0) for ahead in range(WEEKS_AHEAD))
        wanted = sold + coming - coming * SHORT_PERCENT // 100 - received
        if wanted > 0:
            received += wanted
            yield week, wanted
