"""The audit itself: one walk over all streams in the order of their names, then over stock rows, answers and claims.

Streamed: besides one record at a time it keeps the units of every cell, a few numbers per order line, and what is still
to be met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from omscore.audit.answers import check_answers
from omscore.audit.checkpoints import CheckpointWalk
from omscore.audit.claims import ClaimBook
from omscore.audit.findings import Findings, Law, Report
from omscore.audit.holds import HoldBook
from omscore.audit.index import IndexWalk
from omscore.audit.invoices import InvoiceBook
from omscore.audit.money import MoneyBook
from omscore.audit.orders import OrderBook
from omscore.audit.references import References
from omscore.audit.stock import StockBook
from omscore.audit.streams import Replayed, replayed
from omscore.billing.invoices import Invoice
from omscore.billing.ledger import Ledger
from omscore.billing.series import NumberSeries
from omscore.engine.contexts import shop_codec
from omscore.errors import DamageError
from omscore.fulfillment.model import FulfillmentOrder
from omscore.inventory.model import ListedItem, Reservation
from omscore.orders.carts import Cart
from omscore.orders.model import Order
from omscore.payments.model import Payment
from omscore.ports.storage import Storage, StorageReading, StoredEvent, TaskState
from omscore.returns.model import Return
from omscore.reviews.model import OrderReview
from omscore.routing.decisions import KeptDecision

PROGRESS_EVERY = 250
"""How many streams go by between two reports of progress."""


def audit(
    storage: Storage,
    *,
    now: datetime | None = None,
    anchors: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Everything in a store that breaks a law at this moment, place by place, while the shop may go on working.

    Shape: with `now` holds must not stand long after their time; each of the `anchors` must be the digest of a
    checkpoint; `progress` hears of streams done and streams in all.
    """
    found = Findings()
    counts: dict[str, int] = {}
    digest = ""
    try:
        with storage.snapshot() as view:
            for says in view.check_files():
                found.add(Law.FILE, "the store's file", says)
            counts = view.counts()
            walk = _Walk(view, counts, now, found)
            counts = counts | walk.along(anchors, progress or (lambda done, total: None))
            digest = walk.digest
    except DamageError as error:
        # What cannot be read cannot be held against anything, so the laws that were not reached stay unspoken.
        found.add(Law.FILE, "the store's file", str(error))
    return Report(findings=tuple(found.kept), counts=counts, left_off=found.left_off, digest=digest)


class _Walk:
    """One walk over one store, with the books it fills."""

    def __init__(self, storage: StorageReading, counts: dict[str, int], now: datetime | None, found: Findings) -> None:
        self.before = counts
        self._storage = storage
        self._found = found
        self._codec = shop_codec()
        tasks = frozenset(task.task_id for task in storage.all_tasks() if task.state != TaskState.DONE)
        checkpoints = tuple(storage.checkpoints())
        self.digest = checkpoints[-1].digest if checkpoints else ""
        self._checkpoints = CheckpointWalk(checkpoints, storage.heads(), found)
        self._claims = ClaimBook(storage, self._codec, found)
        self._holds = HoldBook(tasks, now, found)
        self._references = References(found)
        self._stock = StockBook(found)
        self._orders = OrderBook(tasks, self._references, found)
        self._money = MoneyBook(tasks, found)
        self._invoices = InvoiceBook(found)
        self._events = 0
        self._is_trusted = True

    def along(self, anchors: Sequence[str], progress: Callable[[int, int], None]) -> dict[str, int]:
        """Walk to the end; what was counted on the way."""
        total, done = self.before["streams"], 0
        index = IndexWalk(self._storage.index_entries(), self._found)
        progress(done, total)
        for done, stored in enumerate(self._storage.streams(), 1):
            self._checkpoints.begin(stored.stream)
            record = replayed(stored, self._log(stored.stream), self._codec, self._found)
            self._checkpoints.end_stream()
            self._is_trusted = self._is_trusted and record is not None and record.is_trusted
            index.beside(stored.stream, record)
            if record is not None:
                self._enter(record)
            if done % PROGRESS_EVERY == 0:
                progress(done, total)
        index.end()
        self._orders.end()
        self._references.end()
        self._money.end(self._orders)
        self._invoices.end()
        self._holds.end()
        self._checkpoints.end(self.before, anchors)
        self._is_trusted = self._is_trusted and self._checkpoints.is_sound and self._events == self.before["events"]
        self._stock.compare(self._storage.stock_levels(), is_trusted=self._is_trusted)
        self._claims.end(is_trusted=self._is_trusted)
        check_answers(self._storage, self._codec, self._found)
        if self._events < self.before["events"]:
            self._name_strays()
        if done % PROGRESS_EVERY:
            progress(done, total)
        return {
            "orders": len(self._orders),
            "checkpoints": self._checkpoints.count,
            "entries": self._money.entries,
            "index_entries": index.count,
            "units_on_hand": self._stock.on_hand,
            **{f"inventory_minor.{currency}": minor for currency, minor in sorted(self._money.inventory_minor.items())},
        }

    def _log(self, stream: str) -> Iterator[StoredEvent]:
        for event in self._storage.events(stream=stream):
            self._events += 1
            self._checkpoints.event(event.version, event.chain)
            yield event

    def _enter(self, record: Replayed) -> None:
        try:
            self._stock.moved(record.moves)
            self._money.moved(record.owner, record.moves)
            self._stock.promised(record.state)
            self._enter_state(record)
        except Exception as error:  # a changed record may break anything that trusted it
            self._found.add(Law.REPLAY, record.stream, f"the record cannot be checked: {error!r}")

    def _enter_state(self, record: Replayed) -> None:
        match record.state:
            case Order() as order:
                self._orders.order(order)
                self._money.order(order, record.events)
                self._claims.order(order, record)
            case FulfillmentOrder() as work:
                self._orders.work(work)
            case Return() as rma:
                self._orders.rma(rma)
            case OrderReview() as review:
                self._orders.review(review)
            case Payment() as payment:
                self._references.is_of(record.stream, payment.order_id)
                self._money.payment(payment, record.events)
            case Cart() as cart:
                self._holds.cart(cart)
            case Reservation() as hold:
                self._holds.hold(hold, record.events)
            case KeptDecision() as kept:
                self._references.is_of(record.stream, kept.order_id)
            case ListedItem() as listed:
                self._money.item(listed)
            case Ledger() as ledger:
                self._money.ledger(ledger)
                self._invoices.ledger(record.events)
            case Invoice() as invoice:
                self._claims.invoice(invoice, record)
                self._invoices.invoice(invoice)
            case NumberSeries():
                self._invoices.series(record.events)
            case _:
                pass

    def _name_strays(self) -> None:
        """Name the events that no stream led to."""
        known = ""
        for event in self._storage.events():
            if event.stream != known and event.stream not in self._storage.load([event.stream], {event.stream: 1}):
                self._found.add(
                    Law.LOG, f"{event.stream} event {event.version}", f"{event.name} belongs to no stream that is there"
                )
            else:
                known = event.stream
