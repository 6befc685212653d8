"""Each book of the audit on its own, with records no log of events could lead to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from omscore.audit.findings import MOST_FINDINGS, Findings, Law
from omscore.audit.money import MoneyBook
from omscore.audit.orders import OrderBook
from omscore.audit.references import References
from omscore.audit.stock import StockBook
from omscore.billing.journal import Account
from omscore.billing.ledger import Balance, Ledger
from omscore.fulfillment.model import FulfillmentOrder, WorkLine
from omscore.ids import CartId, FulfillmentId, LocationId, OrderId, PersonId, ReservationId, ReturnId, StockDocumentId
from omscore.inventory.model import DocumentKind, HeldUnits, Reservation, ReservationState, StockDocument, StockLine
from omscore.orders.amounts import Taxed
from omscore.orders.linestates import LineQuantities
from omscore.orders.model import Order
from omscore.places import Destination
from omscore.ports.storage import StockLevel
from omscore.quantities import SUPPLIER, Move, StockPlace, StockState
from omscore.returns.model import Return, ReturnLine
from tests.audit.forger import Forger

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MUC = LocationId("MUC")
RESERVATION = Reservation(
    reservation_id=ReservationId("h1"),
    cart_id=CartId("c1"),
    sku="TEA",
    held=(HeldUnits(MUC, "web", 3),),
    expires_at=NOON,
)
WORK = FulfillmentOrder(
    fulfillment_id=FulfillmentId("o1.f1"),
    order_id=OrderId("o1"),
    location_id=MUC,
    person_id=PersonId("ada"),
    address_name="home",
    destination=Destination(country="DE"),
    opened_at=NOON,
    on_hold=False,
    lines=(WorkLine(line_id=1, sku="TEA", pool="web", units=3, to_pick=3),),
)
RETURN = Return(
    return_id=ReturnId("r1"),
    order_id=OrderId("o1"),
    location_id=MUC,
    pool="web",
    reason="",
    opened_at=NOON,
    lines=(ReturnLine(line_id=1, sku="TEA", units=4, due=1, seen=3),),
)
TRANSFER = StockDocument(
    document_id=StockDocumentId("t1"),
    kind=DocumentKind.TRANSFER,
    location_id=MUC,
    at=NOON,
    in_transit=(StockLine("TEA", "web", 3),),
)


def stepped(*, picked: int, packed: int = 0) -> FulfillmentOrder:
    (line,) = WORK.lines
    return attrs.evolve(WORK, lines=(attrs.evolve(line, to_pick=0, picked=picked, packed=packed),))


@pytest.mark.parametrize(
    ("state", "record"),
    [
        (StockState.RESERVED, RESERVATION),
        (StockState.ALLOCATED, WORK),
        (StockState.PICKED, stepped(picked=3)),
        (StockState.PICKED, stepped(picked=1, packed=2)),
        (StockState.HELD, RETURN),
        (StockState.EXPECTED, TRANSFER),
    ],
)
def test_three_promised_units_need_three_units_in_their_cell(state: StockState, record: Any) -> None:
    for units in (2, 3):
        found = Findings()
        book = StockBook(found)
        book.moved([Move("TEA", units, SUPPLIER, StockPlace("MUC", "web", state))])
        book.promised(record)
        book.compare(
            [StockLevel("TEA", "MUC", "web", *(units if each is state else 0 for each in StockState))], is_trusted=True
        )
        assert [(each.law, each.where) for each in found.kept] == (
            [] if units == 3 else [(Law.PROMISES, f"TEA at MUC/web {state}")]
        )


def test_a_resolved_reservation_promises_nothing() -> None:
    found = Findings()
    book = StockBook(found)
    book.promised(attrs.evolve(RESERVATION, state=ReservationState.RELEASED))
    book.compare([], is_trusted=True)
    assert found.kept == []


def order_book() -> tuple[OrderBook, Findings]:
    found = Findings()
    return OrderBook(frozenset(), References(found), found), found


@pytest.fixture
def order(forger: Forger) -> Order:
    """Order o7 of the little shop: five units, all picked."""
    record: Order = forger.record("order/o7")
    return record


def test_line_quantities_sum_to_the_ordered_units(order: Order) -> None:
    book, found = order_book()
    short = attrs.evolve(order.lines[0], quantities=LineQuantities(picked=4))
    book.order(attrs.evolve(order, lines=(short,)))
    assert [str(each) for each in found.kept] == [
        "orders: order/o7 line 1: its quantities sum to 4, 5 units were ordered"
    ]


def test_amounts_of_a_line_are_in_the_currency_of_the_order(order: Order) -> None:
    book, found = order_book()
    (line, *_) = order.lines
    dollars = Taxed.zero("USD")
    agreed = attrs.evolve(line.agreed, amounts=attrs.evolve(line.agreed.amounts, shipping=dollars))
    book.order(attrs.evolve(order, lines=(attrs.evolve(line, agreed=agreed),)))
    assert [str(each) for each in found.kept] == [
        "orders: order/o7 line 1: it has amounts in another currency than the order's EUR"
    ]


def test_allocated_units_are_those_taken(order: Order) -> None:
    book, found = order_book()
    untaken = attrs.evolve(order.lines[0], quantities=LineQuantities(allocated=5))
    book.order(attrs.evolve(order, lines=(untaken,)))
    assert [str(each) for each in found.kept] == [
        "orders: order/o7 line 1: 5 units are allocated, fulfillment orders took 0"
    ]


def test_lines_are_numbered_from_one(order: Order) -> None:
    book, found = order_book()
    book.order(
        attrs.evolve(
            order, lines=(attrs.evolve(order.lines[0], agreed=attrs.evolve(order.lines[0].agreed, line_id=2)),)
        )
    )
    assert [each.says for each in found.kept] == ["lines are numbered from 1, so it must be line 1"]


def test_the_steps_of_work_sum_to_its_units_and_none_is_below_zero() -> None:
    book, found = order_book()
    book.work(stepped(picked=5, packed=-1))
    assert [each.says for each in found.kept][:2] == [
        "its steps sum to 4, it took 3 units",
        "one of its steps is below zero",
    ]


def test_the_steps_of_a_return_sum_to_its_units() -> None:
    book, found = order_book()
    book.rma(attrs.evolve(RETURN, lines=(attrs.evolve(RETURN.lines[0], unsent=2),)))
    assert [each.says for each in found.kept] == ["its steps sum to 6, it promised 4 units"]


def test_work_names_lines_its_order_has(order: Order) -> None:
    book, found = order_book()
    book.order(attrs.evolve(order, order_id=OrderId("o1"), holds=()))
    (line,) = WORK.lines
    book.work(attrs.evolve(WORK, lines=(attrs.evolve(line, line_id=9, to_pick=0, picked=3),)))
    assert "orders: work/o1.f1: order o1 has no line 9" in [str(each) for each in found.kept]


def test_the_balances_of_a_ledger_sum_to_nothing() -> None:
    found = Findings()
    book = MoneyBook(frozenset(), found)
    book.ledger(
        Ledger(owner="o1", balances=(Balance(Account.FEES, "EUR", 500), Balance(Account.CLEARING, "EUR", -499)))
    )
    assert [str(each) for each in found.kept] == ["books: ledger/o1: its accounts are 0.01 EUR out of balance"]


def test_a_debt_of_no_order_is_nobodys_concern() -> None:
    found = Findings()
    book = MoneyBook(frozenset(), found)
    balances = (Balance(Account.RECEIVABLE, "EUR", 500), Balance(Account.SALES, "EUR", -500))
    book.ledger(Ledger(owner="old books", balances=balances))
    book.end(orders=())
    assert found.kept == []


def test_findings_beyond_the_most_are_counted() -> None:
    found = Findings()
    for number in range(MOST_FINDINGS + 3):
        found.add(Law.STOCK, str(number), "")
    assert (len(found.kept), found.left_off) == (MOST_FINDINGS, 3)
