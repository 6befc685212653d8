"""Calendars across the hours a zone skips or repeats, in zones that do it at odd moments."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omscore.calendars import Calendar, at_local, checked_moment, local_date, parse_moment, zone
from omscore.errors import InputError
from tests.basics.draws import moments_2025, seconds

# Every moment of 2025 at which the clocks of these zones change: at night, at midnight (which in spring then does not
# exist), at 23:00, by half an hour; two zones never change.
CHANGES = {
    "Europe/Berlin": ("2025-03-30T01:00", "2025-10-26T01:00"),
    "America/New_York": ("2025-03-09T07:00", "2025-11-02T06:00"),
    "America/Santiago": ("2025-04-06T03:00", "2025-09-07T04:00"),
    "Africa/Cairo": ("2025-04-24T22:00", "2025-10-30T21:00"),
    "Asia/Beirut": ("2025-03-29T22:00", "2025-10-25T21:00"),
    "America/Havana": ("2025-03-09T05:00", "2025-11-02T05:00"),
    "America/Nuuk": ("2025-03-30T01:00", "2025-10-26T01:00"),
    "Australia/Lord_Howe": ("2025-04-05T15:00", "2025-10-04T15:30"),
    "Atlantic/Azores": ("2025-03-30T01:00", "2025-10-26T01:00"),
    "Asia/Kolkata": (),
    "Pacific/Kiritimati": (),
}
ZONES = list(CHANGES)
changes = [
    (name, datetime.fromisoformat(moment).replace(tzinfo=UTC))
    for name, moments in CHANGES.items()
    for moment in moments
]


@st.composite
def zoned_moments(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone and a moment, half of the time within a day and an hour of a change of its clocks."""
    if draw(st.booleans()):
        name, change = draw(st.sampled_from(changes))
        return name, change + timedelta(seconds=draw(st.integers(-90_000, 90_000)))
    return draw(zones), draw(moments_2025)


zones = st.sampled_from(ZONES)
times_of_day = st.one_of(st.times(), st.builds(time, st.sampled_from([0, 1, 2, 3, 23]), st.integers(0, 59)))
open_days = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))
days_2025 = st.dates(date(2025, 1, 1), date(2025, 12, 31))
calendars = st.builds(
    Calendar,
    timezone=zones,
    open_days=open_days,
    cutoff=times_of_day,
    holidays=st.lists(days_2025, max_size=5).map(tuple),
)


@pytest.mark.parametrize(
    ("name", "day", "clock", "moment"),
    [
        ("Europe/Berlin", date(2025, 3, 30), time(1, 59), "2025-03-30T00:59:00+00:00"),
        ("Europe/Berlin", date(2025, 3, 30), time(2, 30), "2025-03-30T01:30:00+00:00"),
        ("Europe/Berlin", date(2025, 10, 26), time(2, 30), "2025-10-26T00:30:00+00:00"),
        ("America/New_York", date(2025, 3, 9), time(2, 0), "2025-03-09T07:00:00+00:00"),
        ("America/New_York", date(2025, 11, 2), time(1, 30), "2025-11-02T05:30:00+00:00"),
        ("America/Santiago", date(2025, 9, 7), time(0, 0), "2025-09-07T04:00:00+00:00"),
        ("Africa/Cairo", date(2025, 4, 25), time(0, 0), "2025-04-24T22:00:00+00:00"),
        ("Asia/Beirut", date(2025, 3, 30), time(0, 30), "2025-03-29T22:30:00+00:00"),
        ("America/Havana", date(2025, 11, 2), time(0, 30), "2025-11-02T04:30:00+00:00"),
        ("America/Nuuk", date(2025, 3, 29), time(23, 30), "2025-03-30T01:30:00+00:00"),
        ("Australia/Lord_Howe", date(2025, 10, 5), time(2, 15), "2025-10-04T15:45:00+00:00"),
        ("Asia/Kolkata", date(2025, 6, 1), time(12, 0), "2025-06-01T06:30:00+00:00"),
    ],
)
def test_skipped_times_move_forward_and_of_repeated_times_the_first_is_meant(
    name: str, day: date, clock: time, moment: str
) -> None:
    assert at_local(day, clock, name).isoformat() == moment
    assert at_local(day, clock.replace(fold=1), name).isoformat() == moment


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("America/Santiago", date(2025, 9, 7)),
        ("Africa/Cairo", date(2025, 4, 25)),
        ("Asia/Beirut", date(2025, 3, 30)),
        ("America/Havana", date(2025, 3, 9)),
    ],
)
def test_a_day_whose_midnight_does_not_exist_begins_at_one_and_is_still_that_day(name: str, day: date) -> None:
    begins = at_local(day, time(0, 0), name)
    assert begins.astimezone(ZoneInfo(name)).time() == time(1, 0)
    assert local_date(begins, name) == day
    assert local_date(begins - timedelta(seconds=1), name) == day - timedelta(days=1)


