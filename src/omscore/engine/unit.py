"""One unit of work: runs a command and all that follows from it, and comes to one commit.

A command is decided on by its context, or first planned (`engine.plans`) when it needs to look at stock, taxes or
routing. Every event is applied, then shown to every flow; what the flows ask for is run in the same unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, TypeVar

from omscore.border import without_card_numbers
from omscore.customers.model import Customer
from omscore.engine.contexts import BY_COMMAND, BY_STATE, context_of
from omscore.engine.desk import Desk
from omscore.engine.erptasks import erp_tasks
from omscore.engine.observing import tellings
from omscore.engine.reader import Foreseen, Sight
from omscore.engine.seen import seen_streams
from omscore.errors import NotFoundError
from omscore.flows import reactions_to
from omscore.flows.world import FlowPolicy, Later, TaskKind
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import FulfillmentId, OrderId, PaymentId, PersonId, ReturnId
from omscore.inventory.model import ListedItem
from omscore.items import Item
from omscore.orders.model import Order
from omscore.parties import NewsKind, Person
from omscore.payments.model import Captures, Payment
from omscore.ports.rows import levels_after
from omscore.ports.storage import (
    Claim,
    Commit,
    EventRecord,
    IndexEntry,
    Settlement,
    StockLevel,
    StreamChange,
    TaskRequest,
    VaultWrite,
)
from omscore.quantities import Move, net_changes
from omscore.records import maker
from omscore.returns.model import Return, exchange_name
from omscore.reviews.model import OrderReview
from omscore.routing.queues import Queue

_new_task_request = maker(TaskRequest)
_new_stream_change = maker(StreamChange)
_new_event_record = maker(EventRecord)

S = TypeVar("S")
_NEW = (0, None)
_NOTHING: Set[IndexEntry] = frozenset()


class Unit:
    """The world inside one commit being made; it satisfies `flows.world.World`.

    Shape: `again` says that a commit of this command met somebody else's before. What the commit checks anyway is then
    looked at beforehand, to refuse it with a better word.
    """

    def __init__(self, desk: Desk, at: datetime, *, again: bool = False) -> None:
        self.desk = desk
        self.again = again
        self.at = at
        self.events: list[Any] = []
        self._states: dict[str, Any] = {}
        self._first: dict[str, tuple[int, Any]] = {}
        self._written: dict[str, list[EventRecord]] = {}
        self._levels: dict[str, list[StockLevel]] = {}
        self._people: Mapping[PersonId, Person | None] = {}
        self._moves: list[Move] = []
        self._tasks: dict[str, TaskRequest] = {}
        self._claims: list[Claim] = []
        self._vault: list[VaultWrite] = []

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
        wanted = {sku: f"item/{sku}" for sku in skus}
        states = self._states
        self.prepare(wanted.values())
        found = {}
        for sku, stream in wanted.items():
            listed: ListedItem | None = states[stream]
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
        for stream in foreseen.streams:
            self._first[stream] = record = sight.states.get(stream, _NEW)
            self._states[stream] = record[1]
        self._levels = {sku: [] for sku in foreseen.skus}
        for level in sight.levels:
            self._levels[level.sku].append(level)
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
        if known and all([sku in known for sku in skus]):
            levels = [level for sku in sorted(set(skus)) for level in known[sku]]
        else:
            levels = self.desk.reader.stock(skus)
        return levels_after(levels, net_changes(self._moves), skus) if self._moves else levels

    def is_outrun(self) -> bool:
        """True when a record that was looked at is another one by now."""
        seen = {stream: version for stream, (version, _) in self._first.items() if version}
        found = self.desk.reader.read(tuple(seen))
        return any([found.get(stream, _NEW)[0] != version for stream, version in seen.items()])

    # What can be done

    def run(self, command: Any) -> None:
        """Run a command with everything that follows from it."""
        plan = self.desk.plans.get(type(command))
        if plan is None:
            self.decide(command)
        else:
            plan(self, command)

    def decide(self, command: Any) -> None:
        """Let the command's context decide, apply the events and show them to the flows."""
        context = BY_COMMAND[type(command)]
        stream = f"{context.prefix}/{context.id_of(command)}"
        if stream not in self._states:
            self.prepare([stream])
        state = self._states[stream]
        events = context.decide(state, command)
        if not events:
            return
        written = self._written.get(stream)
        if written is None:
            written = self._written[stream] = []
        first = self._first[stream][0] + len(written) + 1
        body_of, evolve, moving = self.desk.codec.event_body, context.evolve, context.moving
        for event in events:
            state = evolve(state, event)
            kind = type(event)
            written.append(_new_event_record(kind.__name__, event.at, body_of(event)))
            if kind in moving:
                self._moves.extend(event.moves())
        self._states[stream] = state
        self.events.extend(events)
        for version, event in enumerate(events, first):
            for react in reactions_to(type(event)):
                for wish in react(event, self):
                    if isinstance(wish, Later):
                        self.later(wish, version)
                    else:
                        self.run(wish)

    def claim(self, name: str, stream: str) -> None:
        """Take a unique outside name for a stream."""
        self._claims.append(Claim(name=name, stream=stream))

    def keep_private(self, person_id: PersonId, name: str, body: str) -> None:
        """Write a personal document to the vault, unless the person is forgotten by the time it is committed."""
        customer = self.find(Customer, person_id)
        if customer is None or customer.forgotten_at is None:
            self._vault.append(VaultWrite(person_id=person_id, name=name, body=body))

    def later(self, later: Later, version: int = 0) -> None:
        """Ask for a task that follows from an event of that version; kinds nobody is configured for are not asked."""
        task_id = later.task_id if later.task_id[-1] != "@" else f"{later.task_id}{version}"
        if later.kind in self.desk.served and task_id not in self._tasks:
            self._tasks[task_id] = _new_task_request(
                task_id=task_id,
                kind=later.kind.value,
                due_at=later.due_at,
                payload=self.desk.codec.text(dict(later.payload)),
            )

    # What it comes to

    def commit(
        self, *, key: str | None, fingerprint: str, answer: str, settlements: tuple[Settlement, ...] = ()
    ) -> Commit:
        """The whole unit as one commit."""
        desk = self.desk
        if TaskKind.ERP in desk.served:
            self._ask(erp_tasks(self.events, self.order, self.changed(), desk.served, desk.codec, self.at))
        if desk.told:
            self._ask(tellings(desk.told, self._written, self.changed(), self.at))
        return Commit(
            at=self.at,
            command_key=key,
            fingerprint=fingerprint,
            answer=answer,
            changes=tuple([self._change(stream, records) for stream, records in self._written.items()]),
            moves=tuple(self._moves),
            tasks=tuple(self._tasks.values()),
            claims=tuple(self._claims),
            settlements=settlements,
            vault=tuple(self._vault),
            unchanged=seen_streams(self._first, self._written, self._vault),
        )

    def changed(self) -> Mapping[str, int]:
        """The streams written to and their new versions."""
        return {stream: self._first[stream][0] + len(records) for stream, records in self._written.items()}

    def left(self, commit: Commit) -> dict[str, Any]:
        """The states in which the commit of this unit leaves its streams."""
        return {change.stream: self._states[change.stream] for change in commit.changes}

    def _change(self, stream: str, records: list[EventRecord]) -> StreamChange:
        version, before = self._first[stream]
        after = self._states[stream]
        listed = BY_STATE[type(after)].listed
        now = set(listed(after))
        was = _NOTHING if before is None else set(listed(before))
        return _new_stream_change(
            stream=stream,
            expected_version=version,
            state=self.desk.codec.text(after),
            events=tuple(records),
            listed=tuple(sorted(now - was)) if now else (),
            unlisted=tuple(sorted(was - now)) if was else (),
        )

    def _ask(self, tasks: Iterable[Later]) -> None:
        for later in tasks:
            self.later(later)
