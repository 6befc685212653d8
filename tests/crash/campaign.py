"""A campaign: one way to hurt a shop, its two sizes, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import attrs

from tests.crash.arena import Arena

Note = Callable[[int], None]
"""Told how many rounds are done."""


@attrs.frozen(kw_only=True)
class Outcome:
    """What came of a campaign: figures worth telling, and every broken promise in words."""

    figures: Mapping[str, int | float]
    violations: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Campaign:
    """One way to hurt a shop.

    Shape: `run(arena, rounds, seed, note)` hurts a shop in the arena that many times. `engines` are the stores it makes
    sense for; `everyday` and `long` are rounds by engine.
    """

    name: str
    says: str
    everyday: Mapping[str, int]
    long: Mapping[str, int]
    run: Callable[[Arena, int, int, Note], Outcome]

    @property
    def engines(self) -> tuple[str, ...]:
        return tuple(self.everyday)


@attrs.frozen(kw_only=True)
class Ran:
    """One campaign that ran on one engine."""

    campaign: str
    engine: str
    rounds: int
    seed: int
    seconds: float
    outcome: Outcome

    @property
    def again(self) -> str:
        """The command that repeats it."""
        return f"python -m tests.crash {self.campaign} --engine {self.engine} --rounds {self.rounds} --seed {self.seed}"


def run(campaign: Campaign, arena: Arena, *, rounds: int, seed: int, note: Note = lambda done: None) -> Ran:
    """The campaign, timed."""
    began_s = time.monotonic()
    outcome = campaign.run(arena, rounds, seed, note)
    return Ran(
        campaign=campaign.name,
        engine=arena.engine,
        rounds=rounds,
        seed=seed,
        seconds=time.monotonic() - began_s,
        outcome=outcome,
    )
