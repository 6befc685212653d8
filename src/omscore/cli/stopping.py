"""Being told to stop: a flag that a signal may set, and that wakes whoever sleeps on it."""

from __future__ import annotations

import os
import select
import signal
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """Set once, for good; safe to be set from within a signal's own call, which an Event of threads is not.

    >>> stop = Stop()
    >>> stop.wait(0), stop.set(), stop.wait(60)
    (False, None, True)
    >>> stop.close()
    """

    def __init__(self) -> None:
        self._is_set = False
        self._before: dict[signal.Signals, Any] = {}
        self._reads, self._writes = os.pipe()
        os.set_blocking(self._writes, False)

    def is_set(self) -> bool:
        return self._is_set

    def set(self) -> None:
        if not self._is_set:
            self._is_set = True
            os.write(self._writes, b".")

    def wait(self, timeout_s: float) -> bool:
        """True as soon as it is set, False when the time is over before."""
        if not self._is_set:
            select.select([self._reads], [], [], max(timeout_s, 0))
        return self._is_set

    def fileno(self) -> int:
        """For waiting on it together with others."""
        return self._reads

    def on_signals(self) -> None:
        """Let SIGTERM and SIGINT set it from now on."""

        def told(_number: int, _frame: FrameType | None) -> None:
            self.set()

        for each in _SIGNALS:
            self._before[each] = signal.signal(each, told)

    def close(self) -> None:
        """Let the signals do again what they did before."""
        for each, before in self._before.items():
            signal.signal(each, before)
        os.close(self._reads)
        os.close(self._writes)
