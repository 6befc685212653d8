"""A backend that fails slowly is left alone for a while, so that tasks for others do not queue up behind it.

One that fails at once needs no such rest: each of its tasks backs off by itself and costs nobody time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

SLOW = timedelta(seconds=1)
"""An attempt that takes this long is slow."""

FIRST_REST = timedelta(seconds=5)
LONGEST_REST = timedelta(minutes=5)


class Breaker:
    """Which backends rest, and until when.

    >>> from datetime import UTC
    >>> noon, breaker = datetime(2026, 3, 2, 12, tzinfo=UTC), Breaker()
    >>> breaker.failed("carrier", noon, took=timedelta(seconds=30))
    >>> breaker.rests_until("carrier", noon) - noon
    datetime.timedelta(seconds=5)
    >>> breaker.rests_until("notices", noon) is None
    True
    """

    def __init__(self) -> None:
        self._rests: dict[str, tuple[datetime, timedelta]] = {}

    @property
    def is_idle(self) -> bool:
        """True while no backend has failed slowly since it last worked."""
        return not self._rests

    def rests_until(self, backend: str, now: datetime) -> datetime | None:
        """Until when a backend is left alone; None when it may be asked."""
        until, _ = self._rests.get(backend, (now, FIRST_REST))
        return until if until > now else None

    def failed(self, backend: str, now: datetime, *, took: timedelta) -> None:
        """An attempt failed. A slow one lets the backend rest, twice as long each time in a row."""
        if backend and took >= SLOW:
            _, last = self._rests.get(backend, (now, FIRST_REST / 2))
            rest = min(last * 2, LONGEST_REST)
            self._rests[backend] = (now + rest, rest)

    def worked(self, backend: str) -> None:
        """An attempt came to an answer."""
        self._rests.pop(backend, None)
