"""The world as one unit of work has left it so far: what it looks at, remembered with the version it was read at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, TypeVar

from omscore.border import without_card_numbers
from omscore.engine.contexts import BY_STATE, context_of
from omscore.engine.desk import Desk
from omscore.engine.reader import Foreseen, Sight
from omscore.errors import NotFoundError
from omscore.flows.world import FlowPolicy
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import FulfillmentId, OrderId, PaymentId, PersonId, ReturnId
from omscore.inventory.model import ListedItem
from omscore.items import Item
from omscore.orders.model import Order
from omscore.parties import NewsKind, Person
from omscore.payments.model import Captures, Payment
from omscore.ports.rows import levels_after
from omscore.ports.storage import StockLevel
from omscore.quantities import Move, net_changes
from omscore.returns.model import Return, exchange_name
from omscore.reviews.model import OrderReview
from omscore.routing.queues import Queue

S = TypeVar("S")
NEW = (0, None)
"""Version and state of a stream that does not exist."""


class View:
    """What is read of the world; what the unit has done so far is in it.

    Shape: `again` says that a commit of this command met somebody else's before. What the commit checks anyway is then
    looked at beforehand, to refuse it with a better word. `records` are version and state of each stream that was
    looked at, as the unit has left it; 0 and None where there is none.
    """

    def __init__(self, desk: Desk, at: datetime, *, again: bool = False) -> None:
        self.desk = desk
        self.again = again
        self.at = at
        self.records: dict[str, tuple[int, Any]] = {}
        self._before: dict[str, tuple[int, Any]] = {}
        self._levels: Sequence[StockLevel] = ()
        self._levelled: Set[str] = frozenset()
        self._people: Mapping[PersonId, Person | None] = {}
        self._moves: list[Move] = []

    @property
    def policy(self) -> FlowPolicy:
        return self.desk.shop.flows

    def order(self, order_id: OrderId) -> Order:
        order: Order | None = self.records.get(f"order/{order_id}", NEW)[1]
        return self.get(Order, order_id) if order is None else order

    def payment(self, payment_id: PaymentId) -> Payment:
        return self.get(Payment, payment_id)

    def work(self, fulfillment_id: FulfillmentId) -> FulfillmentOrder:
        return self.get(FulfillmentOrder, fulfillment_id)

    def rma(self, return_id: ReturnId) -> Return:
        return self.get(Return, return_id)

    def review(self, order_id: OrderId) -> OrderReview:
        return self.get(OrderReview, order_id)

    def items(self, skus: Iterable[str]) -> dict[str, Item]:
        """The items by SKU, read in one go. Raises: NotFoundError for the first that is not listed."""
        found: dict[str, Item] = {}
        records, skus = self.records, tuple(skus)
        for sku in skus:
            listed: ListedItem | None = records.get(f"item/{sku}", NEW)[1]
            if listed is None:
                return self._items_read(skus)
            found[sku] = listed.item
        return found

    def _items_read(self, skus: Iterable[str]) -> dict[str, Item]:
        wanted = {sku: f"item/{sku}" for sku in skus}
        self.prepare(wanted.values())
        found = {}
        for sku, stream in wanted.items():
            listed: ListedItem | None = self.records[stream][1]
            if listed is None:
                raise NotFoundError(
                    f"item {without_card_numbers(sku)!r} is not known; list it first (ListItem)",
                    code="item.unknown",
                    sku=sku,
                )
            found[sku] = listed.item
        return found

    def foresee(self, sight: Sight, foreseen: Foreseen) -> None:
        """Take what was looked up beforehand for what this unit would look up."""
        self.records.update(dict.fromkeys(foreseen.streams, NEW))
        self.records.update(sight.states)
        self._levels, self._levelled = sight.levels, frozenset(foreseen.skus)
        self._people = sight.people

    def person(self, person_id: PersonId) -> Person | None:
        """The person behind an id; None when they were never told, or are forgotten."""
        if person_id in self._people:
            return self._people[person_id]
        return self.desk.reader.person(person_id)

    def is_waited_for(self, sku: str) -> bool:
        return bool(self.desk.reader.listed("waiting", sku, limit=1))

    def captures(self, provider: str) -> Captures:
        return self.desk.captures.get(provider, Captures.EACH_SHIPMENT)

    def queue(self, name: str) -> Queue | None:
        return self.desk.shop.queue(name)

    def pays_later(self, provider: str) -> bool:
        return provider in self.desk.paying_later

    def tells(self, channel: str, kind: NewsKind) -> bool:
        return kind in self.desk.telling.get(channel, ())

    def exchange_order(self, return_id: ReturnId) -> OrderId | None:
        stream = self.desk.reader.claimed(exchange_name(return_id))
        return OrderId(stream.partition("/")[2]) if stream else None

    def find(self, kind: type[S], identity: str) -> S | None:
        """The record as this unit has left it; None when there is none."""
        stream = f"{context_of(kind).prefix}/{identity}"
        if stream not in self.records:
            self.prepare([stream])
        state: S | None = self.records[stream][1]
        return state

    def get(self, kind: type[S], identity: str) -> S:
        """The record as this unit has left it. Raises: NotFoundError."""
        state = self.find(kind, identity)
        if state is None:
            raise NotFoundError(
                f"there is no {BY_STATE[kind].prefix} {without_card_numbers(identity)!r}; check the id",
                code=f"{BY_STATE[kind].prefix}.unknown",
            )
        return state

    def prepare(self, streams: Iterable[str]) -> None:
        """Read many streams at once that will be looked at soon."""
        missing = [stream for stream in streams if stream not in self.records]
        if missing:
            found = self.desk.reader.read(missing)
            self.records.update(dict.fromkeys(missing, NEW))
            self.records.update(found)

    def expect_new(self, *streams: str) -> None:
        """Take it that these streams do not exist yet: the commit checks it, and is tried again if one does."""
        if self.again:
            self.prepare(streams)
        else:
            self.records.update(dict.fromkeys(streams, NEW))

    def begin(self, stream: str) -> None:
        """Take it that this stream does not exist, without ever looking: there is no better word to refuse it with."""
        self.records[stream] = NEW

    def stock(self, skus: Sequence[str]) -> Sequence[StockLevel]:
        """The levels of these SKUs as this unit has left them."""
        levels, wanted = self._levels, frozenset(skus)
        if not wanted <= self._levelled:
            levels = self.desk.reader.stock(skus)
        elif wanted != self._levelled:
            levels = [level for level in levels if level.sku in wanted]
        return levels_after(levels, net_changes(self._moves), skus) if self._moves else levels

    def stock_anew(self, skus: Sequence[str]) -> Sequence[StockLevel]:
        """The same as they are now, whatever was looked up beforehand."""
        self._levelled = frozenset()
        levels = self.desk.reader.stock_anew(skus)
        return levels_after(levels, net_changes(self._moves), skus) if self._moves else levels

    def is_outrun(self) -> bool:
        """True when a record that was looked at is another one by now."""
        first = {**self.records, **self._before}
        seen = {stream: version for stream, (version, _) in first.items() if version}
        found = self.desk.reader.read(tuple(seen))
        return any([found.get(stream, NEW)[0] != version for stream, version in seen.items()])
