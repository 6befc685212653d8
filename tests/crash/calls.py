"""A fault at every call of the store and of every port, in thirteen core operations: none may leave a trace.

Each operation is run once to count its calls, then once for every call and every fault, always from a copy of the same
shop. Whoever asked asks again under the same keys, a program that ended is started again, and tasks are worked off.
Then the shop must stand where it stands without a fault, moments aside.
"""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs

from omscore.app import Oms
from omscore.engine.effects import Ports
from omscore.engine.runner import LEASE
from omscore.errors import PortError
from omscore.plugins import PortKind
from omscore.plugins.discovery import Plugins
from omscore.policy.loading import load_shop
from omscore.policy.shop import Shop
from omscore.ports.clock import VirtualClock
from omscore.ports.storage import Storage
from omscore_adapters.storage_memory import MemoryStorage
from tests.crash.arena import Arena
from tests.crash.campaign import Campaign, Note, Outcome
from tests.crash.errands import ERRANDS, Errand, later, live_until
from tests.crash.fuses import BrokenError, EndedError, Fault, Fuse, Fused
from tests.crash.history import unsound
from tests.crash.truth import effects, resent
from tests.kit.shops import NOON, RATES, SHOP, stock_up
from tests.laws.bench import Books, Outbox

MOST_TRIES = 6
MOST_TOLD = 5
STORE = ("MemoryStorage.", "together")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+\d\d:\d\d)?")


@attrs.frozen(kw_only=True)
class World:
    """A shop and everything outside it that remembers."""

    store: MemoryStorage
    truth: Path
    outbox: Outbox
    books: Books
    clock: VirtualClock

    def copy(self, truth: Path) -> World:
        """The same world, to be hurt."""
        twin = World(store=MemoryStorage(), truth=truth, outbox=Outbox(), books=Books(), clock=_at(self.clock))
        twin.store._tables = self.store._tables.copy()
        twin.outbox.notices.update(self.outbox.notices)
        twin.books.entries.update(self.books.entries)
        shutil.copyfile(self.truth, truth)
        return twin

    def stands(self) -> dict[str, Any]:
        """Where everything has come to, moments aside."""
        store = self.store
        told: dict[str, Any] = {row.stream: (row.version, _timeless(row.state)) for row in store.streams()}
        told |= {f"stock {level[:3]}": level[3:] for level in store.stock_levels()}
        told |= {f"task {_timeless(task.task_id)}": task.state for task in store.all_tasks()}
        told |= {f"answer {key}": answer.answer for key, answer in store.answers()}
        told |= {f"claim {claim.name}": claim.stream for claim in store.claims()}
        told |= {f"notice {key}": notice.subject for key, notice in self.outbox.notices.items()}
        told |= {f"entry {key}": _timeless(repr(entry.postings)) for key, entry in self.books.entries.items()}
        told["money"] = sorted((each["key"], each["step"], each["minor"]) for each in effects(self.truth))
        told["sent again"] = resent(self.truth)
        return told


@attrs.frozen(kw_only=True)
class Workshop:
    """Opens the shop over a world, as often as its program is started."""

    arena: Arena
    shop: Shop
    taxes: Any
    carrier: Any

    def opened(self, world: World, fuse: Fuse) -> Oms:
        store: Storage = self.arena.store(_fused(world.store, fuse))
        ports = Ports(
            payments={"manual": _fused(self.arena.payments(world.truth), fuse)},
            carrier=_fused(self.carrier, fuse),
            notices=_fused(world.outbox, fuse),
            erp=_fused(world.books, fuse),
        )
        return Oms(self.shop, store, _fused(self.taxes, fuse), ports, clock=world.clock)


def run(arena: Arena, rounds: int, _seed: int, note: Note) -> Outcome:
    points = 0
    violations: list[str] = []
    logging.getLogger("omscore").setLevel(logging.CRITICAL)  # thousands of faults, each told with its trace
    with _workshop(arena) as workshop:
        for number, errand in enumerate(ERRANDS[:rounds], start=1):
            begun = _begun(workshop, errand)
            whole, fuse = begun.copy(arena.folder / "whole.jsonl"), Fuse()
            _survive(workshop, whole, errand, fuse)
            expected = whole.stands()
            violations += [f"{errand.name}, no fault: {says}" for says in unsound(whole.store)]
            for at, name in enumerate(fuse.calls, start=1):
                for fault in Fault:
                    if fault is Fault.BROKEN and name.startswith(STORE):
                        continue
                    points += 1
                    hurt = begun.copy(arena.folder / "hurt.jsonl")
                    for says in _differences(workshop, hurt, errand, Fuse(at, fault), expected):
                        violations.append(f"{errand.name}, call {at} ({name}), {fault}: {says}")
                if len(violations) >= MOST_TOLD:
                    break
            if violations:
                break
            note(number)
    return Outcome(
        figures={"operations": min(rounds, len(ERRANDS)), "points": points}, violations=tuple(violations[:MOST_TOLD])
    )


def _differences(
    workshop: Workshop, world: World, errand: Errand, fuse: Fuse, expected: dict[str, Any]
) -> Iterator[str]:
    _survive(workshop, world, errand, fuse)
    found = world.stands()
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            yield f"{name} is {found.get(name)}, without the fault {expected.get(name)}"
            break
    yield from unsound(world.store)


def _survive(workshop: Workshop, world: World, errand: Errand, fuse: Fuse) -> None:
    """Do the errand until it is done, whatever happens on the way, then let every task come to its end."""
    oms = workshop.opened(world, fuse)
    for _ in range(MOST_TRIES):
        try:
            errand.act(oms)
            live_until(oms, errand.ends)
            break
        except EndedError:
            oms = workshop.opened(world, fuse)
        except (PortError, BrokenError):
            pass
        later(oms, timedelta(seconds=31))
    while world.store.tasks("leased"):
        later(oms, LEASE)
        oms.run_due()


def _begun(workshop: Workshop, errand: Errand) -> World:
    truth = workshop.arena.folder / "begun.jsonl"
    truth.unlink(missing_ok=True)
    world = World(store=MemoryStorage(), truth=truth, outbox=Outbox(), books=Books(), clock=VirtualClock(NOON))
    oms = workshop.opened(world, Fuse())
    stock_up(oms)
    errand.before(oms)
    return world


@contextmanager
def _workshop(arena: Arena) -> Iterator[Workshop]:
    config = arena.folder / "shop.toml"
    config.write_text(SHOP, encoding="utf-8")
    (arena.folder / "rates.csv").write_text(RATES, encoding="utf-8")
    shop = load_shop(config)
    plugins = Plugins()
    with ExitStack() as opened:

        def port(kind: PortKind, tables: Any) -> Any:
            ((name, settings),) = tables.items()
            return opened.enter_context(plugins.open(kind, name, settings, folder=arena.folder))

        yield Workshop(
            arena=arena, shop=shop, taxes=port(PortKind.TAX, shop.taxes), carrier=port(PortKind.CARRIER, shop.carrier)
        )


def _fused(port: Any, fuse: Fuse) -> Any:
    return Fused(port, fuse)


def _at(clock: VirtualClock) -> VirtualClock:
    return VirtualClock(clock.now())


def _timeless(text: str) -> str:
    return _MOMENT.sub("then", text)


CAMPAIGN = Campaign(
    name="calls",
    says="every call of the store and the ports fails once, in four ways, in thirteen operations",
    everyday={"memory": len(ERRANDS)},
    long={"memory": len(ERRANDS)},
    run=run,
)
