"""What an ERP is told of as sales: every order once, and exactly what is cancelled of it; nobody else pays for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from types import FrameType

import pytest

from omscore.app import Oms
from omscore.billing.ledger import Ledger
from omscore.billing.sales import CancelledUnits, Cancelling
from omscore.errors import PortRefusedError
from omscore.flows import selling
from omscore.flows.selling import sale_of, sales_told, taken_back
from omscore.ids import OrderId
from omscore.money import Money
from omscore.orders.commands import CancelKits, CancelOrder, CancelUnits
from omscore.orders.events import OrderPlaced, UnitsCancelled
from omscore.orders.model import Order
from omscore.ports.erp import Account, Sale
from tests.billing.sales import any_order, invoicing_shop, line, placed, send
from tests.kit.shops import NOON
from tests.laws.bench import Books, bench

ORDERS = 60
PARTS: dict[Account, Callable[[Sale], Money]] = {
    Account.SALES: lambda sale: sale.net - sale.shipping - sale.charges,
    Account.SHIPPING: lambda sale: sale.shipping,
    Account.CHARGES: lambda sale: sale.charges,
    Account.TAX: lambda sale: sale.tax,
}


class Till(Books):
    """An ERP that keeps what it is told, and refuses another content of the same id."""

    takes_sales = True

    def __init__(self) -> None:
        super().__init__()
        self.sales: dict[str, Sale] = {}
        self.back: dict[str, Sale] = {}

    def post_sales(self, sales: Sequence[Sale]) -> None:
        for sale in sales:
            assert self.sales.setdefault(sale.sale_id, sale) == sale

    def take_back(self, sale: Sale, cancelled: Sale) -> None:
        self.post_sales([sale])
        assert self.back.setdefault(cancelled.sale_id, cancelled) == cancelled


class Stubborn(Till):
    """Knows no pots."""

    def post_sales(self, sales: Sequence[Sale]) -> None:
        if any(each.sku == "POT" for sale in sales for each in sale.lines):
            raise PortRefusedError("line 1: no such product as POT")
        super().post_sales(sales)


def of_order(told: dict[str, Sale], order_id: str) -> list[Sale]:
    return [sale for sale in told.values() if sale.order_id == order_id]


def cancel_some(oms: Oms, order_id: str, random: Random) -> int:
    """Units, kits or all of an order cancelled, in how many commits."""
    order, at = oms.look(Order, order_id), oms.clock.now()
    choice = random.randrange(5)
    if choice == 0:
        return 0
    if choice == 1:
        oms.do(CancelOrder(order_id=order.order_id, reason="no", at=at))
        return 1
    if choice == 2 and order.kits:
        oms.do(CancelKits(order_id=order.order_id, kit_id=1, kits=1, reason="no", at=at))
        return 1
    done = 0
    for each in random.sample(order.lines, random.randrange(len(order.lines)) + 1):
        for _ in range(random.randrange(3)):
            left = oms.look(Order, order_id).line(each.line_id).quantities
            there = left.waiting + left.allocated
            if there:
                units = random.randrange(there) + 1
                oms.do(CancelUnits(order_id=order.order_id, line_id=each.line_id, units=units, reason="no", at=at))
                done += 1
    return done


def test_what_was_sold_less_what_was_cancelled_is_in_the_books_when_all_the_rest_has_left(tmp_path: Path) -> None:
    """Sixty orders of every sort; the journal's sales, shipping, charges and taxes are the reference."""
    random, till = Random(23), Till()  # noqa: S311
    partly = whole = 0
    with invoicing_shop(tmp_path, erp=till) as oms:
        for number in range(ORDERS):
            order_id = f"ord_{number}"
            oms.do(any_order(oms, random, order_id))
            commits = cancel_some(oms, order_id, random)
            send(oms, order_id)
            order = oms.look(Order, order_id)
            assert order.is_settled
            (sale,), back = of_order(till.sales, order_id), of_order(till.back, order_id)
            assert sale.gross == order.total
            assert len(back) == commits, "one for each commit that cancelled"
            ledger = oms.find(Ledger, order_id)
            booked = dict.fromkeys(Account, Money.zero(order.currency))
            for balance in ledger.balances if ledger else ():
                booked[balance.account] = Money(-balance.minor, balance.currency)
            for account, part in PARTS.items():
                left = part(sale) - Money.total([part(each) for each in back], order.currency)
                assert left == booked[account], (order_id, account)
            for each in order.lines:
                told = sum(one.units for cut in back for one in cut.lines if one.line_id == each.line_id)
                assert told == each.quantities.cancelled
            partly += bool(back) and not order.is_cancelled
            whole += any(each.is_all_of(sale) for each in back)
        assert not oms.storage.tasks("dead")
    assert len(till.sales) == ORDERS
    assert min(partly, whole) > 5, "the cases are there at all"


