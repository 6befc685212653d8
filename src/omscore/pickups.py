"""When carriers collect at a location: slots by carrier and day of the week, in the location's own time zone.

A slot is the moment of its clock reading, so that the hour a zone skips or repeats is handled in one place: a slot in
the skipped hour comes later by the length of the gap, of a repeated hour the first is meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import attrs

from omscore.calendars import Calendar, at_local, zone
from omscore.errors import InputError
from omscore.records import frozen
from omscore.text import checked_text

MOST_SLOTS = 24
"""How many slots a carrier has on one day at most."""


class Pickup(NamedTuple):
    """One collection. Shape: `day` and `at` are what the clocks there show; `moment` is the same in UTC."""

    day: date
    at: time
    moment: datetime


def _slots(value: tuple[time, ...]) -> tuple[time, ...]:
    if type(value) is not tuple or any(type(each) is not time or each.tzinfo is not None for each in value):
        raise InputError("pickups are told by local times of day such as 16:00:00", code="place.pickup")
    if len(value) > MOST_SLOTS:
        raise InputError(f"a carrier has at most {MOST_SLOTS} pickups a day, not {len(value)}", code="place.pickup")
    return tuple(sorted(set(value)))


@frozen(kw_only=True)
class CarrierPickups:
    """When one carrier collects.

    Shape: `days` count from Monday 0; without any they are all days no other entry of the carrier names; no slots in
    `at` mean that it does not come on these days.
    Units: `at` is local time; goods that are ready before a slot leave with it.
    """

    carrier: str = attrs.field()
    at: tuple[time, ...] = attrs.field(converter=_slots)
    days: tuple[int, ...] = ()

    @carrier.validator
    def _check_carrier(self, _attribute: attrs.Attribute[str], value: str) -> None:
        checked_text(value, what="the carrier of a pickup")

    def __attrs_post_init__(self) -> None:
        if any(type(day) is not int or not 0 <= day <= 6 for day in self.days):
            raise InputError("days of pickups are numbered from 0 (Monday) to 6 (Sunday)", code="place.pickup")


def check_pickups(pickups: Iterable[CarrierPickups], calendar: Calendar) -> None:
    """Refuse entries that contradict one another, and a carrier that never comes while anybody is there.

    Raises: InputError naming the carrier and the day.
    """
    named: dict[str, list[int]] = {}
    entries = tuple(pickups)
    for entry in entries:
        for day in entry.days or (-1,):
            days = named.setdefault(entry.carrier, [])
            if day in days:
                shown = f"day {day}" if day >= 0 else "all other days"
                raise InputError(
                    f"pickups of {entry.carrier} are told twice for {shown}; put them into one entry",
                    code="place.pickup",
                )
            days.append(day)
    for carrier in sorted(named):
        if not any(_of_weekday(entries, carrier, day) for day in calendar.open_days):
            raise InputError(
                f"{carrier} never comes on a day the location is open; give it a pickup, or leave its pickups out",
                code="place.pickup",
            )


def next_pickup(
    pickups: tuple[CarrierPickups, ...], carrier: str, calendar: Calendar, ready: datetime, holidays: frozenset[date]
) -> Pickup | None:
    """The first pickup of the carrier that takes goods which are ready at that moment; None when it has no slots.

    Shape: never before the day the calendar lets the goods leave, never on a closed day, nor on one of `holidays`.
    Holds: goods that are ready later never leave earlier.

    >>> from datetime import UTC
    >>> slots = (CarrierPickups(carrier="post", at=(time(11), time(16))),)
    >>> berlin = Calendar(timezone="Europe/Berlin", cutoff=time(18))
    >>> friday = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)  # 16:30 there: the last pickup of the week is gone
    >>> print(next_pickup(slots, "post", berlin, friday, frozenset()).moment)
    2026-11-30 10:00:00+00:00
    """
    if all(entry.carrier != carrier for entry in pickups):
        return None
    day = calendar.ship_date(ready)
    while True:
        if calendar.is_open(day) and day not in holidays:
            # Compared as moments: after a skipped hour, a slot written earlier may come later.
            moments = sorted(
                at_local(day, at, calendar.timezone) for at in _of_weekday(pickups, carrier, day.weekday())
            )
            moment = next((each for each in moments if ready < each), None)
            if moment is not None:
                local = moment.astimezone(zone(calendar.timezone))
                return Pickup(local.date(), local.time(), moment)
        if day == date.max:
            raise InputError(f"no pickup of {carrier} comes before the year 10000", code="time.range")
        day += timedelta(days=1)


def _of_weekday(pickups: tuple[CarrierPickups, ...], carrier: str, weekday: int) -> tuple[time, ...]:
    """The slots of a day: those of the entry that names it, else of the one that names none."""
    own = [entry for entry in pickups if entry.carrier == carrier]
    named = next((entry for entry in own if weekday in entry.days), None)
    entry = named or next((entry for entry in own if not entry.days), None)
    return () if entry is None else entry.at
