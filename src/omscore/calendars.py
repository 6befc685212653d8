"""Days, cut-offs and local time; the only place where time zones are looked up and moments are read from text.

Moments are UTC everywhere else. A calendar answers in local days, and compares instants rather than clock readings,
so that the hour a zone repeats or skips never moves a parcel to the wrong day.
"""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import attrs
from dateutil.parser import isoparse

from omscore.errors import InputError
from omscore.records import frozen

_NOT_A_PLACE = frozenset({"localtime", "posixrules", "Factory"})  # what they mean depends on the machine
_MAX_OPEN_DAYS = 10_000

_T = TypeVar("_T")


def zone(timezone: object) -> ZoneInfo:
    """The time zone of an IANA name.

    Raises: InputError for names the time zone database does not know.

    >>> zone("Europe/Berlin").key
    'Europe/Berlin'
    """
    if type(timezone) is str and timezone not in _NOT_A_PLACE and not timezone.startswith(("right/", "posix/")):
        try:
            return ZoneInfo(timezone)
        except (ValueError, KeyError, OSError):  # a bad path, no such zone, a folder of zones
            pass
    shown = repr(timezone[:60]) if type(timezone) is str else type(timezone).__name__
    raise InputError(
        f"{shown} is no time zone; give an IANA name such as Europe/Berlin (and install tzdata if none is found)",
        code="time.zone",
    )


def checked_moment(moment: object, *, what: str = "moment") -> datetime:
    """The moment itself when it says which time zone it is in.

    Raises: InputError for anything but a datetime with a time zone.

    >>> checked_moment(datetime(2026, 3, 29, 12, tzinfo=UTC)).hour
    12
    """
    if not isinstance(moment, datetime):
        raise InputError(f"{what} must be a datetime, not {type(moment).__name__}", code="time.moment", what=what)
    if moment.utcoffset() is None:
        raise InputError(
            f"{what} {moment.isoformat()} has no time zone; give it one, as in datetime(..., tzinfo=UTC)",
            code="time.naive",
            what=what,
        )
    return moment


def parse_moment(text: str) -> datetime:
    """The moment an ISO 8601 text names, in UTC.

    Raises: InputError for text without a UTC offset and for anything ISO 8601 does not allow.

    >>> parse_moment("2026-03-29T12:00:00+02:00").isoformat()
    '2026-03-29T10:00:00+00:00'
    """
    if type(text) is not str or not text.isascii() or len(text) > 40:
        raise InputError("a moment must be ISO 8601 text such as 2026-03-29T12:00:00Z", code="time.text")
    try:
        moment = isoparse(text)
        return checked_moment(moment).astimezone(UTC)
    except InputError:
        raise
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"{text!r} is no ISO 8601 moment ({error}); write it as in 2026-03-29T12:00:00Z", code="time.text"
        ) from error


def local_date(moment: datetime, timezone: str) -> date:
    """The day the calendar on the wall shows at that moment.

    >>> local_date(datetime(2026, 3, 28, 23, 30, tzinfo=UTC), "Europe/Berlin").isoformat()
    '2026-03-29'
    """
    place = zone(timezone)
    try:
        return checked_moment(moment).astimezone(place).date()
    except OverflowError as error:
        raise _beyond(moment.isoformat()) from error


def at_local(day: date, at: time, timezone: str) -> datetime:
    """The moment, in UTC, when the clocks there show that time on that day.

    Shape: a time the zone skips moves forward by the length of the gap; of a time it repeats, the first is meant.
    Raises: InputError for times that carry a time zone of their own.

    >>> at_local(date(2026, 3, 29), time(2, 30), "Europe/Berlin").isoformat()  # 02:30 does not exist, 03:30 is meant
    '2026-03-29T01:30:00+00:00'
    """
    if type(at) is not time or at.tzinfo is not None:
        raise InputError("a local time must be a time of day without a time zone of its own", code="time.local")
    place = zone(timezone)
    # fold=0 reads a repeated time as the first one and a skipped time with the offset before the gap: forward.
    local = datetime.combine(_checked_day(day), at.replace(fold=0), tzinfo=place)
    try:
        return local.astimezone(UTC)
    except OverflowError as error:
        raise _beyond(day.isoformat()) from error


