"""The laws as sums over everything a store holds; each check counts by itself and believes no record."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import reduce
from typing import Any

from omscore.app import Oms
from omscore.billing.journal import Account, balances
from omscore.billing.ledger import Ledger
from omscore.capacity import capacity_sku, is_capacity
from omscore.engine.contexts import BY_PREFIX
from omscore.fulfillment.model import FulfillmentOrder
from omscore.inventory.expected import ExpectedSupply
from omscore.inventory.model import ListedItem, Reservation, ReservationState, StockDocument
from omscore.orders.model import Order
from omscore.orders.status import status_of
from omscore.payments.model import Payment
from omscore.quantities import CellKey, StockState, net_changes
from omscore.returns.model import Return


def records(oms: Oms, prefix: str) -> Iterator[Any]:
    """Every stored state of one sort."""
    for stored in oms.storage.streams(f"{prefix}/"):
        yield oms.codec.record(stored.state, BY_PREFIX[prefix].state)


def events(oms: Oms) -> Iterator[Any]:
    """Every event of the log, in the order of commits."""
    for stored in oms.storage.events():
        yield oms.codec.event(stored.name, stored.at, stored.body)


def cells(oms: Oms) -> dict[CellKey, int]:
    """Every cell that holds units, as the store counts them."""
    return {
        CellKey(level.sku, level.location, level.pool, state): level.units(state)
        for level in oms.storage.stock_levels()
        for state in StockState
        if level.units(state)
    }


def check_replay(oms: Oms) -> None:
    """Replay equals state, for every stream there is."""
    logs: dict[str, list[Any]] = defaultdict(list)
    for stored in oms.storage.events():
        logs[stored.stream].append(oms.codec.event(stored.name, stored.at, stored.body))
    for stored_stream in oms.storage.streams():
        context = BY_PREFIX[stored_stream.stream.partition("/")[0]]
        replayed = reduce(context.evolve, logs.pop(stored_stream.stream), None)
        assert oms.codec.text(replayed) == stored_stream.state, stored_stream.stream
        assert oms.codec.record(stored_stream.state, context.state) == replayed, stored_stream.stream
    assert not logs


def check_stock(oms: Oms) -> None:
    """Moves of the log sum to the rows, no cell is below zero, and every promised unit has somebody who promised it."""
    found = cells(oms)
    assert all(units > 0 for units in found.values()), found
    moved = net_changes(move for event in events(oms) if hasattr(event, "moves") for move in event.moves())
    assert found == moved
    owed: Counter[CellKey] = Counter()
    hold: Reservation
    for hold in records(oms, "hold"):
        if hold.state is ReservationState.LIVE:
            for location, pool, units in hold.held:
                owed[CellKey(hold.sku, location, pool, StockState.RESERVED)] += units
    work: FulfillmentOrder
    for work in records(oms, "work"):
        if work.share is not None and work.live_units:
            for pool, count in work.share.places(orders=1, units=work.live_units):
                owed[CellKey(capacity_sku(work.share.day), work.location_id, pool, StockState.ALLOCATED)] += count
        for line in work.lines:
            owed[CellKey(line.sku, work.location_id, line.pool, StockState.ALLOCATED)] += line.to_pick
            owed[CellKey(line.sku, work.location_id, line.pool, StockState.PICKED)] += line.picked + line.packed
    rma: Return
    for rma in records(oms, "return"):
        for back in rma.lines:
            owed[CellKey(back.sku, rma.location_id, rma.pool, StockState.HELD)] += back.seen
    document: StockDocument
    for document in records(oms, "stock"):
        for sku, pool, units in document.in_transit:
            owed[CellKey(sku, document.location_id, pool, StockState.EXPECTED)] += units
    loose = (StockState.SELLABLE, StockState.DAMAGED)
    assert {key: units for key, units in found.items() if key.state not in loose} == +owed


def check_orders(oms: Oms) -> None:
    """Lines sum to what was ordered, agree with the work, and no open unit is forgotten."""
    waiting_tasks = " ".join(task.task_id for task in oms.storage.tasks("waiting", limit=10**6))
    works: dict[str, list[FulfillmentOrder]] = defaultdict(list)
    for work in records(oms, "work"):
        works[work.order_id].append(work)
    order: Order
    for order in records(oms, "order"):
        assert status_of(order)
        taken = Counter[int]()
        for take in order.takes:
            taken[take.line_id] += take.units
        steps: dict[str, Counter[int]] = defaultdict(Counter)
        for work in works[order.order_id]:
            for part in work.lines:
                for step in ("to_pick", "picked", "packed", "shipped"):
                    steps[step][part.line_id] += getattr(part, step)
            if work.shipped_at is None and work.live_units:
                assert work.on_hold is bool(order.holds), work.fulfillment_id
        for line in order.lines:
            there, number = line.quantities, line.line_id
            assert there.total == line.units
            assert 0 <= line.in_return <= there.delivered
            assert there.allocated == taken[number] == steps["to_pick"][number]
            assert there.picked == steps["picked"][number]
            assert there.packed == steps["packed"][number]
            assert there.handed_over == steps["shipped"][number]
            assert not there.open, "an order is routed in the commit that places it"
            if there.backordered:
                assert f"{order.order_id}.route_again@" in waiting_tasks
                assert f"order/{order.order_id}" in oms.storage.listed("waiting", line.sku)


def check_books(oms: Oms) -> None:
    """Every entry and ledger balances, per currency and day too, and the stock is worth its units at standard cost."""
    inventory: Counter[str] = Counter()
    days: dict[tuple[Any, str], int] = defaultdict(int)
    for event in events(oms):
        if type(event).__name__ == "EntryPosted":
            for currency, minor in balances(event.entry.postings).items():
                days[event.entry.at.date(), currency] += minor
    assert not any(days.values())
    ledger: Ledger
    for ledger in records(oms, "ledger"):
        sums: Counter[str] = Counter()
        for account, currency, minor in ledger.balances:
            sums[currency] += minor
            if account is Account.INVENTORY:
                inventory[currency] += minor
        assert not any(sums.values()), ledger.owner
    worth: Counter[str] = Counter()
    for cell, units in cells(oms).items():
        if is_capacity(cell.sku):
            continue
        cost = oms.look(ListedItem, cell.sku).item.unit_cost
        if cost is not None:
            worth[cost.currency] += cost.minor * units
    assert +inventory == +worth


def check_payments(oms: Oms, provider: Any = None) -> None:
    """Refunded <= captured <= authorised, attempts under way included; the provider, if asked, tells the same sums."""
    payment: Payment
    for payment in records(oms, "payment"):
        assert payment.capturable.minor >= 0
        assert payment.refundable.minor >= 0
        assert 0 <= payment.refunded.minor <= payment.captured.minor <= payment.authorised.minor
        assert payment.captured + payment.voided <= payment.authorised
        asked = [each.key for each in payment.attempts]
        assert len(set(asked)) == len(asked)
    if provider is not None:
        _check_provider(oms, provider)


def _check_provider(oms: Oms, provider: Any) -> None:
    effects: dict[str, Counter[str]] = defaultdict(Counter)
    for attempt in provider.effects:
        effects[attempt.request.payment_id][attempt.request.step.value] += attempt.request.amount.minor
    for payment in records(oms, "payment"):
        if any(attempt.state == "requested" for attempt in payment.attempts):
            continue
        assert effects[payment.payment_id] == +Counter(
            {
                "authorise": payment.authorised.minor,
                "capture": payment.captured.minor,
                "void": payment.voided.minor,
                "refund": payment.refunded.minor,
            }
        )


def check_claims(oms: Oms) -> None:
    """What orders were promised is what they claim, and by no day more is claimed of a place than is due there."""
    promised: Counter[tuple[Any, ...]] = Counter()
    claimed: Counter[tuple[Any, ...]] = Counter()
    order: Order
    for order in records(oms, "order"):
        for each in order.promises:
            promised[order.order_id, each.sku, each.location_id, each.pool, each.due_on] += each.units
        for line in order.lines:
            units = sum([each.units for each in order.promises if each.line_id == line.line_id])
            assert units <= line.quantities.waiting, order.order_id
    expected: ExpectedSupply
    for expected in records(oms, "supply"):
        for claim in expected.claims:
            claimed[claim.order_id, expected.sku, claim.location_id, claim.pool, claim.due_on] += claim.units
        for place, day in {(claim.location_id, claim.due_on) for claim in expected.claims}:
            due = sum([each.units for each in expected.supplies if each.location_id == place and each.due_on <= day])
            mine = [each for each in expected.claims if each.location_id == place and each.due_on <= day]
            assert due >= sum([each.units for each in mine])
    assert promised == claimed


def check_everything(oms: Oms, provider: Any = None) -> None:
    """All laws at once."""
    check_replay(oms)
    check_stock(oms)
    check_orders(oms)
    check_books(oms)
    check_payments(oms, provider)
