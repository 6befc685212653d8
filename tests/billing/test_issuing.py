"""Issuing: numbers without a gap, nothing billed twice, nothing issued that cannot be written, and never changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import pytest

from omscore.app import Oms
from omscore.billing.invoices import Invoice, IssueInvoices
from omscore.billing.series import NumberSeries
from omscore.errors import ConflictError, InputError, NotFoundError, OmsError, RefusedError, SetupError
from omscore.ids import OrderId, PersonId
from omscore.invoicing import ubl_invoice
from omscore.money import Money
from omscore.places import Address
from tests.billing.sales import (
    INVOICING,
    arrive,
    give_back,
    invoicing_shop,
    issued,
    line,
    placed,
    register,
    send,
)
from tests.kit.einvoice import broken_rules

FILE: dict[str, Any] = {"sqlite": {"path": "shop.db"}}


@pytest.fixture
def oms(tmp_path: Path) -> Iterator[Oms]:
    with invoicing_shop(tmp_path) as shop:
        yield shop


def issue(oms: Oms, order_id: str) -> None:
    oms.do(IssueInvoices(order_id=OrderId(order_id), at=oms.clock.now()))


def sold(oms: Oms, order_id: str = "ord_1", sku: str = "CUP", **more: Any) -> None:
    oms.do(placed(oms, order_id, (line(sku, 2, "10.00"),), **more))
    send(oms, order_id)


def numbers(oms: Oms) -> list[str]:
    """The numbers of all documents."""
    return sorted(row.stream.partition("/")[2] for row in oms.storage.streams("invoice/"))


def counted(last: int, series: str = "2026-") -> list[str]:
    return [f"{series}{number:06}" for number in range(1, last + 1)]


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_numbers_have_no_gap_and_nothing_is_billed_twice_whoever_issues_at_the_same_moment(
    tmp_path: Path, store: str, request: pytest.FixtureRequest
) -> None:
    """Two programs' worth of shops over one store, two threads in each, every thread at every order."""
    storage = FILE
    if store == "postgres":
        own = request.getfixturevalue("postgres").settings()
        storage = {"postgres": {"dsn": own.dsn, "schema": own.schema}}
    with invoicing_shop(tmp_path, storage=storage) as first, invoicing_shop(tmp_path, storage=storage) as second:
        orders = [f"ord_{number}" for number in range(8)]
        for order_id in orders:
            sold(first, order_id)
        errors: list[OmsError] = []

        def work(shop: Oms, seed: int) -> None:
            for order_id in Random(seed).sample(orders, len(orders)):  # noqa: S311
                for _ in range(50):  # outrun eight times in a row: anybody may ask again
                    with suppress(ConflictError):
                        issue(shop, order_id)
                        break
                else:
                    errors.append(ConflictError(order_id))

        threads = [Thread(target=work, args=(shop, seed)) for seed, shop in enumerate((first, second, first, second))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert numbers(first) == counted(len(orders))
        billed = [first.look(Invoice, number).entry_id for number in numbers(first)]
        assert sorted(billed) == sorted(f"{order_id}.f1.sale" for order_id in orders)
        assert second.look(NumberSeries, "2026-").last == len(orders)


def test_a_pile_of_orders_is_issued_in_their_order(oms: Oms) -> None:
    orders = [f"ord_{number}" for number in range(7)]
    for order_id in orders:
        sold(oms, order_id)
    at = oms.clock.now()
    results = oms.do_many([IssueInvoices(order_id=OrderId(order_id), at=at) for order_id in orders])
    assert not [each for each in results if isinstance(each, OmsError)]
    assert [oms.look(Invoice, number).order_id for number in counted(7)] == orders


def test_issuing_again_changes_nothing_and_later_shipments_and_returns_are_added(oms: Oms) -> None:
    sold(oms)
    issue(oms, "ord_1")
    before = {number: ubl_invoice(oms, number) for number in numbers(oms)}
    issue(oms, "ord_1")
    assert numbers(oms) == [*before] == counted(1)
    arrive(oms, "ord_1")
    give_back(oms, "ord_1", {1: 2}, return_id="ret_1", lots=2)
    issue(oms, "ord_1")
    assert [each.entry_id for each in issued(oms, "ord_1")] == ["ord_1.f1.sale", "ret_1.credit.1", "ret_1.credit.2"]
    assert {number: ubl_invoice(oms, number) for number in before} == before


def test_an_issued_document_is_the_same_text_whatever_changes_afterwards(tmp_path: Path) -> None:
    """The customer moves, the shop moves, the refund comes, the series is another."""
    with invoicing_shop(tmp_path, storage=FILE) as oms:
        sold(oms)
        issue(oms, "ord_1")
        before = ubl_invoice(oms, "2026-000001")
        register(oms, "DE", name="Somebody Else", addresses=())
        sold(oms, "ord_2", country="US")
    moved = INVOICING.replace("Muenchen", "Hamburg").replace('"2026-"', '"2027-"').replace("DE19", "DE20")
    with invoicing_shop(tmp_path, storage=FILE, invoicing=moved) as oms:
        assert ubl_invoice(oms, "2026-000001") == before
        issue(oms, "ord_2")
        assert numbers(oms) == ["2026-000001", "2027-000001"]
        assert "Hamburg" in ubl_invoice(oms, "2027-000001")


def test_days_go_up_as_numbers_do_even_where_a_clock_was_ahead(oms: Oms) -> None:
    sold(oms)
    sold(oms, "ord_2", country="US")
    now = oms.clock.now()
    oms.do(IssueInvoices(order_id=OrderId("ord_1"), at=now + timedelta(days=2)))
    oms.do(IssueInvoices(order_id=OrderId("ord_2"), at=now))
    first, second = (oms.look(Invoice, number) for number in numbers(oms))
    assert (first.order_id, first.issued_on) == ("ord_1", (now + timedelta(days=2)).date())
    assert (second.order_id, second.issued_on) == ("ord_2", first.issued_on)


def test_a_customer_who_is_forgotten_is_on_no_invoice_any_more(oms: Oms) -> None:
    sold(oms)
    issue(oms, "ord_1")
    oms.forget(PersonId("person_DE"))
    with pytest.raises(RefusedError, match="its customer was forgotten"):
        ubl_invoice(oms, "2026-000001")
    assert not [row for row in oms.storage.events() if "Square" in row.body], "the log never had the address"
    assert oms.look(Invoice, "2026-000001").owed == Money(2_000, "EUR")


def _no_customer(oms: Oms) -> None:
    sold(oms, person_id=None, address_name="")


def _forgotten(oms: Oms) -> None:
    sold(oms)
    oms.forget(PersonId("person_DE"))


def _lives_in(*countries: str) -> tuple[tuple[str, Address], ...]:
    return tuple(
        (name, Address(recipient="A", lines=("1",), city="B", country=country))
        for name, country in zip(("home", "billing"), countries, strict=False)
    )


def _goes_to_no_country(oms: Oms) -> None:
    register(oms, "ZZ", addresses=_lives_in("ZZ", "GB"))
    sold(oms, country="ZZ")


def _buyer_in_no_country(oms: Oms) -> None:
    register(oms, "ZZ", addresses=_lives_in("ZZ"))
    sold(oms, country="ZZ")


def _bad_text(oms: Oms) -> None:
    register(oms, "DE", name="A\ufffeB")
    sold(oms)


def _told_another_tax(oms: Oms) -> None:
    sold(oms, told_taxes=(Money(1, "EUR"),))


def _fils(oms: Oms) -> None:
    sku = line("CUP", 1, "1.234", "KWD")
    oms.do(placed(oms, "ord_1", (sku,), channel="gulf"))
    send(oms, "ord_1")


def _vat_id_of_no_country(oms: Oms) -> None:
    register(oms, "FR", vat_id="XX123456789")
    sold(oms, country="FR")


def _no_vat_id(oms: Oms) -> None:
    register(oms, "AT", vat_id="")
    sold(oms, country="AT")


@pytest.mark.parametrize(
    ("done", "code", "says"),
    [
        (
            lambda oms: oms.do(placed(oms, "ord_1", (line("CUP", 1, "1"),))),
            "invoice.nothing",
            "after the first shipment",
        ),
        (
            lambda oms: sold(oms, discount_percent=Decimal(100)),
            "invoice.nothing",
            "nothing that costs anything has left",
        ),
        (_no_customer, "invoice.buyer", "placed without a customer"),
        (_forgotten, "invoice.buyer", "forgotten"),
        (_goes_to_no_country, "invoice.country", "the country order ord_1 goes to is 'ZZ'"),
        (_buyer_in_no_country, "invoice.country", "country of customer person_ZZ"),
        (_bad_text, "invoice.text", "U+FFFE"),
        (_told_another_tax, "invoice.tax", "the tax charged at 19 % is 0.01 EUR"),
        (_fils, "invoice.decimals", "1.234 KWD has more"),
        (_vat_id_of_no_country, "invoice.country", "VAT id of customer person_FR"),
        (_no_vat_id, "invoice.vat_id", "names the buyer's"),
    ],
)
def test_what_cannot_be_written_is_refused_with_the_reason_and_takes_no_number(
    oms: Oms, done: Any, code: str, says: str
) -> None:
    done(oms)
    with pytest.raises((RefusedError, InputError)) as caught:
        issue(oms, "ord_1")
    assert caught.value.code == code
    assert says in str(caught.value)
    sold(oms, "ord_9", country="US")
    issue(oms, "ord_9")
    assert numbers(oms) == counted(1)


def test_a_rate_of_zero_that_nobody_explained_is_refused_by_its_tax_code(tmp_path: Path) -> None:
    cut = "\n".join(row for row in INVOICING.splitlines() if '"FR0"' not in row)
    with invoicing_shop(tmp_path, invoicing=cut) as oms:
        sold(oms, country="FR")
        with pytest.raises(
            RefusedError, match=r"why tax code 'FR0' has a rate of zero: add it to invoicing\.zero_rates"
        ):
            issue(oms, "ord_1")
        assert numbers(oms) == []


def test_a_seller_without_a_vat_id_bills_at_home_and_not_abroad(tmp_path: Path) -> None:
    small = INVOICING.replace('vat_id = "DE123456789"', 'tax_number = "12/345/67890"')
    with invoicing_shop(tmp_path, invoicing=small) as oms:
        sold(oms)
        issue(oms, "ord_1")
        assert broken_rules(ubl_invoice(oms, "2026-000001")) == []
        sold(oms, "ord_2", country="CH")
        with pytest.raises(RefusedError, match="of category G names the seller's VAT id"):
            issue(oms, "ord_2")


def test_a_shop_without_a_seller_is_told_which_table_is_missing(tmp_path: Path) -> None:
    with invoicing_shop(tmp_path, invoicing="") as oms:
        sold(oms)
        with pytest.raises(SetupError, match=r"add a table \[invoicing\.seller\]"):
            issue(oms, "ord_1")
    with pytest.raises(NotFoundError):
        ubl_invoice(oms, "2026-000001")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('iban = "DE89', 'iban = "DE88', "check digits"),
        ('vat_id = "DE123456789"', 'vat_id = "123456789"', "FR12345678901"),
        ('vat_id = "DE123456789"', 'vat_id = "UK123456789"', "no country has"),
        ('vat_id = "DE123456789"\n', "", "both tax_number and registration"),
        ('country = "DE"}\nvat', 'country = "UK"}\nvat', "the seller's country is 'UK'"),
        ('series = "2026-"', 'series = "2026/"', "no slash"),
        ('series = "2026-"', 'series = "-"', "series '-' is not usable"),
        ('category = "Z"}', 'category = "Z", reason = "x"}', "bears no reason"),
        ('category = "K", reason = "Intra-community supply"', 'category = "K"', "needs the reason"),
        ('{code = "GB0", category = "Z"}', '{code = "GB0", category = "S"}', "cannot be of category S"),
        ('{code = "GB0"', '{code = "FR0"', "names the tax code 'FR0' twice"),
    ],
)
def test_a_seller_that_cannot_be_right_is_refused_when_the_shop_is_opened(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in INVOICING
    with (
        pytest.raises(SetupError, match="invoicing") as caught,
        invoicing_shop(tmp_path, invoicing=INVOICING.replace(old, new)),
    ):
        pass
    assert says in str(caught.value)
