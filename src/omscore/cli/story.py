"""An order's story in plain words, told from the log: what was ordered, paid, found, packed, sent and taken back.

Each fact is told once: where an order, its work and its payment all note the same step, the one who did it tells it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, assert_never

from omscore.cli.phrases import bounce_in_words, days_of, listed_units, promise_in_words
from omscore.cli.records import Records
from omscore.cli.tables import civil_day, counted
from omscore.fulfillment import events as f
from omscore.fulfillment.model import FulfillmentOrder
from omscore.orders import events as o
from omscore.orders.bounces import LetterBounced
from omscore.orders.model import HoldKind, Order
from omscore.payments import events as p
from omscore.payments.model import AttemptState, Payment, Step
from omscore.ports.storage import TaskState
from omscore.returns import events as r
from omscore.returns.model import Disposition
from omscore.reviews import deciding as v
from omscore.routing.decisions import RoutingDecided

STEPS = {
    Step.AUTHORISE: "authorised, to be collected when goods leave",
    Step.CAPTURE: "collected",
    Step.VOID: "let go again, it is not needed",
    Step.REFUND: "paid back",
}
HOLDS = {
    HoldKind.PAYMENT: "waits for the payment",
    HoldKind.PAYMENT_DECLINED: "waits for another payment",
    HoldKind.CAPTURE_FAILED: "money could not be collected",
    HoldKind.ADDRESS: "address to be checked",
    HoldKind.FRAUD: "fraud check",
    HoldKind.REVIEW: "to be reviewed",
    HoldKind.UNDER_REVIEW: "its reviewers have not approved it yet",
    HoldKind.HELD_BY_REVIEWER: "held by a reviewer",
    HoldKind.AWAITING_RETURN: "waits for the returned goods",
    HoldKind.CUSTOMER: "the customer asked to wait",
}
FATES = {
    Disposition.RESTOCK: "back on the shelf",
    Disposition.DAMAGED: "put with the damaged goods",
    Disposition.WRITE_OFF: "written off",
}

_MOST_DROPPED = 1_000_000


class Told(NamedTuple):
    """One sentence of a story. Shape: `fact` is the name of the event it was told from."""

    at: datetime
    says: str
    fact: str


def story_of(records: Records, order: Order) -> tuple[Told, ...]:
    """Everything worth telling about an order, oldest first."""
    payments = [records.look(Payment, payment_id) for payment_id in order.payments]
    work = {each: records.look(FulfillmentOrder, each) for each in order.fulfillments}
    streams = [f"order/{order.order_id}", f"review/{order.order_id}"]
    for prefix, ids in (
        ("payment", order.payments),
        ("decision", order.decisions),
        ("work", order.fulfillments),
        ("return", order.returns),
    ):
        streams.extend(f"{prefix}/{each}" for each in ids)
    streams += records.storage.listed("bounced", order.order_id)
    unanswered = {
        attempt.key: "no answer yet"
        for each in payments
        for attempt in each.attempts
        if attempt.state is AttemptState.REQUESTED
    }
    if unanswered:
        dropped = records.storage.tasks(TaskState.DROPPED, limit=_MOST_DROPPED)
        unanswered |= {task.task_id: f"no answer, {task.note}" for task in dropped if task.task_id in unanswered}
    log = [fact.event for fact in records.log(streams)]
    declined = {
        event.at for event in log if isinstance(event, o.HoldPlaced) and event.hold.kind is HoldKind.PAYMENT_DECLINED
    }
    teller = _Teller(order, {each: str(found.location_id) for each, found in work.items()}, unanswered, declined)
    told = [Told(event.at, says, type(event).__name__) for event in log if (says := teller.words(event))]
    return tuple(sorted(told, key=lambda each: each.at))


class _Teller:
    def __init__(
        self, order: Order, location_of: dict[str, str], unanswered: dict[str, str], declined: set[datetime]
    ) -> None:
        self._order = order
        self._location_of = location_of
        self._unanswered = unanswered
        self._declined = declined
        self._holds: dict[HoldKind, str] = {}

    def words(
        self,
        event: o.OrderEvent
        | p.PaymentEvent
        | f.FulfillmentEvent
        | r.ReturnEvent
        | v.ReviewEvent
        | LetterBounced
        | RoutingDecided,
    ) -> str | None:
        """The sentence for one event; None when another event tells it."""
        if isinstance(event, o.OrderEvent):
            return self._of_order(event)
        if isinstance(event, p.PaymentEvent):
            return self._of_payment(event)
        if isinstance(event, f.FulfillmentEvent):
            return self._of_work(event)
        if isinstance(event, r.ReturnEvent):
            return self._of_return(event)
        if isinstance(event, v.ReviewEvent):
            return _of_review(event)
        if isinstance(event, LetterBounced):
            return bounce_in_words(event)
        return _of_routing(event)

    def _of_order(self, event: o.OrderEvent) -> str | None:
        match event:
            case o.OrderPlaced():
                units = sum(line.units for line in event.lines)
                ordered = counted(units, "unit")
                if event.kits:
                    ordered += f" with {', '.join([f'{kit.kits} x the kit {kit.sku}' for kit in event.kits])}"
                again = f", in exchange for return {event.exchange_for}" if event.exchange_for else ""
                return f"Ordered on {event.channel}: {ordered} for {self._order.total}{again}"
            case o.UnitsCancelled():
                units = event.from_open + event.from_backordered + sum(drop.units for drop in event.drops)
                return f"Cancelled: {self._lines([(event.line_id, units)])} (reason: {event.reason})"
            case o.HoldPlaced():
                self._holds[event.hold.kind] = HOLDS[event.hold.kind]
                return f"Stopped: {HOLDS[event.hold.kind]}"
            case o.HoldReleased(kind=HoldKind.PAYMENT) if event.at in self._declined:
                self._holds.pop(event.kind, None)
                return None  # a declined payment swaps one hold for another; that is one thing to tell, not two
            case o.HoldReleased():
                self._holds.pop(event.kind, None)
                says = event.says or f"not stopped any more ({HOLDS[event.kind]})"
                return (
                    f"{says}; still stopped: {', '.join(self._holds.values())}" if self._holds else f"May go on: {says}"
                )
            case o.LinesReturned():
                return f"Credited to the customer: {event.amounts.gross}"
            case o.UnitsPromised():
                told = [promise_in_words(each) for each in event.promises]
                return f"Promised: {'; '.join(told)}" if told else None
            case o.PromiseBroken():
                fell = self._lines((each.line_id, each.units) for each in event.broken)
                first = min([each.arrives_on for each in event.broken])
                return f"Promise broken: {fell} for {civil_day(first)}: {event.says}"
            case o.OrderQueued():
                way = (
                    f"Moved from queue {event.before} to {event.queue}"
                    if event.before
                    else f"Put in queue {event.queue}"
                )
                return f"{way}{_by(event.by)}: {event.reason}"
            case o.OrderLeftQueue():
                return f"Taken out of queue {event.queue}{_by(event.by)}: {event.reason}"
            case (
                o.LinesAllocated()
                | o.LinesBackordered()
                | o.LinesRejected()
                | o.LinesRecalled()
                | o.LinesProgressed()
                | o.LinesShipped()
                | o.PaymentAttached()
                | o.ReturnPromised()
                | o.ReturnShortened()
            ):
                return None
            case _:
                assert_never(event)

    def _of_payment(self, event: p.PaymentEvent) -> str | None:
        match event:
            case p.AuthorisationRequested():
                answer = self._unanswered.get(event.key)
                return answer and f"Asked to set {event.amount} aside; {answer}"
            case p.StepRequested():
                answer = self._unanswered.get(event.key)
                return answer and f"Asked the payment provider to {event.step} {event.amount}; {answer}"
            case p.CaptureLowered():
                return f"Of what is to be paid {event.amount} came back as goods; {event.due} is left to pay"
            case p.StepSucceeded():
                return f"Payment: {event.amount} {STEPS[event.step]}"
            case p.StepDeclined():
                return f"Payment declined ({event.step} {event.amount}): {event.says}"
            case _:
                assert_never(event)

    def _of_work(self, event: f.FulfillmentEvent) -> str | None:
        where = self._location_of.get(event.fulfillment_id, "?")
        match event:
            case f.WorkOpened() | f.WorkHeld() | f.UnitsDropped():
                return None
            case f.WorkReleased():
                return f"{where} may start"
            case f.UnitsRejected():
                given_back = self._lines((each.line_id, each.units) for each in event.units)
                return f"{where} cannot send {given_back}: {event.reason}"
            case f.UnitsPicked():
                return f"{where} took {self._lines((each.line_id, each.units) for each in event.units)} from the shelf"
            case f.BoxesPacked():
                boxes = ", ".join(package.box for package in event.packages)
                return f"{where} packed {counted(len(event.packages), 'parcel')} ({boxes})"
            case f.LabelBought():
                return f"Label for {event.carrier} {event.service}, {event.postage}: {event.tracking_number}"
            case f.LabelVoidRequested():
                return f"Label {event.tracking_number} is given back: {event.reason}"
            case f.LabelVoidAnswered():
                says = f" ({event.says})" if event.says else ""
                price = f", {event.postage}" if event.postage is not None else ""
                return f"The carrier's answer to the label given back{price}: {event.state}{says}"
            case f.PackagesMarked():
                verb = "taken off" if event.takes_off else "on"
                return f"{counted(len(event.package_ids), 'parcel')} {verb} {event.paper} {event.paper_id}"
            case f.PackageScanned():
                return f"Parcel {event.package_id}: {event.status.replace('_', ' ')}"
            case f.ShipmentHandedOver():
                units = sum(each.units for each in event.units)
                return f"{counted(units, 'unit')} left {where} with the carrier"
            case f.PackageDelivered():
                return f"Parcel {event.package_id} delivered"
            case _:
                assert_never(event)

    def _of_return(self, event: r.ReturnEvent) -> str | None:
        match event:
            case r.ReturnRequested():
                what = self._lines((each.line_id, each.units) for each in event.units)
                kind = "exchange" if event.exchange else "return"
                return f"Customer announced {kind} {event.return_id}: {what} ({event.reason})"
            case r.ReturnReceived():
                what = self._lines((each.line_id, each.units) for each in event.units)
                return f"{event.location_id} received {what} back"
            case r.ReturnDisposed():
                fates = [
                    f"{self._lines([(each.line_id, each.units)])} {FATES[each.disposition]}" for each in event.units
                ]
                return f"{event.location_id}: {'; '.join(fates)}"
            case r.ReturnClosed():
                if not event.unsent:
                    return f"Return {event.return_id} closed"
                what = self._lines((each.line_id, each.units) for each in event.unsent)
                return f"Return {event.return_id} closed; never sent: {what}"
            case r.ExchangeOrdered():
                return f"Order {event.exchange_id} was placed in exchange for {event.return_id}"
            case _:
                assert_never(event)

    def _lines(self, units: Iterable[tuple[int, int]]) -> str:
        """Units by SKU, such as `2 x TEA, 1 x CUP`; long lists are summed up."""
        by_sku: dict[str, int] = {}
        for line_id, count in units:
            sku = self._order.line(line_id).sku
            by_sku[sku] = by_sku.get(sku, 0) + count
        return listed_units(by_sku)


def _by(name: str) -> str:
    return f" by {name}" if name else ""


def _of_review(event: v.ReviewEvent) -> str:
    match event:
        case v.ReviewRequested():
            return f"Put before {', '.join(event.reviewers)}"
        case v.OpinionGiven():
            says = f": {event.says}" if event.says else ""
            whose = " (the shop's own answer)" if event.is_unreachable else ""
            return f"{event.reviewer} says {event.verdict}{whose}{says}"
        case _:
            assert_never(event)


def _of_routing(event: RoutingDecided) -> str:
    by_location: dict[str, dict[str, int]] = {}
    for each in event.decision.assignments:
        units = by_location.setdefault(each.location_id, {})
        units[each.sku] = units.get(each.sku, 0) + each.units
    days = {each.location_id: f" ({days_of(each)})" for each in event.decision.promised}
    parts = [
        f"{location} sends {listed_units(units)}{days.get(location, '')}"
        for location, units in sorted(by_location.items())
    ]
    waiting: dict[str, int] = {}
    for left in event.decision.leftovers:
        waiting[left.sku] = waiting.get(left.sku, 0) + left.units
    if waiting:
        parts.append(f"{listed_units(waiting)} must wait for stock")
    decision = event.decision
    lead = f"{decision.because}. " if decision.by else f"Sourced anew, {decision.anew}. " if decision.anew else ""
    return f"{lead}Decision {event.decision_id}: {'; '.join(parts)}"
