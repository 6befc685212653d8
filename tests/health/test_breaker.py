"""The breaker, beside a naive one that keeps the whole story and works its state out of it anew each time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.health.breaker import PROBE_LOST, SLOW, Breaker, BreakerState, HealthPolicy

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Step(NamedTuple):
    """One call at so many seconds after the one before, if it is let through."""

    after_s: int
    works: bool
    took_s: int


class Naive:
    """All calls that were let through; everything else is counted out of them."""

    def __init__(self, policy: HealthPolicy) -> None:
        self.policy = policy
        self.story: list[tuple[datetime, Step]] = []

    def rest(self) -> tuple[datetime | None, int]:
        """When the last rest is over, and its length; None while all works."""
        row, length, until = 0, 0, None
        for ended_at, step in self.story:
            if step.works:
                row, length, until = 0, 0, None
                continue
            row += 1
            if until is not None or step.took_s >= 1 or row >= self.policy.open_after:
                length = min(300, length * 2 or self.policy.retry_after_s)
                until = ended_at + timedelta(seconds=length)
        return until, length

    def lets_through(self, now: datetime) -> bool:
        until, _ = self.rest()
        return until is None or now >= until


STEPS = st.lists(
    st.builds(
        Step,
        after_s=st.sampled_from([0, 1, 4, 5, 10, 50, 400]),
        works=st.booleans() | st.just(value=False),
        took_s=st.sampled_from([0, 0, 0, 1, 30]),
    ),
    max_size=40,
)


@given(STEPS, st.integers(1, 5), st.integers(1, 300))
def test_a_breaker_lets_through_what_its_whole_story_says(steps: list[Step], after: int, retry_s: int) -> None:
    policy = HealthPolicy(open_after=after, retry_after_s=retry_s)
    naive, breaker, now = Naive(policy), Breaker(), NOON
    for step in steps:
        now += timedelta(seconds=step.after_s)
        waits_until = breaker.waits_until(now)
        assert (waits_until is None) is naive.lets_through(now)
        until, length = naive.rest()
        assert (breaker.rests_until, breaker.rest_s) == (until, length)
        expected = (
            BreakerState.CLOSED if until is None else BreakerState.OPEN if now < until else BreakerState.HALF_OPEN
        )
        assert breaker.state(now) is expected
        if waits_until is not None:
            assert waits_until == until
            continue
        breaker = breaker.begun(now)
        took = timedelta(seconds=step.took_s)
        now += took
        breaker = breaker.worked(now) if step.works else breaker.failed(now, took=took, policy=policy)
        naive.story.append((now, step))


@given(st.integers(2, 9))
def test_half_open_only_one_call_goes_through_until_it_is_back_or_lost(callers: int) -> None:
    opened = Breaker().failed(NOON, took=SLOW, policy=HealthPolicy())
    assert opened.rests_until is not None
    now, through = opened.rests_until, 0
    breaker = opened
    for _ in range(callers):
        if breaker.waits_until(now) is None:
            breaker, through = breaker.begun(now), through + 1
    assert through == 1
    assert breaker.waits_until(now) == now + timedelta(seconds=breaker.rest_s)
    assert breaker.waits_until(now + PROBE_LOST) is None, "a program that died with the call stands in nobody's way"
    assert breaker.left().waits_until(now) is None, "nor does one that was interrupted"


def test_a_call_begun_before_it_opened_says_nothing_new_when_it_fails() -> None:
    policy = HealthPolicy()
    opened = Breaker().failed(NOON, took=SLOW, policy=policy)
    later = opened.failed(NOON + SLOW, took=SLOW, policy=policy)
    assert (later.rests_until, later.rest_s, later.changed_at) == (opened.rests_until, opened.rest_s, opened.changed_at)


def test_of_two_programs_the_one_that_saw_it_open_or_close_last_is_right() -> None:
    opened = Breaker().failed(NOON, took=SLOW, policy=HealthPolicy())
    closed = opened.begun(NOON + SLOW * 9).worked(NOON + SLOW * 9)
    for one, other in ((opened, closed), (closed, opened)):
        assert one.newer(other).rests_until is None
    assert Breaker().newer(opened) == opened
    assert Breaker(failures=3).newer(Breaker()).failures == 3


@given(st.integers(-3, 3), st.integers(1, 86_400 * 3))
def test_a_program_whose_clock_is_wrong_keeps_no_other_from_asking(days: int, seconds: int) -> None:
    wrong = NOON + timedelta(days=days)
    told = Breaker().newer(Breaker().failed(wrong, took=SLOW, policy=HealthPolicy()))
    now = NOON + timedelta(seconds=seconds)
    waits_until = told.waits_until(now)
    assert waits_until is None or waits_until - now <= timedelta(seconds=told.rest_s)
    if waits_until is None:
        works = told.begun(now).worked(now)
        assert works.newer(told) == told.newer(works) == works, "what came of asking is believed"


@pytest.mark.parametrize(("name", "value"), [("open_after", 0), ("open_after", 1_001), ("retry_after_s", 0)])
def test_numbers_that_make_no_sense_are_refused_by_name(name: str, value: int) -> None:
    with pytest.raises(InputError, match=f"{name} must be from 1 to"):
        HealthPolicy(**{name: value})
