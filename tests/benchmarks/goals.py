"""What is to be reached, and what a measurement came to."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from statistics import median

import attrs


class Shown(Enum):
    """How a ratio is printed."""

    PERCENT = "percent"
    TIMES = "times"
    NUMBER = "number"

    def text(self, ratio: float) -> str:
        match self:
            case Shown.PERCENT:
                return f"{ratio:.1%}" if ratio < 0.1 else f"{ratio:.0%}"
            case Shown.TIMES:
                return f"{ratio:.2f}x"
            case Shown.NUMBER:
                return f"{ratio:g}"


@attrs.frozen(kw_only=True)
class Goal:
    """One line of the table.

    Shape: `at_least` says whether the ratio is a speed that must not fall below `must`, or a cost that must not exceed
    it; `stretch` is what would be better still, None where there is nothing to stretch for.
    """

    name: str
    what: str
    must: float
    stretch: float | None = None
    at_least: bool = True
    shown: Shown = Shown.PERCENT

    def reaches(self, ratio: float, mark: float) -> bool:
        return ratio >= mark if self.at_least else ratio <= mark

    def mark_text(self, mark: float | None) -> str:
        if mark is None:
            return ""
        return f"{'>=' if self.at_least else '<='} {self.shown.text(mark)}"


@attrs.frozen(kw_only=True)
class Result:
    """What one goal came to.

    Shape: one ratio per round; `figures` are the medians behind them by a name that says the unit.
    """

    goal: Goal
    ratios: tuple[float, ...]
    figures: Mapping[str, float]

    @property
    def reached(self) -> float:
        """The median over the rounds."""
        return median(self.ratios)

    @property
    def is_met(self) -> bool:
        return self.goal.reaches(self.reached, self.goal.must)

    @property
    def is_stretched(self) -> bool:
        return self.goal.stretch is not None and self.goal.reaches(self.reached, self.goal.stretch)

    @property
    def verdict(self) -> str:
        return "stretch" if self.is_stretched else "yes" if self.is_met else "NO"
