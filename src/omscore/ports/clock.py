"""Where moments come from: the engine asks a clock, the core is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from omscore.errors import InputError


class Clock(Protocol):
    """Tells the present moment, always with an offset."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class VirtualClock:
    """A clock that stands still until it is set; the clock of tests, demos, replays and simulations.

    Raises: InputError when it is set to a naive moment or back in time.

    >>> clock = VirtualClock(datetime(2026, 3, 1, tzinfo=UTC))
    >>> clock.set(datetime(2026, 3, 2, tzinfo=UTC))
    >>> clock.now().day
    2
    """

    def __init__(self, start: datetime) -> None:
        self._now = _aware(start)

    def now(self) -> datetime:
        return self._now

    def set(self, moment: datetime) -> None:
        if _aware(moment) < self._now:
            raise InputError(f"a clock does not run backwards: it is {self._now}, not {moment}", code="input.clock")
        self._now = moment


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise InputError(f"{moment} has no offset; give a moment such as 2026-03-01T09:00+00:00", code="input.moment")
    return moment
