"""One worker: opens the shop for itself and works off what is due, over and over, whatever becomes of the database."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import NamedTuple

from omscore.app import Oms, open_shop
from omscore.cli.stopping import Stop
from omscore.engine.ran import Ran
from omscore.errors import DamageError, OmsError, SetupError
from omscore.plugins.discovery import Plugins

FIRST_REST_S = 0.25
LONGEST_REST_S = 30.0
_TELL_EVERY_S = 0.5


class Told(NamedTuple):
    """What a worker tells the one who started it.

    Shape: `ran` is what came on since it told something last; `trouble` is a sentence; nothing follows a final one.
    """

    worker: int
    ran: Ran = Ran()
    trouble: str = ""
    is_final: bool = False
    is_refused: bool = False


class Work(NamedTuple):
    """What a worker is to do. Units: poll_s is the longest it sleeps while nothing is due."""

    config: Path
    once: bool
    poll_s: float


class Worker:
    """Works until told to stop, or with `once` until nothing is due; the task in progress is always finished.

    Holds: an error of the database is told and waited out, longer each time in a row, with jitter. Only a shop that
    cannot be set up, or whose records are damaged, ends the worker.
    """

    def __init__(
        self,
        work: Work,
        number: int,
        stop: Stop,
        tell: Callable[[Told], object],
        *,
        plugins: Plugins | None = None,
        parent: int | None = None,
    ) -> None:
        self._work = work
        self._number = number
        self._stop = stop
        self._tell = tell
        self._plugins = plugins
        self._parent = parent
        self._failures = 0
        self._random = Random()  # noqa: S311 (spreads the workers in time, keeps no secret)
        self._told_at = time.monotonic()
        self._untold = Ran()

    def run(self) -> None:
        """Work to the end; the last thing told is final."""
        try:
            while not self._is_over() and not self._until_closed():
                pass
        except (SetupError, DamageError) as error:
            self._tell(Told(self._number, self._untold, str(error), is_final=True, is_refused=True))
        else:
            self._tell(Told(self._number, self._untold, is_final=True))

    def _is_over(self) -> bool:
        """Told to stop, or left alone by the one who started it."""
        if self._parent is not None and os.getppid() != self._parent:
            self._stop.set()
        return self._stop.is_set()

    def _until_closed(self) -> bool:
        """True when nothing is left to do; False when the shop has to be opened once more."""
        try:
            with open_shop(self._work.config, plugins=self._plugins) as oms:
                while not self._is_over():
                    if self._has_nothing_left(oms):
                        return True
        except (SetupError, DamageError):
            raise
        except OmsError as error:
            self._rest(error)
        return False

    def _has_nothing_left(self, oms: Oms) -> bool:
        try:
            ran = oms.run_due(stop=self._is_over, most=1_000)
            due = oms.storage.next_due()
        except (SetupError, DamageError):
            raise
        except OmsError as error:
            self._rest(error)
            return False
        self._failures = 0
        self._count(ran)
        if ran.total:
            return False
        if self._work.once:
            return True
        wait_s = self._work.poll_s if due is None else (due - oms.clock.now()).total_seconds()
        self._stop.wait(min(max(wait_s, 0.01), self._work.poll_s))
        return False

    def _count(self, ran: Ran) -> None:
        self._untold += ran
        now = time.monotonic()
        if self._untold.total and now - self._told_at >= _TELL_EVERY_S:
            self._tell(Told(self._number, self._untold))
            self._untold, self._told_at = Ran(), now

    def _rest(self, error: OmsError) -> None:
        full_s = min(LONGEST_REST_S, FIRST_REST_S * 2 ** min(self._failures, 16))
        self._failures += 1
        self._tell(Told(self._number, trouble=str(error)))
        self._stop.wait(full_s * (0.5 + self._random.random() / 2))


def work_in_process(work: Work, number: int, pipe: Connection, parent: int) -> None:
    """The whole life of a worker process; it ends, too, when the one who started it is gone."""
    stop = Stop()
    stop.on_signals()

    def tell(told: Told) -> None:
        with suppress(OSError):  # nobody listens any more; the next look at the parent ends it
            pipe.send(told)

    Worker(work, number, stop, tell, parent=parent).run()
    pipe.close()
