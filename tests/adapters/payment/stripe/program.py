"""A shop with Stripe as a program of its own, made to be killed: `python -m tests.adapters.payment.stripe.program`.

One order is sent and partly refunded, one is cancelled; a later run takes up where an earlier one was killed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from omscore.app import Oms, open_shop
from omscore.ids import OrderId, PaymentId
from omscore.money import Money
from omscore.orders.commands import CancelOrder, PaymentTerms
from omscore.orders.model import Order
from omscore.payments.commands import RequestStep
from omscore.payments.model import Payment, Step
from omscore.plugins.discovery import Plugins
from omscore.ports.clock import VirtualClock
from omscore_adapters import payment_stripe
from tests.kit.shops import NOON, RATES, SHOP, TEA, order, pass_time, send_out, stock_up

SENT, CANCELLED = PaymentId("ord_1.p1"), PaymentId("ord_2.p1")


@contextmanager
def shop_with_stripe(folder: Path, url: str, *, run: int) -> Iterator[Oms]:
    """The small shop, whose nth run begins n hours after the first."""
    config = folder / "shop.toml"
    table = f'[payment.stripe]\napi_key = "sk_test_good"\napi_base = "{url}"\n'
    config.write_text(SHOP.replace("[payment.manual]", f"[payment.manual]\n{table}"), encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    plugins = Plugins()
    plugins.register(payment_stripe)
    with open_shop(config, clock=VirtualClock(NOON + timedelta(hours=run)), plugins=plugins) as oms:
        yield oms


def live(oms: Oms) -> None:
    """Whatever is left to do in the life of two orders."""
    with oms.together():
        if not oms.storage.listed("placed", ""):
            stock_up(oms)
    card = PaymentTerms(provider="stripe", method="pm_card_visa")
    for order_id in ("ord_1", "ord_2"):
        if oms.find(Order, order_id) is None:
            oms.do(order(oms, {TEA: 1}, order_id=order_id, payment=card))
    pass_time(oms, minutes=10)
    send_out(oms, "ord_1")
    oms.do(CancelOrder(order_id=OrderId("ord_2"), reason="changed her mind", at=oms.clock.now()), key="cancel")
    pass_time(oms, minutes=10)
    if oms.look(Payment, SENT).captured.minor:
        refund = RequestStep(
            payment_id=SENT, key=f"{SENT}.goodwill", step=Step.REFUND, amount=Money(300, "EUR"), at=oms.clock.now()
        )
        oms.do(refund)
    pass_time(oms, minutes=10)


if __name__ == "__main__":
    with shop_with_stripe(Path(sys.argv[1]), sys.argv[2], run=0) as killed:
        live(killed)
