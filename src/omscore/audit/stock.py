"""Units three times over: as the events moved them, as the stock rows count them, and as the records promise them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from omscore.audit.findings import Findings, Law
from omscore.capacity import capacity_sku, is_capacity
from omscore.fulfillment.model import FulfillmentOrder
from omscore.inventory.model import Reservation, ReservationState, StockDocument
from omscore.ports.repairs import StockCure
from omscore.ports.storage import StockLevel
from omscore.quantities import Move, StockState
from omscore.returns.model import Return

STATES = tuple(StockState)
_AT = {state: at for at, state in enumerate(STATES)}
_PROMISED = {
    StockState.RESERVED: "reservations hold",
    StockState.ALLOCATED: "fulfillment orders have to pick",
    StockState.PICKED: "fulfillment orders have picked",
    StockState.HELD: "returns wait to be decided on for",
    StockState.EXPECTED: "transfers have on the way",
}
"""The states whose every unit some record must account for."""

_FIRST_PROMISE = len(STATES)
_NOTHING = [0] * (2 * len(STATES))

Row = tuple[str, str, str]
"""SKU, location, pool."""


class StockBook:
    """The units of every cell: what the log sums to, and what the records account for.

    Shape: one list per row, the states as moved first, then the states as promised.
    """

    def __init__(self, found: Findings) -> None:
        self._found = found
        self._rows: dict[Row, list[int]] = {}
        self.on_hand = 0

    def moved(self, moves: Iterable[Move]) -> None:
        """Count the moves of events."""
        rows = self._rows
        for sku, units, (location, pool, state), (to_location, to_pool, to_state) in moves:
            if location:
                row = rows.get((sku, location, pool))
                if row is None:
                    row = self._row(sku, location, pool)
                row[_AT[state]] -= units  # type: ignore[index]
            if to_location:
                row = rows.get((sku, to_location, to_pool))
                if row is None:
                    row = self._row(sku, to_location, to_pool)
                row[_AT[to_state]] += units  # type: ignore[index]

    def promised(self, state: Any) -> None:
        """Count the units a record accounts for."""
        match state:
            case Reservation(state=ReservationState.LIVE):
                for location, pool, units in state.held:
                    self._promise(state.sku, location, pool, StockState.RESERVED, units)
            case FulfillmentOrder():
                for line in state.lines:
                    for units, of in (
                        (line.to_pick, StockState.ALLOCATED),
                        (line.picked + line.packed, StockState.PICKED),
                    ):
                        self._promise(line.sku, state.location_id, line.pool, of, units)
                if state.share is not None and state.live_units:
                    sku = capacity_sku(state.share.day)
                    for pool, count in state.share.places(orders=1, units=state.live_units):
                        self._promise(sku, state.location_id, pool, StockState.ALLOCATED, count)
            case Return():
                for each in state.lines:
                    self._promise(each.sku, state.location_id, state.pool, StockState.HELD, each.seen)
            case StockDocument():
                for sku, pool, units in state.in_transit:
                    self._promise(sku, state.location_id, pool, StockState.EXPECTED, units)
            case _:
                pass

    def compare(self, levels: Iterable[StockLevel], *, is_trusted: bool) -> None:
        """Hold the stock rows against the log, then the log against the promises.

        Shape: rows can be cured where the whole log `is_trusted`.
        """
        for level in levels:
            self.on_hand += 0 if is_capacity(level.sku) else level.on_hand
            cells = self._rows.pop(level[:3], None)
            if cells is None and not any(level[3:]):
                cure = StockCure(was=level, becomes=None) if is_trusted else None
                where = f"{level.sku} at {level.location}/{level.pool}"
                self._found.add(Law.STOCK, where, "there is a stock row, the log has never moved a unit there", cure)
            else:
                self._compare(level[:3], level, cells, is_trusted)
        for row, cells in self._rows.items():
            if any(cells):
                self._compare(row, None, cells, is_trusted)
            else:  # a row may come to nothing, but it is never taken away
                cure = StockCure(was=None, becomes=StockLevel(*row)) if is_trusted else None
                where = f"{row[0]} at {row[1]}/{row[2]}"
                self._found.add(Law.STOCK, where, "there is no stock row, the log has moved units there", cure)
        self._rows.clear()

    def _compare(self, row: Row, level: StockLevel | None, known: list[int] | None, is_trusted: bool) -> None:
        cells = known or _NOTHING
        stored = level and level[3:]
        cure = None
        if is_trusted and min(cells[:_FIRST_PROMISE]) >= 0:
            cure = StockCure(was=level, becomes=StockLevel(*row, *cells[:_FIRST_PROMISE]) if known else None)
        sku, location, pool = row
        for at, state in enumerate(STATES):
            moved, accounted = cells[at], cells[_FIRST_PROMISE + at]
            where = f"{sku} at {location}/{pool} {state}"
            if stored is None:
                if moved:
                    self._found.add(Law.STOCK, where, f"there is no stock row, the log sums to {moved}", cure)
                    cure = None  # one cure mends the whole row
            elif stored[at] != moved:
                self._found.add(Law.STOCK, where, f"the stock row says {stored[at]}, the log sums to {moved}", cure)
                cure = None
            elif moved < 0:
                self._found.add(Law.STOCK, where, f"the stock row and the log say {moved}, which is below zero")
            if state in _PROMISED and accounted != moved:
                self._found.add(
                    Law.PROMISES, where, f"the log sums to {moved}, but {_PROMISED[state]} {accounted} units"
                )

    def _promise(self, sku: str, location: str, pool: str, state: StockState, units: int) -> None:
        if units:
            self._row(sku, location, pool)[_FIRST_PROMISE + _AT[state]] += units

    def _row(self, *row: str) -> list[int]:
        return self._rows.setdefault(row, list(_NOTHING))  # type: ignore[arg-type]
