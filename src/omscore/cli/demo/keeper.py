"""The shopkeeper of the demo: takes orders, works the warehouses, lets time pass, and notes what is worth telling."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any, Final, NamedTuple

from omscore.app import Oms
from omscore.cli.demo.cast import WARES, Buyer
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import CartId, FulfillmentId, LocationId, OrderId, ReturnId, StockDocumentId
from omscore.inventory.commands import ReceiveStock
from omscore.inventory.model import StockLine
from omscore.money import Money
from omscore.orders.carts import BeginCheckout, SetCartLine
from omscore.orders.commands import PaymentTerms, PlaceOrder, WantedLine
from omscore.orders.model import Order
from omscore.ports.clock import VirtualClock
from omscore.returns.commands import DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, ReturnUnits

SHIPPING: Final = {"web": "4.90", "store": "0.00", "phone": "3.90", "marketplace": "49.00"}
"""What a customer of each channel pays for shipping, in the channel's currency."""


class Note(NamedTuple):
    """One thing worth telling, at its moment."""

    at: datetime
    says: str


class Keeper:
    """Everything the shop's people do in the demo."""

    def __init__(self, oms: Oms, clock: VirtualClock, chance: Random) -> None:
        self.oms = oms
        self.clock = clock
        self.chance = chance
        self.notes: list[Note] = []
        self._orders = 1000

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def tell(self, says: str) -> None:
        """Note something for the reader."""
        self.notes.append(Note(self.now, says))

    def wait_until(self, moment: datetime) -> None:
        """Let time pass; whatever falls due on the way is done at its own moment."""
        while (due := self.oms.storage.next_due()) is not None and due <= moment:
            self.clock.set(max(due, self.now))
            self.oms.run_due()
        self.clock.set(moment)

    def fill_cart(self, cart_id: CartId, wants: dict[str, int]) -> None:
        """A shopper on the web puts things into a cart, where they are held for a while."""
        for sku, units in wants.items():
            self.oms.do(SetCartLine(cart_id=cart_id, channel="web", sku=sku, units=units, at=self.now))

    def check_out(self, cart_id: CartId) -> None:
        """The shopper goes to the till."""
        self.oms.do(BeginCheckout(cart_id=cart_id, at=self.now))

    def take_order(
        self, channel: str, buyer: Buyer, wants: dict[str, int], *, method: str = "card-ok", **more: Any
    ) -> OrderId:
        """An order of these units, paid with a card; the payment is asked for at once."""
        self._orders += 1
        order_id = OrderId(f"T-{self._orders}")
        currency = self.oms.shop.channel(channel).currency
        lines = tuple(
            WantedLine(sku=sku, units=units, unit_price=WARES[sku].price(currency), title=WARES[sku].item.name)
            for sku, units in wants.items()
        )
        self.oms.do(
            PlaceOrder(
                order_id=order_id,
                channel=channel,
                reference=f"{channel[0].upper()}{self.chance.randrange(10_000, 100_000)}-{self._orders}",
                currency=currency,
                person_id=buyer.person_id,
                destination=buyer.destination,
                lines=lines,
                shipping=Money.of(SHIPPING[channel], currency),
                payment=PaymentTerms(provider="manual", method=method),
                at=self.now,
                **more,
            )
        )
        self.oms.run_due()
        return order_id

    def receive(self, document_id: str, location_id: str, units: dict[tuple[str, str], int]) -> None:
        """Goods come in from suppliers; orders that wait for them are served at once."""
        self.oms.do(
            ReceiveStock(
                document_id=StockDocumentId(document_id),
                location_id=LocationId(location_id),
                lines=tuple(StockLine(sku, pool, count) for (sku, pool), count in units.items()),
                at=self.now,
            )
        )
        self.oms.run_due()

    def send_parcels(self) -> int:
        """Every warehouse picks, packs and hands over all it may work on; the number of shipments sent."""
        ready = [
            FulfillmentId(each)
            for location in self.oms.shop.locations
            for each in self.oms.listed(FulfillmentOrder, "work", location.location_id)
        ]
        with self.oms.together():
            for each in ready:
                self.oms.do(PickUnits(fulfillment_id=each, at=self.now))
                self.oms.do(PackBoxes(fulfillment_id=each, at=self.now))
        self.oms.run_due()
        with self.oms.together():
            for each in ready:
                self.oms.do(HandOver(fulfillment_id=each, at=self.now))
        self.oms.run_due()
        return len(ready)

    def announce_return(
        self, return_id: ReturnId, order_id: OrderId, location_id: str, units: int, *, exchange: bool = False
    ) -> None:
        """The customer wants to send back so many units of the order's first line."""
        line = self.oms.look(Order, order_id).lines[0]
        self.oms.do(
            RequestReturn(
                return_id=return_id,
                order_id=order_id,
                location_id=LocationId(location_id),
                units=(ReturnUnits(line.line_id, line.sku, units),),
                reason="wrong colour" if exchange else "not as expected",
                exchange=exchange,
                at=self.now,
            )
        )

    def take_back(self, return_id: ReturnId, *fates: DisposedUnits) -> None:
        """The goods are here: look at them, decide what becomes of them, pay the customer back."""
        self.oms.do(ReceiveReturn(return_id=return_id, at=self.now))
        self.oms.do(DisposeReturn(return_id=return_id, units=fates, at=self.now))
        self.oms.run_due()