def _sorted_days(days: tuple[int, ...]) -> tuple[int, ...]:
    for day in _checked_tuple(days, "open days"):
        if type(day) is not int or not 0 <= day <= 6:
            raise InputError("open days are numbered from 0 (Monday) to 6 (Sunday)", code="time.open_days")
    if not days:
        raise InputError("a calendar needs at least one open day of the week", code="time.open_days")
    return tuple(sorted(set(days)))


def _sorted_dates(holidays: tuple[date, ...]) -> tuple[date, ...]:
    return tuple(sorted({_checked_day(day) for day in _checked_tuple(holidays, "holidays")}))


@frozen(kw_only=True)
class Calendar:
    """When a place works: its zone, its open days of the week, its cut-off and its holidays.

    Shape: days of the week count from Monday 0; open days and holidays are kept sorted, each once.
    Units: `cutoff` is local time; goods that are ready before it leave the same day.

    >>> berlin = Calendar(timezone="Europe/Berlin", holidays=(date(2026, 5, 1),))
    >>> berlin.ship_date(datetime(2026, 4, 30, 12, 5, tzinfo=UTC)).isoformat()  # 14:05 there: next open day is Monday
    '2026-05-04'
    """

    timezone: str = attrs.field()
    open_days: tuple[int, ...] = attrs.field(default=(0, 1, 2, 3, 4), converter=_sorted_days)
    cutoff: time = attrs.field(default=time(14, 0))
    holidays: tuple[date, ...] = attrs.field(default=(), converter=_sorted_dates)

    @timezone.validator
    def _check_timezone(self, _attribute: attrs.Attribute[str], value: str) -> None:
        zone(value)

    @cutoff.validator
    def _check_cutoff(self, _attribute: attrs.Attribute[time], value: time) -> None:
        if type(value) is not time or value.tzinfo is not None:
            raise InputError("the cut-off must be a local time of day such as time(14, 0)", code="time.cutoff")

    @functools.cached_property
    def _closed(self) -> frozenset[date]:
        return frozenset(self.holidays)

    def is_open(self, day: date) -> bool:
        """Whether anybody works there on that day."""
        return _checked_day(day).weekday() in self.open_days and day not in self._closed

    def ship_date(self, ready: datetime) -> date:
        """The first open day on which goods that are ready at that moment leave.

        Holds: goods that are ready later never leave earlier.
        """
        day = local_date(ready, self.timezone)
        # A clock set back across midnight shows the later day first, so every day's cut-off is asked, not just one.
        while not (self.is_open(day) and ready < at_local(day, self.cutoff, self.timezone)):
            day = _next_day(day)
        return day

    def add_open_days(self, day: date, n: int) -> date:
        """The open day that many open days after `day`; the day itself for zero, open or not.

        Holds: adding in steps gives the same day as adding at once.
        Raises: InputError for negative counts, for more than 10,000 and beyond the year 9999.

        >>> Calendar(timezone="UTC").add_open_days(date(2026, 1, 2), 1).isoformat()  # Friday to Monday
        '2026-01-05'
        """
        if type(n) is not int or not 0 <= n <= _MAX_OPEN_DAYS:
            raise InputError(f"open days to add must be a whole number from 0 to {_MAX_OPEN_DAYS}", code="time.days")
        current, left = _checked_day(day), n
        while left:
            current = _next_day(current)
            left -= self.is_open(current)
        return current


def _next_day(day: date) -> date:
    if day == date.max:
        raise _beyond(day.isoformat())
    return day + timedelta(days=1)


def _checked_day(day: object) -> date:
    # A datetime is a date too, but which day it means depends on the zone: it has to be asked for with local_date.
    if type(day) is not date:
        raise InputError(
            f"a day must be a date, not {type(day).__name__}; use local_date(moment, timezone) for moments",
            code="time.day",
        )
    return day


def _checked_tuple(values: tuple[_T, ...], what: str) -> tuple[_T, ...]:
    if type(values) is not tuple:
        raise InputError(f"{what} must be a tuple, not {type(values).__name__}", code="time.days")
    return values


def _beyond(shown: str) -> InputError:
    return InputError(f"{shown} leads beyond the years 1 to 9999; give a date nearby", code="time.range")
