"""A shop with everything on, in which somebody else is always a little faster.

Between what one program has read and what it commits, and while it waits for a provider's answer, another program does
a step of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from omscore.app import Oms
from omscore.ids import LocationId, SupplyId
from omscore.inventory.commands import CancelSupply, ChangeSupply, ExpectSupply
from omscore.inventory.expected import ExpectedSupply
from omscore.ports.storage import Storage
from tests.kit.rough import RoughStore, Weather
from tests.laws.everything import Everything
from tests.laws.life import PLACES, SKUS, LifeStep

STEPS = (
    *("place", "send_all") * 8,
    *("cancel_units", "supplies", "run_due", "come_back") * 3,
    *("place_kits", "send", "days", "minutes", "receive", "hold", "release") * 2,
    *("pick", "pack", "ship", "reject", "source_from", "take_money", "invoice", "bank_says", "retry_payment"),
    *("cancel_order", "exchange", "request_return", "take_back", "dispose", "goodwill", "give_label_back", "forget"),
)
MEANWHILE = (
    *("run_due",) * 8,
    *("cancel_units", "supplies") * 4,
    *("cancel_order", "release", "receive", "dispose", "take_back", "bank_says", "ship") * 2,
    *("place", "hold", "retry_payment", "pick", "pack", "source_from", "request_return", "take_money", "reject"),
    *("invoice", "goodwill", "give_label_back", "forget"),
)
"""What others do meanwhile: nothing in which time passes."""


class Meanwhile(Weather):
    """Fine weather, in which every so often something happens just before a call or a commit."""

    def __init__(self, lot: Random) -> None:
        super().__init__(lot)
        self.act: Callable[[], None] | None = None
        self.often = 0.0

    def through(self, act: Callable[[], Any]) -> Any:
        meanwhile = self.act
        if meanwhile is not None and self.lot.random() < self.often:
            self.act = None  # what happens meanwhile is not disturbed itself
            try:
                meanwhile()
            finally:
                self.act = meanwhile
        return act()


class Ungrouped(RoughStore):
    """A store whose groups stand commit by commit; others come between any two of them, and between two readings."""

    def load(self, *asked: Any) -> Any:
        return self._weather.through(lambda: self._store.load(*asked))

    def stock(self, skus: Sequence[str]) -> Any:
        return self._weather.through(lambda: self._store.stock(skus))

    @contextmanager
    def together(self) -> Iterator[None]:
        yield


class Interleaved(Everything):
    """Two programs, and a third that acts while one of them is about to commit."""

    program_count = 3
    reviewer_names = ()

    def __init__(self, folder: Path, store: Storage, seed: int) -> None:
        super().__init__(folder, store, seed)
        self.disturbances = 0

    def _weather(self) -> Weather:
        self.meanwhile = Meanwhile(self.lot)
        return self.meanwhile

    def _rough_store(self) -> RoughStore:
        return Ungrouped(self.store, self.weather)

    def live(self, step: LifeStep) -> None:
        self.at_hand = step.a
        with self._disturbed():
            super().live(step)

    @contextmanager
    def _disturbed(self) -> Iterator[None]:
        self.meanwhile.act, self.meanwhile.often = self._disturb, 0.25
        try:
            yield
        finally:
            self.meanwhile.act = None

    def _opened(self) -> Oms:
        first = super()._opened()
        *self.programs, self.third = self.programs
        return first

    def _disturb(self) -> None:
        self.disturbances += 1
        mine, self.oms = self.oms, self.third
        try:
            draw = self.lot.randrange
            which = self.at_hand if self.lot.random() < 0.6 else draw(8)  # mostly what the others are at
            self._tried(lambda: getattr(self, self.lot.choice(MEANWHILE))(which, draw(8), draw(8), draw(8)))
        finally:
            self.oms = mine

    def supplies(self, a: int, b: int, c: int, d: int) -> None:
        """Goods are to come, on another day, or not at all."""
        sku, at = SKUS[a % 3], self.now
        there = self.oms.find(ExpectedSupply, sku)
        due = there.supplies if there is not None else ()
        if not due or d % 3 == 0:
            self.documents += 1
            supply_id, place = SupplyId(f"po{self.documents}"), LocationId(PLACES[b % 2])
            due_on = self.now.date() + timedelta(days=1 + c)
            self.do(ExpectSupply(sku=sku, supply_id=supply_id, location_id=place, units=1 + b, due_on=due_on, at=at))
        elif d % 3 == 1:
            self.do(
                ChangeSupply(
                    sku=sku, supply_id=due[b % len(due)].supply_id, due_on=at.date() + timedelta(days=c), at=at
                )
            )
        else:
            self.do(CancelSupply(sku=sku, supply_id=due[b % len(due)].supply_id, at=at))
