"""Messages out of order and clocks that are wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from omscore.ports.clock import Clock

T = TypeVar("T")


class SkewedClock:
    """A clock that is fast by `by`, or slow where that is below zero.

    >>> from omscore.ports.clock import VirtualClock
    >>> from datetime import UTC
    >>> SkewedClock(VirtualClock(datetime(2026, 3, 1, 12, tzinfo=UTC)), timedelta(minutes=-4)).now().isoformat()
    '2026-03-01T11:56:00+00:00'
    """

    def __init__(self, clock: Clock, by: timedelta) -> None:
        self._clock, self._by = clock, by

    def now(self) -> datetime:
        return self._clock.now() + self._by

    def __repr__(self) -> str:
        return f"SkewedClock({self._by.total_seconds():+g} s)"


def disordered(messages: Sequence[T], seed: int) -> tuple[T, ...]:
    """The messages as a network may bring them: each once or twice, in any order, and none lost.

    >>> disordered("abc", seed=4)
    ('b', 'a', 'b', 'c')
    """
    random = Random(seed)  # noqa: S311 (to be drawn again, not to be secret)
    brought = [each for each in messages for _ in range(random.choice((1, 2)))]
    random.shuffle(brought)
    return tuple(brought)
