"""The rules of queues: their runs, their ends, and what is wrong or odd about them, one planted defect at a time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omscore.calendars import at_local
from omscore.errors import InputError, SetupError
from omscore.routing.choices import Rulebook
from omscore.routing.lintqueues import lint_queues, lint_stays
from omscore.routing.profiles import Profile
from omscore.routing.queues import Queue, checked_queues, checked_way

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


def queue(then: str = "cancel", **more: Any) -> Queue:
    return Queue(**{"then": then, "most_days": 3, **({} if "at" in more else {"every_hours": 4}), **more})


@given(moment=MOMENTS, hours=st.integers(1, 168), later_s=st.integers(0, 700_000))
def test_whoever_asks_between_two_runs_is_told_the_same_one(moment: datetime, hours: int, later_s: int) -> None:
    rules = queue(every_hours=hours)
    run = rules.next_run(moment)
    assert moment < run <= moment + timedelta(hours=hours)
    asked = moment + timedelta(seconds=later_s)
    assert (rules.next_run(asked) == run) is (asked < run)


@given(moment=MOMENTS, at=st.lists(st.times(), min_size=1, max_size=3, unique=True))
def test_the_next_run_at_times_of_day_is_the_first_such_time_on_the_clocks_there(
    moment: datetime, at: list[time]
) -> None:
    rules = queue(at=tuple(at), timezone="Europe/Berlin")
    run = rules.next_run(moment)
    days = [moment.date() + timedelta(days=day) for day in range(-3, 4)]
    every = [at_local(day, each, "Europe/Berlin") for day in days for each in at]
    assert run == min([each for each in every if each > moment])


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"most_days": 0}, "most_days of a queue must be from 1 to 3652, not 0"),
        ({"every_hours": 0}, "a queue is run every_hours or at times of day; give one of the two"),
        ({"every_hours": 4, "at": (time(6),)}, "give one of the two"),
        ({"every_hours": 169}, "every_hours of a queue must be from 1 to 168, not 169"),
        ({"timezone": "Europe/Berlin"}, "timezone of a queue is that of its times of day"),
        ({"priority_tags": ("vip", "vip")}, "priority_tags of a queue names something twice"),
    ],
)
def test_a_queue_with_a_value_out_of_bounds_is_refused(more: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        queue(**more)


@pytest.mark.parametrize(
    ("queues", "says"),
    [
        ({"a": queue("b"), "b": queue("a")}, r"queues: a -> b -> a is a circle"),
        ({"a": queue("a")}, r"queues: a -> a is a circle"),
        ({"z": queue("a"), "a": queue("b"), "b": queue("a")}, r"queues: a -> b -> a is a circle"),
        ({"a": queue("b")}, r"queues.a.then: there is no queue 'b'; use hold, cancel, the queue a"),
        ({"a": queue(profile="x")}, r"queues.a.profile: there is no routing profile 'x'; known: standard"),
        ({"hold": queue()}, r"queues.hold: hold says what becomes of units; rename it"),
        ({"A": queue()}, r"queues.A: the name of a queue 'A' must be small letters"),
    ],
)
def test_queues_that_cannot_be_are_refused_with_their_place(queues: dict[str, Queue], says: str) -> None:
    with pytest.raises(SetupError, match=says):
        checked_queues(queues, ["standard"])


def test_a_profile_that_leaves_units_to_a_queue_nobody_wrote_is_refused() -> None:
    checked_way("a", {"a": queue()}, "routing.profiles.0.when_left")
    with pytest.raises(SetupError, match="when_left: there is no queue 'cancle'; use wait, hold, cancel, the queue a"):
        checked_way("cancle", {"a": queue()}, "routing.profiles.0.when_left")


def found(queues: dict[str, Queue], *profiles: Profile, cancel_waiting: int = 0) -> list[tuple[str, str]]:
    rulebook = Rulebook(currency="EUR", profiles=profiles or (Profile(name="standard", when_left="a"),))
    return [(each.path, each.says) for each in lint_queues(queues, rulebook, cancel_waiting)]


def test_queues_in_which_nothing_is_odd_have_no_finding() -> None:
    assert found({"a": queue("b"), "b": queue("hold")}) == []


def test_a_queue_that_nothing_leads_to_is_found() -> None:
    ((path, says),) = found({"a": queue(), "lost": queue("a")})
    assert path == "queues.lost"
    assert says.startswith("queue lost: no profile has it in when_left and no queue in then")


def test_a_queue_that_lets_orders_go_before_it_runs_is_found() -> None:
    ((path, says),) = found({"a": queue(only_at_runs=True, every_hours=73)})
    assert (path, says.endswith("some are never tried in it")) == ("queues.a.every_hours", True)
    assert found({"a": queue(only_at_runs=True, every_hours=72)}) == []


def test_a_way_of_a_profile_that_does_not_count_in_the_queue_is_found() -> None:
    first, strict = Profile(name="first", when_left="a"), Profile(name="strict", when_left="cancel")
    ((path, says),) = found({"a": queue(profile="strict")}, first, strict)
    assert path == "queues.a.profile"
    assert "when_left of the profile strict does not count" in says


def test_an_end_of_waiting_that_queues_overrule_is_found() -> None:
    ((path, says),) = found({"a": queue(most_days=3)}, cancel_waiting=2)
    assert (path, "a let them wait longer" in says) == ("flows.cancel_waiting_after_days", True)
    assert found({"a": queue(most_days=3)}, cancel_waiting=3) == []


def test_orders_in_a_queue_that_is_gone_are_found() -> None:
    ((path, says),) = [(each.path, each.says) for each in lint_stays({"a": queue()}, {"a": 4, "old": 1})]
    assert path == "queues.old"
    assert says.startswith("1 order is in the queue old, which is not in the file")
