"""A shop with everything switched on at once, on any store, worked by two programs that die and lose answers.

Reviewers, cards and bank transfers, kits, returns, exchanges, goods that are due, invoices, messages to channels,
manifests, pickups, labels given back, letters, and customers who are forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from omscore.app import Oms, open_shop
from omscore.billing.invoices import IssueInvoices
from omscore.customers.model import RegisterCustomer
from omscore.engine.plans.wishes import CloseDay, SchedulePickup, TellStock
from omscore.errors import NotFoundError, PortError, RefusedError, StockShortError
from omscore.fulfillment.bookings import CancelPickup
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits, RejectWork, VoidLabel
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import LocationId, ManifestId, OrderId, PersonId, PickupId, ReturnId
from omscore.money import Money
from omscore.orders.attributes import CHANNEL_MESSAGE, Attribute
from omscore.orders.commands import PaymentTerms, ReleaseHold
from omscore.orders.model import HoldKind, Order
from omscore.parties import Person
from omscore.payments.callbacks import RecordCallback
from omscore.payments.commands import RequestStep
from omscore.payments.model import AttemptState, Payment, Step
from omscore.places import Address
from omscore.plugins import PortKind
from omscore.plugins.discovery import Plugins
from omscore.ports.clock import VirtualClock
from omscore.ports.storage import Storage
from omscore.returns.commands import DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, Return, ReturnUnits
from omscore_adapters.channel_table import TableSettings
from omscore_adapters.payment_manual import ManualPayments
from omscore_adapters.payment_transfer import TransferPayments
from tests.billing.sales import INVOICING
from tests.kit.depots import DeadError
from tests.kit.rough import RoughPort, RoughStore, Weather
from tests.kit.shops import CUP, NOON, RATES, SHOP, TEA, order, receive, stock_up
from tests.laws.bench import Offer, Outbox
from tests.laws.checks import records
from tests.laws.life import CHANNELS, PLACES, Life, LifeStep
from tests.laws.witnesses import Depot, Doubter, Ear, Ledgers, Listening
from tests.testing.sound_carrier import SoundCarrier

ON = """
[flows]
promise_from_supply = true
tell_delivered = true
tell_delayed = true
tell_low_stock = true
remind_cart_after_hours = 5
invoice_due_days = 3
remind_invoice_days = [0, 2, 5]
[intake.web.ear]
mapping = "csv.toml"
[intake.market.ear]
mapping = "csv.toml"
"""
MAPPING = """
format = "csv"
[fields]
reference = "order"
sku = "article"
units = "qty"
unit_price = "price"
[values]
currency = "EUR"
country = "DE"
"""
METHODS = ("card-ok", "card-ok", "card-timeout", "card-late", None, "invoice", "invoice", "card-declined")
LET_GO = (HoldKind.HELD_BY_REVIEWER, HoldKind.UNDER_REVIEW, HoldKind.FRAUD, HoldKind.REVIEW, HoldKind.CAPTURE_FAILED)


class Everything(Life):
    """One such shop, its two programs, and all that lies behind their ports."""

    program_count = 2
    reviewer_names: tuple[str, ...] = ("acme", "zoll")

    def __init__(self, folder: Path, store: Storage, seed: int) -> None:
        self.lot = Random(seed)  # noqa: S311 (repeatable, guards nothing)
        self.weather = self._weather()
        self.store, self.folder, self.clock = store, folder, VirtualClock(NOON)
        self.bank, self.carrier, self.books, self.outbox = ManualPayments(), Depot(), Ledgers(), Outbox()
        self.reviewers = {name: Doubter(self.lot) for name in self.reviewer_names}
        self.people: list[PersonId] = []
        self.deaths = self.papers = 0
        (folder / "shop.toml").write_text('rejects = "rejects"\n' + SHOP + INVOICING + ON, encoding="utf-8")
        (folder / "rates.csv").write_text(RATES, encoding="utf-8")
        (folder / "csv.toml").write_text(MAPPING, encoding="utf-8")
        self.ear = Ear(TableSettings(mapping=folder / "csv.toml"))
        self._stack = ExitStack()
        super().__init__(self._opened())
        stock_up(self.oms)
        receive(self.oms, "MUC", {TEA: 40, CUP: 30}, document="more")

    def close(self) -> None:
        self._stack.close()

    def _weather(self) -> Weather:
        return Weather(self.lot)

    def _rough_store(self) -> RoughStore:
        return RoughStore(self.store, self.weather)

    def _opened(self) -> Oms:
        """All programs anew; the first one of them."""
        self._stack.close()
        carried = [name for name in dir(SoundCarrier) if not name.startswith("_") and callable(getattr(Depot, name))]
        calls: dict[tuple[PortKind, str], tuple[object, Sequence[str]]] = {
            (PortKind.PAYMENT, "manual"): (self.bank, ("send", "look_up")),
            (PortKind.PAYMENT, "transfer"): (TransferPayments(), ("send", "look_up")),
            (PortKind.NOTICE, "outbox"): (self.outbox, ("send",)),
            (PortKind.ERP, "books"): (self.books, ("post", "post_invoices")),
            (PortKind.CARRIER, "depot"): (self.carrier, carried),
        }
        for name, reviewer in self.reviewers.items():
            calls[PortKind.REVIEW, name] = (reviewer, ("review", "look_up_review"))
        ports: dict[tuple[PortKind, str], object] = {
            key: RoughPort(port, self.weather, *names) for key, (port, names) in calls.items()
        }
        ports[PortKind.STORAGE, "rough"] = self._rough_store()
        overrides: dict[str, Any] = {"storage": {"rough": {}}, "payment": {"manual": {}, "transfer": {}}}
        overrides |= {"notices": {"outbox": {}}, "erp": {"books": {}}, "carrier": {"depot": {}}}
        overrides |= {"reviewers": {name: {} for name in self.reviewers}}
        plugins = Plugins()
        plugins.register(Offer(ports))
        plugins.register(Listening(RoughPort(self.ear, self.weather, "tell")))
        config = self.folder / "shop.toml"
        self.programs = [
            self._stack.enter_context(open_shop(config, clock=self.clock, overrides=overrides, plugins=plugins))
            for _ in range(self.program_count)
        ]
        return self.programs[0]

    def live(self, step: LifeStep) -> None:
        """Do one step in one of the programs; what dies is started again, once its leases have run out."""
        self.oms = self.lot.choice(self.programs)
        self._tried(lambda: super(Everything, self).live(step))

    def until(self, span: timedelta) -> None:
        """Time passes, task by task."""
        end = self.clock.now() + span
        while (due := self.store.next_due()) is not None and due <= end:
            self.clock.set(max(self.clock.now(), due))
            self._tried(lambda: self.lot.choice(self.programs).run_due())
        self.clock.set(max(end, self.clock.now()))

    def _tried(self, act: Any) -> None:
        try:
            act()
        except StockShortError:
            self.refused["short"] += 1
        except (DeadError, PortError):
            self.deaths += 1
            self.oms = self._opened()
            self.clock.set(self.clock.now() + timedelta(seconds=31))
            self.orders = [OrderId(each.stream[6:]) for each in self.store.streams("order/")]
            self.returns = [ReturnId(each.stream[7:]) for each in self.store.streams("return/")]

    def days(self, a: int, _b: int, _c: int, _d: int) -> None:
        self.until(timedelta(days=a % 3))

    def minutes(self, a: int, _b: int, _c: int, _d: int) -> None:
        self.until(timedelta(minutes=7 * a))

    def _place(self, units: dict[str, int], d: int, **more: Any) -> None:
        number = len(self.orders) + 1
        order_id, channel = f"o{number}", CHANNELS[d % len(CHANNELS)]
        currency = self.oms.shop.channel(channel).currency
        method = self.lot.choice(METHODS)
        if d % 2:
            more |= {"shipping": Money(495, currency), "discount": Money(33, currency)}
        if channel in ("web", "market") and d % 3:
            more |= {"attributes": (Attribute(CHANNEL_MESSAGE, f"m{number}"),), "reference": f"ref{number}"}
        price = "997" if currency == "JPY" else "10.01"
        payment = PaymentTerms(provider="transfer" if method == "invoice" else "manual", method=method or "")
        more |= {"payment": payment if method else None, "person_id": self._person()}
        if self.do(order(self.oms, units, order_id=order_id, channel=channel, price=price, **more)):
            self.orders.append(OrderId(order_id))

    def _person(self) -> PersonId:
        if self.people and self.lot.random() < 0.4:
            return self.lot.choice(self.people)
        person_id, name = PersonId(f"p{len(self.people)}"), f"Canary{len(self.people)}Zeisig"
        home = Address(recipient=name, lines=(f"{name} street",), city="Berlin", postcode="10115", country="DE")
        person = Person(person_id=person_id, name=name, mail=f"{name}@nest.example", addresses=(("home", home),))
        self.oms.do(RegisterCustomer(person=person, at=self.now))
        self.people.append(person_id)
        return person_id

    @property
    def forgotten(self) -> list[PersonId]:
        return [each.person_id for each in records(self.oms, "customer") if each.forgotten_at is not None]

    def forget(self, a: int, b: int, _c: int, _d: int) -> None:
        if self.people and b % 2:
            with suppress(RefusedError, NotFoundError):
                self.oms.forget(self.people[a % len(self.people)])

    def release(self, a: int, b: int, _c: int, _d: int) -> None:
        if (found := self._order(a)) is not None:
            self.do(ReleaseHold(order_id=found.order_id, kind=LET_GO[b % len(LET_GO)], at=self.now))

    def take_money(self, a: int, b: int, _c: int, _d: int) -> None:
        """Somebody captures a little by hand."""
        found = self._order(a)
        if found is not None and found.payments:
            payment_id, one = found.payments[-1], Money(100, found.currency)
            key = f"{payment_id}.by_hand{b}"
            self.do(RequestStep(payment_id=payment_id, key=key, step=Step.CAPTURE, amount=one, at=self.now))

    def bank_says(self, a: int, b: int, _c: int, _d: int) -> None:
        """Money came in by transfer, or never will."""
        owed = self.owed()
        if owed:
            payment, key, amount = owed[a % len(owed)]
            self.money_came(payment, key, amount, succeeded=b % 7 != 0)

    def owed(self) -> list[tuple[Payment, str, Money]]:
        return [
            (payment, each.key, each.amount)
            for payment in records(self.oms, "payment")
            for each in payment.attempts
            if payment.provider == "transfer"
            and each.state is AttemptState.REQUESTED
            and each.step in (Step.CAPTURE, Step.REFUND)
        ]

    def money_came(self, payment: Payment, key: str, amount: Money, *, succeeded: bool) -> None:
        told: dict[str, Any] = {"provider": "transfer", "event_id": f"statement {key}", "key": key, "amount": amount}
        self.do(RecordCallback(payment_id=payment.payment_id, succeeded=succeeded, at=self.now, **told))

    def invoice(self, a: int, _b: int, _c: int, _d: int) -> None:
        if (found := self._order(a)) is not None:
            self.do(IssueInvoices(order_id=found.order_id, at=self.now))

    def tell_stock(self, a: int, _b: int, _c: int, _d: int) -> None:
        self.do(TellStock(channel=("web", "market")[a % 2], at=self.now))

    def papers_made(self, a: int, b: int, _c: int, _d: int) -> None:
        """A manifest, a pickup, or one of them cancelled."""
        self.papers += 1
        place, at = LocationId(PLACES[a % 2]), self.now
        if b % 3 == 0:
            self.do(CancelPickup(pickup_id=PickupId(f"pick{self.papers - 1 - a}"), at=at))
        elif b % 3 == 1:
            self.do(CloseDay(manifest_id=ManifestId(f"man{self.papers}"), location_id=place, carrier="depot", at=at))
        else:
            opens = (at + timedelta(days=1)).replace(hour=12)
            window: dict[str, Any] = {"opens_at": opens, "closes_at": opens + timedelta(hours=3), "carrier": "depot"}
            self.do(SchedulePickup(pickup_id=PickupId(f"pick{self.papers}"), location_id=place, at=at, **window))

    def give_label_back(self, a: int, b: int, _c: int, _d: int) -> None:
        if (found := self._work(a)) is not None:
            packages = self.oms.look(FulfillmentOrder, found).packages
            if packages:
                package_id = packages[b % len(packages)].package_id
                self.do(VoidLabel(fulfillment_id=found, package_id=package_id, reason="torn", at=self.now))

    def reject(self, a: int, b: int, _c: int, _d: int) -> None:
        if (found := self._work(a)) is not None:
            self.do(RejectWork(fulfillment_id=found, reason="broken", is_missing=b % 2 == 0, at=self.now))

    def send_all(self, a: int, _b: int, _c: int, _d: int) -> None:
        """The whole way of one order, as far as it may go."""
        found = self._order(a)
        if found is None:
            return
        for wishes in ((PickUnits, PackBoxes), (HandOver,)):
            self.until(timedelta(seconds=90))
            for work in self.oms.look(Order, found.order_id).fulfillments:
                for wish in wishes:
                    self.do(wish(fulfillment_id=work, at=self.now))

    def come_back(self, a: int, b: int, c: int, d: int) -> None:
        """Goods of one order arrive, come back and are decided on; for some of them others are sent."""
        self.until(timedelta(days=4))
        found, return_id = self._order(a), ReturnId(f"r{len(self.returns) + 1}")
        there = [] if found is None else [(each, each.quantities.delivered - each.in_return) for each in found.lines]
        units = tuple([ReturnUnits(line.line_id, line.sku, min(1 + b % 3, n)) for line, n in there if n > 0])
        if found is None or not units or self.oms.find(Return, return_id) is not None:
            return
        wish: dict[str, Any] = {"return_id": return_id, "order_id": found.order_id, "units": units, "reason": "no"}
        if self.do(RequestReturn(location_id=LocationId("MUC"), exchange=d % 3 == 0, at=self.now, **wish)):
            self.returns.append(return_id)
            if d % 3 == 0:
                self.exchange(len(self.returns) - 1, b, c, d)
            self.do(ReceiveReturn(return_id=return_id, at=self.now))
            for line_id, _, count in units:
                fate = tuple(Disposition)[(c + line_id) % 3]
                self.do(DisposeReturn(return_id=return_id, units=(DisposedUnits(line_id, count, fate),), at=self.now))

    def settle(self) -> None:
        """Calm weather: whoever was to be forgotten is, all money comes, all letters and messages go out."""
        self.weather.share = 0
        self.oms = self._opened()
        for each in self.forgotten:
            self.oms.forget(each)
        self.until(timedelta(days=2))
        while owed := self.owed():
            for payment, key, amount in owed:
                self.money_came(payment, key, amount, succeeded=True)
            self.until(timedelta(hours=7))
        self.until(timedelta(days=40))
        for order_id in self.orders:
            self.do(IssueInvoices(order_id=order_id, at=self.now))
        self.oms.run_due()
