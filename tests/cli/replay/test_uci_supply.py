"""Stock comes in before it is sold, a little short, and never more than the file will sell."""

from __future__ import annotations

import io
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from omscore.cli.replay.invoices import sorted_invoices
from omscore.cli.replay.rows import rows_of
from omscore.cli.replay.supply import planned_receipts, week_of
from omscore.ids import LocationId
from tests.cli.replay.trade import MUG, row, text_of

MAIN, AWAY = LocationId("MAIN"), LocationId("AWAY")
SALES = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 3_000), st.booleans()), min_size=1, max_size=30)


@given(SALES)
def test_receipts_sum_to_what_is_sold_at_each_location(sales: list[tuple[int, int, bool]]) -> None:
    cells = [
        row(
            f"{500_000 + number}",
            units=units,
            at=f"{date.fromordinal(date(2011, 3, 2).toordinal() + day)} 10:00:00",
            country="France" if abroad else "Norway",
        )
        for number, (day, units, abroad) in enumerate(sales)
    ]
    invoices = sorted_invoices(rows_of(io.StringIO(text_of(cells)))).invoices
    first_day = invoices[0].at.date()
    receipts = planned_receipts(invoices, first_day, {"FR": AWAY}, MAIN)
    for location, abroad in ((MAIN, False), (AWAY, True)):
        came = {
            week: sum(line.units for receipt in found if receipt.location_id == location for line in receipt.lines)
            for week, found in receipts.items()
        }
        sold: dict[int, int] = {}
        for invoice in invoices:
            if (invoice.country == "FR") is abroad:
                week = week_of(invoice.at.date(), first_day)
                sold[week] = sold.get(week, 0) + sum(line.units for line in invoice.lines)
        assert sum(came.values()) == sum(sold.values())
        for week in range(max(sold, default=0) + 1):
            before = sum(units for at, units in sold.items() if at < week)
            coming = sold.get(week, 0) + sold.get(week + 1, 0)
            had = sum(units for at, units in came.items() if at <= week)
            assert had >= before + coming - coming * 2 // 100


def test_a_row_nobody_could_foresee_is_not_stocked_for() -> None:
    cells = [row("500001", units=80_000, price="0.10")]
    invoices = sorted_invoices(rows_of(io.StringIO(text_of(cells)))).invoices
    receipts = planned_receipts(invoices, date(2011, 3, 1), {}, MAIN)
    assert sum(line.units for found in receipts.values() for each in found for line in each.lines) == 20_000
    assert {line.sku for found in receipts.values() for each in found for line in each.lines} == {MUG}
