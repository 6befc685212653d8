"""Carts left behind and invoices that are due: reminded of as often as agreed, and never once it is settled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from omscore.app import Oms, open_shop, run_until
from omscore.errors import NotFoundError, SetupError
from omscore.ids import CartId, PaymentId, PersonId
from omscore.orders.carts import SetCartLine
from omscore.orders.commands import PaymentTerms
from omscore.payments.callbacks import RecordCallback
from omscore.payments.model import AttemptState, Payment, Step
from omscore.plugins import PortKind
from omscore.plugins.discovery import Plugins
from omscore.ports.clock import VirtualClock
from omscore.ports.notices import Notice
from omscore_adapters import letters_jinja, payment_transfer
from tests.kit.shops import ANNA, CUP, NOON, POT, RATES, SHOP, TEA, order, pass_time, send_out, stock_up
from tests.laws.bench import Offer, Outbox
from tests.laws.checks import check_everything

CART = CartId("c1")
LEFT = timedelta(minutes=30)
"""How long the small shop keeps a cart."""


@contextmanager
def shop(folder: Path, flows: str, **tables: Mapping[str, Any]) -> Iterator[tuple[Oms, Outbox]]:
    """The small shop with an outbox to look into, and payment by transfer beside the manual one."""
    outbox = Outbox()
    (folder / "shop.toml").write_text(f"{SHOP}\n[flows]\n{flows}\n", encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    plugins = Plugins()
    plugins.register(Offer({(PortKind.NOTICE, "outbox"): outbox}))
    plugins.register(payment_transfer)
    plugins.register(letters_jinja)
    overrides: dict[str, Any] = {
        "notices": {"outbox": {}},
        "storage": {"memory": {}},
        "payment": {"manual": {}, "transfer": {}},
        **tables,
    }
    with open_shop(folder / "shop.toml", clock=VirtualClock(NOON), overrides=overrides, plugins=plugins) as oms:
        stock_up(oms)
        yield oms, outbox


def sent(outbox: Outbox, template: str) -> list[Notice]:
    return [each for each in outbox.notices.values() if each.key.endswith(f".notice.{template}")]


def put(oms: Oms, sku: str, units: int, remind: PersonId | None = None) -> None:
    oms.do(SetCartLine(cart_id=CART, channel="web", sku=sku, units=units, remind=remind, at=oms.clock.now()))


def test_a_cart_left_behind_is_reminded_of_once_in_the_customers_language(tmp_path: Path) -> None:
    with shop(tmp_path, "remind_cart_after_hours = 20", letters={"jinja": {"channels": {"web": "de_DE"}}}) as (
        oms,
        outbox,
    ):
        put(oms, TEA, 2, ANNA)
        put(oms, CUP, 1)
        run_until(oms, NOON + LEFT + timedelta(hours=19))
        assert not sent(outbox, "cart_reminder")
        pass_time(oms, hours=2)
        (told,) = sent(outbox, "cart_reminder")
        assert (told.to, told.subject) == ("anna@example.org", "Sie haben etwas liegen lassen")
        assert ("2 x Tea" in told.text, "1 x Cup" in told.html) == (True, True)
        put(oms, TEA, 3)
        pass_time(oms, days=30)
        assert len(sent(outbox, "cart_reminder")) == 1


def test_nobody_is_reminded_who_did_not_agree_who_bought_who_came_back_or_who_was_forgotten(tmp_path: Path) -> None:
    with shop(tmp_path, "remind_cart_after_hours = 20") as (oms, outbox):
        put(oms, TEA, 1)
        pass_time(oms, days=2)
        assert not sent(outbox, "cart_reminder")
    with shop(tmp_path, "remind_cart_after_hours = 20") as (oms, outbox):
        put(oms, TEA, 1, ANNA)
        pass_time(oms, hours=2)
        oms.do(order(oms, {CUP: 1}))
        pass_time(oms, days=2)
        assert not sent(outbox, "cart_reminder")
    with shop(tmp_path, "remind_cart_after_hours = 20") as (oms, outbox):
        put(oms, TEA, 1, ANNA)
        pass_time(oms, hours=2)
        put(oms, TEA, 0)
        pass_time(oms, days=2)
        assert not sent(outbox, "cart_reminder")
    with shop(tmp_path, "remind_cart_after_hours = 20") as (oms, outbox):
        put(oms, TEA, 1, ANNA)
        oms.forget(ANNA)
        pass_time(oms, days=2)
        assert not sent(outbox, "cart_reminder")
    with shop(tmp_path, "") as (oms, outbox):
        put(oms, TEA, 1, ANNA)
        pass_time(oms, days=2)
        assert not sent(outbox, "cart_reminder")


def test_a_cart_names_a_customer_the_shop_knows(tmp_path: Path) -> None:
    with shop(tmp_path, "") as (oms, _), pytest.raises(NotFoundError, match="register them first"):
        put(oms, TEA, 1, PersonId("nobody"))


def on_account(oms: Oms, order_id: str = "ord_1", **units: int) -> None:
    """An order by bank transfer, sent out as far as it can be."""
    terms = PaymentTerms(provider="transfer", method="invoice")
    oms.do(order(oms, units or {TEA: 2}, order_id=order_id, payment=terms))
    oms.run_due()
    send_out(oms, order_id)


def pay(oms: Oms, order_id: str = "ord_1") -> None:
    """The bank shows the money of the oldest shipment that is owed."""
    payment = oms.look(Payment, f"{order_id}.p1")
    owed = [each for each in payment.attempts if each.step is Step.CAPTURE and each.state is AttemptState.REQUESTED]
    oms.do(
        RecordCallback(
            provider="transfer",
            event_id=f"statement-{owed[0].key}",
            payment_id=PaymentId(payment.payment_id),
            key=owed[0].key,
            succeeded=True,
            amount=owed[0].amount,
            at=oms.clock.now(),
        )
    )
    oms.run_due()


def test_goods_leave_before_their_money_comes_and_the_books_balance_once_it_did(tmp_path: Path) -> None:
    with shop(tmp_path, "") as (oms, outbox):
        on_account(oms)
        pass_time(oms, days=60)
        payment = oms.look(Payment, "ord_1.p1")
        assert (payment.captured.minor, payment.under_way(Step.CAPTURE).minor) == (0, 2000)
        assert oms.storage.tasks("dead") == ()
        assert not sent(outbox, "invoice_due")
        pay(oms)
        assert oms.look(Payment, "ord_1.p1").captured.minor == 2000
        pass_time(oms, days=1)
        check_everything(oms)


@pytest.mark.parametrize("paid_on", [0, 13, 14, 20, 28, 29, 90, None])
def test_an_invoice_is_reminded_of_on_the_days_the_shop_named_until_it_is_paid(
    tmp_path: Path, paid_on: int | None
) -> None:
    days = [0, 14, 30]
    with shop(tmp_path, f"invoice_due_days = 14\nremind_invoice_days = {days}") as (oms, outbox):
        on_account(oms)
        if paid_on is not None:
            run_until(oms, NOON + timedelta(days=paid_on, hours=-1) if paid_on else NOON)
            pay(oms)
        run_until(oms, NOON + timedelta(days=120))
        told = sent(outbox, "invoice_due")
        assert len(told) == sum(paid_on is None or 14 + day < paid_on for day in days)
        for each in told:
            assert each.subject == "Please pay 20.00 EUR for order ord_1"
            assert "due on 2026-03-16" in each.text
        check_everything(oms)


def test_a_card_is_never_reminded_of(tmp_path: Path) -> None:
    with shop(tmp_path, "remind_invoice_days = [0]") as (oms, outbox):
        oms.do(order(oms, {TEA: 1}))
        oms.run_due()
        send_out(oms, "ord_1")
        pass_time(oms, days=60)
        assert not sent(outbox, "invoice_due")


@pytest.mark.parametrize("days", ["[3, 1]", "[1, 1]", "[-1]", "[4000]", str(list(range(11)))])
def test_days_of_reminders_that_cannot_be_are_refused(tmp_path: Path, days: str) -> None:
    with pytest.raises(SetupError, match="remind_invoice_days"), shop(tmp_path, f"remind_invoice_days = {days}"):
        pass


@pytest.mark.parametrize("seed", range(8))
def test_each_shipment_is_owed_and_reminded_of_alone(tmp_path: Path, seed: int) -> None:
    draw = Random(seed)  # noqa: S311 (the same life on every run)
    with shop(tmp_path, "invoice_due_days = 10\nremind_invoice_days = [0, 5]") as (oms, outbox):
        orders = [f"o{number}" for number in range(4)]
        expected = 0
        for order_id in orders:
            on_account(oms, order_id, **{draw.choice((TEA, CUP)): 1, **({POT: 1} if draw.random() < 0.3 else {})})
            shipments = sum(each.step is Step.CAPTURE for each in oms.look(Payment, f"{order_id}.p1").attempts)
            paid_after = draw.choice((1, 12, 40))
            run_until(oms, oms.clock.now() + timedelta(days=paid_after))
            while not oms.look(Payment, f"{order_id}.p1").under_way(Step.CAPTURE).is_zero:
                pay(oms, order_id)
            expected += shipments * sum(10 + day < paid_after for day in (0, 5))
        run_until(oms, oms.clock.now() + timedelta(days=60))
        assert len(sent(outbox, "invoice_due")) == expected
        check_everything(oms)
