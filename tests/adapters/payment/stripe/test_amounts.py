"""Amounts go to Stripe and come back as they were, in every currency, or are refused before anything is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError, PortRefusedError
from omscore.money import Money
from omscore.money.currencies import SPENDABLE
from omscore_adapters.payment_stripe.amounts import amount_of, stripe_amount
from tests.adapters.payment.stripe.asking import AUTHORISE, CAPTURE, REFUND, Asking
from tests.adapters.payment.stripe.door import Door

REFUSED = {"CLF", "IQD", "LYD", "UYI", "UYW"}


@given(st.sampled_from(sorted(SPENDABLE)), st.integers(1, 10**11))
def test_every_amount_comes_back_as_it_was_or_is_refused(currency: str, minor: int) -> None:
    amount = Money(minor, currency)
    try:
        number, word = stripe_amount(amount)
    except InputError:
        coarse = 10 if SPENDABLE[currency] == 3 else 100 if currency == "MGA" else 1
        assert currency in REFUSED or minor % coarse
        return
    assert currency not in REFUSED
    assert amount_of(number, word) == amount


@pytest.mark.parametrize(
    ("minor", "currency", "number"),
    [
        (1_000, "USD", 1_000),
        (500, "JPY", 500),
        (5, "UGX", 500),
        (5, "ISK", 500),
        (1_045, "HUF", 1_045),
        (80_045, "TWD", 80_045),
        (5_120, "KWD", 5_120),
        (50_000, "MGA", 500),
    ],
)
def test_an_amount_is_sent_as_stripe_counts_it(minor: int, currency: str, number: int) -> None:
    assert stripe_amount(Money(minor, currency)) == (number, currency.lower())


@pytest.mark.parametrize(
    ("minor", "currency", "says"),
    [
        (5_124, "KWD", "in steps of 0.010 KWD"),
        (50, "MGA", "in steps of 1.00 MGA"),
        (1, "CLF", "no payments in CLF"),
    ],
)
def test_an_amount_stripe_cannot_charge_is_refused_with_what_it_can(minor: int, currency: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        stripe_amount(Money(minor, currency))


def test_an_amount_from_stripe_that_is_no_whole_amount_is_not_rounded() -> None:
    with pytest.raises(InputError, match="no whole amount of UGX"):
        amount_of(550, "ugx")


@pytest.mark.parametrize(("minor", "currency"), [(500, "JPY"), (5, "UGX"), (7, "ISK"), (5_120, "KWD"), (50_000, "MGA")])
def test_all_steps_are_exact_in_currencies_with_other_decimals(door: Door, minor: int, currency: str) -> None:
    asking = Asking(door, minor=minor, currency=currency)
    for step in (AUTHORISE, CAPTURE, REFUND):
        assert asking.do(step).amount == Money(minor, currency)
    assert asking.moved() == {AUTHORISE: [minor], CAPTURE: [minor], REFUND: [minor]}


def test_a_price_that_is_too_fine_is_a_definite_no(fake_door: Door) -> None:
    with pytest.raises(PortRefusedError, match="round the price"):
        Asking(fake_door, minor=5_124, currency="KWD").do(AUTHORISE)
    assert fake_door.calls == []
