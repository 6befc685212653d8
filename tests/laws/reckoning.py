"""What must be true of such a shop in the end, reckoned anew from its log and from what the outside remembers."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from fractions import Fraction
from typing import Any

from omscore.billing.invoices import Invoice, InvoiceKind
from omscore.billing.journal import Account, JournalEntry
from omscore.fulfillment.manifests import ManifestState
from omscore.orders.attributes import CHANNEL_MESSAGE
from omscore.orders.model import Order
from omscore.payments.model import AttemptState, Payment, Step
from omscore.ports.news import OrderTold, ShipmentTold
from tests.laws.checks import events, records
from tests.laws.everything import Everything

REMINDED_ON = (3, 5, 8)
"""Days after the goods left."""


def reckon(life: Everything) -> None:
    """All of it."""
    facts: dict[str, list[Any]] = defaultdict(list)
    for event in events(life.oms):
        facts[type(event).__name__].append(event)
    entries = {each.entry.entry_id: each.entry for each in facts["EntryPosted"]}
    assert life.books.entries == entries
    lowered = {each.order_id for each in facts["CaptureLowered"]}
    for order in records(life.oms, "order"):
        check_money(life, order, lowered, [each for each in entries.values() if each.reference == order.order_id])
    check_bank(life)
    assert all(count == 1 for each in life.reviewers.values() for count in each.asked.values())
    check_numbers(life)
    check_messages(life, facts)
    check_letters(life, facts)
    check_carrier(life, entries)
    check_forgotten(life)


def check_money(life: Everything, order: Order, lowered: set[str], entries: list[JournalEntry]) -> None:
    """Owed is what left, in fractions; billed is what is owed; captured and given back is what was billed.

    Shape: of the orders in `lowered` goods came back before their money did, so less was captured or more given back.
    """
    sums: Counter[str] = Counter()
    for entry in entries:
        for posting in entry.postings:
            if posting.account is Account.RECEIVABLE:
                sums[_kind(entry.entry_id)] += posting.amount.minor
    left = back = Fraction(0)
    for line in order.lines:
        left += Fraction(line.amounts.gross.minor * line.quantities.handed_over, line.units)
        back += Fraction(line.amounts.gross.minor * line.quantities.returned, line.units)
    assert abs(left - sums["sale"]) <= 4 * len(order.lines)
    assert abs(back + sums["credit"]) <= 4 * len(order.lines)
    if order.is_settled and all(each.quantities.cancelled == 0 for each in order.lines):
        assert sums["sale"] == order.total.minor
    payments = [life.oms.look(Payment, each) for each in order.payments]
    captured, refunded = (sum(getattr(each, name).minor for each in payments) for name in ("captured", "refunded"))
    assert sums["paid"] == refunded - captured
    bills: list[Invoice] = [each for each in records(life.oms, "invoice") if each.order_id == order.order_id]
    billed = Counter[InvoiceKind]()
    for bill in bills:
        billed[bill.kind] += bill.owed.minor
        assert bill.net + bill.tax + bill.rounding == bill.owed and 0 <= bill.paid.minor <= bill.owed.minor
    if order.person_id not in life.forgotten:
        assert billed == +Counter({InvoiceKind.INVOICE: sums["sale"], InvoiceKind.CREDIT_NOTE: -sums["credit"]})
    attempts = [each for payment in payments for each in payment.attempts]
    by_hand = any(".goodwill" in each.key or ".by_hand" in each.key for each in attempts)
    if payments and not by_hand and all(each.state is AttemptState.SUCCEEDED for each in attempts):
        assert captured - refunded == sums["sale"] + sums["credit"]
        if order.order_id not in lowered:
            assert (captured, refunded) == (sums["sale"], -sums["credit"])
        assert not order.is_settled or all(each.capturable.is_zero for each in payments)


def check_bank(life: Everything) -> None:
    """The provider did what the records say, once."""
    did: dict[str, Counter[str]] = defaultdict(Counter)
    for effect in life.bank.effects:
        did[effect.request.payment_id][effect.request.step] += effect.request.amount.minor
    for each in records(life.oms, "payment"):
        if each.provider == "manual":
            sums = {
                "authorise": each.authorised,
                "capture": each.captured,
                "void": each.voided,
                "refund": each.refunded,
            }
            assert did[each.payment_id] == +Counter({step: amount.minor for step, amount in sums.items()})


def check_numbers(life: Everything) -> None:
    """Numbers of invoices and messages are counted from 1, none is missing, and the books have each document."""
    bills = {each.number: each for each in records(life.oms, "invoice")}
    assert sorted(bills) == [f"2026-{number:06}" for number in range(1, len(bills) + 1)]
    assert life.books.invoices == bills


def check_messages(life: Everything, facts: dict[str, list[Any]]) -> None:
    """Channels hear of each order, each shipment and each cancelling once, and of exactly the units that left."""
    heard: dict[tuple[str, int], Any] = {}
    for notice in life.ear.heard:
        assert heard.setdefault((notice.channel, notice.number), notice) == notice
    assert set(heard) == {(each.channel, each.number) for each in facts["NewsNumbered"]}
    for channel in {channel for channel, _ in heard}:
        numbers = sorted(number for name, number in heard if name == channel)
        assert numbers == list(range(1, len(numbers) + 1))
    news = [notice.news for notice in heard.values()]
    placed = Counter(each.order_id for each in news if isinstance(each, OrderTold) and each.is_first)
    again = Counter(each.order_id for each in news if isinstance(each, OrderTold) and not each.is_first)
    sent: dict[str, Counter[int]] = defaultdict(Counter)
    shipments = Counter(each.shipment_id for each in news if isinstance(each, ShipmentTold))
    for each in news:
        for parcel in each.parcels if isinstance(each, ShipmentTold) else ():
            for units in parcel.units:
                sent[each.order_id][units.line_id] += units.units
    asked = {each.order_id: each for each in records(life.oms, "order") if CHANNEL_MESSAGE in dict(each.attributes)}
    assert placed == Counter(dict.fromkeys(asked, 1))
    assert again == Counter(each.order_id for each in facts["UnitsCancelled"] if each.order_id in asked)
    left = [each for each in records(life.oms, "work") if each.shipped_at and each.order_id in asked]
    assert shipments == Counter(each.fulfillment_id for each in left)
    for order in asked.values():
        assert sent[order.order_id] == +Counter({each.line_id: each.quantities.handed_over for each in order.lines})


def check_letters(life: Everything, facts: dict[str, list[Any]]) -> None:
    """Each customer who is still known is told of each fact, and reminded of open money on the days the shop named."""
    gone, told = set(life.forgotten), set(life.outbox.notices)
    known = {each.order_id for each in records(life.oms, "order") if each.person_id not in gone}
    wanted = {f"{order_id}.placed.notice.order_placed" for order_id in known}
    left = [each for each in records(life.oms, "work") if each.shipped_at and each.order_id in known]
    wanted |= {f"{each.fulfillment_id}.shipped.notice.shipped" for each in left}
    answers = [each for each in facts["StepSucceeded"] if each.order_id in known]
    wanted |= {f"{each.key}.notice.refunded" for each in answers if each.step is Step.REFUND}
    assert wanted <= told
    until = {each.key: each.at for name in ("StepSucceeded", "StepDeclined") for each in facts[name]}
    until |= {each.key: each.at for each in facts["CaptureLowered"] if each.due.is_zero}
    for asked in [each for each in facts["StepRequested"] if each.step is Step.CAPTURE and each.order_id in known]:
        reminders = len([each for each in told if each.startswith(f"{asked.key}.reminder.")])
        waited = until.get(asked.key, life.now) - asked.at
        late = life.oms.look(Payment, asked.payment_id).provider == "transfer"
        days = [day for day in REMINDED_ON if late and timedelta(days=day) <= waited]
        # One that is due when the money comes, or that an answer was lost of, may still be under way.
        sure = [day for day in days if timedelta(days=day, hours=12) < waited]
        assert len(sure) <= reminders <= len(days), (asked.key, waited)


def check_carrier(life: Everything, entries: dict[str, JournalEntry]) -> None:
    """The books owe the carrier what it sold and drove less what it took back, and no parcel is on two lists."""
    depot = life.carrier.depot
    listed = Counter(
        parcel.tracking_number
        for each in records(life.oms, "manifest")
        if each.state is ManifestState.MADE
        for parcel in each.parcels
    )
    assert not [number for number, count in listed.items() if count > 1]
    if not life.store.tasks("dead"):
        booked = [each for entry in entries.values() for each in entry.postings if each.account is Account.POSTAGE]
        back = sum(depot.labels[key].price.minor for key in depot.given_back)
        trips = sum(slip.price.minor for slip in depot.visits.values() if slip.price is not None)
        assert sum(each.amount.minor for each in booked) == depot.prices_minor - back + trips


def check_forgotten(life: Everything) -> None:
    """Nothing that the store holds speaks of them."""
    texts = [each.body for each in life.store.events()] + [each.state for each in life.store.streams()]
    for state in ("waiting", "leased", "done", "dead", "dropped"):
        texts += [f"{each.payload} {each.note}" for each in life.store.tasks(state, limit=1_000_000)]
    everything = "\n".join(texts).casefold()
    assert "canary" not in everything, "names are in the vault and nowhere else"
    for each in life.forgotten:
        assert life.store.vault_names(each) == ()


def _kind(entry_id: str) -> str:
    """What an entry over the money of an order is about."""
    if entry_id.endswith(".sale"):
        return "sale"
    return "credit" if ".credit." in entry_id else "paid"
