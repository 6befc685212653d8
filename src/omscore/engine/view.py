"""The world as one unit of work has left it so far: what it looks at, remembered with the version it was read at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
_NEW = (0, None)


class View:
    """What is read of the world; what the unit has done so far is in it.

    Shape: `again` says that a commit of this command met somebody else's before. What the commit checks anyway is then
    looked at beforehand, to refuse it with a better word.
    """

    def __init__(self, desk: Desk, at: datetime, *, again: bool = False) -> None:
        self.desk = desk
        self.again = again
        self.at = at
        self._states: dict[str, Any] = {}
        self._first: dict[str, tuple[int, Any]] = {}
        self._levels: dict[str, list[StockLevel]] = {}
        self._people: Mapping[PersonId, Person | None] = {}
        self._moves: list[Move] = []

    @property
    def policy(self) -> FlowPolicy:
        return self.desk.shop.flows

    def order(self, order_id: OrderId) -> Order:
        order: Order | None = self._states.get(f"order/{order_id}")
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
        states, skus = self._states, tuple(skus)
        for sku in skus:
            listed: ListedItem | None = states.get(f"item/{sku}")
            if listed is None:
                return self._items_read(skus)
            found[sku] = listed.item
        return found

    def _items_read(self, skus: Iterable[str]) -> dict[str, Item]:
        wanted = {sku: f"item/{sku}" for sku in skus}
        self.prepare(wanted.values())
        found = {}
        for sku, stream in wanted.items():
            listed: ListedItem | None = self._states[stream]
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
        first, states, seen = self._first, self._states, sight.states
        for stream in foreseen.streams:
            first[stream] = record = seen.get(stream, _NEW)
            states[stream] = record[1]
        levels: dict[str, list[StockLevel]] = {sku: [] for sku in foreseen.skus}
        for level in sight.levels:
            levels[level.sku].append(level)
        self._levels = levels
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
        if stream not in self._states:
            self.prepare([stream])
        state: S | None = self._states[stream]
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
        missing = [stream for stream in streams if stream not in self._states]
        if missing:
            found = self.desk.reader.read(missing)
            for stream in missing:
                version, state = found.get(stream, (0, None))
                self._first[stream] = (version, state)
                self._states[stream] = state

    def expect_new(self, *streams: str) -> None:
        """Take it that these streams do not exist yet: the commit checks it, and is tried again if one does."""
        if self.again:
            self.prepare(streams)
        else:
            for stream in streams:
                self._first[stream], self._states[stream] = _NEW, None

    def begin(self, stream: str) -> None:
        """Take it that this stream does not exist, without ever looking: there is no better word to refuse it with."""
        self._first[stream], self._states[stream] = _NEW, None

    def stock(self, skus: Sequence[str]) -> Sequence[StockLevel]:
        """The levels of these SKUs as this unit has left them."""
        known = self._levels
        levels: Sequence[StockLevel]
        if known and known.keys() >= set(skus):
            levels = [level for sku in sorted(set(skus)) for level in known[sku]]
        else:
            levels = self.desk.reader.stock(skus)
        return levels_after(levels, net_changes(self._moves), skus) if self._moves else levels

    def stock_anew(self, skus: Sequence[str]) -> Sequence[StockLevel]:
        """The same as they are now, whatever was looked up beforehand."""
        levels = self.desk.reader.stock_anew(skus)
        if self._levels:
            self._levels |= {sku: [level for level in levels if level.sku == sku] for sku in skus}
        return levels_after(levels, net_changes(self._moves), skus) if self._moves else levels

    def is_outrun(self) -> bool:
        """True when a record that was looked at is another one by now."""
        seen = {stream: version for stream, (version, _) in self._first.items() if version}
        found = self.desk.reader.read(tuple(seen))
        return any([found.get(stream, _NEW)[0] != version for stream, version in seen.items()])
