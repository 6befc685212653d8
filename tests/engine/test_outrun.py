"""What another program does meanwhile where no record that was read tells of it: to shelves, names and messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from omscore.app import Oms
from omscore.billing.invoices import Invoice, IssueInvoices
from omscore.engine.plans.wishes import BuyLabels, CancelUnpaid, LookAtStock, RetryPayment
from omscore.errors import RefusedError
from omscore.fulfillment.commands import HandOver, PackBoxes, PickUnits
from omscore.ids import CartId, FulfillmentId, LocationId, OrderId, ReturnId, StockDocumentId
from omscore.intake import open_intake
from omscore.inventory.commands import CountStock
from omscore.inventory.reorder import ReorderPoint, SetReorderPoint
from omscore.orders.carts import Cart, SetCartLine
from omscore.orders.commands import CancelUnits, PaymentTerms
from omscore.orders.model import HoldKind, Order
from omscore.ports.carriers import Label, LabelRequest
from omscore.ports.clock import VirtualClock
from omscore.returns.commands import ReceiveReturn, RequestReturn
from omscore.returns.model import ReturnUnits
from tests.adapters.channels.ediback import from_x12
from tests.adapters.channels.test_telling_edi_life import take_x12
from tests.engine.test_between import just_before, two_programs
from tests.kit.depots import SingleCarrier
from tests.kit.shops import CUP, NOON, POT, TEA, order, pass_time, receive, send_out
from tests.laws.bench import bench
from tests.laws.checks import check_everything

REJECTS = {'mail = "shop@tea.example"': 'mail = "shop@tea.example"\nrejects = "rejects"'}
SELLER = """
[invoicing.seller]
address = {recipient = "Tea", lines = ["Lager 1"], city = "Muenchen", postcode = "80331", country = "DE"}
vat_id = "DE123456789"
"""


Store: TypeAlias = Mapping[str, Any]


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    """Where the two programs keep the shop: in a file, or on a server."""
    if request.param == "sqlite":
        return {}
    settings = request.getfixturevalue("postgres").settings()
    return {"storage": {"postgres": {"dsn": settings.dsn, "schema": settings.schema}}}


def in_an_hour(*programs: Oms) -> None:
    """Nothing is run meanwhile."""
    for each in programs:
        assert isinstance(each.clock, VirtualClock)
        each.clock.set(NOON + timedelta(hours=1))


def test_an_exchange_that_is_ordered_while_the_goods_come_in_is_let_go(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with two_programs(tmp_path, **store) as (oms, other):
        oms.do(order(oms, {TEA: 2}))
        other.run_due()
        send_out(oms, "ord_1")
        pass_time(oms, days=5)
        at, back = oms.clock.now(), ReturnId("ret_1")
        pass_time(other, days=5)
        oms.do(
            RequestReturn(
                return_id=back,
                order_id=OrderId("ord_1"),
                location_id=LocationId("MUC"),
                pool="general",
                units=(ReturnUnits(1, TEA, 2),),
                reason="too green",
                exchange=True,
                at=at,
            )
        )
        wish = order(oms, {CUP: 1}, order_id="ord_2", exchange_for=back, method=None)
        placed = just_before(monkeypatch, oms, "commit", lambda: other.do(wish))
        oms.do(ReceiveReturn(return_id=back, at=at))
        assert placed and not oms.look(Order, "ord_2").has_hold(HoldKind.AWAITING_RETURN)


def test_a_shelf_that_two_count_at_once_holds_what_they_counted(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count(number: int) -> CountStock:
        document_id, place = StockDocumentId(f"count-{number}"), LocationId("MUC")
        return CountStock(document_id=document_id, location_id=place, sku=TEA, pool="general", counted=8, at=NOON)

    with two_programs(tmp_path, **store) as (oms, other):
        counted = just_before(monkeypatch, oms, "commit", lambda: other.do(count(2)))
        oms.do(count(1))
        assert counted and oms.sellable([TEA]) == {TEA: 8 + 4}


def test_nobody_is_told_that_goods_are_gone_that_were_there_all_the_time(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with two_programs(tmp_path, **store) as (oms, other):
        first, second = CartId("c1"), CartId("c2")
        oms.do(SetCartLine(cart_id=first, channel="web", sku=POT, units=2, at=NOON))
        in_an_hour(oms, other)
        let_go = just_before(monkeypatch, oms, "listed", other.run_due)
        oms.do(SetCartLine(cart_id=second, channel="web", sku=POT, units=2, at=oms.clock.now()))
        assert let_go and oms.look(Cart, second).line(POT)


def test_an_order_is_not_cancelled_as_sold_out_for_goods_that_were_there_all_the_time(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with two_programs(tmp_path, '\n[[routing.profiles]]\nname = "strict"\nwhen_left = "cancel"\n', **store) as (
        oms,
        other,
    ):
        oms.do(SetCartLine(cart_id=CartId("c1"), channel="web", sku=POT, units=2, at=NOON))
        in_an_hour(oms, other)
        let_go = just_before(monkeypatch, oms, "listed", other.run_due)
        oms.do(order(oms, {POT: 2}))
        assert let_go and not oms.look(Order, "ord_1").is_cancelled


def test_orders_of_a_batch_find_goods_that_were_let_go_after_the_batch_looked(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with two_programs(tmp_path, '\n[[routing.profiles]]\nname = "strict"\nwhen_left = "cancel"\n', **store) as (
        oms,
        other,
    ):
        oms.do(SetCartLine(cart_id=CartId("c1"), channel="web", sku=POT, units=2, at=NOON))
        in_an_hour(oms, other)
        let_go = just_before(monkeypatch, oms, "listed", other.run_due)
        oms.do_many([order(oms, {POT: 1}, order_id=each) for each in ("ord_1", "ord_2")])
        assert let_go and not any(oms.look(Order, each).is_cancelled for each in ("ord_1", "ord_2"))


def test_an_article_that_sold_out_while_its_shelf_was_looked_at_is_low(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with two_programs(tmp_path, "[flows]\ntell_low_stock = true\n", **store) as (oms, other):
        oms.do(SetReorderPoint(sku=POT, units=2, at=NOON))
        other.run_due()
        assert oms.look(ReorderPoint, POT).low_since
        receive(oms, "LYS", {POT: 3}, document="more")

        def sell_out() -> None:
            other.do(order(other, {POT: 5}, order_id="all"))
            other.run_due()

        look = LookAtStock(skus=(POT,), at=NOON)
        sold = just_before(monkeypatch, oms, "commit", sell_out)
        oms._dispatcher.run(look, at=NOON)
        other.run_due()
        assert sold and oms.sellable([POT]) == {POT: 0} and oms.look(ReorderPoint, POT).low_since


def test_what_a_channel_is_told_last_of_an_order_is_how_it_stands(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = '[intake.web.x12]\ncurrency = "EUR"\noutbox = "out"\nown_id = "TEASHOP"\npartner_id = "BIGBUYER"\n'
    with two_programs(tmp_path, table, replacing=REJECTS, **store) as (oms, other):
        order_id = take_x12(open_intake(oms), "1", TEA=2)

        def cancel() -> None:
            other.do(CancelUnits(order_id=order_id, line_id=1, units=1, at=NOON))
            other.run_due()

        cancelled = just_before(monkeypatch, oms, "together", cancel)
        oms.run_due()
        other.run_due()
        files = [from_x12(path.read_bytes()) for path in sorted((tmp_path / "out").iterdir())]
        assert cancelled
        assert [[line.ordered - line.taken - line.waiting for line in each.lines] for each in files][-1] == [1]


def test_an_order_is_not_cancelled_as_unpaid_while_it_is_being_paid_for(tmp_path: Path, store: Store) -> None:
    with two_programs(tmp_path, **store) as (oms, _):
        oms.do(order(oms, {TEA: 1}, method="card-declined"))
        pass_time(oms, hours=71)
        assert oms.look(Order, "ord_1").has_hold(HoldKind.PAYMENT_DECLINED)
        terms = PaymentTerms(provider="manual", method="card-down")
        oms.do(RetryPayment(order_id=OrderId("ord_1"), payment=terms, at=oms.clock.now()))
        in_time = oms.clock.now() + timedelta(hours=1)
        oms._dispatcher.run(CancelUnpaid(order_id=OrderId("ord_1"), at=in_time), at=in_time)
        assert not oms.look(Order, "ord_1").is_settled


def test_all_that_left_before_in_a_batch_is_invoiced_in_it(tmp_path: Path, store: Store) -> None:
    with two_programs(tmp_path, SELLER, **store) as (oms, other):
        oms.do(order(oms, {CUP: 3, POT: 2}))
        other.run_due()
        first, second = oms.look(Order, "ord_1").fulfillments
        for work in (first, second):
            oms.do(PickUnits(fulfillment_id=work, at=NOON))
            oms.do(PackBoxes(fulfillment_id=work, at=NOON))
            other.run_due()
        oms.do(HandOver(fulfillment_id=first, at=NOON))
        oms.do_many([HandOver(fulfillment_id=second, at=NOON), IssueInvoices(order_id=OrderId("ord_1"), at=NOON)])
        assert len(oms.listed(Invoice, "invoiced", "ord_1")) == 2


def test_a_label_that_is_being_bought_is_not_bought_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody is impatient, and another worker is free."""
    carrier, work = SingleCarrier(), FulfillmentId("ord_1.f1")
    with (
        bench(tmp_path, storage="sqlite", carrier=carrier) as shop,
        bench(tmp_path, storage="sqlite", carrier=carrier) as other,
    ):
        shop.oms.do(order(shop.oms, {TEA: 1}))
        shop.oms.run_due()
        shop.oms.do(PickUnits(fulfillment_id=work, at=NOON))
        shop.oms.do(PackBoxes(fulfillment_id=work, at=NOON))
        found, asked = carrier.buy_label, list[str]()

        def late(request: LabelRequest) -> Label:
            if not asked:
                asked.append(request.key)
                with pytest.raises(RefusedError, match="is being bought"):
                    other.oms.do(BuyLabels(fulfillment_id=work, at=NOON))
                other.oms.run_due()
            return found(request)

        monkeypatch.setattr(carrier, "buy_label", late)
        shop.oms.run_due()
        assert asked and len(carrier.depot.sales) == 1
        check_everything(shop.oms)


def test_two_who_ask_again_for_a_label_that_was_given_up_ask_for_one(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with two_programs(tmp_path, **store) as (oms, other):
        oms.do(order(oms, {TEA: 1}))
        other.run_due()
        (work,) = oms.look(Order, "ord_1").fulfillments
        oms.do(PickUnits(fulfillment_id=work, at=NOON))
        oms.do(PackBoxes(fulfillment_id=work, at=NOON))
        oms.storage.drop(f"{work}.b1.label", note="no rates")
        again = BuyLabels(fulfillment_id=work, at=NOON + timedelta(seconds=1))
        asked = just_before(monkeypatch, oms, "commit", lambda: other.do(again))
        oms.do(BuyLabels(fulfillment_id=work, at=NOON))
        assert asked
        assert [task.task_id for task in oms.storage.tasks("waiting") if task.kind == "label"] == [f"{work}.b1.label.1"]
