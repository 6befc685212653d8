"""A line is a partition of its units: every unit ordered is in exactly one state, and goes from it by few ways only."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from operator import attrgetter

from omscore.errors import RefusedError
from omscore.records import frozen, maker


class LineState(StrEnum):
    """Where units of a line can be."""

    OPEN = "open"
    BACKORDERED = "backordered"
    ALLOCATED = "allocated"
    PICKED = "picked"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


LINE_MOVES = frozenset(
    {
        (LineState.OPEN, LineState.ALLOCATED),
        (LineState.OPEN, LineState.BACKORDERED),
        (LineState.OPEN, LineState.CANCELLED),
        (LineState.BACKORDERED, LineState.ALLOCATED),
        (LineState.BACKORDERED, LineState.CANCELLED),
        (LineState.ALLOCATED, LineState.PICKED),
        (LineState.ALLOCATED, LineState.CANCELLED),
        (LineState.ALLOCATED, LineState.OPEN),
        (LineState.PICKED, LineState.PACKED),
        (LineState.PACKED, LineState.SHIPPED),
        (LineState.SHIPPED, LineState.DELIVERED),
        (LineState.DELIVERED, LineState.RETURNED),
    }
)
"""The only ways a unit of a line may go."""

_COUNTS = attrgetter(*LineState)
"""The counts of a line, in the order of the states."""

_OPEN, _BACKORDERED, _ALLOCATED = LineState.OPEN, LineState.BACKORDERED, LineState.ALLOCATED
"""By names of their own: a member is looked up in its enum for as long as a record takes to be made."""

_ENDS = {move: tuple(map(list(LineState).index, move)) for move in LINE_MOVES}
"""Which two counts of a line each of them changes."""


@frozen
class LineQuantities:
    """The units of one line by state.

    Holds: a move never changes the sum; no state goes below zero.

    >>> moved = LineQuantities(open=5).moved(LineState.OPEN, LineState.ALLOCATED, 3)
    >>> moved.open, moved.allocated, moved.total
    (2, 3, 5)
    """

    open: int = 0
    backordered: int = 0
    allocated: int = 0
    picked: int = 0
    packed: int = 0
    shipped: int = 0
    delivered: int = 0
    cancelled: int = 0
    returned: int = 0

    @property
    def total(self) -> int:
        return sum(_COUNTS(self))

    @property
    def waiting(self) -> int:
        """Units no location has taken yet."""
        return self.open + self.backordered

    @property
    def unshipped(self) -> int:
        """Units still to leave."""
        return self.open + self.backordered + self.allocated + self.picked + self.packed

    @property
    def handed_over(self) -> int:
        """Units that have left, wherever they are now."""
        return self.shipped + self.delivered + self.returned

    def of(self, state: LineState) -> int:
        count: int = getattr(self, state)
        return count

    def moved(self, origin: LineState, target: LineState, units: int) -> LineQuantities:
        """The same units, n of them in another state.

        Raises: RefusedError for a way that is not in LINE_MOVES or more units than are there.
        """
        ends = _ENDS.get((origin, target))
        if ends is None:
            raise RefusedError(f"units cannot go from {origin} to {target}", code="order.line_move")
        (left, arrived), counts = ends, list(_COUNTS(self))
        there = counts[left]
        if not 0 < units <= there:
            says = f"cannot move {units} units from {origin} to {target}: {there} are {origin}"
            raise RefusedError(says, code="order.line_units", there=there, wanted=units)
        counts[left] = there - units
        counts[arrived] += units
        return quantities_of(*counts)

    def taken(self, units: int) -> LineQuantities:
        """The same units, n of them allocated: those that are open before those that already wait.

        Raises: RefusedError when fewer are open or wait.
        """
        from_open = self.open
        if units <= from_open:
            return self.moved(_OPEN, _ALLOCATED, units)
        rest = self.moved(_OPEN, _ALLOCATED, from_open) if from_open else self
        return rest.moved(_BACKORDERED, _ALLOCATED, units - from_open)


quantities_of = lru_cache(maxsize=1_024)(maker(LineQuantities))  # most lines are of a few units and share one record