@pytest.mark.parametrize(("name", "change"), changes)
def test_the_clocks_do_change_at_the_moments_these_laws_are_tried_around(name: str, change: datetime) -> None:
    before, after = change - timedelta(seconds=1), change
    assert before.astimezone(ZoneInfo(name)).utcoffset() != after.astimezone(ZoneInfo(name)).utcoffset()


@given(days_2025, times_of_day, zones)
@example(date(2025, 9, 7), time(0, 0), "America/Santiago")
@example(date(2025, 3, 29), time(23, 30), "America/Nuuk")
@example(date(2025, 10, 26), time(2, 30), "Europe/Berlin")
def test_a_local_time_reads_back_unless_the_zone_skips_it_and_then_it_is_later(
    day: date, clock: time, name: str
) -> None:
    back = at_local(day, clock, name).astimezone(ZoneInfo(name)).replace(tzinfo=None, fold=0)
    asked = datetime.combine(day, clock)
    assert asked <= back <= asked + timedelta(hours=1)


@given(zoned_moments())
def test_the_local_date_is_that_of_the_clock_on_the_wall(zoned: tuple[str, datetime]) -> None:
    name, moment = zoned
    day = local_date(moment, name)
    assert at_local(day, time(0, 0), name) <= moment < at_local(day + timedelta(days=1), time(0, 0), name)
    elsewhere = moment.astimezone(timezone(timedelta(hours=-11)))
    assert local_date(elsewhere, name) == day


@given(calendars, zoned_moments(), seconds)
@example(
    Calendar(timezone="UTC", open_days=(6,), cutoff=time(2, 30)),
    ("Europe/Berlin", datetime(2025, 10, 26, 0, 31, tzinfo=UTC)),
    timedelta(minutes=30),
)
@example(
    # Here the clock went back from 00:01 to 23:01: after a minute of Sunday it was Saturday again.
    Calendar(timezone="UTC", open_days=(0, 1, 2, 3, 4, 5, 6), cutoff=time(0, 0, 30)),
    ("America/St_Johns", datetime(2009, 11, 1, 2, 30, 45, tzinfo=UTC)),
    timedelta(minutes=30),
)
def test_goods_that_are_ready_later_never_leave_earlier(
    calendar: Calendar, zoned: tuple[str, datetime], later: timedelta
) -> None:
    name, ready = zoned
    calendar = attrs.evolve(calendar, timezone=name)
    assert calendar.ship_date(ready) <= calendar.ship_date(ready + later)


@given(calendars, zoned_moments())
def test_goods_leave_on_an_open_day_and_no_open_day_before_it_would_have_done(
    calendar: Calendar, zoned: tuple[str, datetime]
) -> None:
    name, ready = zoned
    calendar = attrs.evolve(calendar, timezone=name)
    leaves = calendar.ship_date(ready)
    assert calendar.is_open(leaves)
    assert ready < at_local(leaves, calendar.cutoff, calendar.timezone)
    day = local_date(ready, calendar.timezone)
    assert leaves >= day
    while day < leaves:
        assert not calendar.is_open(day) or ready >= at_local(day, calendar.cutoff, calendar.timezone)
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("ready", "leaves"),
    [
        ("2026-04-30T11:59:59+00:00", date(2026, 4, 30)),
        ("2026-04-30T12:00:00+00:00", date(2026, 5, 4)),  # 14:00 sharp is too late; then a holiday and a weekend
        ("2026-03-27T12:59:59+00:00", date(2026, 3, 27)),  # winter time: the same cut-off is an hour later in UTC
        ("2026-03-30T12:30:00+00:00", date(2026, 3, 31)),
        ("2026-05-01T06:00:00+00:00", date(2026, 5, 4)),
        ("2026-05-02T06:00:00+00:00", date(2026, 5, 4)),
        ("2026-05-03T23:30:00+00:00", date(2026, 5, 4)),  # already Monday in Berlin
    ],
)
def test_the_cutoff_is_local_time(ready: str, leaves: date) -> None:
    berlin = Calendar(timezone="Europe/Berlin", holidays=(date(2026, 5, 1),))
    assert berlin.ship_date(datetime.fromisoformat(ready)) == leaves


