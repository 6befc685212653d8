"""Payment by bank transfer: who is trusted with goods, and that nothing is settled before somebody saw the money."""

from __future__ import annotations

import pytest

from omscore.errors import PortRefusedError, SetupError
from omscore.money import Money
from omscore.ports.payments import PaymentOutcome, PaymentRequest, PaymentStep, pays_later
from omscore_adapters.payment_transfer import TransferPayments, TransferSettings


def asked(step: PaymentStep, amount: Money) -> PaymentRequest:
    return PaymentRequest(key=f"p1.{step}", step=step, payment_id="p1", amount=amount, method="invoice")


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (PaymentStep.AUTHORISE, PaymentOutcome.SUCCEEDED),
        (PaymentStep.CAPTURE, PaymentOutcome.PENDING),
        (PaymentStep.REFUND, PaymentOutcome.PENDING),
        (PaymentStep.VOID, PaymentOutcome.SUCCEEDED),
    ],
)
def test_an_order_is_trusted_and_what_is_owed_is_pending_however_often_it_is_asked(
    step: PaymentStep, outcome: PaymentOutcome
) -> None:
    payments = TransferPayments()
    assert pays_later(payments)
    request = asked(step, Money(500, "EUR"))
    answers = [payments.send(request) for _ in range(3)]
    assert [each.outcome for each in answers] == [outcome] * 3
    assert {(each.amount, each.reference) for each in answers} == {(request.amount, answers[0].reference)}
    assert payments.look_up(request.key) is None
    with pytest.raises(PortRefusedError, match="above zero"):
        payments.send(asked(step, Money(0, "EUR")))


@pytest.mark.parametrize(
    ("amount", "is_trusted"),
    [
        (Money(50_000, "EUR"), True),
        (Money(50_001, "EUR"), False),
        (Money(60_000, "JPY"), True),
        (Money(1, "GBP"), False),
    ],
)
def test_up_to_a_limit_in_its_currency_an_order_is_trusted(amount: Money, is_trusted: bool) -> None:
    payments = TransferPayments(TransferSettings(most=("500.00 EUR", "60000 JPY")))
    answer = payments.send(asked(PaymentStep.AUTHORISE, amount))
    assert answer.outcome is (PaymentOutcome.SUCCEEDED if is_trusted else PaymentOutcome.DECLINED)
    assert bool(answer.says) is not is_trusted


@pytest.mark.parametrize("most", [("500",), ("many EUR",), ("-1.00 EUR",), ("5.00 EUR", "6.00 EUR"), ("5.001 EUR",)])
def test_a_limit_that_is_none_is_refused_when_the_shop_is_opened(most: tuple[str, ...]) -> None:
    with pytest.raises(SetupError, match=r"payment\.transfer\.most"):
        TransferSettings(most=most)
