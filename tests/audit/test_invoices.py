"""The audit of a shop that invoices: clean as it was lived, and each damage to its invoices named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from omscore.audit import Law
from omscore.billing.invoices import IssueInvoices
from omscore.ids import OrderId
from omscore.orders.model import Order
from tests.audit.conftest import audited
from tests.audit.forger import Body, Forger
from tests.billing.sales import arrive, give_back, invoicing_shop, line, placed, send


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    """Two orders sent, one of them taken back in part, and three documents about it."""
    with invoicing_shop(tmp_path, storage={"sqlite": {"path": "shop.db"}}) as oms:
        for order_id in ("ord_1", "ord_2"):
            oms.do(placed(oms, order_id, (line("CUP", 3, "9.99"), line("TEA", 2, "5.00"))))
            send(oms, order_id)
        arrive(oms, "ord_1")
        give_back(oms, "ord_1", {1: 1}, return_id="ret_1")
        for order_id in oms.listed(Order, "placed"):
            oms.do(IssueInvoices(order_id=OrderId(order_id), at=oms.clock.now()))
    yield tmp_path / "shop.db"


def test_a_shop_that_invoices_is_clean(database: Path) -> None:
    report = audited(database)
    assert report.findings == ()
    assert report.counts["streams"] > 3


def _owed(body: Body) -> None:
    body["invoice"]["owed"][0] += 1


def _goods(body: Body) -> None:
    body["invoice"]["lines"][0]["net"][0] -= 1


@pytest.mark.parametrize(
    ("done", "law", "where", "says"),
    [
        (lambda f: f.event("invoice/2026-000002", 1, _owed), Law.BOOKS, "invoice/2026-000002", "not over what entry"),
        (lambda f: f.event("invoice/2026-000001", 1, _goods), Law.BOOKS, "invoice/2026-000001", "on another sum"),
        (lambda f: f.drop_last("series/2026-"), Law.BOOKS, "invoice/2026-000003", "no series has counted it"),
        (
            lambda f: f.event("series/2026-", 2, lambda body: body.update(number=5)),
            Law.BOOKS,
            "series/2026-",
            "number 2 is missing; the series goes on with 5",
        ),
        (lambda f: f.vanish("invoice/2026-000003"), Law.BOOKS, "series/2026-", "2026-000003: no document"),
        (
            lambda f: f.sql("DELETE FROM claims WHERE name = 'invoiced:ord_1.f1.sale'"),
            Law.CLAIMS,
            "invoice/2026-000001",
            "leads to nothing",
        ),
    ],
)
def test_damage_to_an_invoice_is_named(
    database: Path, done: Callable[[Forger], object], law: Law, where: str, says: str
) -> None:
    forger = Forger(database)
    done(forger)
    forger.close()
    found = [(each.law, each.where, each.says) for each in audited(database).findings]
    assert any(each[:2] == (law, where) and says in each[2] for each in found), found