def test_in_the_repeated_hour_the_first_cutoff_counts() -> None:
    sunday = Calendar(timezone="Europe/Berlin", open_days=(6,), cutoff=time(2, 30))
    assert sunday.ship_date(datetime(2025, 10, 26, 0, 29, tzinfo=UTC)) == date(2025, 10, 26)
    # The clock shows 02:15 for the second time: before half past two by the hands, after the cut-off in truth.
    assert sunday.ship_date(datetime(2025, 10, 26, 1, 15, tzinfo=UTC)) == date(2025, 11, 2)


def test_a_midnight_cutoff_means_never_the_same_day_even_where_midnight_does_not_exist() -> None:
    santiago = Calendar(timezone="America/Santiago", open_days=(0, 1, 2, 3, 4, 5, 6), cutoff=time(0, 0))
    assert santiago.ship_date(datetime(2025, 9, 7, 3, 59, tzinfo=UTC)) == date(2025, 9, 7)
    assert santiago.ship_date(datetime(2025, 9, 7, 4, 0, tzinfo=UTC)) == date(2025, 9, 8)


@given(calendars, days_2025, st.integers(0, 30), st.integers(0, 30))
def test_adding_open_days_in_steps_gives_the_same_day_as_at_once(calendar: Calendar, day: date, a: int, b: int) -> None:
    at_once = calendar.add_open_days(day, a + b)
    assert calendar.add_open_days(calendar.add_open_days(day, a), b) == at_once
    between = [day + timedelta(days=step) for step in range(1, (at_once - day).days + 1)]
    assert sum(calendar.is_open(passed) for passed in between) == a + b
    assert a + b == 0 or calendar.is_open(at_once)


def test_holidays_and_open_days_are_sorted_and_once_so_that_equal_calendars_are_equal() -> None:
    first = Calendar(
        timezone="UTC", open_days=(4, 0, 0), holidays=(date(2026, 5, 1), date(2026, 1, 1), date(2026, 5, 1))
    )
    second = Calendar(timezone="UTC", open_days=(0, 4), holidays=(date(2026, 1, 1), date(2026, 5, 1)))
    assert first == second
    assert hash(first) == hash(second)
    assert not first.is_open(date(2026, 5, 1))
    for same in (copy.deepcopy(first), pickle.loads(pickle.dumps(first))):  # noqa: S301  our own bytes
        assert same == first
        assert not same.is_open(date(2026, 5, 1))
    assert attrs.evolve(first, holidays=()).is_open(date(2026, 5, 1))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timezone", "Mars/Base"),
        ("open_days", ()),
        ("open_days", (7,)),
        ("open_days", (-1,)),
        ("open_days", (True,)),
        ("open_days", (1.0,)),
        ("open_days", [0]),
        ("cutoff", time(14, tzinfo=UTC)),
        ("cutoff", "14:00"),
        ("cutoff", None),
        ("holidays", (datetime(2026, 1, 1),)),
        ("holidays", ("2026-01-01",)),
        ("holidays", [date(2026, 1, 1)]),
    ],
)
def test_a_calendar_with_a_field_that_cannot_be_is_refused(field: str, value: Any) -> None:
    with pytest.raises(InputError):
        attrs.evolve(Calendar(timezone="UTC"), **{field: value})


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "Europe",
            "Europe/",
            "../etc/passwd",
            "/etc/localtime",
            "localtime",
            "right/UTC",
            "posix/UTC",
            "a" * 5000,
        ),
        *("Europe/Berlin\x00", "Europe/\ud800", "Europe/Nirgendwo", "\n"),
        *(None, 5, b"UTC"),
    ],
    ids=lambda name: ascii(name)[:20],
)
def test_a_name_the_zone_database_does_not_know_is_refused(name: object) -> None:
    with pytest.raises(InputError, match="time zone") as refusal:
        zone(name)
    assert len(str(refusal.value)) < 250


@given(st.text(max_size=30))
def test_any_text_is_a_zone_or_is_refused(name: str) -> None:
    try:
        assert zone(name).key == name
    except InputError as refusal:
        assert refusal.code == "time.zone"


