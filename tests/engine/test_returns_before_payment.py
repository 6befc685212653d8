"""Goods that come back before their money does lower what is due; who pays the old sum gets the surplus back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from omscore.app import Oms, run_until
from omscore.billing.invoices import Invoice, InvoiceKind, IssueInvoices
from omscore.billing.journal import Account
from omscore.billing.ledger import Ledger
from omscore.ids import LocationId, OrderId, ReturnId
from omscore.money import Money
from omscore.orders.model import Order
from omscore.payments.callbacks import Callback, CallbackState, RecordCallback
from omscore.payments.model import AttemptState, Payment, Step
from omscore.returns.commands import DisposeReturn, ReceiveReturn, RequestReturn
from omscore.returns.model import DisposedUnits, Disposition, ReturnUnits
from tests.billing.sales import INVOICING
from tests.engine.test_reminders import on_account, sent, shop
from tests.kit.shops import NOON, pass_time
from tests.laws.bench import Outbox
from tests.laws.checks import check_everything

CAPTURE, REFUND = Step.CAPTURE, Step.REFUND


@contextmanager
def owing(folder: Path, flows: str = "remind_invoice_days = [0]") -> Iterator[tuple[Oms, Outbox]]:
    """A shop that sent three teas of 10.00 each, which are to be paid by transfer and have arrived."""
    with shop(folder, flows + INVOICING) as (oms, outbox):
        on_account(oms, TEA=3)
        pass_time(oms, days=3)
        yield oms, outbox


def give_back(oms: Oms, name: str, units: int, line: int = 1, order_id: str = "ord_1") -> None:
    return_id, at = ReturnId(name), oms.clock.now()
    sku = oms.look(Order, order_id).line(line).sku
    oms.do(
        RequestReturn(
            return_id=return_id,
            order_id=OrderId(order_id),
            location_id=LocationId("MUC"),
            units=(ReturnUnits(line, sku, units),),
            reason="no",
            at=at,
        )
    )
    oms.do(ReceiveReturn(return_id=return_id, at=at))
    oms.do(DisposeReturn(return_id=return_id, units=(DisposedUnits(line, units, Disposition.RESTOCK),), at=at))
    oms.run_due()


def told(oms: Oms, key: str, minor: int, event_id: str = "", *, succeeded: bool = True) -> CallbackState:
    """What becomes of what the bank statement says."""
    command = RecordCallback(
        provider="transfer",
        event_id=event_id or f"statement {key}",
        payment_id=oms.look(Payment, "ord_1.p1").payment_id,
        key=key,
        succeeded=succeeded,
        amount=Money(minor, "EUR"),
        at=oms.clock.now(),
    )
    oms.do(command)
    oms.run_due()
    return oms.look(Callback, command.callback_id).state


def open_keys(oms: Oms, step: Step) -> list[tuple[str, int]]:
    """The attempts of a step that wait for the bank, with what is due."""
    payment = oms.look(Payment, "ord_1.p1")
    return [(each.key, each.due.minor) for each in payment.attempts if each.step is step and each.is_due]


def receivable(oms: Oms) -> int:
    return oms.look(Ledger, "ord_1").balance_minor(Account.RECEIVABLE, "EUR")


def test_a_return_before_the_money_lowers_what_is_due_and_what_the_letter_asks_for(tmp_path: Path) -> None:
    with owing(tmp_path) as (oms, outbox):
        give_back(oms, "ret_1", 1)
        ((key, due),) = open_keys(oms, CAPTURE)
        assert (due, receivable(oms)) == (2_000, 2_000)
        run_until(oms, NOON + timedelta(days=15))
        (letter,) = sent(outbox, "invoice_due")
        assert letter.subject == "Please pay 20.00 EUR for order ord_1"
        assert told(oms, key, 2_000) is CallbackState.APPLIED
        payment = oms.look(Payment, "ord_1.p1")
        figures = (payment.captured.minor, payment.refunded.minor, payment.voided.minor, receivable(oms))
        assert figures == (2_000, 0, 1_000, 0)
        assert told(oms, key, 2_000, "told once more") is CallbackState.AGREED
        check_everything(oms)


def test_who_pays_the_old_sum_gets_the_surplus_back_once(tmp_path: Path) -> None:
    with owing(tmp_path) as (oms, _):
        give_back(oms, "ret_1", 1)
        give_back(oms, "ret_2", 1)
        ((key, due),) = open_keys(oms, CAPTURE)
        assert due == 1_000
        assert told(oms, key, 3_000) is CallbackState.APPLIED
        ((back, surplus),) = open_keys(oms, REFUND)
        assert surplus == 2_000
        assert told(oms, key, 3_000, "told once more") is CallbackState.AGREED
        assert told(oms, back, 2_000) is CallbackState.APPLIED
        payment = oms.look(Payment, "ord_1.p1")
        assert (payment.captured.minor, payment.refunded.minor, receivable(oms)) == (3_000, 2_000, 0)
        check_everything(oms)


@pytest.mark.parametrize("left", [1_000, 0])
def test_who_pays_what_was_due_before_another_return_gets_the_surplus_back(tmp_path: Path, left: int) -> None:
    """The letter asked for it, and the goods were sent off while the money was on its way."""
    with owing(tmp_path) as (oms, _):
        give_back(oms, "ret_1", 1)
        ((key, asked),) = open_keys(oms, CAPTURE)
        give_back(oms, "ret_2", 1 if left else 2)
        assert told(oms, key, 1_500, "a sum nobody asked for") is CallbackState.REFUSED
        assert told(oms, key, asked) is CallbackState.APPLIED
        ((back, surplus),) = open_keys(oms, REFUND)
        assert surplus == asked - left
        assert told(oms, key, asked, "told once more") is CallbackState.AGREED
        assert told(oms, back, surplus) is CallbackState.APPLIED
        payment = oms.look(Payment, "ord_1.p1")
        assert (payment.captured.minor, payment.refunded.minor, receivable(oms)) == (asked, surplus, 0)
        check_everything(oms)


@pytest.mark.parametrize("pays", [False, True])
def test_of_goods_that_all_came_back_nothing_is_due_or_reminded_of_and_money_that_comes_goes_back(
    tmp_path: Path, pays: bool
) -> None:
    with owing(tmp_path) as (oms, outbox):
        give_back(oms, "ret_1", 3)
        (key,) = [each.key for each in oms.look(Payment, "ord_1.p1").attempts if each.step is CAPTURE]
        pass_time(oms, days=60)
        assert open_keys(oms, CAPTURE) == [] and not sent(outbox, "invoice_due") and receivable(oms) == 0
        assert key not in {task.task_id for task in oms.storage.tasks("waiting")}, "and nobody looks for an answer"
        check_everything(oms)
        if pays:
            assert told(oms, key, 3_000) is CallbackState.APPLIED
            ((back, surplus),) = open_keys(oms, REFUND)
            assert (surplus, told(oms, back, 3_000)) == (3_000, CallbackState.APPLIED)
            assert receivable(oms) == 0
            check_everything(oms)


@pytest.mark.parametrize(("units", "holds"), [(1, 1), (3, 0)])
def test_money_that_will_never_come_stops_the_order_only_while_something_is_due(
    tmp_path: Path, units: int, holds: int
) -> None:
    with owing(tmp_path) as (oms, _):
        give_back(oms, "ret_1", units)
        (key,) = [each.key for each in oms.look(Payment, "ord_1.p1").attempts if each.step is CAPTURE]
        assert told(oms, key, 3_000, succeeded=False) is CallbackState.APPLIED
        says = [hold.says for hold in oms.look(Order, "ord_1").holds]
        assert len(says) == holds and all("20.00 EUR was declined" in each for each in says)
        check_everything(oms)


def test_any_other_sum_is_put_to_a_person_and_changes_nothing(tmp_path: Path) -> None:
    with owing(tmp_path) as (oms, _):
        give_back(oms, "ret_1", 1)
        ((key, _due),) = open_keys(oms, CAPTURE)
        for minor in (1, 1_000, 1_999, 2_001, 3_001):
            assert told(oms, key, minor, f"statement {minor}") is CallbackState.REFUSED
        assert open_keys(oms, CAPTURE) == [(key, 2_000)]
        assert told(oms, key, 2_000, "right") is CallbackState.APPLIED
        assert told(oms, key, 3_000, "the old sum after all") is CallbackState.REFUSED, "a person gives it back"


def test_the_credit_note_and_the_invoice_come_to_what_is_due(tmp_path: Path) -> None:
    with owing(tmp_path) as (oms, _):
        oms.do(IssueInvoices(order_id=OrderId("ord_1"), at=oms.clock.now()))
        give_back(oms, "ret_1", 1)
        oms.do(IssueInvoices(order_id=OrderId("ord_1"), at=oms.clock.now()))
        bills = [oms.look(Invoice, number) for number in oms.listed(Invoice, "invoiced", "ord_1")]
        signed = [each.payable.minor * (1 if each.kind is InvoiceKind.INVOICE else -1) for each in bills]
        assert signed == [3_000, -1_000]
        assert sum(signed) == open_keys(oms, CAPTURE)[0][1] == receivable(oms)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_comes_back_before_or_after_whichever_sum_is_paid_the_customer_has_paid_for_what_they_kept(
    tmp_path: Path, seed: int
) -> None:
    draw = Random(seed)  # noqa: S311 (the same life on every run)
    with shop(tmp_path, "remind_invoice_days = [0]" + INVOICING) as (oms, _):
        on_account(oms, TEA=4, CUP=3)
        pass_time(oms, days=3)
        first = {each.key: each.amount.minor for each in oms.look(Payment, "ord_1.p1").attempts}
        left = {1: 4, 2: 3}
        for number in range(6):
            line = draw.choice((1, 2))
            if left[line] and draw.random() < 0.7:
                units = draw.randint(1, left[line])
                left[line] -= units
                give_back(oms, f"ret_{number}", units, line)
            elif waiting := open_keys(oms, CAPTURE):
                key, due = draw.choice(waiting)
                assert told(oms, key, draw.choice((due, first[key]))) is CallbackState.APPLIED
            pass_time(oms, hours=draw.randint(1, 90))
            check_everything(oms)
        for step in (CAPTURE, REFUND):
            for key, due in open_keys(oms, step):
                assert told(oms, key, due) is CallbackState.APPLIED
        order, payment = oms.look(Order, "ord_1"), oms.look(Payment, "ord_1.p1")
        worth = sum(
            line.amounts.gross.minor - line.amounts.part(0, line.units - left[line.line_id], line.units).gross.minor
            for line in order.lines
        )
        assert payment.captured.minor - payment.refunded.minor == worth
        assert receivable(oms) == 0 and oms.storage.tasks("dead") == ()
        assert not [each for each in payment.attempts if each.state is AttemptState.DECLINED]
        check_everything(oms)
