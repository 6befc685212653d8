"""Units that may be promised on a day, in worked cases and as laws."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omscore.errors import InputError
from omscore.inventory.supplies import DueUnits, available_to_promise

DAY_0 = date(2026, 3, 1)


def due(*changes: tuple[int, int]) -> list[DueUnits]:
    """Units by the number of their day."""
    return [DueUnits(day=DAY_0 + timedelta(days=day), units=units) for day, units in changes]


PLAN = due((1, -3), (3, 10), (4, -15), (5, 1), (6, 3))


def test_case_6_a_week_with_supplies_and_demands() -> None:
    week = available_to_promise(20, PLAN, first_day=DAY_0 + timedelta(days=1), days=7)
    assert [each.projected for each in week] == [17, 17, 27, 12, 13, 16, 16]
    assert [each.to_promise for each in week] == [12, 12, 12, 12, 13, 16, 16]


def test_case_7_a_supply_that_never_came_is_not_counted_any_more() -> None:
    week = available_to_promise(17, PLAN, first_day=DAY_0 + timedelta(days=4), days=7)
    assert [each.projected for each in week] == [2, 3, 6, 6, 6, 6, 6]
    assert [each.to_promise for each in week] == [2, 3, 6, 6, 6, 6, 6]


CHANGES = st.lists(st.tuples(st.integers(-3, 40), st.integers(-20, 20)), max_size=12)


@given(on_hand=st.integers(0, 50), changes=CHANGES, days=st.integers(1, 30), taken_on=st.integers(0, 29))
@example(on_hand=10, changes=[(9, -4)], days=2, taken_on=0)
def test_what_is_promised_on_a_day_leaves_no_later_day_short(
    on_hand: int, changes: list[tuple[int, int]], days: int, taken_on: int
) -> None:
    """However few days are asked for: what goes out after the last of them is needed as much."""
    plan = due(*changes)
    free = available_to_promise(on_hand, plan, first_day=DAY_0, days=days)
    assert all(a.to_promise <= b.to_promise for a, b in pairwise(free))
    assert [each.day for each in free] == [DAY_0 + timedelta(days=number) for number in range(days)]
    number = taken_on % days
    units = free[number].to_promise
    after = available_to_promise(on_hand, [*plan, *due((number, -units))], first_day=DAY_0, days=41)
    if units:
        assert min(each.projected for each in after[number:]) == 0  # not one unit more could be promised
    assert [each.projected for each in after[:number]] == [each.projected for each in free[:number]]


@pytest.mark.parametrize("days", [0, -1, 3_661])
def test_a_look_ahead_of_no_days_or_of_ages_is_refused(days: int) -> None:
    with pytest.raises(InputError, match="from 1 to 3660 days"):
        available_to_promise(1, [], first_day=DAY_0, days=days)
