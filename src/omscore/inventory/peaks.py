"""The most units of an article that ever could be sold in one place at once, from all moves there were."""

from __future__ import annotations

from collections.abc import Iterable

from omscore.capacity import is_capacity
from omscore.quantities import Move, StockState

Peaks = dict[tuple[str, str, str], int]
"""Units by SKU, location and pool."""


def most_sellable(moves: Iterable[Move]) -> Peaks:
    """The highest count of sellable units of every cell that ever had any; moves in the order they were made.

    >>> from omscore.quantities import CUSTOMER, SUPPLIER, StockPlace
    >>> shelf = StockPlace("MUC", "general", StockState.SELLABLE)
    >>> came, went = Move("TEA", 3, SUPPLIER, shelf), Move("TEA", 2, shelf, CUSTOMER)
    >>> most_sellable([came, went, Move("TEA", 1, SUPPLIER, shelf)])
    {('TEA', 'MUC', 'general'): 3}
    """
    now: Peaks = {}
    most: Peaks = {}
    for sku, units, origin, target in moves:
        if is_capacity(sku):
            continue
        if origin.location and origin.state is StockState.SELLABLE:
            cell = sku, origin.location, origin.pool
            now[cell] = now.get(cell, 0) - units
        if target.location and target.state is StockState.SELLABLE:
            cell = sku, target.location, target.pool
            now[cell] = now.get(cell, 0) + units
            most[cell] = max(most.get(cell, 0), now[cell])
    return {cell: units for cell, units in most.items() if units > 0}
