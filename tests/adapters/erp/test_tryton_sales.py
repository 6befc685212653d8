"""Sales in a real Tryton: the same sums to the cent, each there once, and what is cancelled is taken back once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
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
from omscore.billing.sales import Sale, SaleLine, SaleTax
from omscore.errors import PortError, PortRefusedError, PortTransientError, PortUnknownError, SetupError
from omscore.externals import external_ids
from omscore.ids import OrderId, PersonId
from omscore.money import Money, Rounding, times
from omscore.orders.commands import CancelOrder, CancelUnits
from omscore.orders.model import Order
from omscore.plugins.discovery import Plugins
from omscore.ports.clock import VirtualClock
from omscore.testing.faults import Fault
from omscore.testing.hostile import HostileFront
from omscore_adapters.erp_tryton import TrytonBooks, TrytonDocument, TrytonSettings
from tests.kit.shops import NOON, RATES, SHOP, order, stock_up
from tests.kit.tryton import CENTS, Tryton

_RUNS = count(1)
CREATE, QUOTE, CONFIRM = "sale.sale.create", "sale.sale.quote", "sale.sale.confirm"
Row = tuple[str, str, str, str, str]


@pytest.fixture
def run() -> str:
    """The beginning of the order ids of one test: the books are one for all."""
    return f"s{next(_RUNS)}-"


@pytest.fixture(scope="module")
def books(tryton: Tryton) -> TrytonBooks:
    """Those of a worker who is signed in already."""
    return TrytonBooks(settings(tryton))


@pytest.fixture(scope="module")
def front(tryton: Tryton) -> Iterator[HostileFront]:
    with HostileFront(tryton.port) as between:
        yield between


@pytest.fixture(scope="module")
def unlucky(tryton: Tryton, front: HostileFront) -> TrytonBooks:
    """Those of a worker whose requests pass the front."""
    return TrytonBooks(settings(tryton, front.port))


def settings(tryton: Tryton, port: int = 0, **more: object) -> TrytonSettings:
    found = tryton.settings(**({"documents": (TrytonDocument.SALES,), "sale_tax": CENTS} | more))
    return attrs.evolve(found, url=f"http://127.0.0.1:{port}") if port else found


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def sold(line_id: int, sku: str, units: int, net: int) -> SaleLine:
    return SaleLine(line_id=line_id, sku=sku, title=f"{sku.title()} & co", units=units, net=euros(net))


def sale(sale_id: str, *lines: SaleLine, shipping: int = 0, tax: int = 200, of: str = "", **more: Any) -> Sale:
    plain: dict[str, Any] = {
        "sale_id": sale_id,
        "order_id": OrderId(of or sale_id),
        "reference": "PO-7",
        "person_id": PersonId("person_anna"),
        "at": NOON,
        "lines": lines or (sold(1, "TEA", 2, 1_000),),
        "shipping": euros(shipping),
        "charges": euros(0),
        "taxes": (SaleTax(code="VAT20", rate=Decimal("0.2"), tax=euros(tax)),),
    }
    return Sale(**(plain | more))


def cut(sale_id: str, of: Sale) -> Sale:
    """One tea of two taken back."""
    return sale(sale_id, sold(1, "TEA", 1, 500), tax=100, of=of.sale_id)


def sums(of: Sale, state: str = "confirmed", sign: int = 1) -> Row:
    """How Tryton must have it."""
    net, tax, gross = (str((each * sign).amount) for each in (of.net, of.tax, of.gross))
    return of.sale_id, state, net, tax, gross


def begin_work(tryton: Tryton, sale_id: str) -> None:
    """Tryton begins to process a sale, as it does by itself where it is installed without a queue."""
    tryton.ask("sale.sale.process", tryton.ask("sale.sale.search", [["reference", "=", sale_id]], 0, None, None))


def until_done(act: Callable[[], object], times: int = 8) -> None:
    """What a shop's tasks do: the same again while it may help."""
    for _ in range(times):
        with suppress(PortTransientError, PortUnknownError):
            act()
            return


