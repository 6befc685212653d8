"""The breaker before a call of an adapter: one that fails again and again is not made for a while, then once to see.

Closed, everything goes through. It opens when the calls fail so many times in a row, or once when one fails slowly,
because each such call would keep everybody waiting. After the rest it is half open: one call goes through, and what
becomes of it closes the breaker or opens it for twice as long.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from omscore.errors import InputError
from omscore.records import changed, frozen

SLOW = timedelta(seconds=1)
"""A call that takes this long is slow."""

LONGEST_REST = timedelta(minutes=5)
PROBE_LOST = timedelta(minutes=5)
"""A call let through half open that has not come back for so long stands in nobody's way any more."""


@frozen(kw_only=True)
class HealthPolicy:
    """When an adapter that fails is left alone, and for how long at first.

    Raises: InputError for a number that makes no sense.
    """

    open_after: int = 5
    retry_after_s: int = 5

    def __attrs_post_init__(self) -> None:
        for name, most in (("open_after", 1_000), ("retry_after_s", 300)):
            value = getattr(self, name)
            if not 1 <= value <= most:
                raise InputError(f"{name} must be from 1 to {most}, not {value}", code="input.health", name=name)


class BreakerState(StrEnum):
    """Whether calls go through: all, none, or one to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


@frozen(kw_only=True)
class Breaker:
    """Where one breaker stands.

    Shape: `failures` counts those in a row, `failing_since` is the moment of the first of them; `rests_until` is None
    while it is closed; `changed_at` is when it last opened or closed; `probed_at` when the one call was let through.
    Units: rest_s is the length of the present rest.

    >>> from datetime import UTC
    >>> noon, policy = datetime(2026, 3, 2, 12, tzinfo=UTC), HealthPolicy(open_after=2)
    >>> once = Breaker().failed(noon, took=timedelta(), policy=policy)
    >>> str(once.state(noon)), str(once.failed(noon, took=timedelta(), policy=policy).state(noon))
    ('closed', 'open')
    >>> str(Breaker().failed(noon, took=SLOW, policy=policy).state(noon + timedelta(seconds=5)))
    'half open'
    """

    failures: int = 0
    failing_since: datetime | None = None
    rests_until: datetime | None = None
    rest_s: int = 0
    changed_at: datetime | None = None
    probed_at: datetime | None = None

    def state(self, now: datetime) -> BreakerState:
        if self.rests_until is None:
            return BreakerState.CLOSED
        # More than a whole rest away is the word of another clock, and nobody waits for that.
        rest = timedelta(seconds=self.rest_s)
        is_over = now >= self.rests_until or self.rests_until - now > rest
        return BreakerState.HALF_OPEN if is_over else BreakerState.OPEN

    def waits_until(self, now: datetime) -> datetime | None:
        """Until when a call has to wait; None when it may be made."""
        state = self.state(now)
        if state is BreakerState.OPEN:
            return self.rests_until
        if (
            state is BreakerState.CLOSED
            or self.probed_at is None
            or not self.probed_at <= now < self.probed_at + PROBE_LOST
        ):
            return None
        return now + timedelta(seconds=self.rest_s)

    def begun(self, now: datetime) -> Breaker:
        """A call is made; half open, it is the one that goes through."""
        return self if self.rests_until is None else changed(self, probed_at=now)

    def left(self) -> Breaker:
        """A call ended without saying anything of the adapter, because its program was interrupted."""
        return self if self.probed_at is None else changed(self, probed_at=None)

    def worked(self, now: datetime) -> Breaker:
        """A call came to an answer, even to a no."""
        if self.rests_until is None:
            return self if not self.failures else Breaker(changed_at=self.changed_at)
        return Breaker(changed_at=self._after(now))

    def failed(self, now: datetime, *, took: timedelta, policy: HealthPolicy) -> Breaker:
        """A call came to no answer."""
        failures, since = self.failures + 1, self.failing_since or now
        is_probe = self.probed_at is not None
        if not is_probe and self.rests_until is not None:  # begun before it opened: it says nothing new
            return changed(self, failures=failures)
        if not is_probe and took < SLOW and failures < policy.open_after:
            return changed(self, failures=failures, failing_since=since)
        rest_s = min(max(self.rest_s * 2, policy.retry_after_s), LONGEST_REST // timedelta(seconds=1))
        return Breaker(
            failures=failures,
            failing_since=since,
            rests_until=now + timedelta(seconds=rest_s),
            rest_s=rest_s,
            changed_at=self._after(now),
        )

    def _after(self, now: datetime) -> datetime:
        """The moment of a change: later than the one before, whatever clock that was told by."""
        return now if self.changed_at is None else max(now, self.changed_at + timedelta(microseconds=1))

    def newer(self, other: Breaker) -> Breaker:
        """What two programs know of the same adapter: whoever saw it open or close last is right.

        Shape: a call of this program let through half open stays so.
        """
        if other.changed_at is None or (self.changed_at is not None and self.changed_at >= other.changed_at):
            return self
        return other.heard()

    def heard(self) -> Breaker:
        """The same in a program that was told of it: a call that another one let through is not its own."""
        return changed(self, probed_at=None)
