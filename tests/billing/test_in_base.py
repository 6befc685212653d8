"""A journal entry in one currency balances like its own, to the last minor unit."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.billing.inbase import in_base
from omscore.billing.journal import Account, JournalEntry, Posting
from omscore.errors import PortRefusedError
from omscore.money import ExchangeRate, Money, currency_exponent

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@st.composite
def entries(draw: st.DrawFn) -> JournalEntry:
    """Entries in up to three currencies, balanced in each."""
    postings: list[Posting] = []
    for currency in draw(st.lists(st.sampled_from(["EUR", "USD", "JPY", "KWD"]), min_size=1, max_size=3, unique=True)):
        minors = draw(st.lists(st.integers(-(10**7), 10**7), min_size=1, max_size=5))
        for minor in [*minors, -sum(minors)]:
            postings.append(Posting(draw(st.sampled_from(list(Account))), Money(minor, currency)))
    postings = draw(st.permutations(postings))
    return JournalEntry(entry_id="e1", at=NOON, says="x", reference="o1", postings=tuple(postings))


@given(entries(), st.sampled_from(["EUR", "USD", "JPY", "KWD"]), st.decimals("0.001", "500", places=6))
def test_an_entry_in_one_currency_sums_to_zero_and_every_posting_is_worth_its_exchange(
    entry: JournalEntry, base: str, rate: Decimal
) -> None:
    asked: list[str] = []

    def rate_of(foreign: str) -> ExchangeRate:
        asked.append(foreign)
        return ExchangeRate(foreign, base, rate, "test", NOON)

    told = in_base(entry, base, rate_of)
    assert sum([each.base.minor for each in told]) == 0
    assert [(each.account, each.amount) for each in told] == [(each.account, each.amount) for each in entry.postings]
    assert {each.base.currency for each in told} == {base}
    assert sorted(asked) == sorted({each.amount.currency for each in entry.postings} - {base})
    for each in told:
        if each.amount.currency == base:
            assert (each.base, each.rate) == (each.amount, None)
        else:
            scale = Fraction(10) ** (currency_exponent(base) - currency_exponent(each.amount.currency))
            # The whole side is rounded by half a unit at most, and its share by less than one.
            assert abs(each.base.minor - each.amount.minor * Fraction(rate) * scale) < Fraction(3, 2)
            assert each.rate is not None and each.rate.rate == rate


def test_an_entry_without_a_rate_is_not_told_at_all() -> None:
    five = Money(500, "USD")
    entry = JournalEntry(
        entry_id="e1",
        at=NOON,
        says="x",
        reference="o1",
        postings=(Posting(Account.CLEARING, five), Posting(Account.RECEIVABLE, -five)),
    )

    def none(foreign: str) -> ExchangeRate:
        raise PortRefusedError(f"no rate of {foreign}")

    with pytest.raises(PortRefusedError, match="no rate of USD"):
        in_base(entry, "EUR", none)
    assert [each.rate for each in in_base(entry, "USD", none)] == [None, None]
