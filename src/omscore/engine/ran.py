"""What a run of tasks came to."""

from __future__ import annotations

from omscore.records import frozen


@frozen(kw_only=True)
class Ran:
    """How many attempts ended how.

    Shape: `retried` were tried and will be again; `left_alone` were not tried, because their adapter is left alone for
    a while (its breaker is open).
    """

    done: int = 0
    retried: int = 0
    left_alone: int = 0
    dead: int = 0

    def __add__(self, other: Ran) -> Ran:
        return Ran(
            done=self.done + other.done,
            retried=self.retried + other.retried,
            left_alone=self.left_alone + other.left_alone,
            dead=self.dead + other.dead,
        )

    @property
    def total(self) -> int:
        return self.done + self.retried + self.left_alone + self.dead
