"""A worker as a program of its own, at the strict bank: `python -m tests.kit.worker_program CONFIG [hang | loop]`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from omscore.app import Oms, open_shop
from omscore.cli.stopping import Stop
from omscore.cli.working import Work, Worker
from omscore.plugins import PortKind
from omscore.plugins.discovery import Plugins
from omscore.ports.clock import Clock
from tests.kit.strict_bank import StrictBank
from tests.laws.bench import Books, Offer, Outbox


class Ahead:
    """The machine's clock, some time ahead: what a worker sees that looks again after a lease has run out."""

    def __init__(self, span: timedelta) -> None:
        self._span = span

    def now(self) -> datetime:
        return datetime.now(UTC) + self._span


@contextmanager
def shop_at_bank(config: Path, *, hangs: bool = False, clock: Clock | None = None) -> Iterator[tuple[Oms, StrictBank]]:
    """The shop of a file, with the strict bank of its folder."""
    bank = StrictBank(config.parent, hangs=hangs)
    plugins = Plugins()
    plugins.register(
        Offer(
            {
                (PortKind.PAYMENT, "manual"): bank,
                (PortKind.NOTICE, "outbox"): Outbox(),
                (PortKind.ERP, "books"): Books(),
            }
        )
    )
    overrides: dict[str, Any] = {"notices": {"outbox": {}}, "erp": {"books": {}}}
    with open_shop(config, clock=clock, overrides=overrides, plugins=plugins) as oms:
        yield oms, bank


def work_in_a_loop(config: Path) -> None:
    """What `omscore work --once` does, at a bank that hangs."""
    plugins = Plugins()
    plugins.register(Offer({(PortKind.PAYMENT, "manual"): StrictBank(config.parent, hangs=True)}))
    stop = Stop()
    Worker(Work(config, once=True, poll_s=0.1), 1, stop, lambda _: None, plugins=plugins).run()
    stop.close()


if __name__ == "__main__" and "loop" in sys.argv:
    work_in_a_loop(Path(sys.argv[1]))
elif __name__ == "__main__":
    with shop_at_bank(Path(sys.argv[1]), hangs="hang" in sys.argv) as (shop, _):
        ran = shop.run_due()
        sys.stdout.write(f"ran {ran.done} {ran.retried} {ran.dead}\n")
