"""`python -m tests.naive [NAME ...]`: every wrong variant against the campaign that must flag it."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, cast

import attrs
from rich.console import Console
from rich.table import Table

from omscore.ports.payments import PaymentPort
from omscore.ports.storage import Storage
from tests.crash.arena import Arena
from tests.crash.campaign import run
from tests.crash.registry import CAMPAIGNS
from tests.crash.truth import TruthPayments
from tests.kit.postgres import server
from tests.naive.blind_commit import BlindCommit
from tests.naive.blind_resend import BlindResend
from tests.naive.charge_inside import Till
from tests.naive.early_answer import EarlyAnswer
from tests.naive.half_a_commit import HalfACommit
from tests.naive.key_after_effect import KeyAfterEffect
from tests.naive.lost_commit import LostCommit
from tests.naive.no_fence import NoFence
from tests.naive.outbox_by_id import OutboxById
from tests.naive.partial_holds import PartialHolds
from tests.naive.read_check_write import ReadCheckWrite
from tests.naive.stale_object import StaleObject
from tests.naive.stale_payment import StalePayment
from tests.naive.sweeper import Sweeper
from tests.naive.unsorted_locks import UnsortedLocks

SEED = 1


@attrs.frozen(kw_only=True)
class Naive:
    """One wrong variant and who must flag it. Shape: `store` and `payments` take the place of the right parts."""

    campaign: str
    engine: str
    store: Callable[[Any], Any] = lambda storage: storage
    payments: Callable[[Path], PaymentPort] = TruthPayments


_TILL = Till()

NAIVE: Final[Mapping[str, Naive]] = {
    "read-check-write": Naive(campaign="last-unit", engine="sqlite", store=ReadCheckWrite),
    "partial-holds": Naive(campaign="many-skus", engine="sqlite", store=PartialHolds),
    "unsorted-locks": Naive(campaign="many-skus", engine="postgres", store=UnsortedLocks),
    "key-after-effect": Naive(campaign="same-key", engine="sqlite", store=KeyAfterEffect),
    "stale-object": Naive(campaign="one-hold", engine="sqlite", store=StaleObject),
    "sweeper": Naive(campaign="one-hold", engine="sqlite", store=Sweeper),
    "stale-payment": Naive(campaign="refunds", engine="sqlite", store=StalePayment),
    "blind-commit": Naive(campaign="loose-ends", engine="sqlite", store=BlindCommit),
    "half-a-commit": Naive(campaign="kills", engine="sqlite", store=HalfACommit),
    "early-answer": Naive(campaign="kills", engine="sqlite", store=EarlyAnswer),
    "lost-commit": Naive(campaign="calls", engine="memory", store=LostCommit),
    "charge-inside": Naive(campaign="calls", engine="memory", store=_TILL.store, payments=_TILL.payments),
    "blind-resend": Naive(campaign="calls", engine="memory", payments=BlindResend),
    "no-fence": Naive(campaign="stale-owner", engine="sqlite", store=NoFence),
    "outbox-by-id": Naive(campaign="outbox", engine="postgres", store=OutboxById),
}


def main(names: list[str]) -> int:
    """Runs the variants and prints who was flagged, how soon and in which words; 1 when one was not."""
    table = Table("Wrong variant", "Campaign", "Store", "Flagged in round", "Of", "Seconds", "In these words")
    missed = 0
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="omscore-naive-")))
        chosen = {name: NAIVE[name] for name in names or NAIVE}
        running = opened.enter_context(server()) if any(each.engine == "postgres" for each in chosen.values()) else None
        for name, naive in chosen.items():
            own = folder / name
            own.mkdir()
            arena = Arena(
                engine=naive.engine,
                folder=own,
                server=running if naive.engine == "postgres" else None,
                store=cast(Callable[[Storage], Storage], naive.store),
                payments=naive.payments,
            )
            campaign = CAMPAIGNS[naive.campaign]
            rounds, done, began_s = campaign.everyday[naive.engine], [0], time.monotonic()
            violations = run(campaign, arena, rounds=rounds, seed=SEED, note=done.append).outcome.violations
            missed += not violations
            words = violations[0][:60] if violations else "not flagged"
            row = (
                naive.campaign,
                naive.engine,
                str(min(done[-1] + 1, rounds)),
                str(rounds),
                f"{time.monotonic() - began_s:.1f}",
            )
            table.add_row(name, *row, words)
    Console(width=160).print(table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
