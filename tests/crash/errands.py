"""The core operations, each with the shop it begins in; every command has a key, so each may be done again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import attrs

from omscore.app import Oms, run_until
from omscore.errors import PortError
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.ids import CartId, FulfillmentId, LocationId, OrderId, ReturnId, StockDocumentId
from omscore.inventory.commands import ReceiveStock, ReceiveTransfer, SendTransfer
from omscore.inventory.model import StockLine
from omscore.orders.carts import BeginCheckout, SetCartLine
from omscore.orders.commands import CancelOrder
from omscore.orders.model import Order
from omscore.ports.clock import VirtualClock
from omscore.returns.commands import DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, ReturnUnits
from tests.kit.shops import CUP, NOON, POT, TEA, order, send_out

ORDER, CART, RETURN = OrderId("ord_1"), CartId("cart_1"), ReturnId("ret_1")
SOON = timedelta(minutes=10)
DELIVERED = NOON + timedelta(days=5)


@attrs.frozen(kw_only=True)
class Errand:
    """One operation: what came before it, what is done, and when it is looked at."""

    name: str
    before: Callable[[Oms], None]
    act: Callable[[Oms], None]
    ends: datetime = NOON + SOON


def live_until(oms: Oms, moment: datetime) -> None:
    """Time passes up to a moment, unless it has passed already."""
    run_until(oms, max(oms.clock.now(), moment))


def at_noon(oms: Oms) -> None:
    """Nothing came before."""


def placed(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 2, CUP: 1}, order_id=ORDER))


def authorised(oms: Oms) -> None:
    placed(oms)
    live_until(oms, NOON + timedelta(minutes=1))


def packed(oms: Oms) -> None:
    authorised(oms)
    pack(oms)
    live_until(oms, NOON + timedelta(minutes=2))


def handed_over(oms: Oms) -> None:
    authorised(oms)
    send_out(oms, ORDER)
    live_until(oms, NOON + timedelta(minutes=2))


def delivered(oms: Oms) -> None:
    handed_over(oms)
    live_until(oms, DELIVERED)


def in_cart(oms: Oms) -> None:
    fill_cart(oms)


def backordered(oms: Oms) -> None:
    oms.do(order(oms, {POT: 3}, order_id=ORDER))
    live_until(oms, NOON + timedelta(minutes=1))


def place(oms: Oms) -> None:
    _do(oms, order(oms, {TEA: 2, POT: 1}, order_id=ORDER, reference="1001"), "place")


def place_many(oms: Oms) -> None:
    """Three orders for what two can have, an older one cancelled among them, one sent twice, one for nothing known."""
    wanted = ({TEA: 9}, {TEA: 9, CUP: 1}, {POT: 1}, {POT: 1}, {"NONE": 1})
    commands: list[Any] = [
        order(oms, units, order_id=OrderId(f"ord_{number}"), reference=str(number))
        for number, units in zip((5, 2, 3, 3, 4), wanted, strict=True)
    ]
    commands.insert(1, CancelOrder(order_id=ORDER, at=oms.clock.now()))
    for result in oms.do_many(commands, keys=(None, "errand.cancel", None, None, None, None)):
        if isinstance(result, PortError):
            raise result


def authorise(oms: Oms) -> None:
    oms.run_due()


def fill_cart(oms: Oms) -> None:
    for sku, units in ((TEA, 2), (CUP, 1), (TEA, 3)):
        wish = SetCartLine(cart_id=CART, channel="web", sku=sku, units=units, at=oms.clock.now())
        _do(oms, wish, f"cart.{sku}.{units}")


def check_out(oms: Oms) -> None:
    _do(oms, BeginCheckout(cart_id=CART, at=oms.clock.now()), "begin")
    _do(oms, order(oms, {TEA: 3, CUP: 1}, order_id=ORDER, cart_id=CART), "place")


def time_out(oms: Oms) -> None:
    live_until(oms, NOON + timedelta(hours=3))


def cancel(oms: Oms) -> None:
    _do(oms, CancelOrder(order_id=ORDER, at=oms.clock.now()), "cancel")
    oms.run_due()


def pack(oms: Oms) -> None:
    for work in _works(oms):
        _do(oms, PickUnits(fulfillment_id=work, at=oms.clock.now()), f"{work}.pick")
        _do(oms, PackBoxes(fulfillment_id=work, at=oms.clock.now()), f"{work}.pack")
    oms.run_due()


def hand_over(oms: Oms) -> None:
    for work in _works(oms):
        _do(oms, HandOver(fulfillment_id=work, at=oms.clock.now()), f"{work}.ship")
    oms.run_due()


def deliver(oms: Oms) -> None:
    live_until(oms, DELIVERED)


def give_back(oms: Oms) -> None:
    units = (ReturnUnits(1, TEA, 1),)
    at = oms.clock.now()
    request = RequestReturn(
        return_id=RETURN, order_id=ORDER, location_id=LocationId("MUC"), units=units, reason="too much", at=at
    )
    _do(oms, request, "request")
    _do(oms, ReceiveReturn(return_id=RETURN, units=units, at=at), "receive")
    disposed = (DisposedUnits(1, 1, Disposition.RESTOCK),)
    _do(oms, DisposeReturn(return_id=RETURN, units=disposed, at=at), "dispose")
    oms.run_due()


def restock(oms: Oms) -> None:
    lines = (StockLine(POT, "general", 4),)
    document = StockDocumentId("delivery")
    wish = ReceiveStock(document_id=document, location_id=LocationId("MUC"), lines=lines, at=oms.clock.now())
    _do(oms, wish, "receive")
    oms.run_due()


def transfer(oms: Oms) -> None:
    lines, document = (StockLine(TEA, "general", 3),), StockDocumentId("transfer")
    muc, lys = LocationId("MUC"), LocationId("LYS")
    at = oms.clock.now()
    _do(oms, SendTransfer(document_id=document, origin=muc, target=lys, lines=lines, at=at), "send")
    _do(oms, ReceiveTransfer(document_id=document, lines=lines, at=at), "arrive")


ERRANDS = (
    Errand(name="place an order", before=at_noon, act=place),
    Errand(name="place many orders at once", before=placed, act=place_many),
    Errand(name="authorise its payment", before=placed, act=authorise),
    Errand(name="fill a cart", before=at_noon, act=fill_cart),
    Errand(name="order a cart", before=in_cart, act=check_out),
    Errand(name="let a cart time out", before=in_cart, act=time_out, ends=NOON + timedelta(hours=4)),
    Errand(name="cancel", before=authorised, act=cancel),
    Errand(name="pick, pack and label", before=authorised, act=pack),
    Errand(name="hand over and capture", before=packed, act=hand_over),
    Errand(name="follow to the door", before=handed_over, act=deliver, ends=DELIVERED + SOON),
    Errand(name="take back and refund", before=delivered, act=give_back, ends=DELIVERED + SOON),
    Errand(name="restock for a waiting order", before=backordered, act=restock),
    Errand(name="move stock between places", before=at_noon, act=transfer),
)


def _do(oms: Oms, command: Any, key: str) -> None:
    oms.do(command, key=f"errand.{key}")


def _works(oms: Oms) -> tuple[FulfillmentId, ...]:
    return oms.look(Order, ORDER).fulfillments


def later(oms: Oms, span: timedelta) -> None:
    """The clock runs on; nobody works meanwhile."""
    clock = oms.clock
    assert isinstance(clock, VirtualClock)
    clock.set(clock.now() + span)
