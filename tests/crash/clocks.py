"""A clock that jumps an hour back or a day ahead, while shoppers hold units and nobody may have swept.

What can be sold is always what is on the shelf less the holds whose time is not up, whether or not somebody swept; and
in the end no hold is left.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from omscore.app import Oms
from omscore.errors import StockShortError
from omscore.ids import CartId
from omscore.inventory.model import Reservation
from omscore.orders.carts import SetCartLine
from tests.crash.arena import Arena
from tests.crash.campaign import Campaign, Note, Outcome
from tests.crash.history import unsound
from tests.kit.shops import NOON, TEA, receive

STOCK = 12
CARTS = 5
STEPS = 40
JUMPS = (timedelta(hours=-1), timedelta(days=1), timedelta(minutes=7), timedelta(minutes=31), timedelta(seconds=1))


class JumpingClock:
    """A clock that may run backwards, as the clock of a machine may when it is set."""

    def __init__(self) -> None:
        self.moment = NOON

    def now(self) -> datetime:
        return self.moment


def run(arena: Arena, rounds: int, seed: int, note: Note) -> Outcome:
    lot = Random(seed)  # noqa: S311
    violations: list[str] = []
    holds = jumps = 0
    for number in range(rounds):
        place = arena.fresh(stock=False)
        clock = JumpingClock()
        with arena.opened(place, clock=clock) as oms:
            receive(oms, "MUC", {TEA: STOCK}, document="opening")
            for step in range(STEPS):
                if lot.random() < 0.3:
                    clock.moment += lot.choice(JUMPS)
                    jumps += 1
                if lot.random() < 0.2:
                    oms.run_due()
                holds += _holds(oms, f"c{lot.randrange(CARTS)}", lot.randint(0, 5))
                found, due = oms.availability(TEA, "web"), _free(oms)
                if found != due or due < 0:
                    violations.append(f"shop {number}, step {step}: {found} can be sold, {due} are free")
                    break
            clock.moment += timedelta(days=30)
            if (found := oms.availability(TEA, "web")) != STOCK:
                violations.append(f"shop {number}: {STOCK - found} units leaked, nobody having swept")
            oms.run_due()
            (level,) = oms.storage.stock([TEA])
            if level.sellable != STOCK:
                violations.append(f"shop {number}: {STOCK - level.sellable} units still held after thirty days")
            violations += unsound(oms.storage)
        if violations:
            break
        arena.clear(place)
        note(number + 1)
    return Outcome(figures={"shops": rounds, "holds": holds, "jumps": jumps}, violations=tuple(violations[:5]))


def _holds(oms: Oms, cart: str, units: int) -> bool:
    """One shopper wants so many units; True when they are held now."""
    try:
        oms.do(SetCartLine(cart_id=CartId(cart), channel="web", sku=TEA, units=units, at=oms.clock.now()))
    except StockShortError:
        return False
    return units > 0


def _free(oms: Oms) -> int:
    """Units on the shelf less what stands held and whose time is not up, from the records of the holds alone."""
    holds = [oms.codec.record(row.state, Reservation) for row in oms.storage.streams("hold/")]
    return STOCK - sum(sum(each.units for each in hold.held) for hold in holds if hold.is_live(oms.clock.now()))


CAMPAIGN = Campaign(
    name="clocks",
    says="the clock jumps while shoppers hold units and nobody sweeps",
    everyday={"sqlite": 8},
    long={"sqlite": 1_000},
    run=run,
)