def at_once(*works: Callable[[], object]) -> None:
    workers = [Thread(target=until_done, args=(work,)) for work in works]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def test_any_sale_has_the_same_sums_in_tryton_to_the_cent(tryton: Tryton, run: str, books: TrytonBooks) -> None:
    """Prices that no four decimals can hold, several rates, tax that is no rate of the net, a product with a tax."""
    random = Random(run)  # noqa: S311
    sales = []
    for place in range(8):
        lines = [
            sold(
                each,
                random.choice(("TEA", "CUP", "POT")),
                random.choice((1, 3, 7, 999)),
                random.choice((0, 1, 3_333, random.randrange(100_000))),
            )
            for each in range(1, random.randrange(2, 6))
        ]
        taxes = tuple(
            SaleTax(
                code=f"VAT{rate}",
                rate=Decimal(rate),
                tax=times(euros(random.randrange(90_000)), Decimal(rate), rounding=Rounding.HALF_UP),
            )
            for rate in random.sample(("0.2", "0.055", "0.07", "0"), 3)
        )
        charges = euros(random.choice((0, 7)))
        sales.append(sale(f"{run}{place}", *lines, shipping=random.choice((0, 499)), taxes=taxes, charges=charges))
    books.post_sales(sales)
    assert tryton.sales(*[each.sale_id for each in sales]) == sorted(map(sums, sales))


def test_a_sale_has_our_units_prices_and_names_and_tryton_makes_nothing_of_it(tryton: Tryton, run: str) -> None:
    told = sale(f"{run}1", sold(1, "TEA", 4, 1_010), sold(2, "CUP", 3, 1_000), shipping=399)
    TrytonBooks(settings(tryton, warehouse="WH")).post_sales([told])
    begin_work(tryton, told.sale_id)
    fields = ["product.code", "description", "quantity", "unit_price", "amount"]
    mine: list[Any] = ["sale.reference", "=", told.sale_id]
    rows = tryton.ask("sale.line.search_read", [mine], 0, None, [["id", "ASC"]], fields, company=1)
    assert [
        (
            (row["product."] or {}).get("code"),
            row["description"],
            row["quantity"],
            row["unit_price"]["decimal"],
            row["amount"]["decimal"],
        )
        for row in rows
    ] == [
        ("TEA", "Tea & co", 4, "2.5250", "10.10"),
        ("CUP", "Cup & co", 3, "3.3333", "10.00"),
        (None, "Shipping", 1, "3.99", "3.99"),
        (None, "VAT20 20 %", 200, "0.00", "0.00"),
    ]
    named = ["party.code", "description", "sale_date", "state", "invoices", "shipments"]
    (head,) = tryton.ask("sale.sale.search_read", [["reference", "=", told.sale_id]], 0, None, None, named, company=1)
    assert (head["party."]["code"], head["description"], head["state"]) == ("WEB", "PO-7", "processing")
    assert (head["sale_date"]["month"], head["sale_date"]["day"]) == (3, 2)
    assert (head["invoices"], head["shipments"]) == ([], []), "also when Tryton has begun to process it"


def test_sending_again_changes_nothing_and_the_first_content_of_an_id_stays(
    tryton: Tryton, run: str, books: TrytonBooks
) -> None:
    first = sale(f"{run}1")
    books.post_sales([first, first])
    begin_work(tryton, first.sale_id)
    books.post_sales([sale(f"{run}1", sold(1, "POT", 1, 7))])
    assert tryton.sales(first.sale_id) == [sums(first, "processing")]


