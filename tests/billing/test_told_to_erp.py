"""Each invoice reaches the accounting system once, whatever else is named like it, and says what was paid back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from omscore.app import Oms, open_shop
from omscore.billing.invoices import Invoice, IssueInvoices
from omscore.billing.journal import Account, JournalEntry, Posting
from omscore.billing.ledger import PostEntry
from omscore.ids import OrderId
from omscore.money import Money
from omscore.plugins import PortKind
from omscore.plugins.discovery import Plugins
from omscore.ports.clock import VirtualClock
from tests.billing.sales import arrive, fill, give_back, issued, line, placed, send, shop_text
from tests.kit.shops import NOON, RATES
from tests.laws.bench import Books, Offer


class Ledgers(Books):
    """Books that enter invoices too."""

    takes_invoices = True

    def __init__(self) -> None:
        super().__init__()
        self.invoices: list[Invoice] = []

    def post_invoices(self, invoices: Sequence[Invoice]) -> None:
        self.invoices += invoices


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Oms, Ledgers]]:
    books, plugins = Ledgers(), Plugins()
    plugins.register(Offer({(PortKind.ERP, "books"): books}))
    (folder / "shop.toml").write_text(shop_text(), encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    overrides: dict[str, Any] = {"storage": {"memory": {}}, "erp": {"books": {}}}
    with open_shop(folder / "shop.toml", clock=VirtualClock(NOON), overrides=overrides, plugins=plugins) as oms:
        fill(oms)
        yield oms, books


def test_an_invoice_is_entered_although_an_entry_by_hand_bears_its_number(tmp_path: Path) -> None:
    with opened(tmp_path) as (oms, books):
        oms.do(placed(oms, "o1", (line("CUP", 2, "10.00"),)))
        send(oms, "o1")
        one = Money(100, "EUR")
        by_hand = JournalEntry(
            entry_id="2026-000001",
            at=NOON,
            says="rounding of invoice 2026-000001",
            reference="o1",
            postings=(Posting(Account.FEES, one), Posting(Account.CLEARING, -one)),
        )
        oms.do(PostEntry(owner="by hand", entry=by_hand, at=NOON))
        oms.do(IssueInvoices(order_id=OrderId("o1"), at=NOON))
        oms.run_due()
        assert books.entries["2026-000001"] == by_hand
        assert [each.number for each in books.invoices] == ["2026-000001"]


@pytest.mark.parametrize("return_id", ["r1", "shop.credit.7", "r.credit.1.credit.2", "r.refund.x"])
def test_a_credit_note_says_what_was_paid_back_whatever_its_return_is_called(tmp_path: Path, return_id: str) -> None:
    with opened(tmp_path) as (oms, _):
        oms.do(placed(oms, "o1", (line("CUP", 2, "10.00"),)))
        send(oms, "o1")
        arrive(oms, "o1")
        give_back(oms, "o1", {1: 2}, return_id=return_id, lots=2)
        oms.run_due()
        oms.do(IssueInvoices(order_id=OrderId("o1"), at=oms.clock.now()))
        paid = [each.paid.minor for each in issued(oms, "o1")]
        assert paid == [2_000, 1_000, 1_000]
