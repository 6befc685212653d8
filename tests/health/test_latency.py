"""Quantiles out of buckets, beside those of the sorted times themselves."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from omscore.health.latency import LONGEST, Latencies, bucket_of, middle_of

SPANS = st.one_of(st.integers(0, 200), st.integers(0, 10**6), st.integers(0, LONGEST // timedelta(microseconds=1))).map(
    lambda micros: timedelta(microseconds=micros)
)


def counted(spans: list[timedelta]) -> Latencies:
    total = Latencies()
    for span in spans:
        total = total + Latencies.of({bucket_of(span): 1})
    return total


@given(st.lists(SPANS, min_size=1, max_size=60), st.sampled_from([1, 50, 95, 99, 100]))
def test_a_quantile_is_off_by_a_thirty_second_of_the_exact_one_at_most(spans: list[timedelta], percent: int) -> None:
    exact = sorted(spans)[ceil(len(spans) * percent / 100) - 1]
    told = counted(spans).quantile(percent)
    assert told is not None
    assert abs(told - exact) * 32 <= exact


@given(st.lists(SPANS, max_size=30), st.lists(SPANS, max_size=30))
def test_what_two_programs_counted_adds_up_to_what_one_would_have(some: list[timedelta], more: list[timedelta]) -> None:
    assert counted(some) + counted(more) == counted([*some, *more])


@given(SPANS, SPANS)
def test_a_longer_time_is_never_in_an_earlier_bucket(one: timedelta, other: timedelta) -> None:
    assert (one <= other) <= (bucket_of(one) <= bucket_of(other))
    assert bucket_of(middle_of(bucket_of(one))) == bucket_of(one)


def test_there_are_few_buckets_and_times_that_make_no_sense_have_one_too() -> None:
    assert bucket_of(timedelta(days=400)) == bucket_of(LONGEST) < 600
    assert bucket_of(timedelta(seconds=-3)) == 0
    assert Latencies().quantile(99) is None
