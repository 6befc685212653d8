"""A disk that is full, a file another program holds, and a program with no file left to open, under a shop at work.

What fails is told by a typed error and leaves nothing behind; once there is room again the same step is done under
the same key.
"""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from random import Random
from typing import Any

import attrs

from omscore.app import Oms
from omscore.errors import OmsError
from omscore.ports.clock import VirtualClock
from tests.crash.arena import Arena, Place
from tests.crash.campaign import Campaign, Note, Outcome
from tests.crash.history import given_up, lost_answers, settle, unsound, untrue
from tests.crash.trading import Trader
from tests.kit.shops import NOON

TROUBLES_PER_SHOP = 10
MOST_STEPS = 10
BUSY_MS = 5


def run(arena: Arena, rounds: int, seed: int, note: Note) -> Outcome:
    lot = Random(seed)  # noqa: S311
    arena = attrs.evolve(arena, busy_timeout_ms=BUSY_MS)
    told = dict.fromkeys((kind.__name__.strip("_") for kind in TROUBLES), 0)
    violations: list[str] = []
    done = 0
    while done < rounds and not violations:
        place = arena.fresh()
        clock = VirtualClock(NOON)
        acked: list[str] = []
        number = 0
        with arena.opened(place, clock=clock) as oms:
            trader = Trader(oms, seed=lot.randrange(1 << 30))
            for _ in range(min(TROUBLES_PER_SHOP, rounds - done)):
                kind = lot.choice(TROUBLES)
                with kind(oms, place, lot):
                    number, is_told = _traded(trader, clock, number, acked, MOST_STEPS, violations)
                told[kind.__name__.strip("_")] += is_told
                number, is_told = _traded(trader, clock, number, acked, 3, violations)
                if is_told:
                    violations.append(f"step {number} still failed when the trouble was over")
                violations += lost_answers(oms.storage, acked) + unsound(oms.storage)
                done += 1
                if violations:
                    break
                note(done)
            if not violations:
                violations += _nothing_to_open(arena, place)
                clock.set(clock.now() + timedelta(hours=1))
                settle(oms)
                violations += untrue(oms, place) + unsound(oms.storage) + given_up(oms.storage)
        if not violations:
            arena.clear(place)
    return Outcome(figures={"troubles": done, **told}, violations=tuple(violations[:5]))


def _traded(
    trader: Trader, clock: VirtualClock, number: int, acked: list[str], most: int, violations: list[str]
) -> tuple[int, bool]:
    """The step that comes next, and whether one failed; a failed step is done again by the next to trade."""
    for step in range(number, number + most):
        clock.set(clock.now() + timedelta(seconds=40))  # leases of a failed round have run out
        try:
            key = trader.do(step, busy=True)
        except OmsError:
            return step, True
        except Exception as error:
            violations.append(f"step {step}: {error!r}")
            return step, True
        if key:
            acked.append(key)
    return number + most, False


@contextmanager
def _full(oms: Oms, _place: Place, lot: Random) -> Iterator[None]:
    """The engine's own limit: the file may grow by a few pages."""
    connection = _connection(oms)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + lot.randint(0, 6)}").fetchall()
    try:
        yield
    finally:
        connection.execute("PRAGMA max_page_count = 1000000").fetchall()


@contextmanager
def _cut_off(_oms: Oms, place: Place, lot: Random) -> Iterator[None]:
    """The operating system's limit: no file may grow beyond a size, in the middle of whatever is being written."""
    log = place.database.with_name("shop.db-wal")
    size = max(path.stat().st_size for path in (place.database, log) if path.exists()) + lot.randint(1, 60_000)
    with _lowered(resource.RLIMIT_FSIZE, size):
        yield


@contextmanager
def _held(_oms: Oms, place: Place, _lot: Random) -> Iterator[None]:
    """Another program is in the middle of a long write."""
    with closing(sqlite3.connect(place.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


TROUBLES: tuple[Callable[[Oms, Place, Random], Any], ...] = (_full, _cut_off, _held)


def _nothing_to_open(arena: Arena, place: Place) -> list[str]:
    """A store that cannot be opened because the program has too many files open says so in a typed error."""
    with _lowered(resource.RLIMIT_NOFILE, 0):
        try:
            arena.storage(place).close()
        except OmsError:
            return []
        except Exception as error:
            return [f"opened with no file left: {error!r}"]
    return ["opened with no file left"]


@contextmanager
def _lowered(limit: int, to: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(limit)
    resource.setrlimit(limit, (to, hard))
    try:
        yield
    finally:
        resource.setrlimit(limit, (soft, hard))


def _connection(oms: Oms) -> sqlite3.Connection:
    storage: Any = oms.storage
    connection: sqlite3.Connection = storage._connection
    return connection


CAMPAIGN = Campaign(
    name="disks",
    says="the disk is full, the file is held by another program, no file can be opened",
    everyday={"sqlite": 200},
    long={"sqlite": 10_000},
    run=run,
)
