"""A return promises to take units back, notes which were seen, and what became of each of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from omscore.errors import NotFoundError
from omscore.ids import LocationId, OrderId, ReturnId
from omscore.records import frozen


class Disposition(StrEnum):
    """What becomes of returned units."""

    RESTOCK = "restock"
    DAMAGED = "damaged"
    WRITE_OFF = "write_off"


class ReturnUnits(NamedTuple):
    """So many units of one order line."""

    line_id: int
    sku: str
    units: int


class DisposedUnits(NamedTuple):
    """What became of so many units of one order line."""

    line_id: int
    units: int
    disposition: Disposition


@frozen(kw_only=True)
class ReturnLine:
    """Units of one order line by step. Holds: due + seen + disposed + unsent is `units`."""

    line_id: int
    sku: str
    units: int
    due: int
    seen: int = 0
    disposed: int = 0
    unsent: int = 0


@frozen(kw_only=True)
class Return:
    """One promise to take goods back (an RMA), at one location.

    Shape: `exchange_id` is the order placed in exchange.
    """

    return_id: ReturnId
    order_id: OrderId
    location_id: LocationId
    pool: str
    reason: str
    opened_at: datetime
    lines: tuple[ReturnLine, ...]
    exchange: bool = False
    exchange_id: OrderId | None = None

    @property
    def is_closed(self) -> bool:
        """True when nothing is due and everything seen was decided on."""
        return all(line.due == 0 and line.seen == 0 for line in self.lines)

    @property
    def is_received(self) -> bool:
        """True when nothing is due any more."""
        return all(line.due == 0 for line in self.lines)

    @property
    def came_in_full(self) -> bool:
        """True when every unit that was promised arrived."""
        return all(line.due == 0 and line.unsent == 0 for line in self.lines)

    def line(self, line_id: int) -> ReturnLine:
        """The line with that order line number. Raises: NotFoundError."""
        for line in self.lines:
            if line.line_id == line_id:
                return line
        raise NotFoundError(f"return {self.return_id} has no order line {line_id}", code="return.no_line")


def exchange_name(return_id: ReturnId) -> str:
    """The unique name under which the exchange order of a return is found."""
    return f"exchange:{return_id}"
