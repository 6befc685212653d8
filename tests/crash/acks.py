"""A wire between a shop and its PostgreSQL server that loses a commit, or the answer to one, every few steps.

Whoever is told that the outcome is unknown asks again under the same key; nothing is made twice, nothing answered is
missing.
"""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from random import Random

import attrs

from omscore.errors import ConflictError, PortError
from omscore.ports.clock import VirtualClock
from tests.crash.arena import Arena
from tests.crash.campaign import Campaign, Note, Outcome
from tests.crash.history import given_up, lost_answers, settle, unsound, untrue
from tests.crash.trading import Trader
from tests.kit.lossy import Loss, Wire
from tests.kit.shops import NOON

LOSSES_PER_SHOP = 40
MOST_CALM = 6
"""Steps between two losses."""
MARK = '"changes"'
"""Every commit bears it and nothing else does."""


def run(arena: Arena, rounds: int, seed: int, note: Note) -> Outcome:
    lot = Random(seed)  # noqa: S311
    assert arena.server is not None
    violations: list[str] = []
    lost = open_ends = answered = 0
    while lost < rounds and not violations:
        place = arena.fresh()
        clock = VirtualClock(NOON)
        acked: list[str] = []
        with closing(Wire(arena.server.port)) as wire:
            lossy = attrs.evolve(arena, dsn=arena.server.dsn.replace(f":{arena.server.port}", f":{wire.port}"))
            with lossy.opened(place, clock=clock) as oms:
                trader = Trader(oms, seed=lot.randrange(1 << 30))
                number = 0
                for _ in range(min(LOSSES_PER_SHOP, rounds - lost)):
                    calm = lot.randint(1, MOST_CALM)
                    wire.has_lost.clear()
                    while calm or not wire.has_lost.is_set():
                        if calm == 1:
                            wire.lose(lot.choice((Loss.BEFORE, Loss.AFTER)), MARK)
                        calm = max(calm - 1, 0)
                        clock.set(clock.now() + timedelta(seconds=40))  # leases of a step that failed have run out
                        try:
                            key = trader.do(number, busy=True)
                        except (PortError, ConflictError):
                            open_ends += 1
                            continue
                        number += 1
                        acked += [key] if key else []
                    lost += 1
                    note(lost)
        with arena.opened(place, clock=VirtualClock(clock.now() + timedelta(hours=1))) as oms:
            violations += lost_answers(oms.storage, acked)
            settle(oms)
            violations += untrue(oms, place) + unsound(oms.storage) + given_up(oms.storage)
        answered += len(acked)
        if not violations:
            arena.clear(place)
    return Outcome(
        figures={"losses": lost, "acked": answered, "left open": open_ends}, violations=tuple(violations[:5])
    )


CAMPAIGN = Campaign(
    name="acks",
    says="commits and their answers are lost on the wire",
    everyday={"postgres": 60},
    long={"postgres": 10_000},
    run=run,
)
