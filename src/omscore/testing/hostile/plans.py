"""Which calls go wrong, and how: drawn from a seed, so that what went wrong once can be seen again."""

from __future__ import annotations

from collections.abc import Collection
from random import Random
from threading import Lock
from typing import NamedTuple

from omscore.errors import InputError
from omscore.testing.faults import Fault


class Strike(NamedTuple):
    """One call that went wrong. Shape: `call` counts from 1 all calls that were asked about."""

    call: int
    what: str
    fault: Fault

    def __str__(self) -> str:
        return f"call {self.call} ({self.what}): {self.fault}"


class FaultPlan:
    """The faults of a run of calls. Holds: the same seed gives the same faults to the same number of calls.

    Shape: on average one call in `one_in` goes wrong, until `most` have; printed, it tells its seed and every strike.

    >>> plan = FaultPlan(seed=3, faults=(Fault.DOWN, Fault.TWICE), one_in=2)
    >>> [plan.strike("send") for _ in range(4)]
    [<Fault.DOWN: 'down'>, None, <Fault.DOWN: 'down'>, None]
    >>> print(plan)
    seed 3 after 4 calls: call 1 (send): down; call 3 (send): down
    """

    def __init__(
        self, seed: int, *, faults: Collection[Fault] = tuple(Fault), one_in: int = 3, most: int = 1_000
    ) -> None:
        if not faults:
            raise InputError("a plan without faults strikes nothing; name at least one")
        if one_in < 1:
            raise InputError(f"one_in is {one_in}; give 1, when every call shall go wrong, or more")
        self.seed = seed
        self.strikes: list[Strike] = []
        self._random = Random(seed)  # noqa: S311 (to be drawn again, not to be secret)
        self._faults = sorted(set(faults))
        self._one_in, self._most = one_in, most
        self._calls = 0
        self._lock = Lock()

    def strike(self, what: str) -> Fault | None:
        """What goes wrong with the next call, called `what` when it is printed; None when it goes through."""
        with self._lock:
            self._calls += 1
            is_struck = self._random.randrange(self._one_in) == 0
            fault = self._random.choice(self._faults)
            if not is_struck or len(self.strikes) >= self._most:
                return None
            self.strikes.append(Strike(self._calls, what, fault))
            return fault

    def __str__(self) -> str:
        told = "; ".join(map(str, self.strikes)) or "nothing went wrong"
        return f"seed {self.seed} after {self._calls} calls: {told}"

    __repr__ = __str__
