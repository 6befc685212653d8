"""The wire between an adapter and a world kept in memory: it fails the way a law wants it to, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, assert_never

from omscore.testing.faults import Fault

T = TypeVar("T")


class WireError(Exception):
    """The wire gave no answer that can be read. Shape: `is_sent` tells whether the world was reached."""

    def __init__(self, fault: Fault) -> None:
        super().__init__("no answer")
        self.fault = fault
        self.is_sent = fault is not Fault.DOWN


class Wire:
    """Calls go through, but for the one after `break_next`."""

    faults = frozenset(Fault)
    secrets = ("sk_live_31415926535897932384",)

    def __init__(self) -> None:
        self._fault: Fault | None = None
        self._late: list[Callable[[], object]] = []

    def break_next(self, fault: Fault) -> None:
        """The next call fails in that way."""
        self._fault = fault

    def call(self, act: Callable[[], T], part: Callable[[], object] | None = None) -> T:
        """What the world answers; `part` does some of what `act` does, where there is more than one thing to do."""
        fault, self._fault = self._fault, None
        match fault:
            case None:
                answer = act()
            case Fault.TWICE:
                act()
                answer = act()
            case Fault.LATE:
                self._late.append(act)
                raise WireError(fault)
            case Fault.LOST_ANSWER | Fault.GARBAGE:
                act()
                raise WireError(fault)
            case Fault.PARTIAL:
                (part or act)()
                raise WireError(fault)
            case Fault.DOWN:
                raise WireError(fault)
            case _:
                assert_never(fault)
        late, self._late = self._late, []
        for overtaken in late:
            overtaken()
        return answer
