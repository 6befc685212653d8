"""Queues for orders that wait: what is tried for the orders in one, when, in which order, and where they go after.

A queue is a rule of the shop, as data. Which order is in which queue stands with the order, and when it came in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import TypeAlias

from omscore.calendars import at_local, local_date, zone
from omscore.errors import InputError, SetupError
from omscore.records import changed, frozen
from omscore.routing.profiles import WAYS_LEFT, checked_name

Queues: TypeAlias = Mapping[str, "Queue"]
"""The queues of a shop by name."""

MOST_DAYS = 3_652
MOST_HOURS = 168
UNRANKED = 1_000_000
"""The rank of an order that no tag puts before others."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@frozen(kw_only=True)
class Queue:
    """What becomes of the orders in one queue.

    Shape: `then` is another queue, `hold` or `cancel`: where an order goes that is still there after `most_days`;
    `profile` is what is tried for it, the profile of the order's own choice when empty; it is tried every so many hours
    or `at` times of day in `timezone` (that of the shop when empty), and, unless `only_at_runs`, whenever stock comes
    in as well. Orders with the first of `priority_tags` come first, then those with the second, the others after them;
    among equals the earlier placed comes first.
    Units: runs `every_hours` fall on hours counted from midnight UTC on 1 January 1970.
    Raises: InputError for a value out of bounds.

    >>> Queue(then="cancel", most_days=3, every_hours=4).next_run(datetime(2026, 3, 2, 12, 30, tzinfo=UTC)).hour
    16
    """

    then: str
    most_days: int
    profile: str = ""
    every_hours: int = 0
    at: tuple[time, ...] = ()
    timezone: str = ""
    only_at_runs: bool = False
    priority_tags: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.most_days <= MOST_DAYS:
            raise InputError(f"most_days of a queue must be from 1 to {MOST_DAYS}, not {self.most_days}")
        if bool(self.every_hours) is bool(self.at):
            raise InputError("a queue is run every_hours or at times of day; give one of the two")
        if not 0 <= self.every_hours <= MOST_HOURS:
            raise InputError(f"every_hours of a queue must be from 1 to {MOST_HOURS}, not {self.every_hours}")
        if self.timezone:
            zone(self.timezone)
            if not self.at:
                raise InputError("timezone of a queue is that of its times of day (at); leave it out")
        for name, values in (("at", self.at), ("priority_tags", self.priority_tags)):
            if len(set(values)) < len(values):
                raise InputError(f"{name} of a queue names something twice; leave one out")

    def next_run(self, moment: datetime) -> datetime:
        """The first moment after this one at which the orders in the queue are tried.

        Holds: whoever asks between two runs gets the same answer.
        """
        if self.every_hours:
            span = timedelta(hours=self.every_hours)
            return _EPOCH + ((moment - _EPOCH) // span + 1) * span
        timezone = self.timezone or "UTC"
        today = local_date(moment, timezone)
        days = [today + timedelta(days=day) for day in range(-1, 3)]  # a clock set back shows a day twice
        return min([run for day in days for at in self.at if (run := at_local(day, at, timezone)) > moment])

    def rank(self, tags: Iterable[str]) -> int:
        """How far in front an order with these tags is; the lower comes first."""
        places = [self.priority_tags.index(tag) for tag in tags if tag in self.priority_tags]
        return min(places, default=UNRANKED)

    def ends_at(self, since: datetime) -> datetime:
        """When the time of an order is over that came in at that moment."""
        return since + timedelta(days=self.most_days)


def run_id(name: str, due_at: datetime) -> str:
    """The task of one run, whoever asks for it: all orders that come in before it wait for the same one.

    >>> run_id("awaiting-stock", datetime(2026, 3, 2, 6, tzinfo=UTC))
    'queue.awaiting-stock.20260302T060000Z'
    """
    return f"queue.{name}.{due_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def circle_of(queues: Queues, name: str) -> tuple[str, ...]:
    """The queues an order would pass again and again from this one on; empty when its way has an end."""
    way = [name]
    while (following := queues[way[-1]].then) in queues:
        if following in way:
            return (*way[way.index(following) :], following)
        way.append(following)
    return ()


def checked_queues(queues: Queues, profiles: Iterable[str]) -> None:
    """Refuse names nobody knows, and queues in which an order would go round for ever.

    Raises: SetupError with the path.
    """
    known = set(profiles)
    for name, queue in queues.items():
        try:
            checked_name(name, what="the name of a queue")
        except InputError as error:
            raise SetupError(f"queues.{name}: {error}", path=f"queues.{name}") from None
        if name in WAYS_LEFT:
            raise SetupError(f"queues.{name}: {name} says what becomes of units; rename it", path=f"queues.{name}")
        if queue.profile and queue.profile not in known:
            there = ", ".join(sorted(known))
            path = f"queues.{name}.profile"
            raise SetupError(f"{path}: there is no routing profile {queue.profile!r}; known: {there}", path=path)
        if queue.then not in ("hold", "cancel", *queues):
            path = f"queues.{name}.then"
            raise SetupError(f"{path}: there is no queue {queue.then!r}; use {_ways(queues)}", path=path)
    for name in queues:
        if circle := circle_of(queues, name):
            raise SetupError(
                f"queues: {' -> '.join(circle)} is a circle, in which an order would wait for ever; "
                "let one of them end with hold or cancel",
                path="queues",
            )


def checked_way(when_left: str, queues: Queues, path: str) -> None:
    """Raises: SetupError when the units left by a profile would go to a queue nobody knows."""
    if when_left not in WAYS_LEFT and when_left not in queues:
        raise SetupError(f"{path}: there is no queue {when_left!r}; use wait, {_ways(queues)}", path=path)


def _ways(queues: Queues) -> str:
    return ", ".join(["hold", "cancel", *[f"the queue {name}" for name in queues]])


def with_timezone(queue: Queue, timezone: str) -> Queue:
    """The queue with the times of that zone, unless it has one of its own."""
    return changed(queue, timezone=timezone) if queue.at and not queue.timezone else queue
