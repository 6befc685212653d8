"""A trader: one long list of things done to a shop, each made from its number alone, so that it can be done again."""

from __future__ import annotations

from random import Random

from omscore.app import Oms
from omscore.errors import ConflictError, RefusedError
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import CartId, FulfillmentId, OrderId, ReturnId
from omscore.orders.carts import SetCartLine
from omscore.orders.commands import CancelUnits
from omscore.orders.model import Order
from omscore.returns.commands import DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, ReturnUnits
from tests.kit.shops import CUP, POT, TEA, order, receive

KINDS = (
    *("place",) * 6,
    *("work",) * 3,
    *("send",) * 3,
    "cart",
    "cancel",
    "deliver",
    "give_back",
)


class Trader:
    """Does the steps of one seed on a shop that may have seen some of them before."""

    def __init__(self, oms: Oms, seed: int) -> None:
        self._oms = oms
        self._seed = seed

    def do(self, number: int, *, busy: bool = False) -> str:
        """One step; the command key it left behind, if it left one. Refusals are part of trading, and so are conflicts
        unless `busy` says that somebody may be in the way for long.
        """
        lot = Random(f"{self._seed}/{number}")  # noqa: S311 (repeatable, guards nothing)
        kind = lot.choice(KINDS)
        try:
            return str(getattr(self, f"_{kind}")(number, lot) or "")
        except RefusedError:
            return ""
        except ConflictError:
            if busy:
                raise
            return ""

    def _place(self, number: int, lot: Random) -> str:
        units = {sku: lot.randint(1, 2) for sku in lot.sample((TEA, CUP, POT), lot.randint(1, 2))}
        wish = order(self._oms, units, order_id=f"o{number}", price=lot.choice(("10.01", "3.33")))
        self._oms.do(wish, key=f"k{number}")
        return f"k{number}"

    def _work(self, _number: int, lot: Random) -> None:
        self._oms.run_due(most=lot.randint(1, 6))

    def _send(self, number: int, lot: Random) -> str:
        found = self._some_work(number, lot)
        if found is None:
            return ""
        at = self._oms.clock.now()
        self._oms.do(PickUnits(fulfillment_id=found, at=at), key=f"k{number}.pick")
        self._oms.do(PackBoxes(fulfillment_id=found, at=at), key=f"k{number}.pack")
        self._oms.run_due(most=5)
        self._oms.do(HandOver(fulfillment_id=found, at=at), key=f"k{number}.ship")
        return f"k{number}.ship"

    def _some_work(self, number: int, lot: Random) -> FulfillmentId | None:
        earlier = self._oms.find(Order, OrderId(f"o{lot.randint(max(0, number - 12), number)}"))
        for fulfillment_id in earlier.fulfillments if earlier else ():
            work = self._oms.look(FulfillmentOrder, fulfillment_id)
            if work.shipped_at is None and work.live_units and not work.on_hold:
                return fulfillment_id
        return None

    def _cart(self, number: int, lot: Random) -> str:
        wish = SetCartLine(
            cart_id=CartId(f"c{lot.randint(1, 4)}"),
            channel="web",
            sku=lot.choice((TEA, CUP)),
            units=lot.randint(0, 2),
            at=self._oms.clock.now(),
        )
        self._oms.do(wish, key=f"k{number}")
        return f"k{number}"

    def _cancel(self, number: int, lot: Random) -> str:
        order_id = OrderId(f"o{lot.randint(max(0, number - 12), number)}")
        self._oms.do(CancelUnits(order_id=order_id, line_id=1, units=1, at=self._oms.clock.now()), key=f"k{number}")
        return f"k{number}"

    def _deliver(self, number: int, _lot: Random) -> None:
        receive(self._oms, "MUC", {TEA: 3, CUP: 2, POT: 1}, document=f"d{number}")

    def _give_back(self, number: int, lot: Random) -> str:
        found = self._oms.look(Order, OrderId(f"o{lot.randint(max(0, number - 20), number)}"))
        line = found.lines[0]
        units = (ReturnUnits(line.line_id, line.sku, 1),)
        return_id, at = ReturnId(f"r{number}"), self._oms.clock.now()
        self._oms.do(
            RequestReturn(
                return_id=return_id,
                order_id=found.order_id,
                location_id="MUC",  # type: ignore[arg-type]
                units=units,
                reason="no",
                at=at,
            ),
            key=f"k{number}",
        )
        self._oms.do(ReceiveReturn(return_id=return_id, units=units, at=at), key=f"k{number}.in")
        disposed = (DisposedUnits(line.line_id, 1, Disposition.RESTOCK),)
        self._oms.do(DisposeReturn(return_id=return_id, units=disposed, at=at), key=f"k{number}.out")
        return f"k{number}.out"