def test_a_sale_has_every_line_with_its_units_and_the_order_s_own_sums(tmp_path: Path) -> None:
    till = Till()
    with invoicing_shop(tmp_path, erp=till) as oms:
        lines = (line("TEA", 3, "10.70", title="Assam"), line("CUP", 1, "11.90"))
        oms.do(placed(oms, "ord_1", lines, shipping=Money(119, "EUR"), reference="PO-7"))
        oms.run_due()
    (sale,) = till.sales.values()
    assert [(each.sku, each.title, each.units, str(each.net)) for each in sale.lines] == [
        ("TEA", "Assam", 3, "30.00 EUR"),
        ("CUP", "CUP", 1, "10.00 EUR"),
    ]
    assert (sale.sale_id, sale.reference, sale.person_id, sale.at) == ("ord_1", "PO-7", "person_DE", NOON)
    assert [(each.code, str(each.rate)) for each in sale.taxes] == [("DE19", "0.19"), ("DE7", "0.07")]
    assert str(sale.gross) == "45.19 EUR"


def test_an_order_that_is_placed_and_cancelled_whole_in_one_commit_is_never_told(tmp_path: Path) -> None:
    with invoicing_shop(tmp_path) as oms:
        for order_id in ("ord_1", "ord_2"):
            oms.do(placed(oms, order_id, (line("TEA", 2, "1.00"), line("CUP", 1, "1.00"))))
        events: list[object] = [_placed(oms.look(Order, order_id)) for order_id in ("ord_1", "ord_2")]
        oms.do(CancelOrder(order_id=OrderId("ord_1"), reason="no", at=NOON))
        oms.do(CancelUnits(order_id=OrderId("ord_2"), line_id=1, units=1, reason="no", at=NOON))
        orders = {OrderId(order_id): oms.look(Order, order_id) for order_id in ("ord_1", "ord_2")}
    events += [_cut("ord_1", 1, 2), _cut("ord_2", 1, 1), _cut("ord_1", 2, 1)]
    told = list(sales_told(events, orders.__getitem__, lambda _: 9, lambda cut: str(cut.units)))
    assert [(each.task_id, each.payload.get("cancelled")) for each in told] == [
        ("ord_2.erp.sale", None),
        ("ord_2.cancelled.9.erp.sale", str((CancelledUnits(1, 0, 1),))),
    ]


def _placed(order: Order) -> OrderPlaced:
    return OrderPlaced(
        order_id=order.order_id,
        channel=order.channel,
        reference="",
        currency=order.currency,
        person_id=None,
        address_name="",
        destination=order.destination,
        lines=tuple([each.agreed for each in order.lines]),
        tags=(),
        exchange_for=None,
        payment_provider="",
        payment_method="",
        at=NOON,
    )


def _cut(order_id: str, line_id: int, units: int) -> UnitsCancelled:
    return UnitsCancelled(
        order_id=OrderId(order_id), line_id=line_id, from_open=units, from_backordered=0, drops=(), reason="no", at=NOON
    )


@pytest.mark.parametrize("units", [(1, 2, 4), (7,), (3, 4), (2, 5)])
def test_in_whatever_pieces_a_line_is_cancelled_the_pieces_are_worth_the_line(
    tmp_path: Path, units: tuple[int, ...]
) -> None:
    with invoicing_shop(tmp_path) as oms:
        oms.do(placed(oms, "ord_1", (line("TEA", 7, "0.33"),), shipping=Money(101, "EUR")))
        order = oms.look(Order, "ord_1")
    pieces = [
        taken_back(order, Cancelling(sale_id="x", at=NOON, units=(CancelledUnits(1, sum(units[:k]), count),)))
        for k, count in enumerate(units)
    ]
    assert Money.total([each.net for each in pieces], "EUR") == sale_of(order).net
    assert Money.total([each.tax for each in pieces], "EUR") == sale_of(order).tax
    assert [each.is_all_of(sale_of(order)) for each in pieces] == [len(units) == 1] * len(units)


def test_a_sale_that_the_erp_refuses_is_told_to_the_shop_and_the_others_go_through(tmp_path: Path) -> None:
    till = Stubborn()
    with invoicing_shop(tmp_path, erp=till) as oms:
        for number, sku in enumerate(("TEA", "POT", "CUP")):
            oms.do(placed(oms, f"ord_{number}", (line(sku, 1, "1.00"),)))
        oms.run_due()
        (dead,) = oms.storage.tasks("dead")
    assert dead.task_id == "ord_1.erp.sale"
    assert dead.note.startswith("line 1: no such product as POT")
    assert sorted(till.sales) == ["ord_0", "ord_2"]


@pytest.mark.parametrize("takes", [None, False])
def test_a_shop_whose_erp_takes_no_sales_asks_for_none_and_never_calls_what_would(
    tmp_path: Path, takes: bool | None
) -> None:
    books = Till() if takes is not None else Books()
    if isinstance(books, Till):
        books.takes_sales = False
    called: list[str] = []

    def hear(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename == selling.__file__:
            called.append(frame.f_code.co_name)

    with bench(tmp_path, books=books) as shop:
        oms = shop.oms
        before = sys.getprofile()
        sys.setprofile(hear)
        try:
            oms.do(placed(oms, "ord_1", (line("TEA", 2, "1.00"),), person_id=None, address_name=""))
            oms.do(CancelUnits(order_id=OrderId("ord_1"), line_id=1, units=1, reason="no", at=NOON))
        finally:
            sys.setprofile(before)
        assert "erp_sale" not in {task.kind for task in oms.storage.tasks("waiting")}
        oms.run_due()
    assert called == []
