"""When goods leave a location and when they arrive, with the work of calendars done once per day and not per order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from omscore.calendars import Calendar, at_local
from omscore.places import Location
from omscore.routing.model import PromisedDays
from omscore.routing.rates import Carried

MOST_KEPT = 4_096
"""How many days of arrival and how many promises are kept: those of a few days, for nothing older comes again."""


class _Span(NamedTuple):
    """Goods that are ready from one moment to before another all leave on the same day."""

    since: datetime
    until: datetime
    leaves_on: date


class Timetable:
    """The days of a network. Shape: nothing travels on `carrier_holidays`, nor at weekends.

    Holds: every day is the one the calendars of the location and of the carriers say; only asking them is saved.
    """

    def __init__(self, carrier_holidays: Iterable[date]) -> None:
        self._holidays = tuple(carrier_holidays)
        self._spans: dict[str, _Span] = {}
        self._travel: dict[str, Calendar] = {}
        self._arrivals: dict[tuple[str, date, int], date] = {}
        self._promised: dict[tuple[str, date, Carried], PromisedDays] = {}

    def leaves_on(self, location: Location, at: datetime) -> date:
        """The day goods ordered at that moment leave: processed, and on an open day before its cut-off."""
        ready = at + timedelta(hours=location.processing_hours)
        span = self._spans.get(location.location_id)
        if span is None or not span.since <= ready < span.until:
            # Goods that are ready later never leave earlier, and before its cut-off they do not leave later.
            day = location.work_day(at)
            span = _Span(ready, at_local(day, location.calendar.cutoff, location.calendar.timezone), day)
            self._spans[location.location_id] = span
        return span.leaves_on

    def promised(self, location: Location, at: datetime, carried: Carried) -> PromisedDays:
        """The days a shipment is promised for that is decided at that moment and goes by that service.

        Shape: orders of one day share one record, so that it is made and written once.
        """
        leaves_on = self.leaves_on(location, at)
        key = (location.location_id, leaves_on, carried)
        days = self._promised.get(key)
        if days is None:
            if len(self._promised) >= MOST_KEPT:
                self._promised.clear()
            carrier, service, transit_days = carried
            days = self._promised[key] = PromisedDays(
                location_id=location.location_id,
                leaves_on=leaves_on,
                arrives_on=self.arrives_on(location, leaves_on, transit_days),
                carrier=carrier,
                service=service,
                transit_days=transit_days,
                processing_hours=location.processing_hours,
                cutoff=location.calendar.cutoff,
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