def test_a_bad_line_is_told_by_its_place_and_the_other_sales_go_through(
    tryton: Tryton, run: str, books: TrytonBooks
) -> None:
    good = [sale(f"{run}good"), sale(f"{run}good2")]
    unknown = sale(f"{run}unknown", sold(1, "TEA", 1, 100), sold(2, "NO-SUCH", 1, 100))
    old = sale(f"{run}old", sold(1, "OLD", 1, 100))
    yen = attrs.evolve(sale(f"{run}yen"), shipping=Money(0, "JPY"))
    with pytest.raises(PortRefusedError) as caught:
        books.post_sales([good[0], unknown, old, yen, good[1]])
    says = str(caught.value)
    assert says.startswith("3 of 5 sales are not booked: ")
    assert f"sale '{run}unknown': line 2: Tryton has no product for sale, or several, with the code 'NO-SUCH'" in says
    assert f"sale '{run}old': line 1: Tryton has no product for sale" in says
    assert f"sale '{run}yen': it is in JPY" in says
    found = tryton.sales(*[each.sale_id for each in (*good, unknown, old, yen)])
    assert found == sorted(map(sums, good)), "and no draft is left"


def test_a_sale_that_tryton_takes_as_a_draft_and_does_not_quote_leaves_no_draft(tryton: Tryton, run: str) -> None:
    """As a location that is no warehouse makes it do."""
    with pytest.raises(SetupError, match=r"erp\.tryton\.warehouse"):
        TrytonBooks(settings(tryton, warehouse="NO")).post_sales([sale(f"{run}1")])
    with pytest.raises(PortRefusedError, match=f"sale '{run}1': Tryton refuses: "):
        TrytonBooks(settings(tryton, warehouse="SUP")).post_sales([sale(f"{run}1")])
    assert tryton.sales(f"{run}1") == []


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.LOST_ANSWER, Fault.TWICE])
@pytest.mark.parametrize("mark", [CREATE, QUOTE, CONFIRM])
def test_whatever_is_lost_the_sale_is_there_once(
    tryton: Tryton, front: HostileFront, run: str, mark: str, fault: Fault, unlucky: TrytonBooks
) -> None:
    told = sale(f"{run}1")
    before = front.struck
    front.break_next(fault, mark=mark)
    until_done(lambda: unlucky.post_sales([told]), 3)
    assert front.struck == before + 1
    assert tryton.sales(told.sale_id) == [sums(told)]


def test_the_quotation_of_a_worker_that_died_is_confirmed_by_the_next_also_beside_an_older_draft(
    tryton: Tryton, run: str, books: TrytonBooks
) -> None:
    """A quotation can be deleted no more, so it is the one that stays, though its number is the higher one."""
    told = sale(f"{run}1")
    draft = {"company": 1, "party": _web(tryton), "reference": told.sale_id, "invoice_method": "manual"}
    (older,) = tryton.ask(CREATE, [draft], company=1)
    tryton.ask("sale.sale.write", [older], {"reference": "aside"}, company=1)
    with HostileFront(tryton.port) as front:
        front.break_next(Fault.DOWN, mark=CONFIRM, times=99)
        with pytest.raises(PortError):
            TrytonBooks(settings(tryton, front.port)).post_sales([told])
    tryton.ask("sale.sale.write", [older], {"reference": told.sale_id}, company=1)
    assert [state for _, state, *_ in tryton.sales(told.sale_id)] == ["draft", "quotation"]
    books.post_sales([told])
    assert tryton.sales(told.sale_id) == [sums(told)]


def _counted(tryton: Tryton, run: str) -> dict[str, str]:
    """What Tryton calls the sales of a test, cancelled ones among them."""
    rows = tryton.ask(
        "sale.sale.search_read", [["reference", "ilike", f"{run}%"]], 0, None, None, ["reference", "number"]
    )
    return {row["reference"]: row["number"] for row in rows if row["number"]}


def _web(tryton: Tryton) -> int:
    (number,) = tryton.ask("party.party.search", [["code", "=", "WEB"]], 0, None, None)
    return int(number)


def test_workers_that_post_the_same_sale_at_the_same_moment_post_it_once(tryton: Tryton, run: str) -> None:
    told = sale(f"{run}1")
    at_once(*[lambda: TrytonBooks(settings(tryton)).post_sales([told])] * 3)
    assert tryton.sales(told.sale_id) == [sums(told)]


