"""A shop's random life as data: a list of steps, each a name and small numbers, that any store lives the same way.

A step that makes no sense at the moment is refused by the shop and counted; that is part of the life.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from omscore.app import Oms
from omscore.engine.plans.wishes import RetryPayment, ReviewSourcing, SourceFrom
from omscore.errors import InputError, NotFoundError, RefusedError, StockShortError
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import CartId, FulfillmentId, LocationId, OrderId, ReturnId, StockDocumentId
from omscore.inventory.commands import AdjustStock, CountStock, ListItem, ReceiveTransfer, SendTransfer
from omscore.inventory.model import AdjustReason, StockDocument, StockLine
from omscore.items import Item, Kit, KitPart, Ships, Sku
from omscore.money import Money
from omscore.orders.carts import BeginCheckout, Cart, SetCartLine
from omscore.orders.commands import CancelKits, CancelOrder, CancelUnits, PaymentTerms, PlaceHold, ReleaseHold
from omscore.orders.model import HoldKind, Order
from omscore.payments.commands import RequestStep
from omscore.payments.model import Step
from omscore.ports.clock import VirtualClock
from omscore.returns.commands import CloseReturn, DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, Return, ReturnUnits
from tests.kit.shops import CUP, POT, TEA, order, pass_time, receive

SKUS = (TEA, CUP, POT)
KITS = {"SET": ({TEA: 2, CUP: 1}, Ships.TOGETHER), "BOX": ({CUP: 1, POT: 1}, Ships.APART)}
PLACES = ("MUC", "LYS")
CHANNELS = ("web", "store", "phone", "market")
METHODS = ("card-ok", "card-declined", "card-timeout", "card-down", "card-late", "refund-declined", None)
KINDS = (HoldKind.FRAUD, HoldKind.REVIEW, HoldKind.PAYMENT)


class LifeStep(NamedTuple):
    """What is done and four small numbers that say to what."""

    name: str
    a: int
    b: int
    c: int
    d: int


class Life:
    """One shop and what has been begun in it."""

    def __init__(self, oms: Oms) -> None:
        self.oms = oms
        self.orders: list[OrderId] = []
        self.returns: list[ReturnId] = []
        self.transfers: list[StockDocumentId] = []
        self.documents = 0
        self.refused: Counter[str] = Counter()

    def live(self, step: LifeStep) -> None:
        """Do one step."""
        getattr(self, step.name)(*step[1:])

    def do(self, command: Any) -> bool:
        try:
            self.oms.do(command)
        except (RefusedError, InputError, NotFoundError) as error:
            self.refused[error.code] += 1
            return False
        return True

    @property
    def now(self) -> Any:
        return self.oms.clock.now()

    def place(self, a: int, b: int, c: int, d: int) -> None:
        units = {sku: count for sku, count in zip(SKUS, (a, b // 2, c // 3), strict=True) if count}
        self._place(units or {TEA: 1}, d)

    def place_kits(self, a: int, b: int, c: int, d: int) -> None:
        """An order of kits, and of a part of them besides."""
        self._list_kits()
        kit = tuple(KITS)[a % 2]
        self._place({kit: 1 + b} | ({CUP: c} if c else {}), d)

    def fill_cart_with_kits(self, a: int, b: int, c: int, _d: int) -> None:
        self._list_kits()
        cart, kit = CartId(f"c{a % 3}"), tuple(KITS)[b % 2]
        try:
            self.do(SetCartLine(cart_id=cart, channel="web", sku=kit, units=c, at=self.now))
        except StockShortError:
            self.refused["short"] += 1

    def cancel_kits(self, a: int, _b: int, c: int, _d: int) -> None:
        found = self._order(a)
        if found is not None:
            self.do(CancelKits(order_id=found.order_id, kit_id=1, kits=1 + c % 3, at=self.now))

    def _list_kits(self) -> None:
        for sku, (units, ships) in KITS.items():
            parts = tuple(KitPart(sku=Sku(part), units=count) for part, count in units.items())
            self.oms.do(ListItem(item=Item(sku=Sku(sku), kit=Kit(parts=parts, ships=ships)), at=self.now))

    def order_cart(self, a: int, _b: int, _c: int, d: int) -> None:
        cart = self.oms.find(Cart, f"c{a % 3}")
        if cart is not None and cart.lines:
            self._place({line.sku: line.units for line in cart.lines}, d * len(CHANNELS), cart_id=cart.cart_id)

    def exchange(self, a: int, b: int, _c: int, d: int) -> None:
        if self.returns:
            self._place({CUP: 1 + b % 2}, d * len(CHANNELS), exchange_for=self.returns[a % len(self.returns)])

    def _place(self, units: dict[str, int], d: int, **more: Any) -> None:
        order_id = f"o{len(self.orders) + 1}"
        channel = CHANNELS[d % len(CHANNELS)]
        method = METHODS[d % len(METHODS)]
        currency = self.oms.shop.channel(channel).currency
        if d % 2:
            more |= {"shipping": Money(495, currency), "discount": Money(33, currency)}
        price = "10.01" if currency != "JPY" else "997"
        command = order(self.oms, units, order_id=order_id, channel=channel, method=method, price=price, **more)
        if self.do(command):
            self.orders.append(command.order_id)

    def _order(self, at: int) -> Order | None:
        return self.oms.look(Order, self.orders[at % len(self.orders)]) if self.orders else None

    def _work(self, at: int) -> FulfillmentId | None:
        works = [work for order_id in self.orders for work in self.oms.look(Order, order_id).fulfillments]
        return works[at % len(works)] if works else None

    def cancel_units(self, a: int, b: int, c: int, _d: int) -> None:
        found = self._order(a)
        if found is not None:
            line = found.lines[b % len(found.lines)].line_id
            self.do(CancelUnits(order_id=found.order_id, line_id=line, units=1 + c % 3, at=self.now))

    def cancel_order(self, a: int, b: int, _c: int, _d: int) -> None:
        found = self._order(a)
        if found is not None and b % 3 == 0:
            self.do(CancelOrder(order_id=found.order_id, at=self.now))

    def source_from(self, a: int, b: int, c: int, _d: int) -> None:
        found = self._order(a)
        if found is not None:
            place = LocationId(PLACES[b % 2])
            self.do(
                SourceFrom(
                    order_id=found.order_id, location_id=place, reason="asked", by="ada", partly=c % 2 == 0, at=self.now
                )
            )

    def review(self, a: int, _b: int, _c: int, _d: int) -> None:
        found = self._order(a)
        if found is not None:
            self.do(ReviewSourcing(order_id=found.order_id, at=self.now))

    def hold(self, a: int, b: int, _c: int, _d: int) -> None:
        found = self._order(a)
        if found is not None:
            self.do(PlaceHold(order_id=found.order_id, kind=KINDS[b % 2], says="looked at", at=self.now))

    def release(self, a: int, b: int, _c: int, _d: int) -> None:
        found = self._order(a)
        if found is not None:
            self.do(ReleaseHold(order_id=found.order_id, kind=KINDS[b % 3], at=self.now))

    def retry_payment(self, a: int, b: int, _c: int, _d: int) -> None:
        found = self._order(a)
        if found is not None:
            terms = PaymentTerms(provider="manual", method=METHODS[b % 5] or "card-ok")
            self.do(RetryPayment(order_id=found.order_id, payment=terms, at=self.now))

    def goodwill(self, a: int, b: int, c: int, _d: int) -> None:
        found = self._order(a)
        if found is not None and found.payments:
            payment_id, amount = found.payments[-1], Money(1 + 77 * c, found.currency)
            key = f"{payment_id}.goodwill{b % 3}"
            self.do(RequestStep(payment_id=payment_id, key=key, step=Step.REFUND, amount=amount, at=self.now))

    def pick(self, a: int, b: int, _c: int, _d: int) -> None:
        found = self._work(a)
        if found is None:
            return
        due = self.oms.look(FulfillmentOrder, found).to_pick
        units = tuple(each._replace(units=1) for each in due) if b % 3 == 0 else ()
        self.do(PickUnits(fulfillment_id=found, units=units, at=self.now))

    def pack(self, a: int, _b: int, _c: int, _d: int) -> None:
        found = self._work(a)
        if found is not None:
            self.do(PackBoxes(fulfillment_id=found, at=self.now))

    def ship(self, a: int, _b: int, _c: int, _d: int) -> None:
        found = self._work(a)
        if found is not None:
            self.do(HandOver(fulfillment_id=found, at=self.now))

    def send(self, a: int, _b: int, _c: int, _d: int) -> None:
        """The whole way of one fulfillment order."""
        found = self._work(a)
        if found is not None:
            self.oms.run_due()
            self.do(PickUnits(fulfillment_id=found, at=self.now))
            self.do(PackBoxes(fulfillment_id=found, at=self.now))
            self.oms.run_due()
            self.do(HandOver(fulfillment_id=found, at=self.now))

    def request_return(self, a: int, b: int, c: int, d: int) -> None:
        found = self._order(a)
        if found is None:
            return
        return_id = ReturnId(f"r{len(self.returns) + 1}")
        lines = found.lines if d % 2 else found.lines[b % len(found.lines) :][:1]
        units = tuple(ReturnUnits(line.line_id, line.sku, 1 + c % 2) for line in lines)
        place = LocationId(PLACES[d % 2])
        if self.do(
            RequestReturn(
                return_id=return_id,
                order_id=found.order_id,
                location_id=place,
                units=units,
                reason="no",
                at=self.now,
                exchange=d % 3 == 0,
            )
        ):
            self.returns.append(return_id)

    def take_back(self, a: int, b: int, _c: int, _d: int) -> None:
        if self.returns:
            found = self.oms.look(Return, self.returns[a % len(self.returns)])
            units = tuple(ReturnUnits(line.line_id, line.sku, 1) for line in found.lines if line.due)
            self.do(ReceiveReturn(return_id=found.return_id, units=units if b % 2 else (), at=self.now))

    def dispose(self, a: int, b: int, c: int, _d: int) -> None:
        if self.returns:
            found = self.oms.look(Return, self.returns[a % len(self.returns)])
            fates = tuple(Disposition)
            units = tuple(
                DisposedUnits(line.line_id, 1 if b % 2 else line.seen, fates[(c + line.line_id) % 3])
                for line in found.lines
                if line.seen
            )
            self.do(DisposeReturn(return_id=found.return_id, units=units, at=self.now))

    def close_return(self, a: int, _b: int, _c: int, _d: int) -> None:
        if self.returns:
            self.do(CloseReturn(return_id=self.returns[a % len(self.returns)], at=self.now))

    def _document(self) -> StockDocumentId:
        self.documents += 1
        return StockDocumentId(f"s{self.documents}")

    def receive(self, a: int, b: int, c: int, d: int) -> None:
        pool = "market" if d % 3 == 0 else "general"
        receive(self.oms, PLACES[a % 2], {SKUS[b % 3]: 1 + c}, document=self._document(), pool=pool)

    def adjust(self, a: int, b: int, c: int, d: int) -> None:
        units = 1 + c if d % 2 else -1 - c
        self.do(
            AdjustStock(
                document_id=self._document(),
                location_id=LocationId(PLACES[a % 2]),
                sku=SKUS[b % 3],
                units=units,
                reason=AdjustReason.FOUND if units > 0 else AdjustReason.LOST,
                at=self.now,
            )
        )

    def transfer(self, a: int, b: int, c: int, _d: int) -> None:
        document = self._document()
        places = PLACES if a % 2 else PLACES[::-1]
        if self.do(
            SendTransfer(
                document_id=document,
                origin=LocationId(places[0]),
                target=LocationId(places[1]),
                lines=(StockLine(SKUS[b % 3], "general", 1 + c % 3),),
                at=self.now,
            )
        ):
            self.transfers.append(document)

    def arrive(self, a: int, b: int, _c: int, _d: int) -> None:
        if self.transfers:
            found = self.oms.look(StockDocument, self.transfers[a % len(self.transfers)])
            lines = tuple(line._replace(units=1) if b % 2 else line for line in found.in_transit)
            self.do(ReceiveTransfer(document_id=found.document_id, lines=lines, at=self.now))

    def count(self, a: int, b: int, c: int, d: int) -> None:
        place = LocationId(PLACES[a % 2])
        self.do(
            CountStock(document_id=self._document(), location_id=place, sku=SKUS[b % 3], counted=c + d, at=self.now)
        )

    def fill_cart(self, a: int, b: int, c: int, d: int) -> None:
        channel = CHANNELS[d % 2]
        self.do(SetCartLine(cart_id=CartId(f"c{a % 3}"), channel=channel, sku=SKUS[b % 3], units=c % 5, at=self.now))

    def checkout(self, a: int, _b: int, _c: int, _d: int) -> None:
        self.do(BeginCheckout(cart_id=CartId(f"c{a % 3}"), at=self.now))

    def run_due(self, _a: int, _b: int, _c: int, _d: int) -> None:
        self.oms.run_due()

    def minutes(self, a: int, _b: int, _c: int, d: int) -> None:
        """The clock jumps; nobody sweeps unless `d` says so."""
        clock = self.oms.clock
        assert isinstance(clock, VirtualClock)
        if d % 2:
            pass_time(self.oms, minutes=7 * a)
        else:
            clock.set(clock.now() + timedelta(minutes=7 * a))

    def days(self, a: int, _b: int, _c: int, _d: int) -> None:
        pass_time(self.oms, days=a % 5)


NAMES = (
    *("place",) * 4,
    *("order_cart", "exchange", "cancel_units", "cancel_order", "hold", "release", "retry_payment", "goodwill"),
    *("place_kits", "fill_cart_with_kits", "cancel_kits"),
    *("pick", "pack", "ship", "source_from", "review"),
    *("send",) * 4,
    *("request_return",) * 2,
    *("take_back", "dispose") * 2,
    *("close_return", "receive", "adjust", "transfer", "arrive", "count", "checkout"),
    *("fill_cart",) * 2,
    *("run_due", "minutes", "days") * 2,
)
small = st.integers(0, 7)
steps = st.builds(LifeStep, st.sampled_from(NAMES), small, small, small, small)
lives = st.lists(steps, min_size=5, max_size=40)
