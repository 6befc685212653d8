"""What the orders of a batch share, stock and room: what one order leaves for the next, and whether draws go together.

Orders keep back different numbers of units in a cell. Draws go together when for each such number the orders that keep
back as many, or more, leave that many: then those orders can be served first, the strictest before the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from omscore.records import changed, frozen
from omscore.routing.engine import route
from omscore.routing.model import Decision, Room, RoutingRequest, Stock
from omscore.routing.network import Network

Cell: TypeAlias = tuple[str, str, str]
"""SKU, location and pool; without a SKU the room of a location on a day, for units or for orders."""


@frozen(kw_only=True)
class Draw:
    """Units one order takes out of a cell in which it keeps some back; from a room for orders it takes one."""

    cell: Cell
    units: int
    keep: int


def one_by_one(requests: Sequence[RoutingRequest], network: Network, stock: Stock) -> tuple[Decision, ...]:
    """The decisions when each order is routed on what the orders before it left."""
    left = {sku: dict(cells) for sku, cells in stock.items()}
    used: dict[Cell, int] = {}
    decisions = []
    for request in requests:
        rooms = tuple([_smaller(room, used) for room in request.rooms])
        decision = route(changed(request, rooms=rooms) if used and rooms else request, network, left)
        for part in decision.assignments:
            left[part.sku][part.location_id, part.pool] -= part.units
        for draw in room_draws(request, [(part.location_id, part.units) for part in decision.assignments]):
            used[draw.cell] = used.get(draw.cell, 0) + draw.units
        decisions.append(decision)
    return tuple(decisions)


def _smaller(room: Room, used: dict[Cell, int]) -> Room:
    orders, units = (used.get(cell, 0) for cell in room_cells(room))
    return changed(
        room,
        orders_left=None if room.orders_left is None else room.orders_left - orders,
        units_left=None if room.units_left is None else room.units_left - units,
    )


def room_cells(room: Room) -> tuple[Cell, Cell]:
    """The cells of a location's room for orders and for units."""
    return ("", room.location_id, f"{room.day} orders"), ("", room.location_id, f"{room.day} units")


def room_draws(request: RoutingRequest, parts: Iterable[tuple[str, int]]) -> list[Draw]:
    """The room an order takes that ships so many units from each of these locations."""
    units: dict[str, int] = {}
    for location_id, count in parts:
        units[location_id] = units.get(location_id, 0) + count
    found = []
    for room in request.rooms:
        if room.location_id in units:
            for_orders, for_units = room_cells(room)
            found.append(Draw(cell=for_orders, units=1, keep=0))
            found.append(Draw(cell=for_units, units=units[room.location_id], keep=0))
    return found


def room_left(requests: Iterable[RoutingRequest]) -> dict[Cell, int]:
    """The bounded rooms, and what is left of each; where two orders see another number, the smaller one."""
    found: dict[Cell, int] = {}
    for room in [room for request in requests for room in request.rooms]:
        for cell, left in zip(room_cells(room), (room.orders_left, room.units_left), strict=True):
            if left is not None:
                found[cell] = min(left, found.get(cell, left))
    return found


class Shelf:
    """The stock while orders draw on it, in any sequence."""

    def __init__(self, stock: Stock, keeps: Iterable[int]) -> None:
        self._stock = stock
        self._keeps = sorted(set(keeps))
        self._drawn: dict[tuple[Cell, int], int] = {}

    def free(self, cell: Cell, keep: int) -> int:
        """How many more units an order may draw that keeps so many back; below zero when too many are drawn."""
        sku, location_id, pool = cell
        there = self._stock.get(sku, {}).get((location_id, pool), 0)
        return min([there - level - self._drawn.get((cell, level), 0) for level in self._keeps if level <= keep])

    def draw(self, draw: Draw) -> None:
        """Take the units; a negative number puts them back."""
        for level in self._keeps:
            if level <= draw.keep:
                key = draw.cell, level
                self._drawn[key] = self._drawn.get(key, 0) + draw.units


def by_pools(
    draws: Sequence[Sequence[Draw]], pools: Sequence[Sequence[str]], stock: Stock, keeps: Iterable[int]
) -> list[list[Draw]] | None:
    """The same units from the same locations, each order drawing on an earlier pool of its own while units are left in
    it; None when the draws do not go together.

    Shape: earlier orders choose first, until none can do better.
    """
    shelf = Shelf(stock, keeps)
    held = [{draw.cell: draw for draw in order if draw.units} for order in draws]
    for order in held:
        for draw in order.values():
            shelf.draw(draw)
    if any(shelf.free(draw.cell, draw.keep) < 0 for order in held for draw in order.values()):
        return None
    moved = True
    while moved:  # every move brings units to an earlier pool, so it ends
        moved = False
        for order, ranked in zip(held, pools, strict=True):
            for draw in sorted(order.values(), key=lambda each: each.cell):
                for pool in ranked[: ranked.index(draw.cell[2])]:
                    moved |= _move(order, draw.cell, pool, shelf)
    return [[draw for _, draw in sorted(order.items()) if draw.units] for order in held]


def _move(order: dict[Cell, Draw], cell: Cell, pool: str, shelf: Shelf) -> bool:
    draw = order[cell]
    target = (cell[0], cell[1], pool)
    units = min(draw.units, max(0, shelf.free(target, draw.keep)))
    if not units:
        return False
    there = order[target].units if target in order else 0
    shelf.draw(Draw(cell=cell, units=-units, keep=draw.keep))
    shelf.draw(Draw(cell=target, units=units, keep=draw.keep))
    order[cell] = Draw(cell=cell, units=draw.units - units, keep=draw.keep)
    order[target] = Draw(cell=target, units=there + units, keep=draw.keep)
    return True
