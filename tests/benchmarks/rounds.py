"""Two contestants in turn, so that a machine that slows down slows both down."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

import attrs

from tests.benchmarks.goals import Goal, Result

Slice = Callable[[], float]
"""Does one slice of work and says how many seconds it took."""


@attrs.frozen(kw_only=True)
class Run:
    """The size of a run and where it may write.

    Units: a round is `slices` slices of each contestant in turn; `share` scales the work of one slice.
    """

    folder: Path
    tell: Callable[[str], None]
    rounds: int = 5
    slices: int = 4
    share: float = 1.0

    def count(self, full: int) -> int:
        """So many pieces of work instead of `full`; at least two."""
        return max(2, round(full * self.share))

    def side_by_side(self, label: str, ours: Slice, theirs: Slice) -> tuple[tuple[float, float], ...]:
        """Seconds of ours and of theirs, summed over the slices of each round. The one that starts changes."""
        pairs = []
        for number in range(1, self.rounds + 1):
            spent_s = {True: 0.0, False: 0.0}
            for turn in range(self.slices * 2):
                is_ours = turn % 4 in (0, 3)  # ours theirs theirs ours: a steady drift hits both alike
                gc.collect()
                spent_s[is_ours] += (ours if is_ours else theirs)()
            pairs.append((spent_s[True], spent_s[False]))
            self.tell(f"{label}: round {number} of {self.rounds}: {spent_s[True]:.3f} s against {spent_s[False]:.3f} s")
        return tuple(pairs)


def timed(work: Callable[[], object]) -> float:
    """The seconds a piece of work takes."""
    start_s = time.perf_counter()
    work()
    return time.perf_counter() - start_s


def speed(goal: Goal, pairs: tuple[tuple[float, float], ...], *, each: int) -> Result:
    """Our speed as a share of theirs; `each` pieces of work were done per round by either."""
    return Result(goal=goal, ratios=tuple(theirs / ours for ours, theirs in pairs), figures=_figures(pairs, each))


def cost(goal: Goal, pairs: tuple[tuple[float, float], ...], *, each: int) -> Result:
    """Our time as a multiple of theirs."""
    return Result(goal=goal, ratios=tuple(ours / theirs for ours, theirs in pairs), figures=_figures(pairs, each))


def _figures(pairs: tuple[tuple[float, float], ...], each: int) -> Mapping[str, float]:
    return {
        "ours_us": median(ours for ours, _ in pairs) / each * 1e6,
        "theirs_us": median(theirs for _, theirs in pairs) / each * 1e6,
    }