@pytest.mark.parametrize("is_begun", [False, True])
def test_cancelled_units_are_a_sale_below_zero_that_names_its_origin_and_is_there_once(
    tryton: Tryton, run: str, is_begun: bool, books: TrytonBooks
) -> None:
    told = sale(f"{run}1")
    back = cut(f"{run}1.cancelled.4", told)
    books.post_sales([told])
    if is_begun:
        begin_work(tryton, told.sale_id)
    for _ in range(2):
        books.take_back(told, back)
    assert tryton.sales(told.sale_id, back.sale_id) == [
        sums(told, "processing" if is_begun else "confirmed"),
        sums(back, sign=-1),
    ]
    (row,) = tryton.ask("sale.sale.search_read", [["reference", "=", back.sale_id]], 0, None, None, ["origin"])
    (first,) = tryton.ask("sale.sale.search", [["reference", "=", told.sale_id]], 0, None, None)
    assert row["origin"] == f"sale.sale,{first}"


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.LOST_ANSWER])
@pytest.mark.parametrize("mark", ["sale.sale.draft", "sale.sale.cancel"])
def test_a_sale_that_is_cancelled_whole_is_cancelled_whatever_is_lost(
    tryton: Tryton, front: HostileFront, run: str, mark: str, fault: Fault, books: TrytonBooks, unlucky: TrytonBooks
) -> None:
    told = sale(f"{run}1")
    back = attrs.evolve(told, sale_id=f"{run}1.cancelled.2")
    books.post_sales([told])
    before = front.struck
    front.break_next(fault, mark=mark)
    until_done(lambda: unlucky.take_back(told, back), 3)
    books.take_back(told, back)
    books.post_sales([told])
    assert front.struck == before + 1
    assert tryton.sales(told.sale_id, back.sale_id) == [sums(told, "cancelled")]


def test_a_sale_that_tryton_works_on_is_taken_back_whole_instead_of_cancelled(
    tryton: Tryton, run: str, books: TrytonBooks
) -> None:
    told = sale(f"{run}1", sold(1, "TEA", 2, 1_000), sold(2, "CUP", 3, 1_000), shipping=399)
    back = attrs.evolve(told, sale_id=f"{run}1.cancelled.2")
    books.post_sales([told])
    begin_work(tryton, told.sale_id)
    for _ in range(2):
        books.take_back(told, back)
    assert tryton.sales(told.sale_id, back.sale_id) == [sums(told, "processing"), sums(back, sign=-1)]


def test_a_sale_that_is_cancelled_before_it_was_told_stays_cancelled_whoever_comes_late_with_it(
    tryton: Tryton, run: str, books: TrytonBooks
) -> None:
    """Also one of a product that Tryton does not know: what is cancelled needs no lines."""
    good, bad = sale(f"{run}1"), sale(f"{run}2", sold(1, "NO-SUCH", 1, 1))
    for told in (good, bad):
        books.take_back(told, attrs.evolve(told, sale_id=f"{told.sale_id}.cancelled.2"))
        books.post_sales([told])
    assert tryton.sales(good.sale_id, bad.sale_id) == [
        sums(good, "cancelled"),
        (bad.sale_id, "cancelled", "0", "0", "0"),
    ]


def test_what_is_cancelled_before_its_sale_was_told_brings_the_sale_along(
    tryton: Tryton, run: str, books: TrytonBooks
) -> None:
    told = sale(f"{run}1")
    back = cut(f"{run}1.cancelled.2", told)
    books.take_back(told, back)
    assert tryton.sales(told.sale_id, back.sale_id) == [sums(told), sums(back, sign=-1)]
    bad = sale(f"{run}2", sold(1, "NO-SUCH", 2, 1))
    with pytest.raises(PortRefusedError, match=f"sale '{run}2': line 1"):
        books.take_back(bad, cut(f"{run}2.cancelled.2", bad))
    assert tryton.sales(f"{run}2", f"{run}2.cancelled.2") == []


