"""Words and papers for orders the demo does not have: net prices, nobody registered, parts still to follow."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from omscore.cli.demo.tables import LETTER_NAMES
from omscore.cli.papers import packing_slips, receipt_of
from omscore.cli.records import open_records
from omscore.cli.story import FATES, HOLDS, STEPS, story_of
from omscore.engine.letters import LETTERS
from omscore.money import Money
from omscore.orders import events as o
from omscore.orders.model import HoldKind, Order
from omscore.payments.model import Payment, Step
from omscore.returns.model import Disposition
from tests.kit.shops import CUP, TEA, order, pass_time, send_out, small_shop


def test_every_hold_step_fate_and_letter_has_its_words() -> None:
    assert set(HOLDS) == set(HoldKind)
    assert set(STEPS) == set(Step)
    assert set(FATES) == set(Disposition)
    assert set(LETTER_NAMES) == set(LETTERS)


def test_a_receipt_for_net_prices_adds_the_tax_and_charges_only_what_left(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        oms.do(
            order(
                oms, {TEA: 3, CUP: 9}, channel="market", price="1000", person_id=None, discount=Money(1001, "JPY"),
                shipping=Money(500, "JPY"),
            )
        )  # fmt: skip
        oms.run_due()
        send_out(oms, "ord_1")
        pass_time(oms, days=1)
    with open_records(tmp_path / "shop.db") as records:
        placed = records.look(Order, "ord_1")
        left = sum(line.quantities.handed_over for line in placed.lines)
        assert 0 < left < 12, "a part must wait"
        text = receipt_of(records, placed)
        captured = records.look(Payment, placed.payments[0]).captured
        assert "VAT ADDED TO THE PRICES" in text
        assert "Customer not registered" in text
        assert f"TOTAL {captured}" in " ".join(text.split())
        assert "Still to pay 0 JPY" in " ".join(text.split())
        slip = packing_slips(records, placed)
        assert "TO FOLLOW IN ANOTHER DELIVERY" in slip
        assert max(map(len, (text + slip).splitlines())) <= 80


def test_a_story_tells_an_unanswered_request_until_it_is_answered(tmp_path: Path) -> None:
    with small_shop(tmp_path) as oms:
        oms.do(order(oms, {TEA: 1}))
        with open_records(tmp_path / "shop.db") as records:
            waiting = [told.says for told in story_of(records, records.look(Order, "ord_1"))]
        oms.run_due()
        with open_records(tmp_path / "shop.db") as records:
            answered = [told.says for told in story_of(records, records.look(Order, "ord_1"))]
    assert any("no answer yet" in says for says in waiting)
    assert not any("no answer yet" in says for says in answered)


def test_every_order_event_is_told_or_left_to_the_one_who_did_it(tmp_path: Path) -> None:
    told_elsewhere = {
        "LinesAllocated", "LinesBackordered", "LinesProgressed", "LinesShipped", "PaymentAttached", "ReturnPromised",
        "ReturnShortened",
    }  # fmt: skip
    with small_shop(tmp_path) as oms:
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
        send_out(oms, "ord_1")
        pass_time(oms, days=5)
    with open_records(tmp_path / "shop.db") as records:
        placed = records.look(Order, "ord_1")
        happened = {type(fact.event).__name__ for fact in records.log(["order/ord_1"])}
        told = {each.fact for each in story_of(records, placed)}
    assert happened - told <= told_elsewhere
    assert told_elsewhere < {event.__name__ for event in get_args(o.OrderEvent)}
