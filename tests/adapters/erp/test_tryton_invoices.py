"""Invoices in a real Tryton: the same sums to the cent, each posted once, and a bad one is told and stops no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import attrs
import pytest

import omscore_adapters.erp_tryton
from omscore.app import open_shop
from omscore.billing.drawing import BilledUnits, drawn_up
from omscore.billing.invoices import IssueInvoices
from omscore.billing.ledger import Ledger
from omscore.billing.sellers import Invoicing, Seller
from omscore.errors import PortRefusedError, PortTransientError, PortUnknownError, SetupError
from omscore.externals import external_ids
from omscore.ids import OrderId, PersonId
from omscore.money import Money, Rounding, times
from omscore.places import Address
from omscore.plugins.discovery import Plugins
from omscore.ports.clock import VirtualClock
from omscore.ports.erp import Account, Invoice, InvoiceKind
from omscore.testing.faults import Fault
from omscore.testing.hostile import HostileFront
from omscore_adapters.erp_tryton import TrytonBooks, TrytonDocument, TrytonSettings
from tests.kit.shops import NOON, RATES, SHOP, order, send_out, stock_up
from tests.kit.tryton import CODES, Tryton

_RUNS = count(1)
BOTH = (TrytonDocument.MOVES, TrytonDocument.INVOICES)
CREATE, POST = "account.invoice.create", "account.invoice.post"
SELLER = Seller(address=Address(recipient="Tea", lines=("1",), city="Ayr", country="GB"), vat_id="GB123456789")


@pytest.fixture
def run() -> str:
    """The beginning of the numbers of one test: the books are one for all."""
    return f"i{next(_RUNS)}-"


@pytest.fixture
def front(tryton: Tryton) -> Iterator[HostileFront]:
    with HostileFront(tryton.port) as between:
        yield between


def settings(tryton: Tryton, port: int = 0, **more: object) -> TrytonSettings:
    found = tryton.settings(documents=BOTH, **more)
    return attrs.evolve(found, url=f"http://127.0.0.1:{port}") if port else found


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def billed(place: int, sku: str, units: int, net: int, rate: str = "0.2", shipping: int = 0) -> BilledUnits:
    tax = times(euros(net), Decimal(rate), rounding=Rounding.HALF_UP)
    return BilledUnits(
        line_id=place,
        sku=sku,
        title=f"{sku.title()} & co",
        units=units,
        unit_price=None,
        discount=euros(0),
        net=euros(net),
        shipping=euros(shipping),
        charges=euros(0),
        tax=tax + times(euros(shipping), Decimal(rate), rounding=Rounding.HALF_UP),
        tax_code="VAT",
        tax_rate=Decimal(rate),
    )


def invoice(
    number: str, *lines: BilledUnits, kind: InvoiceKind = InvoiceKind.INVOICE, person: str = "person_anna"
) -> Invoice:
    lines = lines or (billed(1, "TEA", 2, 1_000),)
    drawn = drawn_up(lines, Invoicing(seller=SELLER), "EUR")
    day = date(2026, 3, 2)
    return Invoice(
        number=number,
        kind=kind,
        order_id=OrderId("ord_1"),
        reference="",
        entry_id=f"{number}.sale",
        person_id=PersonId(person),
        seller=SELLER,
        issued_on=day,
        due_on=day + timedelta(days=14),
        delivered_on=day,
        country="GB",
        lines=drawn.lines,
        charges=drawn.charges,
        taxes=drawn.taxes,
        owed=Money.total([each.net + each.shipping + each.tax for each in lines], "EUR"),
        paid=euros(0),
    )


def sums(document: Invoice) -> tuple[str, bool, str, str, str, str]:
    """How Tryton must have it: the rounding is among the taxes, so that all of it adds up."""
    sign = 1 if document.kind is InvoiceKind.INVOICE else -1
    amounts = (document.net, document.owed - document.net, document.owed)
    told = [str((each * sign).amount) for each in amounts]
    return document.number, True, "posted", told[0], told[1], told[2]


def test_any_invoice_and_credit_note_has_the_same_sums_in_tryton_to_the_cent(tryton: Tryton, run: str) -> None:
    """Prices that no four decimals can hold, several rates, shipping, a product that bears a tax by default."""
    random = Random(run)  # noqa: S311
    documents = []
    for place in range(3):
        lines = [
            billed(
                each,
                random.choice(("TEA", "CUP", "POT")),
                random.choice((1, 3, 7, 999)),
                random.choice((0, 1, 3_333, random.randrange(100_000))),
                random.choice(("0.2", "0.055", "0.07")),
                random.choice((0, 0, 499)),
            )
            for each in range(1, random.randrange(2, 6))
        ]
        kind = random.choice((InvoiceKind.INVOICE, InvoiceKind.CREDIT_NOTE))
        documents.append(invoice(f"{run}{place}", *lines, billed(9, "POT", 1, 1), kind=kind))
    TrytonBooks(settings(tryton)).post_invoices(documents)
    assert any(not each.rounding.is_zero for each in documents)
    assert tryton.invoices(*[each.number for each in documents]) == sorted(map(sums, documents))


def test_an_invoice_is_booked_on_the_accounts_that_its_journal_entry_would_be(tryton: Tryton, run: str) -> None:
    document = invoice(f"{run}1", billed(1, "TEA", 3, 1_000, shipping=400), billed(2, "CUP", 1, 99, "0.055"))
    TrytonBooks(settings(tryton)).post_invoices([document])
    assert tryton.booked(document.number) == {
        CODES[Account.RECEIVABLE]: str(document.owed.amount),
        CODES[Account.SALES]: "-10.99",
        CODES[Account.SHIPPING]: "-4.00",
        CODES[Account.TAX]: str(-(document.owed - document.net).amount),
    }


def test_sending_again_changes_nothing_and_the_first_content_of_a_number_stays(tryton: Tryton, run: str) -> None:
    first = invoice(f"{run}1")
    TrytonBooks(settings(tryton)).post_invoices([first, first])
    TrytonBooks(settings(tryton)).post_invoices([invoice(f"{run}1", billed(1, "POT", 1, 7))])
    assert tryton.invoices(first.number) == [sums(first)]


def test_a_bad_line_is_told_by_its_place_and_the_other_invoices_go_through(tryton: Tryton, run: str) -> None:
    """Three that Tryton cannot have, each for another reason, among two that it can."""
    good = [invoice(f"{run}good"), invoice(f"{run}good2", kind=InvoiceKind.CREDIT_NOTE)]
    unknown = invoice(f"{run}unknown", billed(1, "TEA", 1, 100), billed(2, "NO-SUCH", 1, 100))
    old = attrs.evolve(invoice(f"{run}old"), issued_on=date(2019, 3, 2))
    yen = attrs.evolve(invoice(f"{run}yen"), owed=Money(1, "JPY"))
    with pytest.raises(PortRefusedError) as caught:
        TrytonBooks(settings(tryton)).post_invoices([good[0], unknown, old, yen, good[1]])
    says = str(caught.value)
    assert says.startswith("3 of 5 invoices are not booked: ")
    assert f"invoice '{run}unknown': line 2: Tryton has no product, or several, with the code 'NO-SUCH'" in says
    assert f"invoice '{run}yen': it is in JPY" in says
    assert f"invoice '{run}old': Tryton refuses: " in says
    numbers = [each.number for each in (*good, unknown, old, yen)]
    assert tryton.invoices(*numbers) == sorted(map(sums, good)), "and no draft is left"


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.LOST_ANSWER])
@pytest.mark.parametrize("mark", [CREATE, POST])
def test_whatever_is_lost_the_invoice_is_there_once(
    tryton: Tryton, front: HostileFront, run: str, mark: str, fault: Fault
) -> None:
    document = invoice(f"{run}1", billed(1, "CUP", 1, 100))
    books = TrytonBooks(settings(tryton, front.port))
    front.break_next(fault, mark=mark)
    for _ in range(3):
        with suppress(PortTransientError, PortUnknownError):
            books.post_invoices([document])
            break
    assert front.struck == 1
    assert tryton.invoices(document.number) == [sums(document)]


def test_workers_that_post_the_same_invoice_at_the_same_moment_post_it_once(tryton: Tryton, run: str) -> None:
    document = invoice(f"{run}1")

    def work() -> None:
        for _ in range(8):
            with suppress(PortTransientError, PortUnknownError):
                TrytonBooks(settings(tryton)).post_invoices([document])
                return

    workers = [Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert tryton.invoices(document.number) == [sums(document)]


def test_a_customer_who_is_a_party_of_that_code_is_billed_and_any_other_is_the_party_of_the_settings(
    tryton: Tryton, run: str
) -> None:
    address = [["create", [{}]]]
    (anna,) = tryton.ask("party.party.create", [{"name": "Anna", "code": f"{run}anna", "addresses": address}])
    books = TrytonBooks(settings(tryton))
    books.post_invoices([invoice(f"{run}1", person=f"{run}anna"), invoice(f"{run}2")])
    found = tryton.ask(
        "account.invoice.search_read",
        [["reference", "in", [f"{run}1", f"{run}2"]]],
        0,
        None,
        [["reference", "ASC"]],
        ["party", "party.code"],
        company=1,
    )
    assert (found[0]["party"], found[1]["party."]["code"]) == (anna, "WEB")
    with pytest.raises(PortRefusedError, match=r"no party with an address and the code 'person_anna'"):
        TrytonBooks(settings(tryton, party="")).post_invoices([invoice(f"{run}3")])


def test_a_journal_that_tryton_does_not_have_is_named_by_its_place_in_the_settings(tryton: Tryton, run: str) -> None:
    with pytest.raises(SetupError, match=r"erp\.tryton\.invoice_journal"):
        TrytonBooks(settings(tryton, invoice_journal="NO")).post_invoices([invoice(f"{run}1")])


def test_what_a_shop_sells_and_invoices_comes_to_the_same_balances_in_tryton_as_in_its_own_ledger(
    tryton: Tryton, tmp_path: Path, run: str
) -> None:
    """By way of the shop's own tasks: invoices by themselves, all other entries as moves, nothing twice."""
    order_id = f"{run}sold"
    plain = settings(tryton)
    fields: dict[str, Any] = {**attrs.asdict(plain, recurse=False), "accounts": attrs.asdict(plain.accounts)}
    password = tmp_path / "password"
    password.write_text(plain.password.reveal(), encoding="utf-8")
    fields |= {"password": {"file": "password"}, "documents": ["moves", "invoices"]}
    plugins = Plugins()
    plugins.register(omscore_adapters.erp_tryton)
    table = f"""
[invoicing]
series = "{run}"
[invoicing.seller]
address = {{recipient = "Tea", lines = ["1"], city = "Ayr", country = "GB"}}
vat_id = "GB123456789"
"""
    (tmp_path / "shop.toml").write_text(SHOP + table, encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    overrides = {"erp": {"tryton": fields}}
    with open_shop(tmp_path / "shop.toml", clock=VirtualClock(NOON), overrides=overrides, plugins=plugins) as oms:
        stock_up(oms)
        shipping = euros(499)
        oms.do(
            order(oms, {"TEA": 3, "CUP": 1}, order_id=order_id, price="9.99", shipping=shipping, address_name="home")
        )
        oms.run_due()
        send_out(oms, order_id)
        for _ in range(2):
            oms.do(IssueInvoices(order_id=OrderId(order_id), at=oms.clock.now()))
            oms.run_due()
        ledger = oms.look(Ledger, order_id)
        assert oms.storage.tasks("dead") == ()
        (number,) = oms.listed(Invoice, "invoiced", order_id)
        named = external_ids(oms, order_id)
    (theirs,) = tryton.ask(
        "account.invoice.search_read", [["reference", "=", number]], 0, None, None, ["number"], company=1
    )
    assert [each.external_id for each in named if each.our_id == number] == [theirs["number"]]
    assert sorted(each.our_id for each in named) == sorted(
        [number, *[each for each in ledger.entry_ids if not each.endswith(".sale")]]
    )
    assert [row[2] for row in tryton.invoices(number)] == ["posted"]
    sale, *others = sorted(ledger.entry_ids, key=lambda entry_id: not entry_id.endswith(".sale"))
    assert tryton.moves(sale, *others) == sorted((entry_id, "posted") for entry_id in others), "the sale is no move"
    found = {code: Decimal(amount) for code, amount in tryton.booked(number).items()}
    for _, code, debit, credit in tryton.lines(*others):
        found[code] = found.get(code, Decimal(0)) + Decimal(debit) - Decimal(credit)
    ours = {CODES[each.account]: Decimal(each.minor).scaleb(-2) for each in ledger.balances}
    assert {code: amount for code, amount in found.items() if amount} == ours
