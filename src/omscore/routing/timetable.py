"""When goods leave a location and when they arrive, with the work of calendars done once per day and not per order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from omscore.calendars import Calendar, at_local
from omscore.pickups import next_pickup
from omscore.places import Location
from omscore.records import frozen, maker
from omscore.routing.model import PromisedDays
from omscore.routing.rates import Carried

MOST_KEPT = 4_096
"""How many days of arrival and how many promises are kept: those of a few days, for nothing older comes again."""


class Leaving(NamedTuple):
    """When goods leave. Shape: `pickup` is the local time the carrier collects; None where it has no slots."""

    on: date
    pickup: time | None = None


_new_leaving = maker(Leaving)


@frozen(kw_only=True)
class _Slot:
    """Goods that are ready from one moment to before another all leave on the same day, or with the same pickup."""

    since: datetime
    until: datetime
    leaving: Leaving


class Timetable:
    """The days of a network. Shape: nothing travels on `carrier_holidays`, nor at weekends.

    Holds: every day is the one the calendars of the location and of the carriers say; only asking them is saved.
    """

    def __init__(self, carrier_holidays: Iterable[date]) -> None:
        self._holidays = tuple(carrier_holidays)
        self._closed = frozenset(self._holidays)
        self._days: dict[str, _Slot] = {}
        self._slots: dict[tuple[str, str], _Slot] = {}
        self._travel: dict[str, Calendar] = {}
        self._arrivals: dict[tuple[str, date, int], date] = {}
        self._promised: dict[tuple[str, Leaving, Carried], PromisedDays] = {}

    def leaving(self, location: Location, at: datetime, carrier: str) -> Leaving:
        """When goods ordered at that moment leave by that carrier: with its next pickup on or after their work day.

        Shape: a carrier without pickups there takes them on the work day.
        """
        if not location.pickups:
            return self._day(location, at)
        ready = at + timedelta(hours=location.processing_hours)
        key = (location.location_id, carrier)
        slot = self._slots.get(key)
        if slot is None or not slot.since <= ready < slot.until:
            found = next_pickup(location.pickups, carrier, location.calendar, ready, self._closed)
            if found is None:
                return self._day(location, at)
            # Goods that are ready later never leave earlier, and those ready before the cut-off of the day they would
            # leave on and before the pickup do not leave later.
            cutoff = at_local(self.leaves_on(location, at), location.calendar.cutoff, location.calendar.timezone)
            slot = self._slots[key] = _Slot(
                since=ready, until=min(cutoff, found.moment), leaving=_new_leaving(found.day, found.at)
            )
        return slot.leaving

    def leaves_on(self, location: Location, at: datetime) -> date:
        """The day the work on goods ordered at that moment is done: an open day before its cut-off, once processed.

        Shape: they leave on it too, unless their carrier comes later.
        """
        return self._day(location, at).on

    def _day(self, location: Location, at: datetime) -> Leaving:
        """The same for a carrier that takes goods on the day they are ready."""
        hours = location.processing_hours
        ready = at + timedelta(hours=hours) if hours else at
        slot = self._days.get(location.location_id)
        if slot is None or not slot.since <= ready < slot.until:
            # Goods that are ready later never leave earlier, and before its cut-off they do not leave later.
            day = location.work_day(at)
            cutoff = at_local(day, location.calendar.cutoff, location.calendar.timezone)
            slot = self._days[location.location_id] = _Slot(since=ready, until=cutoff, leaving=_new_leaving(day))
        return slot.leaving

    def promised(self, location: Location, at: datetime, carried: Carried) -> PromisedDays:
        """The days a shipment is promised for that is decided at that moment and goes by that service.

        Shape: orders of one day share one record, so that it is made and written once.
        """
        carrier, service, transit_days, _ = carried
        leaving = self.leaving(location, at, carrier)
        key = (location.location_id, leaving, carried)
        days = self._promised.get(key)
        if days is None:
            if len(self._promised) >= MOST_KEPT:
                self._promised.clear()
            days = self._promised[key] = PromisedDays(
                location_id=location.location_id,
                leaves_on=leaving.on,
                arrives_on=self.arrives_on(location, leaving.on, transit_days),
                carrier=carrier,
                service=service,
                transit_days=transit_days,
                processing_hours=location.processing_hours,
                cutoff=location.calendar.cutoff,
                pickup=leaving.pickup,
            )
        return days

    def arrives_on(self, location: Location, leaves_on: date, transit_days: int) -> date:
        """The civil day of the location's zone on which goods arrive that travel so many working days."""
        timezone = location.calendar.timezone
        key = (timezone, leaves_on, transit_days)
        day = self._arrivals.get(key)
        if day is None:
            travel = self._travel.get(timezone)
            if travel is None:
                travel = self._travel[timezone] = Calendar(timezone=timezone, holidays=self._holidays)
            if len(self._arrivals) >= MOST_KEPT:
                self._arrivals.clear()
            day = self._arrivals[key] = travel.add_open_days(leaves_on, transit_days)
        return day