@given(moments_2025, st.integers(-14 * 60, 14 * 60))
def test_a_moment_reads_back_from_its_iso_text_in_utc(moment: datetime, offset: int) -> None:
    elsewhere = moment.astimezone(timezone(timedelta(minutes=offset)))
    parsed = parse_moment(elsewhere.isoformat())
    assert parsed == moment
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-29T12:00:00Z", datetime(2026, 3, 29, 12, tzinfo=UTC)),
        ("20260329T120000Z", datetime(2026, 3, 29, 12, tzinfo=UTC)),
        ("2026-03-29T12:00+0530", datetime(2026, 3, 29, 6, 30, tzinfo=UTC)),
        ("2026-03-29T24:00:00Z", datetime(2026, 3, 30, tzinfo=UTC)),
        ("2026-03-29T12:00:00.123456Z", datetime(2026, 3, 29, 12, 0, 0, 123456, tzinfo=UTC)),
    ],
)
def test_the_forms_of_iso_8601_are_read(text: str, moment: datetime) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize("text", ["2026-03-29T12:00:00", "2026-03-29", "20260329"])
def test_a_text_without_an_offset_is_refused_as_naive(text: str) -> None:
    with pytest.raises(InputError, match="no time zone"):
        parse_moment(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "noon", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z"),
        *("2026-01-01T00:00:00+99:00", "9999-12-31T24:00:00Z", "0001-01-01T00:00:00+14:00"),
        *("2026-01-01T00:00:00Z" * 3, "1" * 10_000, "\uff12\uff10\uff12\uff16-01-01T00:00:00Z"),
        *(1767225600, None, b"2026-01-01T00:00:00Z"),
    ],
    ids=lambda text: ascii(text)[:25],
)
def test_what_is_no_moment_is_refused(text: object) -> None:
    with pytest.raises(InputError):
        parse_moment(text)  # type: ignore[arg-type]


@given(st.one_of(st.text(max_size=45), st.text("0123456789-:.,+TZW ", max_size=30)))
def test_any_text_is_a_moment_or_is_refused(text: str) -> None:
    try:
        assert parse_moment(text).tzinfo is UTC
    except InputError as refusal:
        assert refusal.code in {"time.text", "time.naive"}


def test_a_moment_without_a_zone_never_becomes_a_day() -> None:
    naive = datetime(2026, 1, 1, 12)
    with pytest.raises(InputError, match="no time zone"):
        local_date(naive, "UTC")
    with pytest.raises(InputError, match="no time zone"):
        Calendar(timezone="UTC").ship_date(naive)
    with pytest.raises(InputError, match="datetime"):
        checked_moment(date(2026, 1, 1))


def test_a_moment_is_not_a_day() -> None:
    moment = datetime(2026, 1, 1, 12, tzinfo=UTC)
    calendar = Calendar(timezone="UTC")
    with pytest.raises(InputError, match="local_date"):
        calendar.is_open(moment)
    with pytest.raises(InputError, match="local_date"):
        calendar.add_open_days(moment, 1)
    with pytest.raises(InputError, match="local_date"):
        at_local(moment, time(12), "UTC")
    with pytest.raises(InputError, match="time zone of its own"):
        at_local(date(2026, 1, 1), time(12, tzinfo=UTC), "UTC")


@pytest.mark.parametrize("n", [-1, 1.0, True, 10_001, None], ids=repr)
def test_open_days_are_added_in_whole_sensible_numbers(n: object) -> None:
    with pytest.raises(InputError, match="whole number from 0"):
        Calendar(timezone="UTC").add_open_days(date(2026, 1, 1), n)  # type: ignore[arg-type]


def test_the_ends_of_the_calendar_are_refused_not_crashed_into() -> None:
    east, west = Calendar(timezone="Pacific/Kiritimati"), "America/Los_Angeles"
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    with pytest.raises(InputError, match="years 1 to 9999"):
        local_date(last, "Pacific/Kiritimati")
    with pytest.raises(InputError, match="years 1 to 9999"):
        local_date(first, west)
    with pytest.raises(InputError, match="years 1 to 9999"):
        at_local(date.max, time(23), west)
    with pytest.raises(InputError, match="years 1 to 9999"):
        east.add_open_days(date(9999, 12, 30), 5)
    with pytest.raises(InputError, match="years 1 to 9999"):
        Calendar(timezone="UTC").ship_date(last)
