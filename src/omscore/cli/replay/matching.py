"""Which sale a credit note gives back: the customer's newest earlier order of the same product, whole rows or nothing.

The answer follows from the file alone, so a replay that was interrupted comes to the same one. Whether units are then
cancelled or come back as a return depends on how far the order has got when the credit note is reached.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from omscore.cli.replay.invoices import Invoice
from omscore.cli.replay.rows import Row


class Take(NamedTuple):
    """Units of one order line that one row gives back."""

    row: int
    line_id: int
    sku: str
    units: int


class Errand(NamedTuple):
    """Everything one credit note gives back of one order."""

    credit: str
    order: str
    at: datetime
    takes: tuple[Take, ...]

    @property
    def name(self) -> str:
        return f"{self.credit}-{self.order}"


class Matched(NamedTuple):
    """Errands by credit note, and the rows that match no sale with the reason."""

    errands: dict[str, tuple[Errand, ...]]
    reasons: dict[int, str]


class _Lot:
    """Units of one order line that were not given back yet."""

    __slots__ = ("left", "line_id", "order")

    def __init__(self, order: str, line_id: int, left: int) -> None:
        self.order = order
        self.line_id = line_id
        self.left = left


def matched(invoices: Iterable[Invoice]) -> Matched:
    """Every row that gives goods back, matched to earlier orders.

    Shape: invoices in the order they happen.
    Holds: no unit is given back twice.
    """
    lots: dict[tuple[str, str], list[_Lot]] = {}
    errands: dict[str, tuple[Errand, ...]] = {}
    reasons: dict[int, str] = {}
    for invoice in invoices:
        if invoice.customer:
            for line_id, row in enumerate(invoice.lines, 1):
                lots.setdefault((row.customer, row.code), []).append(_Lot(invoice.number, line_id, row.units))
        by_order: dict[str, list[Take]] = {}
        for row in invoice.backs:
            known = lots.get((row.customer, row.code), [])
            there = sum(lot.left for lot in known)
            if there < -row.units:
                reasons[row.number] = _unmatched(row, there, bool(known))
                continue
            for order, take in _taken(row, known):
                by_order.setdefault(order, []).append(take)
        if by_order:
            errands[invoice.number] = tuple(
                Errand(invoice.number, order, invoice.at, tuple(takes)) for order, takes in by_order.items()
            )
    return Matched(errands, reasons)


def _taken(row: Row, lots: list[_Lot]) -> Iterable[tuple[str, Take]]:
    """Newest lots first; lots that are used up are dropped."""
    left = -row.units
    while left:
        lot = lots[-1]
        units = min(left, lot.left)
        yield lot.order, Take(row.number, lot.line_id, row.code, units)
        lot.left -= units
        left -= units
        if not lot.left:
            lots.pop()


def _unmatched(row: Row, there: int, known: bool) -> str:
    wanted = -row.units
    says = f"customer {row.customer} gives back {wanted} units of {row.code}"
    if there:
        return f"{says}, but only {there} of earlier orders are left to give back"
    return (
        f"{says}, but all of earlier orders were given back before" if known else f"{says}, but no earlier order has it"
    )
