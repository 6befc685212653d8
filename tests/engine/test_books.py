"""The books after any life: entries balance, the customer owes nothing, the stock is worth its units."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from omscore.app import Oms
from omscore.billing.journal import Account
from omscore.billing.ledger import Ledger
from omscore.errors import RefusedError
from omscore.fulfillment.model import FulfillmentOrder
from omscore.ids import LocationId, OrderId, ReturnId
from omscore.inventory.commands import ListItem
from omscore.inventory.model import ListedItem
from omscore.items import Item, Sku
from omscore.money import Money
from omscore.orders.commands import CancelOrder
from omscore.orders.model import Order
from omscore.returns.commands import DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, ReturnUnits
from tests.kit.shops import CUP, NOON, TEA, order, pass_time, send_out
from tests.laws.bench import bench
from tests.laws.checks import check_books, records
from tests.laws.life import Life, lives


def balance(oms: Oms, account: Account, owner: str = "ord_1", currency: str = "EUR") -> int:
    return oms.look(Ledger, owner).balance_minor(account, currency)


def bring_back(oms: Oms, fates: tuple[Disposition, ...]) -> None:
    return_id, at = ReturnId("ret_1"), oms.clock.now()
    oms.do(
        RequestReturn(
            return_id=return_id,
            order_id=OrderId("ord_1"),
            location_id=LocationId("MUC"),
            units=(ReturnUnits(1, TEA, len(fates)),),
            reason="no",
            at=at,
        )
    )
    oms.do(ReceiveReturn(return_id=return_id, at=at))
    for fate in fates:
        oms.do(DisposeReturn(return_id=return_id, units=(DisposedUnits(1, 1, fate),), at=at))
    oms.run_due()


@pytest.mark.parametrize(("channel", "price", "currency"), [("web", "9.99", "EUR"), ("phone", "8.49", "GBP")])
def test_after_a_whole_life_the_customer_owes_nothing(oms: Oms, channel: str, price: str, currency: str) -> None:
    extras: dict[str, Any] = {
        "shipping": Money(495, currency),
        "discount_percent": Decimal(7),
        "discount": Money(33, currency),
    }
    oms.do(order(oms, {TEA: 5, CUP: 3}, channel=channel, price=price, **extras))
    oms.run_due()
    send_out(oms, "ord_1")
    total = oms.look(Order, "ord_1").total
    assert balance(oms, Account.RECEIVABLE, currency=currency) == 0
    assert balance(oms, Account.CLEARING, currency=currency) == total.minor
    pass_time(oms, days=5)
    bring_back(oms, (Disposition.RESTOCK, Disposition.DAMAGED, Disposition.WRITE_OFF))
    assert balance(oms, Account.RECEIVABLE, currency=currency) == 0
    check_books(oms)


def test_goods_sold_and_taken_back_whole_leave_only_the_postage(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 2}, shipping=Money(495, "EUR")))
    oms.run_due()
    send_out(oms, "ord_1")
    pass_time(oms, days=5)
    bring_back(oms, (Disposition.RESTOCK, Disposition.RESTOCK))
    postage = [package.postage for package in oms.look(FulfillmentOrder, "ord_1.f1").packages]
    assert postage == [Money(400, "EUR")]
    left = {each.account: each.minor for each in oms.look(Ledger, "ord_1").balances}
    assert left == {Account.POSTAGE: 400, Account.CARRIER_PAYABLE: -400}


def test_a_written_off_unit_is_a_loss_and_a_damaged_one_is_still_stock(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 2}))
    oms.run_due()
    send_out(oms, "ord_1")
    pass_time(oms, days=5)
    bring_back(oms, (Disposition.DAMAGED, Disposition.WRITE_OFF))
    assert balance(oms, Account.STOCK_LOSS) == 300
    assert balance(oms, Account.COST_OF_GOODS) == 0
    assert balance(oms, Account.INVENTORY) == -300
    check_books(oms)


def test_an_order_on_account_is_owed_until_it_is_paid(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 2}, method=None))
    oms.run_due()
    send_out(oms, "ord_1")
    assert balance(oms, Account.RECEIVABLE) == 2000


def test_a_cancelled_order_leaves_no_entry(oms: Oms) -> None:
    oms.do(order(oms, {TEA: 2}))
    oms.run_due()
    oms.do(CancelOrder(order_id=OrderId("ord_1"), at=NOON))
    oms.run_due()
    assert oms.find(Ledger, "ord_1") is None


def test_the_accounting_system_hears_every_entry_once(tmp_path: Path) -> None:
    with bench(tmp_path) as shop:
        shop.oms.do(order(shop.oms, {TEA: 5, CUP: 3}))
        shop.oms.run_due()
        send_out(shop.oms, "ord_1")
        pass_time(shop.oms, days=5)
        bring_back(shop.oms, (Disposition.RESTOCK, Disposition.WRITE_OFF))
        booked = [name for ledger in records(shop.oms, "ledger") for name in ledger.entry_ids]
        assert sorted(booked) == sorted(shop.books.entries)


def test_a_standard_cost_stays_as_first_told(oms: Oms) -> None:
    dearer = Item(sku=Sku(TEA), name="Tea", mass_g=250, unit_cost=Money(301, "EUR"))
    with pytest.raises(RefusedError, match="new SKU to change its standard cost"):
        oms.do(ListItem(item=dearer, at=NOON))
    renamed = Item(sku=Sku(TEA), name="Green tea", mass_g=260, unit_cost=Money(300, "EUR"))
    oms.do(ListItem(item=renamed, at=NOON))
    assert oms.look(ListedItem, TEA).item == renamed


@settings(max_examples=40)
@given(lives)
def test_journals_balance_per_currency_and_day(tmp_path_factory: pytest.TempPathFactory, life: list[Any]) -> None:
    """And the inventory account is worth the units on hand, through receipts, sales, returns, losses and counts."""
    with bench(tmp_path_factory.mktemp("shop")) as shop:
        lived = Life(shop.oms)
        for step in life:
            lived.live(step)
        check_books(shop.oms)
        pass_time(shop.oms, days=4)
        check_books(shop.oms)
        booked = [name for ledger in records(shop.oms, "ledger") for name in ledger.entry_ids]
        assert sorted(booked) == sorted(shop.books.entries)
