"""The scenes of the week: what must happen in it, whatever the seed. Who takes part and how much is left to chance."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from omscore.cli.demo.cast import BUYERS, FIRST_STOCK, WARES, Buyer
from omscore.cli.demo.keeper import Keeper
from omscore.customers.model import RegisterCustomer
from omscore.ids import CartId, OrderId, ReturnId
from omscore.inventory.commands import ListItem
from omscore.orders.carts import Cart
from omscore.orders.commands import CancelUnits
from omscore.orders.model import Order
from omscore.orders.status import status_of
from omscore.returns.model import DisposedUnits, Disposition


class Scene(NamedTuple):
    """Something that happens on a day (Monday is 0) at a time."""

    day: int
    at: str
    play: Callable[[], None]


class Scenes:
    """The fixed scenes; later ones pick up the orders of earlier ones."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._some = keeper.chance.randint
        self.orders: dict[str, OrderId] = {}

    def agenda(self) -> Iterable[Scene]:
        """All fixed scenes with their times."""
        return (
            Scene(0, "07:30", self.opening),
            Scene(0, "09:10", self.cart_becomes_order),
            Scene(0, "10:00", self.cart_is_left),
            Scene(0, "10:30", self.cart_is_given_up),
            Scene(1, "09:00", self.phone_order),
            Scene(1, "09:40", self.card_is_declined),
            Scene(1, "11:00", self.split_shipment),
            Scene(1, "13:00", self.marketplace_order),
            Scene(2, "08:30", self.backorder),
            Scene(2, "09:40", self.unpaid_is_cancelled),
            Scene(2, "10:00", self.order_to_be_cut),
            Scene(2, "11:30", self.part_is_cancelled),
            Scene(2, "17:00", self.exchange_is_announced),
            Scene(3, "08:00", self.supplier_comes),
            Scene(3, "09:00", self.return_is_announced),
            Scene(3, "10:30", self.exchange_arrives),
            Scene(4, "11:00", self.return_arrives),
        )

    def opening(self) -> None:
        keeper = self._keeper
        for ware in WARES.values():
            keeper.oms.do(ListItem(item=ware.item, at=keeper.now))
        for buyers in BUYERS.values():
            for buyer in buyers:
                keeper.oms.do(RegisterCustomer(person=buyer.person, at=keeper.now))
        for location_id, units in FIRST_STOCK.items():
            keeper.receive(f"opening-{location_id}", location_id, units)
        keeper.tell("The shop opens with goods in four places")

    def cart_becomes_order(self) -> None:
        keeper, buyer = self._keeper, self._buyer("web")
        cart_id, wants = CartId("cart-1"), {"CUP-BLUE": self._some(2, 4), "ASSAM": self._some(1, 2)}
        keeper.fill_cart(cart_id, wants)
        keeper.check_out(cart_id)
        order_id = self.orders["returned"] = keeper.take_order("web", buyer, wants, cart_id=cart_id)
        keeper.tell(f"A web cart becomes order {order_id}")

    def cart_is_left(self) -> None:
        units = self._some(2, 6)
        self._keeper.fill_cart(CartId("cart-2"), {"SENCHA": units})
        self._keeper.tell(f"Somebody puts {units} bags of Sencha into a cart and leaves; they are held for 30 minutes")

    def cart_is_given_up(self) -> None:
        cart = self._keeper.oms.look(Cart, "cart-2")
        self._keeper.tell(f"Nobody came back: the cart is {cart.state}, its goods are free and the shop is told")

    def phone_order(self) -> None:
        order_id = self._keeper.take_order(
            "phone", self._buyer("phone"), {"CUP-WHITE": self._some(2, 4), "MINT": self._some(1, 3)}
        )
        self.orders["exchanged"] = order_id
        self._keeper.tell(f"Order {order_id} comes in by phone, paid in pounds")

    def card_is_declined(self) -> None:
        wants = {"ASSAM": self._some(1, 4), "STRAINER": 1}
        order_id = self._keeper.take_order("web", self._buyer("web"), wants, method="card-declined")
        self.orders["declined"] = order_id
        self._keeper.tell(f"The card for order {order_id} is declined; the customer has 24 hours")

    def split_shipment(self) -> None:
        wants = {"POT-IRON": self._some(1, 2), "STRAINER": self._some(1, 3)}
        order_id = self.orders["split"] = self._keeper.take_order("store", self._buyer("store"), wants)
        self._keeper.tell(f"Order {order_id} needs two places: teapots are in Malmo, strainers are not")

    def marketplace_order(self) -> None:
        wants = {"MINT": self._some(1, 4), "CUP-BLUE": self._some(1, 4)}
        order_id = self._keeper.take_order("marketplace", self._buyer("marketplace"), wants)
        self._keeper.tell(f"Order {order_id} comes from the marketplace, paid in Swedish kronor")

    def backorder(self) -> None:
        wants = {"GLASS": self._some(4, 6), "SENCHA": self._some(1, 2)}
        order_id = self.orders["backorder"] = self._keeper.take_order("web", self._buyer("web"), wants)
        short = self._keeper.oms.look(Order, order_id).lines[0].quantities.backordered
        self._keeper.tell(f"Order {order_id} wants {wants['GLASS']} pairs of glasses; {short} must wait for stock")

    def unpaid_is_cancelled(self) -> None:
        order = self._keeper.oms.look(Order, self.orders["declined"])
        self._keeper.tell(f"Nobody paid for order {order.order_id} in time: it is {status_of(order)}")

    def order_to_be_cut(self) -> None:
        wants = {"CUP-WHITE": self._some(4, 6), "MINT": 2}
        self.orders["cut"] = self._keeper.take_order("store", self._buyer("store"), wants)

    def part_is_cancelled(self) -> None:
        keeper, order_id, units = self._keeper, self.orders["cut"], self._some(1, 3)
        keeper.oms.do(CancelUnits(order_id=order_id, line_id=1, units=units, at=keeper.now))
        keeper.oms.run_due()
        keeper.tell(f"The customer of order {order_id} wants {units} fewer cups")

    def exchange_is_announced(self) -> None:
        keeper, return_id, old = self._keeper, ReturnId("rma-1"), self.orders["exchanged"]
        keeper.announce_return(return_id, old, "LONDON", 2, exchange=True)
        buyer = self._buyer_of(old)
        new = self.orders["exchange"] = keeper.take_order("phone", buyer, {"CUP-BLUE": 2}, exchange_for=return_id)
        keeper.tell(f"Two white cups of order {old} are to become blue: order {new} waits for them to come back")

    def supplier_comes(self) -> None:
        units = self._some(10, 20)
        self._keeper.receive("delivery-1", "BERLIN", {("GLASS", "general"): units})
        self._keeper.tell(f"{units} pairs of glasses arrive in Berlin; order {self.orders['backorder']} gets its share")

    def return_is_announced(self) -> None:
        order_id = self.orders["returned"]
        self._keeper.announce_return(ReturnId("rma-2"), order_id, "BERLIN", 2)
        self._keeper.tell(f"Two cups of order {order_id} are to come back")

    def exchange_arrives(self) -> None:
        self._keeper.take_back(ReturnId("rma-1"), DisposedUnits(1, 2, Disposition.RESTOCK))
        self._keeper.tell(f"The white cups are back in London; order {self.orders['exchange']} may leave")

    def return_arrives(self) -> None:
        fates = DisposedUnits(1, 1, Disposition.RESTOCK), DisposedUnits(1, 1, Disposition.DAMAGED)
        self._keeper.take_back(ReturnId("rma-2"), *fates)
        self._keeper.tell(f"The cups of order {self.orders['returned']} are back in Berlin, one of them chipped")

    def _buyer(self, channel: str) -> Buyer:
        return self._keeper.chance.choice(BUYERS[channel])

    def _buyer_of(self, order_id: OrderId) -> Buyer:
        person_id = self._keeper.oms.look(Order, order_id).person_id
        return next(buyer for buyers in BUYERS.values() for buyer in buyers if buyer.person_id == person_id)