@pytest.mark.parametrize("is_whole", [False, True])
def test_workers_that_sell_and_take_back_at_the_same_moment_come_to_the_same(
    tryton: Tryton, run: str, is_whole: bool
) -> None:
    told = sale(f"{run}1")
    back = attrs.evolve(told, sale_id=f"{run}1.x") if is_whole else cut(f"{run}1.x", told)
    at_once(
        lambda: TrytonBooks(settings(tryton)).post_sales([told]),
        lambda: TrytonBooks(settings(tryton)).take_back(told, back),
        lambda: TrytonBooks(settings(tryton)).take_back(told, back),
    )
    found = tryton.sales(told.sale_id, back.sale_id)
    if is_whole:
        assert [row[:2] for row in found] == [(told.sale_id, "cancelled")]
    else:
        assert found == [sums(told), sums(back, sign=-1)]


@pytest.mark.parametrize("name", ["NO", "VAT"])
def test_a_tax_that_is_not_there_or_not_one_cent_is_named_by_its_place_in_the_settings(
    tryton: Tryton, run: str, name: str
) -> None:
    with pytest.raises(SetupError, match=rf"erp\.tryton\.sale_tax: Tryton has no tax called '{name}'.*0\.01 EUR"):
        TrytonBooks(settings(tryton, sale_tax=name)).post_sales([sale(f"{run}1")])


def test_what_a_shop_sells_and_cancels_is_in_tryton_what_its_orders_say(
    tryton: Tryton, tmp_path: Path, run: str
) -> None:
    """By way of the shop's own settings and tasks: one kept, one cancelled in part, one cancelled whole."""
    plain = settings(tryton)
    fields: dict[str, Any] = {**attrs.asdict(plain, recurse=False), "accounts": attrs.asdict(plain.accounts)}
    password = tmp_path / "password"
    password.write_text(plain.password.reveal(), encoding="utf-8")
    fields |= {"password": {"file": "password"}, "documents": ["sales"]}
    plugins = Plugins()
    plugins.register(omscore_adapters.erp_tryton)
    (tmp_path / "shop.toml").write_text(SHOP, encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    overrides = {"erp": {"tryton": fields}}
    with open_shop(tmp_path / "shop.toml", clock=VirtualClock(NOON), overrides=overrides, plugins=plugins) as oms:
        stock_up(oms)
        kept, part, whole = (OrderId(f"{run}{name}") for name in ("kept", "part", "whole"))
        for order_id in (kept, part, whole):
            oms.do(order(oms, {"TEA": 3, "CUP": 1}, order_id=order_id, price="9.99", shipping=euros(499)))
        oms.run_due()
        at = oms.clock.now()
        oms.do(CancelUnits(order_id=part, line_id=1, units=2, reason="no", at=at))
        oms.do(CancelUnits(order_id=part, line_id=2, units=1, reason="no", at=at))
        oms.do(CancelOrder(order_id=whole, reason="no", at=at))
        oms.run_due()
        assert oms.storage.tasks("dead") == ()
        total, tea = oms.look(Order, kept).total, oms.look(Order, part).line(1)
        named = [each for order_id in (kept, part, whole) for each in external_ids(oms, order_id)]
        for each in named:
            assert each in external_ids(oms, each.external_id), "found from Tryton's side too"
    assert {each.our_id: each.external_id for each in named} == _counted(tryton, run)
    rows = tryton.ask("sale.sale.search_read", [["reference", "ilike", f"{run}%"]], 0, None, None, ["reference"])
    found = tryton.sales(*[row["reference"] for row in rows])
    assert [(each[0].partition(".")[0], each[1]) for each in found] == [
        (kept, "confirmed"),
        (part, "confirmed"),
        (part, "confirmed"),
        (part, "confirmed"),
        (whole, "cancelled"),
    ]
    assert {each[0]: each[4] for each in found}[kept] == str(total.amount)
    left = sum((Decimal(each[4]) for each in found if each[0].startswith(part)), Decimal(0))
    assert left == tea.amounts.part(0, 1, 3).gross.amount, "the first tea, with its share of the shipping"
