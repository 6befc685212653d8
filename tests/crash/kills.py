"""SIGKILL at a random moment of a shop at work; the next program goes on with what the killed one left.

Nothing that was answered may be missing, every law must hold, and in the end the provider's own log and our
books agree.
"""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta
from random import Random

from omscore.ports.clock import VirtualClock
from tests.crash.arena import Arena, Place
from tests.crash.campaign import Campaign, Note, Outcome
from tests.crash.history import given_up, lost_answers, settle, unsound, untrue
from tests.crash.trading import Trader
from tests.kit.shops import NOON

KILLS_PER_SHOP = 6
MOST_STEPS = 12
"""A program is killed a moment after one of its first steps was answered."""
LAST_MS = 12


def run(arena: Arena, rounds: int, seed: int, note: Note) -> Outcome:
    lot = Random(seed)  # noqa: S311
    acked_in_all = resumed = 0
    violations: list[str] = []
    killed = 0
    _warm(arena, seed)
    while killed < rounds and not violations:
        place = arena.fresh()
        acked: list[str] = []
        number = 0
        for life in range(min(KILLS_PER_SHOP, rounds - killed)):
            began, keys = _one_life(arena, place, seed=lot.randrange(1 << 30), life=life, number=number, lot=lot)
            killed += 1
            resumed += began > number
            number = began  # the step that was under way is done again, under the same key
            acked += keys
            with arena.stored(place) as storage:
                violations += lost_answers(storage, acked) + unsound(storage)
            if violations:
                break
            note(killed)
        with arena.opened(place, clock=VirtualClock(NOON + timedelta(hours=1))) as oms:
            settle(oms)
            violations += untrue(oms, place) + unsound(oms.storage) + given_up(oms.storage)
        acked_in_all += len(acked)
        if not violations:
            arena.clear(place)
    return Outcome(figures={"kills": killed, "acked": acked_in_all}, violations=tuple(violations))


def _warm(arena: Arena, seed: int) -> None:
    """Trade a while in this program, so that the programs forked from it have every function made already."""
    place = arena.fresh()
    with arena.opened(place) as oms:
        trader = Trader(oms, seed)
        for step in range(60):
            trader.do(step)
        unsound(oms.storage)
    arena.clear(place)


def _one_life(arena: Arena, place: Place, *, seed: int, life: int, number: int, lot: Random) -> tuple[int, list[str]]:
    """The number of the step a killed program was at, and the keys whose commands it had been answered."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            clock = VirtualClock(NOON + timedelta(minutes=life))  # leases of the life before have run out
            with arena.opened(place, clock=clock) as oms:
                trader = Trader(oms, seed=0)
                for step in range(number, number + 10_000):
                    key = trader.do(step)
                    os.write(writing, f"{step} {key}\n".encode())
        except BaseException as error:
            os.write(writing, f"! {error!r}\n".encode())
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        lines = [told.readline() for _ in range(lot.randint(1, MOST_STEPS))]
        time.sleep(lot.uniform(0, LAST_MS) / 1_000)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines += told.read().splitlines(keepends=True)
    if failed := [line.decode() for line in lines if line.startswith(b"!")]:
        raise RuntimeError(f"the shop ended by itself: {failed[0]}")
    steps = [line.decode().split(" ", 1) for line in lines if line.endswith(b"\n")]
    at = int(steps[-1][0]) + 1 if steps else number
    return at, [key.strip() for _, key in steps if key.strip()]


CAMPAIGN = Campaign(
    name="kills",
    says="SIGKILL at a random moment of a shop at work",
    everyday={"sqlite": 300, "postgres": 200},
    long={"sqlite": 10_000, "postgres": 10_000},
    run=run,
)
