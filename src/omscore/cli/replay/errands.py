"""Carrying out what a credit note gives back: what was not picked yet is cancelled, what was delivered is returned.

Units on their way (picked, packed, shipped) can be neither; the errand then waits until they have arrived. It is done
whole, within one group of commits, so that it is never half done, whenever the program ends.
"""

from __future__ import annotations

from collections import Counter
from zlib import crc32

from omscore.app import Oms
from omscore.cli.replay.fates import Fate
from omscore.cli.replay.matching import Errand
from omscore.cli.replay.selling import order_id
from omscore.ids import LocationId, ReturnId
from omscore.orders.commands import CancelUnits
from omscore.orders.model import Order
from omscore.returns.commands import DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, Return, ReturnUnits

DAMAGED_ONE_IN = 12
"""How many returned lines make one that comes back damaged."""


def return_id(errand: Errand) -> ReturnId:
    """The return an errand opens, if any of its units had been delivered."""
    return ReturnId(f"uci-{errand.name}")


class Errands:
    """Carries errands out in one shop; goods come back to one location."""

    def __init__(self, oms: Oms, location_id: LocationId) -> None:
        self._oms = oms
        self._location_id = location_id

    def is_done(self, errand: Errand) -> bool:
        """True when the store has it."""
        if self._oms.find(Return, return_id(errand)) is not None:
            return True
        return any(self._oms.storage.answer(_cancel_key(errand, take.line_id)) is not None for take in errand.takes)

    def tried(self, errand: Errand) -> bool:
        """Carry it out if every unit can be cancelled or returned now; True when it is done."""
        if self.is_done(errand):
            return True
        order = self._oms.look(Order, order_id(errand.order))
        cancels: dict[int, int] = {}
        returns: list[ReturnUnits] = []
        for line_id, units in _wanted(errand).items():
            line = order.line(line_id)
            cancelled = min(units, line.quantities.waiting + line.quantities.allocated)
            returned = units - cancelled
            if returned > line.quantities.delivered - line.in_return:
                return False
            if cancelled:
                cancels[line_id] = cancelled
            if returned:
                returns.append(ReturnUnits(line_id, line.sku, returned))
        self._cancel(errand, cancels)
        if returns:
            self._take_back(errand, tuple(returns))
        return True

    def fates(self, errand: Errand) -> dict[int, Fate] | None:
        """What became of each row of the errand; None when it was never done.

        Shape: of a line's units the first rows are counted as cancelled, the last as returned.
        """
        if not self.is_done(errand):
            return None
        rma = self._oms.find(Return, return_id(errand))
        cancelled = Counter(_wanted(errand))
        if rma is not None:
            for line in rma.lines:
                cancelled[line.line_id] -= line.units
        fates: dict[int, Fate] = {}
        for take in errand.takes:
            before = cancelled[take.line_id]
            cancelled[take.line_id] = before - take.units
            if before < take.units:
                fates[take.row] = Fate.RETURN
            else:
                fates.setdefault(take.row, Fate.CANCELLATION)
        return fates

    def _cancel(self, errand: Errand, cancels: dict[int, int]) -> None:
        for line_id, units in cancels.items():
            self._oms.do(
                CancelUnits(
                    order_id=order_id(errand.order),
                    line_id=line_id,
                    units=units,
                    reason=f"credit note {errand.credit}",
                    at=self._oms.clock.now(),
                ),
                key=_cancel_key(errand, line_id),
            )

    def _take_back(self, errand: Errand, units: tuple[ReturnUnits, ...]) -> None:
        at = self._oms.clock.now()
        request = RequestReturn(
            return_id=return_id(errand),
            order_id=order_id(errand.order),
            location_id=self._location_id,
            units=units,
            reason=f"credit note {errand.credit}",
            at=at,
        )
        disposed = tuple(DisposedUnits(line_id, count, _disposition(errand, line_id)) for line_id, _, count in units)
        key = f"uci:{errand.name}"
        self._oms.do(request, key=f"{key}:request")
        self._oms.do(ReceiveReturn(return_id=request.return_id, at=at), key=f"{key}:receive")
        self._oms.do(DisposeReturn(return_id=request.return_id, units=disposed, at=at), key=f"{key}:dispose")


def _wanted(errand: Errand) -> dict[int, int]:
    wanted: dict[int, int] = {}
    for take in errand.takes:
        wanted[take.line_id] = wanted.get(take.line_id, 0) + take.units
    return wanted


def _cancel_key(errand: Errand, line_id: int) -> str:
    return f"uci:{errand.name}:cancel:{line_id}"


def _disposition(errand: Errand, line_id: int) -> Disposition:
    """Mostly back to the shelf; which lines are damaged follows from their names, not from chance."""
    draw = crc32(f"{errand.name}/{line_id}".encode())
    return Disposition.DAMAGED if draw % DAMAGED_ONE_IN == 0 else Disposition.RESTOCK
