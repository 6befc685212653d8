"""Lives through a plan on a virtual clock: stock and orders come in, warehouses work, parcels arrive, money moves.

Every command has a key made from the file, and every finished day leaves its mark, both in the store. A replay that was
killed therefore goes on in the day it was killed in, and what was done in it already is answered instead of done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from omscore.app import Oms
from omscore.billing.ledger import PostEntry
from omscore.billing.posting import fee_entry
from omscore.cli.replay.catalogue import items_of, persons_of
from omscore.cli.replay.errands import Errands
from omscore.cli.replay.fates import CURRENCY
from omscore.cli.replay.invoices import Invoice, fee_minor
from omscore.cli.replay.matching import Errand
from omscore.cli.replay.plan import Plan
from omscore.cli.replay.selling import Sales
from omscore.cli.replay.shift import work_off
from omscore.cli.replay.supply import POOL, Receipt, monday, planned_receipts, week_of
from omscore.customers.model import RegisterCustomer
from omscore.errors import SetupError
from omscore.ids import StockDocumentId
from omscore.inventory.commands import ListItem, ReceiveStock
from omscore.inventory.model import StockLine
from omscore.money import Money
from omscore.orders.model import Order
from omscore.ports.clock import VirtualClock
from omscore.ports.storage import Commit

GROUP = 50
"""How many invoices become durable together."""
MORNING, NOON, SHIFT, NIGHT = time(6), time(12), time(17), time(23, 30)
LONGEST_SETTLING = timedelta(days=90)
"""How long after the last invoice the last parcel may take."""

Progress = Callable[[int, datetime], None]
"""Told how many more rows are done, and the virtual moment."""


class Driver:
    """One replay of one plan in one shop."""

    def __init__(self, oms: Oms, clock: VirtualClock, plan: Plan, progress: Progress) -> None:
        self._oms = oms
        self._clock = clock
        self._plan = plan
        self._progress = progress
        main = oms.shop.locations[0].location_id
        homes = {
            location.country: location.location_id for location in reversed(oms.shop.locations) if location.may_ship
        }
        self._main = main
        self._sales = Sales(oms.shop)
        self._receipts = planned_receipts(plan.invoices, plan.first_day, homes, main)
        self._items = items_of(plan.invoices)
        self._persons = persons_of(plan.invoices)
        self._registered: set[str] = set()
        self._waiting: list[Errand] = []
        self.errands = Errands(oms, main)

    def run(self) -> None:
        """Everything from the opening of the shop to the last delivery.

        Raises: SetupError when the store holds something else than this file's replay.
        """
        self._open()
        by_day: dict[date, list[Invoice]] = {}
        for invoice in self._plan.invoices:
            by_day.setdefault(invoice.at.date(), []).append(invoice)
        day = self._plan.first_day
        while day <= self._plan.last_day:
            self._day(day, by_day.get(day, []))
            day += timedelta(days=1)
        while not self._is_settled(day):
            self._day(day, [])
            day += timedelta(days=1)

    # The calendar

    def _open(self) -> None:
        """List the items and fill the shelves, once."""
        seal = f"uci:file:{self._plan.seal}"
        if self._oms.storage.answer(seal) is None and self._oms.storage.counts()["streams"]:
            raise SetupError("the database holds something else than a replay of these rows; give --db a new path")
        self._clock.set(_at(self._plan.first_day, time(0)))
        if self._is_done("uci:opened"):
            return
        now = self._clock.now()
        self._mark(seal)
        with self._oms.together():
            for item in self._items:
                self._oms.do(ListItem(item=item, at=now), key=f"uci:item:{item.sku}")
        self._receive(0)
        self._mark("uci:opened")

    def _day(self, day: date, invoices: list[Invoice]) -> None:
        mark = f"uci:day:{day}"
        if self._is_done(mark):
            for invoice in invoices:
                self._recall(invoice)
            self._clock.set(_at(day, NIGHT))
            return
        self._clock.set(max(self._clock.now(), _at(day, time(0))))
        rest = iter(invoices)
        upcoming = next(rest, None)
        for hour, act in ((MORNING, self._morning), (NOON, self._noon), (SHIFT, self._shift), (NIGHT, self._noon)):
            moment = _at(day, hour)
            early = []
            while upcoming is not None and upcoming.at < moment:
                early.append(upcoming)
                upcoming = next(rest, None)
            self._take(early)
            self._clock.set(max(self._clock.now(), moment))
            act(day)
        if upcoming is not None:
            self._take([upcoming, *rest])
        self._mark(mark)
        self._progress(0, self._clock.now())

    def _morning(self, day: date) -> None:
        week = week_of(day, self._plan.first_day)
        if day == monday(day) and week:
            self._receive(week)
        if day == self._last_receipt:
            self._receive_rest()
        self._oms.run_due()

    def _noon(self, _day: date) -> None:
        self._oms.run_due()
        with self._oms.together():
            self._waiting = [errand for errand in self._waiting if not self.errands.tried(errand)]
        self._oms.run_due()

    def _shift(self, day: date) -> None:
        self._oms.run_due()
        work_off(
            self._oms,
            self._clock,
            [location.location_id for location in self._oms.shop.locations if location.calendar.is_open(day)],
        )

    @property
    def _last_receipt(self) -> date:
        """The Monday on which all that is still missing comes, after the last planned one."""
        return monday(self._plan.last_day) + timedelta(days=14)

    def _is_settled(self, day: date) -> bool:
        if day > self._plan.last_day + LONGEST_SETTLING:
            return True
        if day <= self._last_receipt or self._waiting or self._oms.storage.next_due() is not None:
            return False
        return not any(
            self._oms.storage.listed("work", location.location_id, limit=1) for location in self._oms.shop.locations
        )

    # Invoices

    def _take(self, invoices: Iterable[Invoice]) -> None:
        for group in _groups(invoices):
            with self._oms.together():
                for invoice in group:
                    self._clock.set(max(self._clock.now(), invoice.at))
                    self._invoice(invoice)
            self._oms.run_due()
            self._progress(sum(invoice.rows for invoice in group), self._clock.now())

    def _invoice(self, invoice: Invoice) -> None:
        for row in invoice.fees:
            entry = fee_entry(
                entry_id=f"uci-{invoice.number}.row{row.number}",
                at=invoice.at,
                reference=invoice.number,
                says=row.title or row.code,
                amount=Money(fee_minor(row), CURRENCY),
            )
            owner = f"uci-{invoice.number}.fees"
            self._oms.do(
                PostEntry(owner=owner, entry=entry, at=invoice.at), key=f"uci:{invoice.number}:fee:{row.number}"
            )
        if invoice.lines:
            if invoice.customer and invoice.customer not in self._registered:
                self._registered.add(invoice.customer)
                person = self._persons[invoice.customer]
                self._oms.do(RegisterCustomer(person=person, at=invoice.at), key=f"uci:customer:{invoice.customer}")
            self._oms.do(self._sales.placed(invoice), key=f"uci:{invoice.number}:place")
        for errand in self._plan.errands.get(invoice.number, ()):
            if not self.errands.tried(errand):
                self._waiting.append(errand)

    def _recall(self, invoice: Invoice) -> None:
        """What has to be known of an invoice of a day that was lived through before."""
        if invoice.lines and invoice.customer:
            self._registered.add(invoice.customer)
        for errand in self._plan.errands.get(invoice.number, ()):
            if not self.errands.is_done(errand):
                self._waiting.append(errand)
        self._progress(invoice.rows, invoice.at)

    # Stock

    def _receive(self, week: int) -> None:
        for receipt in self._receipts.get(week, ()):
            self._book(receipt, f"week {week}", f"uci-stock-{week}-{receipt.location_id}")

    def _receive_rest(self) -> None:
        """What still waits when the file has ended, in one last receipt."""
        missing: dict[str, int] = {}
        for item in self._items:
            for stream in self._oms.storage.listed("waiting", item.sku, limit=1_000_000):
                order = self._oms.look(Order, stream.partition("/")[2])
                missing[item.sku] = missing.get(item.sku, 0) + sum(
                    line.quantities.backordered for line in order.lines if line.sku == item.sku
                )
        document_id = "uci-stock-rest"
        if missing and not self._is_done(f"uci:{document_id}"):
            lines = tuple(StockLine(sku, POOL, units) for sku, units in missing.items())
            self._book(Receipt(self._main, lines), "what was missing", document_id)

    def _book(self, receipt: Receipt, says: str, document_id: str) -> None:
        receive = ReceiveStock(
            document_id=StockDocumentId(document_id),
            location_id=receipt.location_id,
            lines=receipt.lines,
            says=says,
            at=self._clock.now(),
        )
        self._oms.do(receive, key=f"uci:{document_id}")

    # Marks

    def _is_done(self, key: str) -> bool:
        return self._oms.storage.answer(key) is not None

    def _mark(self, key: str) -> None:
        """Leave a key in the store, as a commit that holds nothing else."""
        self._oms.storage.commit(Commit(at=self._clock.now(), command_key=key, fingerprint=self._plan.seal))


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, UTC)


def _groups(invoices: Iterable[Invoice]) -> Iterator[list[Invoice]]:
    rest = iter(invoices)
    while group := list(islice(rest, GROUP)):
        yield group
