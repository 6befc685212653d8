"""The database server is stopped at once and started again while eight programs trade; they go on by themselves.

Every acked command is there, no task is stranded, and nothing is done twice.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random

from omscore.errors import PortError
from omscore.ports.clock import Clock, VirtualClock
from tests.crash.arena import Arena, Place
from tests.crash.campaign import Campaign, Note, Outcome
from tests.crash.history import given_up, lost_answers, settle, unsound, untrue
from tests.crash.trading import Trader
from tests.kit.shops import NOON

CLIENTS = 8
ANSWERS_BETWEEN = 24
"""The server is stopped again once the clients were answered that often."""
STRANDED_S = 60.0
AGAIN_S = 0.01


class SharedClock:
    """One clock for every program, as programs need it that lease tasks from each other: it runs from noon on."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()

    def now(self) -> datetime:
        return NOON + timedelta(seconds=time.monotonic() - self._began_s)


def run(arena: Arena, rounds: int, seed: int, note: Note) -> Outcome:
    assert arena.server is not None
    lot = Random(seed)  # noqa: S311
    place = arena.fresh()
    clock = SharedClock()
    violations: list[str] = []
    lines: list[list[str]] = []
    with _clients(arena, place, clock) as told:
        for number in range(rounds):
            if not _answered(told, lines, ANSWERS_BETWEEN):
                violations.append(f"stranded: nothing was answered for {STRANDED_S} s after {number} restarts")
                break
            time.sleep(lot.uniform(0, 0.02))
            arena.server.crash_and_restart()
            note(number + 1)
        if not violations and not _answered(told, lines, ANSWERS_BETWEEN):
            violations.append(f"stranded: nothing was answered for {STRANDED_S} s after the last restart")
    violations += [" ".join(words) for words in lines if words[0] == "failed"]
    acked = [words[1] for words in lines if words[0] == "ack"]
    with arena.opened(place, clock=VirtualClock(clock.now() + timedelta(hours=1))) as oms:
        violations += lost_answers(oms.storage, acked)
        settle(oms)
        violations += unsound(oms.storage) + untrue(oms, place) + given_up(oms.storage)
    unanswered = sum(words[0] == "open" for words in lines)
    return Outcome(
        figures={"restarts": rounds, "acked": len(acked), "unanswered": unanswered}, violations=tuple(violations[:8])
    )


def _answered(told: int, lines: list[list[str]], answers: int) -> bool:
    """Reads what the clients tell until so many commands were answered; False when none comes for a long time."""
    rest = b""
    while answers > 0 or rest:
        ready, _, _ = select.select([told], [], [], STRANDED_S)
        if not ready:
            return False
        *whole, rest = (rest + os.read(told, 65_536)).split(b"\n")
        for line in whole:
            words = line.decode().split()
            lines.append(words)
            answers -= words[0] == "ack"
    return True


@contextmanager
def _clients(arena: Arena, place: Place, clock: Clock) -> Iterator[int]:
    """Eight programs that trade until they are told to stop, and tell how it goes."""
    reading, writing = os.pipe()
    children = []
    for who in range(CLIENTS):
        child = os.fork()
        if child == 0:
            try:
                _trade(arena, place, clock, who, writing)
            finally:
                os._exit(0)
        children.append(child)
    os.close(writing)
    try:
        yield reading
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        os.close(reading)


def _trade(arena: Arena, place: Place, clock: Clock, who: int, told: int) -> None:
    """Trades on; what fails because the server is away is done again under the same key until it is answered."""
    with arena.opened(place, clock=clock) as oms:
        trader = Trader(oms, who)
        number = who * 1_000_000
        while True:
            try:
                key = trader.do(number)
            except PortError as error:
                os.write(told, f"open {number} {error.code}\n".encode())
                time.sleep(AGAIN_S)
                continue
            except Exception as error:
                os.write(told, f"failed {number} {error!r}"[:400].encode() + b"\n")
                return
            if key:
                os.write(told, f"ack {key}\n".encode())
            number += 1


CAMPAIGN = Campaign(
    name="restarts",
    says="the server is stopped at once and started again under eight programs",
    everyday={"postgres": 5},
    long={"postgres": 200},
    run=run,
)
