"""From single rows to invoices: what is an order, what is only money, and what goes back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from omscore.cli.replay.fates import Fate, Part, Sort, amount_of, part_of, sort_of
from omscore.cli.replay.rows import Reject, Row
from omscore.orders.wanted import MAX_LINES

LONGEST_PERIOD = timedelta(days=1_100)
"""How far from the first row's moment a row may lie: a mistyped year must not make the shop live for centuries."""


class Invoice(NamedTuple):
    """The usable rows of one invoice.

    Shape: with `lines` it is an order, which `shipping` and `charges` are part of; `fees` are money on their own;
    `backs` are goods given back.
    """

    number: str
    at: datetime
    customer: str
    country: str
    lines: tuple[Row, ...] = ()
    shipping: tuple[Row, ...] = ()
    charges: tuple[Row, ...] = ()
    fees: tuple[Row, ...] = ()
    backs: tuple[Row, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.lines) + len(self.shipping) + len(self.charges) + len(self.fees) + len(self.backs)


class Sorted(NamedTuple):
    """A file sorted into invoices.

    Shape: `fates` has one entry per row in row order, None where goods go back and what became of them shows later;
    `cells` are those of the rows whose fate is open or a reject, by row number.
    """

    invoices: tuple[Invoice, ...]
    fates: list[Fate | None]
    reasons: dict[int, str]
    cells: dict[int, tuple[str, ...]]


def sorted_invoices(rows: Iterable[tuple[Row | Reject, tuple[str, ...]]]) -> Sorted:
    """Every row in its invoice or rejected; invoices by moment, then by their first row.

    Holds: each row is counted once, whatever it holds.
    """
    fates: list[Fate | None] = []
    reasons: dict[int, str] = {}
    cells: dict[int, tuple[str, ...]] = {}
    first: dict[str, Row] = {}
    parts: dict[str, dict[Part, list[Row]]] = {}
    sorts: dict[str, Sort | None] = {}
    period: datetime | None = None
    for row, held in rows:
        if isinstance(row, Reject):
            part: Part | str = row.reason
        else:
            if row.code not in sorts:
                sorts[row.code] = sort_of(row.code)
            part = part_of(row, sorts[row.code])
            if isinstance(part, Part):
                period = period or row.at
                part = (
                    _misfit(row, first.get(row.invoice, row), period, parts.get(row.invoice, {}).get(part, ())) or part
                )
        if isinstance(row, Reject) or not isinstance(part, Part):
            fates.append(Fate.REJECT)
            reasons[row.number] = str(part)
            cells[row.number] = held
            continue
        first.setdefault(row.invoice, row)
        parts.setdefault(row.invoice, {}).setdefault(part, []).append(row)
        fates.append(_fate(part))
        if part is Part.BACK:
            cells[row.number] = held
    invoices = [_invoice(first[number], found) for number, found in parts.items()]
    order = {invoice.number: (invoice.at, first[invoice.number].number) for invoice in invoices}
    return Sorted(tuple(sorted(invoices, key=lambda invoice: order[invoice.number])), fates, reasons, cells)


def _misfit(row: Row, first: Row, period: datetime, before: Iterable[Row]) -> str | None:
    if abs(row.at - period) > LONGEST_PERIOD:
        return f"dated {row.at:%Y-%m-%d}, more than three years from the first row"
    if row.customer != first.customer:
        return f"customer {row.customer or 'nobody'}, but invoice {row.invoice} began with {first.customer or 'nobody'}"
    if row.country != first.country:
        return f"country {row.country}, but invoice {row.invoice} began with {first.country}"
    if isinstance(before, list) and len(before) >= MAX_LINES:
        return f"invoice {row.invoice} has {MAX_LINES} such rows already, the most one order may have"
    return None


def _fate(part: Part) -> Fate | None:
    match part:
        case Part.LINE:
            return Fate.ORDER_LINE
        case Part.SHIPPING | Part.CHARGE | Part.FEE:
            return Fate.CHARGE
        case Part.BACK:
            return None


def _invoice(first: Row, parts: dict[Part, list[Row]]) -> Invoice:
    lines = tuple(parts.get(Part.LINE, ()))
    shipping, charges, fees = (tuple(parts.get(part, ())) for part in (Part.SHIPPING, Part.CHARGE, Part.FEE))
    if not lines:  # charges without goods have no order to be part of
        shipping, charges, fees = (), (), tuple(sorted(shipping + charges + fees))
    return Invoice(
        number=first.invoice,
        at=first.at,
        customer=first.customer,
        country=first.country,
        lines=lines,
        shipping=shipping,
        charges=charges,
        fees=fees,
        backs=tuple(parts.get(Part.BACK, ())),
    )


def fee_minor(row: Row) -> int:
    """What a row outside any order costs the shop, in minor units; negative when it earns.

    Shape: a credit note's units are negative, so money given to somebody is a cost.
    """
    return -amount_of(row).minor
