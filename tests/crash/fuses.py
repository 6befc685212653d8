"""A fuse in every wire: the one call of a run that fails, and the four ways in which it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, TypeVar, assert_never

import attrs

from omscore.errors import PortTransientError, PortUnknownError

T = TypeVar("T")


class Fault(StrEnum):
    """What goes wrong with one call."""

    BEFORE = "before"
    """Nothing happens, and the caller is told so."""
    LOST = "lost"
    """It happens, but the answer is lost."""
    BROKEN = "broken"
    """It happens, and then the backend fails in a way it never promised; a store never does."""
    ENDED = "ended"
    """It happens, and then the program ends."""


class EndedError(BaseException):
    """The program was ended at this point: nothing of it catches this, and what it had not written is gone."""


class BrokenError(Exception):
    """Not one of the promised errors."""


@attrs.define
class Fuse:
    """Counts calls and fails the one with number `at`; none when it is 0."""

    at: int = 0
    fault: Fault = Fault.BEFORE
    calls: list[str] = attrs.field(factory=list)

    def call(self, name: str, step: Callable[[], T]) -> T:
        """What the step gives, unless this is the call that fails."""
        self.calls.append(name)
        if len(self.calls) != self.at:
            return step()
        if self.fault is Fault.BEFORE:
            raise PortTransientError(f"{name}: nothing happened")
        step()
        match self.fault:
            case Fault.LOST:
                raise PortUnknownError(f"{name}: no answer came")
            case Fault.BROKEN:
                raise BrokenError(name)
            case Fault.ENDED:
                raise EndedError(name)
            case _:
                assert_never(self.fault)


class Fused:
    """A port with a fuse before every method."""

    def __init__(self, port: Any, fuse: Fuse) -> None:
        self._port = port
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if name == "together":
            return self._together
        return lambda *given, **named: self._fuse.call(
            f"{type(self._port).__name__}.{name}", lambda: method(*given, **named)
        )

    @contextmanager
    def _together(self) -> Iterator[None]:
        """The end of a group is a call of its own: that is where its commits become durable."""
        group = self._port.together()
        group.__enter__()
        try:
            yield
        except BaseException as error:
            group.__exit__(type(error), error, error.__traceback__)
            raise
        try:
            self._fuse.call("together", lambda: group.__exit__(None, None, None))
        except PortTransientError as error:
            group.__exit__(type(error), error, None)
            raise
