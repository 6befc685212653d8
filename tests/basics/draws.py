"""What the laws of the basics are tried on: amounts, weights and moments of every legal size."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from omscore.money import MAX_MINOR, Money
from omscore.money.currencies import SPENDABLE

currencies = st.sampled_from(["EUR", "JPY", "KWD", "CLF", "USD", "ISK"])
every_currency = st.sampled_from(sorted(SPENDABLE))
minors = st.one_of(st.integers(-500, 500), st.integers(-(MAX_MINOR - 1), MAX_MINOR - 1))
small_minors = st.integers(-(10**12), 10**12)
amounts = st.builds(Money, minors, currencies)
euros = st.builds(Money, small_minors, st.just("EUR"))

moments_2025 = st.datetimes(datetime(2025, 1, 1), datetime(2026, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))
seconds = st.one_of(st.integers(0, 7200), st.integers(0, 8 * 86_400)).map(lambda count: timedelta(seconds=count))
